import { describe, expect, test } from 'vitest';
import { type EventMeta, type Fields, newFields } from '../../../src/core/event.ts';
import { type Complete, Joiner, type JoinLimits } from '../../../src/parse/join/joiner.ts';
import { Ordinals } from '../../../src/parse/join/ordinals.ts';
import { decodePiece, encodePiece } from '../../../src/parse/join/piece.ts';

const LIMITS: JoinLimits = {
  max_open_bytes: 1e8,
  max_event_bytes: 1e6,
  max_open_joins: 100_000,
  docker_piece_timeout_ms: 1000,
};
const meta: EventMeta = { tag: 'docker.test', time: 0, receivedAt: 0 };
const bare = (values: object): Fields => Object.assign(newFields(), values);
const piece = (values: object): Fields =>
  bare({
    container_id: 'e',
    source: 'stdout',
    partial_message: 'true',
    partial_id: 'p',
    partial_last: 'false',
    log: Buffer.from('x'),
    ...values,
  });
const textOf = ({ record }: Complete): string => String(record['log']);

/** What a sender may put where a text or a number is meant. */
const VALUES: Record<string, unknown> = {
  map: newFields(),
  'map with keys': bare({ a: 1, __proto__: 2, toString: 3 }),
  array: [1, [2, newFields()]],
  bigint: 2n ** 70n,
  NaN: Number.NaN,
  infinite: Number.NEGATIVE_INFINITY,
  negative: -1,
  fraction: 1.5,
  huge: Number.MAX_SAFE_INTEGER,
  'huge text': '9'.repeat(400),
  'hex text': '0x2',
  'text with blanks': ' 2 ',
  'empty text': '',
  null: null,
  boolean: true,
  bytes: new Uint8Array([1, 2, 3]),
  date: new Date(Number.NaN),
  'name of a builtin': '__proto__',
};
const FIELDS = [
  'partial_ordinal',
  'partial_last',
  'partial_id',
  'partial_message',
  'container_id',
  'source',
  'stream',
  'log',
];

describe('whatever a record says', () => {
  for (const field of FIELDS)
    test.each(Object.entries(VALUES))(`${field}: %s: it goes out, and so do the others`, (_, value) => {
      const joiner = new Joiner(LIMITS);
      const complete: Complete[] = [];
      const offer = (record: Fields, id: string): void => {
        const outcome = joiner.dockerPiece(record, meta, id, '10.0.0.1');
        complete.push(...outcome.complete);
        // What waits can be written and read again.
        if (outcome.held !== undefined) decodePiece(JSON.parse(JSON.stringify(encodePiece(outcome.held))));
      };
      offer(piece({ container_id: 'good', log: Buffer.from('one') }), 'good-1');
      offer(piece({ [field]: value }), 'evil-1');
      offer(piece({ [field]: value, log: Buffer.from('y') }), 'evil-2');
      joiner.wantsWhole(bare({ [field]: value, log: 'a' }), '10.0.0.1', 'docker.test');
      offer(
        piece({ container_id: 'good', partial_ordinal: '2', partial_last: 'true', log: Buffer.from('two') }),
        'good-2',
      );
      complete.push(...joiner.expire(5000));
      expect(complete.map(textOf)).toContain('onetwo');
      const released = complete.flatMap(({ releases }) => releases).sort();
      expect(released).toEqual(['evil-1', 'evil-2', 'good-1', 'good-2']);
      expect(joiner.open()).toEqual([]);
      expect(joiner.openBytes).toBe(0);
      expect(joiner.nextDeadline()).toBeUndefined();
    });

  test('after a huge ordinal the pieces without one are still told apart', () => {
    const joiner = new Joiner(LIMITS);
    joiner.dockerPiece(
      piece({ partial_ordinal: String(Number.MAX_SAFE_INTEGER), log: Buffer.from('a') }),
      meta,
      '1',
      '',
    );
    for (const [i, text] of ['b', 'c', 'd'].entries())
      joiner.dockerPiece(piece({ log: Buffer.from(text) }), meta, `n${i}`, '');
    expect(joiner.expire(5000).map(textOf)).toEqual(['abcd']);
  });

  test('a record that is no piece keeps its map in `source` while an old line waits', () => {
    const joiner = new Joiner(LIMITS);
    joiner.dockerPiece(bare({ source: 'stdout', partial_message: 'true', log: Buffer.from('a') }), meta, '1', '');
    expect(joiner.wantsWhole(bare({ source: bare({ ip: '192.0.2.1' }), log: 'b' }), '', 'docker.test')).toBe(false);
  });

  test('an event that cannot be finished gives its records one by one, and the others of the round go out', () => {
    const joiner = new Joiner(LIMITS);
    const broken = piece({ container_id: 'broken' });
    joiner.dockerPiece(piece({ container_id: 'before', log: Buffer.from('before') }), meta, 'b', '');
    joiner.dockerPiece(broken, meta, 'x1', '');
    joiner.dockerPiece(piece({ container_id: 'broken', partial_ordinal: '2' }), meta, 'x2', '');
    joiner.dockerPiece(piece({ container_id: 'after', log: Buffer.from('after') }), meta, 'a', '');
    Object.defineProperty(broken, 'trap', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const complete = joiner.expire(5000);
    expect(complete.map(({ id }) => id)).toEqual(['b', 'x1', 'x2', 'a']);
    expect(complete[1]!.record['partial_reason']).toBe('fault: no');
    expect(joiner.expire(6000)).toEqual([]);
    expect(joiner.nextDeadline()).toBeUndefined();
  });

  test('a piece of the last run without a time of arrival expires all the same', () => {
    const joiner = new Joiner(LIMITS);
    const lost = { ...meta, receivedAt: Number.NaN };
    joiner.restore(
      [{ record: piece({}), meta: lost, id: '1', key: 'new\0e\0stdout\0p', kind: 'docker' }],
      () => undefined,
      10,
    );
    expect(joiner.expire(2000)).toHaveLength(1);
  });
});

describe('what many pieces cost', () => {
  /** Where each piece looked at all others, a hundred thousand would take minutes. */
  function pieces(count: number, ordinalOf: (i: number) => number, isLast: (i: number) => boolean): number {
    const joiner = new Joiner({ ...LIMITS, max_open_bytes: 1e12 });
    const since = performance.now();
    for (let i = 0; i < count; i++)
      joiner.dockerPiece(
        piece({ partial_ordinal: String(ordinalOf(i)), partial_last: String(isLast(i)), log: Buffer.alloc(0) }),
        meta,
        `p${i}`,
        '',
      );
    return performance.now() - since;
  }

  test.each<[string, (i: number) => number, (i: number) => boolean]>([
    ['the first one never comes', i => i + 2, i => i === 0],
    ['each says that it is the last', i => i + 2, () => true],
    ['they come backwards', i => 100_000 - i, i => i === 0],
    ['each second one is missing', i => 2 * i + 1, i => i % 7 === 0],
  ])('%s: a hundred thousand take moments', (_, ordinalOf, isLast) => {
    expect(pieces(100_000, ordinalOf, isLast)).toBeLessThan(20_000);
  });

  test('ordinals that are out are remembered as one number for a whole line, and as so many beyond a gap', () => {
    const whole = new Ordinals();
    for (let i = 100_000; i > 99_500; i--) whole.add(i);
    for (let i = 1; i <= 99_500; i++) whole.add(i);
    expect([0, 1, 99_501, 100_000, 100_001].map(i => whole.has(i))).toEqual([true, true, true, true, false]);
    const gaps = new Ordinals();
    for (let i = 1; i <= 5000; i++) gaps.add(2 * i);
    expect([2, 8000, 8002, 10_000, 9999].map(i => gaps.has(i))).toEqual([false, false, true, true, false]);
  });

  test('names of any length are bounded, too: those of lines that are out, and of those that wait', () => {
    const joiner = new Joiner({ ...LIMITS, max_open_bytes: 1_000_000 });
    for (let i = 0; i < 100; i++) {
      const container_id = `${i}`.padEnd(100_000, 'n');
      joiner.dockerPiece(piece({ container_id, partial_ordinal: '1' }), meta, `w${i}`, '');
      expect(joiner.openBytes).toBeLessThanOrEqual(1_000_000);
    }
  });

  test('what waits is counted with all its fields, as long as they are on the disk', () => {
    const joiner = new Joiner({ ...LIMITS, max_open_bytes: 1_000_000 });
    const held = new Map<string, number>();
    for (let i = 0; i < 20; i++) {
      const record = piece({
        container_id: `c${i}`,
        junk: '\u0001'.repeat(100_000),
        nested: [bare({ a: 'b'.repeat(1000) })],
      });
      const outcome = joiner.dockerPiece(record, meta, `p${i}`, '');
      if (outcome.held !== undefined) held.set(outcome.held.id, JSON.stringify(encodePiece(outcome.held)).length);
      for (const { releases } of outcome.complete) for (const id of releases) held.delete(id);
    }
    const bytes = [...held.values()].reduce((sum, each) => sum + each, 0);
    expect(held.size).toBe(1);
    expect(bytes).toBeLessThan(1_000_000);
  });
});
