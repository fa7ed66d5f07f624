import { describe, expect, test } from 'vitest';
import { Semaphore } from '../../../src/base/flow/semaphore.ts';

/** Enters so many times; `entered` has their numbers in the order in which they came in. */
function enterAll(places: Semaphore, count: number) {
  const entered: number[] = [];
  const all = Array.from({ length: count }, async (_, i) => {
    await places.enter();
    entered.push(i);
  });
  return { entered, all };
}

const settle = () => new Promise(resolve => setImmediate(resolve));

describe('a semaphore', () => {
  test('lets so many in, and the others in their order as places come back', async () => {
    const places = new Semaphore(2);
    const { entered } = enterAll(places, 5);
    await settle();
    expect([entered, places.taken, places.waiting, places.isFull]).toEqual([[0, 1], 2, 3, true]);
    places.leave();
    places.leave();
    await settle();
    expect([entered, places.taken, places.waiting]).toEqual([[0, 1, 2, 3], 2, 1]);
  });

  test('overtakes nobody when the limit has grown meanwhile', async () => {
    let limit = 1;
    const places = new Semaphore(() => limit);
    const { entered } = enterAll(places, 2);
    limit = 2;
    const late = places.enter();
    await settle();
    expect(entered).toEqual([0]);
    places.leave();
    await late;
    expect(entered).toEqual([0, 1]);
  });

  test('gives out no place while more are taken than the limit now allows', async () => {
    let limit = 3;
    const places = new Semaphore(() => limit);
    const { entered } = enterAll(places, 4);
    limit = 1;
    places.leave();
    places.leave();
    await settle();
    expect(entered).toEqual([0, 1, 2]);
    places.leave();
    await settle();
    expect(entered).toEqual([0, 1, 2, 3]);
  });

  test('takes the place back when the work fails', async () => {
    const places = new Semaphore(1);
    await expect(places.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await places.run(async () => 'done')).toBe('done');
    expect(places.taken).toBe(0);
  });

  test('is not waited for any longer when the signal aborts', async () => {
    const places = new Semaphore(1);
    await places.enter();
    const ending = new AbortController();
    const given = places.run(async () => 'done', ending.signal);
    const kept = places.enter();
    ending.abort(new Error('too late'));
    await expect(given).rejects.toThrow('too late');
    await expect(places.enter(ending.signal)).rejects.toThrow('too late');
    expect(places.waiting).toBe(1);
    places.leave();
    await kept;
    expect(places.taken).toBe(1);
  });
});
