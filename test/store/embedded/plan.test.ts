import { describe, expect, test } from 'vitest';
import { embeddedStoreOptions } from '../../../src/store/embedded/options.ts';
import type { OpenChunk, Segment } from '../../../src/store/embedded/process/catalogue.ts';
import { planMerge, planRenewal, planSeal } from '../../../src/store/embedded/process/plan.ts';

const NOW = 1_000_000_000;
const options = embeddedStoreOptions({
  seal_rows: 100,
  seal_bytes: 100_000,
  seal_chunks: 5,
  seal_min_age_ms: 10,
  seal_max_age_ms: 1_000,
  seal_late_max_age_ms: 50_000,
  merge_max_rows: 1_000,
  merge_max_bytes: 1_000_000,
  merge_segments: 3,
  merge_idle_ms: 10_000,
});

/** `20:30@500` is a chunk of the 20th with 30 rows, accepted 500 ms ago; a fourth part `/9000` its bytes. */
function chunks(...texts: string[]): OpenChunk[] {
  return texts.map(text => {
    const [, day, rows, age, bytes] = /^(\d+):(\d+)@(\d+)(?:\/(\d+))?$/.exec(text)!;
    const chunk = {
      id: text,
      day: `2026.11.${day}`,
      rows: Number(rows),
      bytes: Number(bytes ?? 1),
      since: NOW - Number(age),
    };
    return chunk as OpenChunk;
  });
}

const SEALS: [what: string, chunks: string[], sealed: string[] | undefined][] = [
  ['nothing there', [], undefined],
  ['too little and too young', ['20:10@500'], undefined],
  ['old enough', ['20:10@1000'], ['20:10@1000']],
  ['old enough: the young ones of the day go along', ['20:10@1000', '20:11@500'], ['20:10@1000', '20:11@500']],
  ['but not those of this moment', ['20:10@1000', '20:11@9'], ['20:10@1000']],
  ['enough rows', ['20:60@20', '20:60@20', '20:1@20'], ['20:60@20', '20:60@20']],
  ['enough bytes', ['20:1@20/60000', '20:1@20/50000', '20:1@20'], ['20:1@20/60000', '20:1@20/50000']],
  [
    'enough chunks',
    ['20:1@20', '20:1@20', '20:1@20', '20:1@20', '20:1@20', '20:1@20'],
    ['20:1@20', '20:1@20', '20:1@20', '20:1@20', '20:1@20'],
  ],
  ['late events wait longer', ['19:10@49999', '20:1@500'], undefined],
  ['but not for ever', ['19:10@50000', '20:1@500'], ['19:10@50000']],
  ['and not when there are many', ['19:100@20', '20:1@500'], ['19:100@20']],
  ['an old day alone is the newest', ['19:10@1000'], ['19:10@1000']],
  ['the day that waits longest comes first', ['20:100@700', '19:100@800'], ['19:100@800']],
];

describe('which chunks are sealed', () => {
  test.for(SEALS)('%s', ([, given, sealed]) => {
    expect(planSeal(chunks(...given), NOW, options)?.map(chunk => chunk.id)).toEqual(sealed);
  });
});

/** `10@500` is a segment of 10 rows made 500 ms ago; `/9000` its bytes; `!` replaces files that are not deleted yet. */
function segments(...texts: string[]): Segment[] {
  return texts.map((text, i) => {
    const [, rows, age, bytes, busy] = /^(\d+)@(\d+)(?:\/(\d+))?(!)?$/.exec(text)!;
    const segment = {
      name: text,
      minTime: i,
      rows: Number(rows),
      rawBytes: Number(bytes ?? 1),
      since: NOW - Number(age),
    };
    return { ...segment, replacing: busy === undefined ? 0 : 1 } as Segment;
  });
}

const MERGES: [what: string, segments: string[], merged: string[] | undefined][] = [
  ['nothing there', [], undefined],
  ['too few', ['10@5', '11@5'], undefined],
  ['enough of one size', ['10@5', '11@5', '12@5'], ['10@5', '11@5', '12@5']],
  ['sizes stay apart', ['10@5', '11@5', '300@5'], undefined],
  ['large ones stay', ['900@5', '901@5', '902@5'], undefined],
  ['not more rows than fit', ['400@5', '401@5', '402@5'], ['400@5', '401@5']],
  ['not more bytes than fit', ['10@5/400000', '11@5/400000', '12@5/400000'], ['10@5/400000', '11@5/400000']],
  ['an idle day: all small ones', ['10@10000', '300@10000'], ['10@10000', '300@10000']],
  ['a day that still gets some', ['10@9999', '300@10000'], undefined],
  ['an idle day with one', ['10@10000', '900@10000'], undefined],
  ['what still replaces files waits', ['10@5', '11@5', '12@5!'], undefined],
];

describe('which segments are merged', () => {
  test.for(MERGES)('%s', ([, given, merged]) => {
    expect(planMerge([segments(...given)], NOW, options)?.map(segment => segment.name)).toEqual(merged);
  });
});

test('segments of an earlier version are written anew, the newest first, and not while they replace files', () => {
  const old = (maxTime: number, more: Partial<Segment> = {}) =>
    ({ maxTime, isOld: true, replacing: 0, ...more }) as Segment;
  const days = [
    [old(1), old(3), old(5, { replacing: 1 })],
    [old(4), old(6, { isOld: false })],
  ];
  expect(planRenewal(days)?.maxTime).toBe(4);
  expect(planRenewal([[old(6, { isOld: false })]])).toBeUndefined();
});
