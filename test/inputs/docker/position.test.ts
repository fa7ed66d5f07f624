import { expect, test } from 'vitest';
import type { LogLine, StreamName } from '../../../src/inputs/docker/log-stream.ts';
import { markOf, Ordinals, type Place, type PlacedLine, Search, sinceOf } from '../../../src/inputs/docker/position.ts';
import { Repeats } from '../../../src/inputs/docker/repeats.ts';

/** `5o a` is a line `a` of stdout in the fifth second; `e` is stderr; `+` at its end: a piece that goes on. */
function lineOf(text: string): LogLine {
  const [, second = '', stream, content = ''] = /^(\d+)([oe]) (.*)$/.exec(text)!;
  const isWhole = !content.endsWith('+');
  const name: StreamName = stream === 'e' ? 'stderr' : 'stdout';
  const time = `2026-11-30T16:18:${second.padStart(2, '0')}.000000007Z`;
  return { time, ms: Date.parse(time), stream: name, bytes: Buffer.from(content), isWhole, cutBytes: 0 };
}

const placed = (lines: readonly string[]): PlacedLine[] => {
  const ordinals = new Ordinals();
  return lines.map(line => ordinals.place(lineOf(line)));
};

interface Case {
  readonly name: string;
  /** What the log held when it was read, up to where it is durable. */
  readonly durable: readonly string[];
  /** What was handed on behind it and may be durable. */
  readonly pending?: readonly string[];
  /** What the engine gives now. */
  readonly now: readonly string[];
  /** What comes again under its old name, and what is new. */
  readonly again?: readonly string[];
  readonly fresh: readonly string[];
  /** What was known is not there. */
  readonly gap?: true;
}

const CASES: readonly Case[] = [
  { name: 'nothing is known', durable: [], now: ['1o a', '1o b'], fresh: ['a', 'b'] },
  { name: 'behind the last line', durable: ['1o a', '2o b'], now: ['1o a', '2o b', '3o c'], fresh: ['c'] },
  {
    name: 'a line of the same time, and of the same text',
    ...{ durable: ['1o a', '1o a'], now: ['1o a', '1o a', '1o a', '2o b'], fresh: ['a', 'b'] },
  },
  {
    name: 'the other stream has the same time',
    ...{ durable: ['1o a', '1e a'], now: ['1o a', '1e a', '1e b'], fresh: ['b'] },
  },
  {
    name: 'an older line behind the place was not read',
    ...{ durable: ['1o a', '3o c'], now: ['1o a', '3o c', '2e b', '4o d'], fresh: ['b', 'd'] },
  },
  {
    name: 'a later line before the place was read',
    ...{ durable: ['1o a', '3e c', '2o b'], now: ['1o a', '3e c', '2o b', '4o d'], fresh: ['d'] },
  },
  {
    name: 'the clock was set back before the place',
    ...{ durable: ['30o a', '31o b', '2o c'], now: ['30o a', '31o b', '2o c', '3o d'], fresh: ['d'] },
  },
  {
    name: 'what is pending comes again as it was',
    ...{ durable: ['1o a'], pending: ['2o b', '3o c'], now: ['1o a', '2o b', '3o c', '3o d'] },
    ...{ again: ['b', 'c'], fresh: ['d'] },
  },
  {
    name: 'pending from the beginning on',
    ...{ durable: [], pending: ['2o b', '3o c'], now: ['2o b', '3o c', '4o d'], again: ['b', 'c'], fresh: ['d'] },
  },
  {
    name: 'a part of what is pending is rotated away',
    ...{ durable: ['1o a'], pending: ['2o b', '3o c'], now: ['3o c', '4o d'], again: ['c'], fresh: ['d'] },
  },
  {
    name: 'all that was known is rotated away',
    ...{ durable: ['1o a'], pending: ['2o b', '3o c'], now: ['4o d', '5o e'], fresh: ['d', 'e'], gap: true },
  },
  {
    name: 'all that was known is rotated away, and what is left has older times',
    ...{ durable: ['1o a', '30o b'], now: ['29e c', '29o d', '31o e'], fresh: ['c', 'd', 'e'], gap: true },
  },
  {
    name: 'the place is within the pieces of a line',
    ...{ durable: ['1o x+', '1o x+'], now: ['1o x+', '1o x+', '1o x+', '1o end'], fresh: ['x+', 'end'] },
  },
  { name: 'nothing is new', durable: ['1o a', '2o b'], now: ['1o a', '2o b'], fresh: [] },
  { name: 'only older lines are left', durable: ['1o a', '9o b'], now: ['8e c'], fresh: ['c'], gap: true },
];

function placeOf({ durable, pending }: Case): Place {
  const all = placed([...durable, ...(pending ?? [])]);
  const place: Place = {};
  const last = all[durable.length - 1];
  if (last !== undefined) place.mark = markOf(last);
  if (pending !== undefined) place.pending = { mark: markOf(all.at(-1)!), name: 'batch' };
  for (const { time } of all) if (time > (place.high ?? '')) place.high = time;
  return place;
}

const textsOf = (lines: readonly PlacedLine[]): string[] => lines.map(({ bytes }) => bytes.toString());

test.each(CASES)('$name', each => {
  const budget = { used: 0, limit: 10_000 };
  const search = new Search(placeOf(each), budget);
  const again: string[] = [];
  const fresh: string[] = [];
  for (const line of placed(each.now)) {
    if (search.isOver) {
      fresh.push(...textsOf([line]));
      continue;
    }
    const found = search.take(line);
    if (found !== undefined) (found.name === undefined ? fresh : again).push(...textsOf(found.lines));
  }
  if (!search.isOver) fresh.push(...textsOf(search.giveUp().lines));
  expect({ again, fresh, gap: search.isGap, used: budget.used }).toEqual({
    again: each.again ?? [],
    fresh: each.fresh,
    gap: each.gap ?? false,
    used: 0,
  });
});

test('lines beyond the memory for them are counted, and forgotten when the place is found behind them', () => {
  const many = Array.from({ length: 20 }, (_, i) => `5o ${i}`);
  const search = new Search(placeOf({ name: '', durable: [...many, '4o z'], now: [], fresh: [] }), {
    used: 0,
    limit: 1000,
  });
  for (const line of placed(many)) search.take(line);
  expect(search.dropped).toBeGreaterThan(0);
  search.take(placed(['4o z'])[0]!);
  expect([search.dropped, search.isOver]).toEqual([0, true]);
});

test.each([
  ['2026-11-30T16:18:31.123456789Z', '1796055510.123456789'],
  ['2026-11-30T16:18:31.000000000Z', '1796055510.000000000'],
])('reading begins a second before %s', (time, since) => {
  expect(sinceOf({ mark: { time, stream: 'stdout', ordinal: 0, print: '' } })).toBe(since);
});

test.each([
  ['what was rotated', ['1o a', '2o b', '3o c', '2o b', '3o c', '4o d'], 'abcd'],
  ['the last line alone', ['1o a', '1o a', '2o b'], 'ab'],
  ['both streams', ['1o a', '2e b', '3o c', '2e b', '3o c', '3e d'], 'abcd'],
  ['pieces of one line have one time', ['1o x+', '1o x+', '1o x', '2o y'], 'x+x+xy'],
  ['a clock that was set back', ['9o a', '1o b', '2o c'], 'abc'],
  ['a text of the same time that is another one', ['1o a', '1o bb'], 'abb'],
])('lines that an engine gives again: %s', (_, lines, left) => {
  const repeats = new Repeats();
  expect(
    lines
      .map(lineOf)
      .filter(line => !repeats.has(line))
      .map(({ bytes }) => bytes.toString())
      .join(''),
  ).toBe(left);
});
