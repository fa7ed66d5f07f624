import { describe, expect, test, vi } from 'vitest';
import { Window } from '../../../src/buffer/redis/window.ts';
import type { Chunk } from '../../../src/core/contracts.ts';
import { LongshoreError } from '../../../src/core/errors.ts';

const chunk = (id: string): Chunk => ({ id, day: '2026.11.20', path: id, events: 1, bytes: 1, minTime: 0, maxTime: 0 });
const later = () => new Promise(resolve => setImmediate(resolve));
const now = () => AbortSignal.abort();

describe('the window between spool and Redis', () => {
  test('takes chunks over at once, up to its size', async () => {
    const gates = new Map<string, PromiseWithResolvers<void>>();
    const window = new Window(({ id }) => {
      gates.set(id, Promise.withResolvers());
      return gates.get(id)!.promise;
    }, 2);
    await window.accept(chunk('a'));
    await window.accept(chunk('b'));
    let isTaken = false;
    const third = window.accept(chunk('c')).then(() => {
      isTaken = true;
    });
    await later();
    expect([isTaken, window.pending]).toEqual([false, 2]);
    gates.get('b')!.resolve();
    await third;
    expect([...gates.keys()]).toEqual(['a', 'b', 'c']);
    for (const gate of gates.values()) gate.resolve();
    await window.stop(AbortSignal.timeout(1000));
    expect(window.pending).toBe(0);
  });

  test('offers what Redis did not take again, and leaves alone what never can be taken', async () => {
    const tries: string[] = [];
    const window = new Window(async ({ id }) => {
      tries.push(id);
      if (id === 'gone') throw new LongshoreError('LS_TEST', 'gone');
      if (tries.length < 4) throw new LongshoreError('LS_TEST', 'away', { retryable: true });
    }, 5);
    await window.accept(chunk('gone'));
    await window.accept(chunk('a'));
    await vi.waitFor(() => expect(window.pending).toBe(0));
    expect(tries).toEqual(['gone', 'a', 'a', 'a']);
  });

  test('the same chunk twice is one', async () => {
    let tries = 0;
    const window = new Window(async () => {
      tries++;
      await later();
    }, 5);
    await window.accept(chunk('a'));
    await window.accept(chunk('a'));
    await window.stop(AbortSignal.timeout(1000));
    expect(tries).toBe(1);
  });

  test('stopped, it takes nothing and tries no more', async () => {
    let tries = 0;
    const window = new Window(async () => {
      tries++;
      throw new LongshoreError('LS_TEST', 'away', { retryable: true });
    }, 1);
    await window.accept(chunk('a'));
    const waiting = expect(window.accept(chunk('b'))).rejects.toMatchObject({ retryable: true });
    await later();
    await window.stop(now());
    await waiting;
    const before = tries;
    await vi.waitFor(() => expect(window.pending).toBe(0));
    expect(tries).toBe(before);
  });
});
