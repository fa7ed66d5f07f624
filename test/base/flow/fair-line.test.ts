import { describe, expect, test } from 'vitest';
import { FairLine, LineFull } from '../../../src/base/flow/fair-line.ts';

const settle = () => new Promise(resolve => setImmediate(resolve));

/** Each letter is one who enters, in this order; `events` tells who came in and who was refused. */
function entering(line: FairLine, letters: string) {
  const events: string[] = [];
  for (const who of letters) {
    line.enter(who).then(
      () => events.push(who),
      error => events.push(error instanceof LineFull ? `-${who}` : String(error)),
    );
  }
  return events;
}

describe('a fair line', () => {
  test('whoever has the fewest places is next, of equals whoever has not had one for longest', async () => {
    const line = new FairLine({ places: 2, waiting: 10 });
    const events = entering(line, 'aaaabbc');
    await settle();
    expect([events.join(''), line.taken, line.waiting]).toEqual(['aa', 2, 5]);
    for (const who of 'aabca') {
      line.leave(who);
      await settle();
    }
    expect(events.join('')).toBe('aabcaba');
  });

  test('one alone has not all places', async () => {
    const line = new FairLine({ places: 4, waiting: 10, placesOfOne: 3 });
    const events = entering(line, 'aaaaab');
    await settle();
    expect(events.join('')).toBe('aaab');
    line.leave('b');
    await settle();
    expect([events.join(''), line.taken]).toEqual(['aaab', 3]);
    line.leave('a');
    await settle();
    expect(events.join('')).toBe('aaaba');
  });

  test.each([
    ['the last of whoever has most in it has to go', 'aaaab', 'a-a'],
    ['of equals the last', 'aabcd', 'a-d'],
    ['whoever fills it is refused', 'aaaaa', 'a-a'],
  ])('when too many wait: %s', async (_, letters, expected) => {
    const line = new FairLine({ places: 1, waiting: 3 });
    const events = entering(line, letters);
    await settle();
    expect([events.join(''), line.waiting]).toEqual([expected, 3]);
  });

  test('who gives up waiting has no place, and who is late does not begin to wait', async () => {
    const line = new FairLine({ places: 1, waiting: 3 });
    const ended = new AbortController();
    await line.enter('a');
    const waiting = line.enter('b', ended.signal);
    ended.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(line.enter('b', ended.signal)).rejects.toThrow('gone');
    expect(line.waiting).toBe(0);
    line.leave('a');
    expect(line.taken).toBe(0);
  });

  test('the place comes back when the work fails', async () => {
    const line = new FairLine({ places: 1, waiting: 0 });
    await expect(line.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await line.run('a', async () => 'done')).toBe('done');
    expect(line.taken).toBe(0);
  });
});
