import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HistogramRequest } from '../../../src/core/contracts.ts';
import type { EmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { eachCell, Tally, TallyMaker } from '../../../src/store/embedded/process/tally.ts';
import { parseQuery } from '../../../src/store/query/parse.ts';
import { seeded } from '../../support/chance.ts';
import { DAY, Place, type TestEvent, until, untilSealed } from './helpers.ts';

const MINUTE = 60_000;
const LENGTH = 90 * MINUTE;

/** Of an hour and a half: levels and services, some missing, a number, a text, a boolean, and a field that is both number and text. */
const EVENTS: readonly TestEvent[] = (() => {
  const random = seeded(14);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  return Array.from({ length: 3000 }, (_, i) => {
    const level = pick(['INFO', 'INFO', 'WARN', 'ERROR', undefined]);
    const fields: { [name: string]: unknown } = {
      code: pick([200, 200, 404, 500]),
      kind: 'web',
      ratio: pick([0.5, 1]),
    };
    if (random() < 0.9) fields['verb'] = pick(['GET', 'get', 'POST', '5e2', '']);
    if (random() < 0.5) fields['ok'] = random() < 0.5;
    fields['mixed'] = pick([1, 2, 'one']);
    fields['a.b'] = pick([1, 2]);
    fields['many'] = i;
    return {
      id: `e${i}`,
      time: DAY + Math.floor((i * LENGTH) / 3000) + (random() < 0.02 ? 20_000 : 0),
      declared: { level, service: pick(['shop', 'Pay']), stream: 'stdout', message: `message ${i}` },
      fields: JSON.stringify(fields),
    };
  });
})();

/** With `true` where nothing but the tallies need be read. */
const QUERIES: readonly [query: string, by: string | undefined, isTallied: boolean][] = [
  ['', 'level', true],
  ['', 'verb', true],
  ['', 'code', true],
  ['', 'ok', true],
  ['', 'kind', true],
  ['', 'nothing', true],
  ['', 'mixed', false],
  ['', 'many', false],
  ['level:ERROR', undefined, true],
  ['level:error', 'level', true],
  ['level:<=warn', 'code', true],
  ['NOT level:*', undefined, true],
  ['code:500', undefined, true],
  ['code:>=404', 'level', true],
  ['code:"500"', undefined, true],
  ['code:5*', undefined, true],
  ['verb:get', 'verb', true],
  ['verb:500', undefined, true],
  ['verb:""', undefined, true],
  ['NOT verb:*', 'level', true],
  ['verb:/^P/ AND level:ERROR', undefined, true],
  ['ok:true', 'level', true],
  ['ratio:1', 'ratio', true],
  ['service:pay', 'service', true],
  ['kind:web AND level:INFO', 'kind', true],
  ['nothing:1 OR level:WARN', undefined, true],
  ['NOT nothing:1', 'service', true],
  ['a.b:1', undefined, true],
  ['a:*', undefined, false],
  ['code:500 AND verb:GET', undefined, false],
  ['code:500', 'verb', false],
  ['mixed:one', undefined, false],
  ['message:7', undefined, false],
  ['many:17', undefined, false],
  ['level:ERROR AND @timestamp:>2026-11-20T00:30:00Z', undefined, false],
];

const place = new Place();
const other = new Place();
let tallied: EmbeddedStore;
let plain: EmbeddedStore;

beforeAll(async () => {
  // Segments of 600: none is merged with another.
  tallied = await place.store({ seal_rows: 600, tally_min_rows: 100, merge_max_rows: 600 });
  plain = await other.store({ seal_rows: 600, tally_min_rows: 1e9, merge_max_rows: 600 });
  for (let first = 0; first < EVENTS.length; first += 600) {
    const events = EVENTS.slice(first, first + 600);
    await tallied.accept(place.chunk(events));
    await plain.accept(other.chunk(events));
    await untilSealed(tallied);
    await untilSealed(plain);
  }
  expect(tallies(place)).toHaveLength(place.segments().length);
  expect(tallies(other)).toEqual([]);
});

afterAll(async () => {
  await place.close();
  await other.close();
});

const tallies = (of: Place): string[] => of.files('segments').filter(name => name.endsWith('.tally'));

const request = (query: string, by: string | undefined, extra: Partial<HistogramRequest> = {}): HistogramRequest => ({
  ...{ query: parseQuery(query), by, from: DAY, to: DAY + 2 * LENGTH, intervalMs: 5 * MINUTE },
  ...extra,
});

test.for(QUERIES)('%s by %s counts the same with tallies and without', async ([query, by]) => {
  for (const extra of [
    {},
    { from: DAY + 7_654_321 / 3, to: DAY + 4_321_987 },
    { intervalMs: 7_000 },
    { to: DAY + 999 },
  ]) {
    const asked = request(query, by, extra);
    const buckets = await plain.histogram(asked);
    expect(await tallied.histogram(asked)).toEqual(buckets);
    const { total } = await tallied.search({ ...asked, size: 0 });
    expect(total).toEqual({ value: buckets.reduce((sum, { count }) => sum + count, 0), relation: 'eq' });
  }
});

test('a histogram by level, and totals of few values, are counted without a segment', async () => {
  const asked = QUERIES.filter(([, , isTallied]) => isTallied).map(([query, by]) => request(query, by));
  const answers = await Promise.all(asked.map(each => plain.histogram(each)));
  const files = place.segments().map(name => join(place.storeDir, 'segments', name));
  for (const file of files) renameSync(file, `${file}.away`);
  try {
    for (const [i, each] of asked.entries()) {
      expect(await tallied.histogram(each)).toEqual(answers[i]);
      const value = answers[i]!.reduce((sum, { count }) => sum + count, 0);
      expect((await tallied.search({ ...each, size: 0 })).total).toEqual({ value, relation: 'eq' });
    }
  } finally {
    for (const file of files) renameSync(`${file}.away`, file);
  }
});

test('a damaged tally costs time, and nothing else; without one a new start makes it again', async () => {
  const [query, by] = QUERIES[0]!;
  const expected = await plain.histogram(request(query, by));
  const dir = join(place.storeDir, 'segments');
  await tallied.stop(AbortSignal.timeout(5_000));
  const names = tallies(place);
  for (const name of names) writeFileSync(join(dir, name), 'LSTALLY\x01 not at all what it was');
  const options = { seal_rows: 600, tally_min_rows: 100, merge_max_rows: 600 };
  const again = await place.store(options);
  expect(await again.histogram(request(query, by))).toEqual(expected);
  await until('they are made again', () =>
    names.every(name => Tally.fromFile(readFileSync(join(dir, name))) !== undefined),
  );
  expect(await again.histogram(request(query, by))).toEqual(expected);
});

test('steps become so long that a field has no more cells than allowed, and no event is lost', () => {
  const maker = new TallyMaker(DAY - 500, DAY + 299_500, 1000);
  const [value, level, steps] = [new Uint8Array(301), new Uint8Array(301), new Uint16Array(301)];
  for (let i = 0; i <= 300; i++) [value[i], level[i], steps[i]] = [i % 3, i % 2, i];
  maker.add(value, level, steps, 301, 3);
  const head = { name: 'x', type: 'text' as const, values: ['a', 'b', 'c'] };
  expect(maker.finish(head, 3)).toBeUndefined();
  for (const [most, stepMs] of [
    [1000, 1000],
    [300, 15_000],
    [40, 60_000],
    [12, 300_000],
  ] as const) {
    const field = maker.finish(head, most)!;
    expect(field.stepMs).toBe(stepMs);
    const read = Tally.fromFile(new Tally(['INFO', null], [field]).toFile())!;
    expect(read.levels).toEqual(['INFO', null]);
    const counts = new Map<string, number>();
    eachCell(read.fields.get('x')!, (value, level, step, events) => {
      expect(step * stepMs).toBeGreaterThan(DAY - 500 - stepMs);
      expect(step * stepMs).toBeLessThanOrEqual(DAY + 299_500);
      counts.set(`${value} ${level}`, (counts.get(`${value} ${level}`) ?? 0) + events);
    });
    expect(Object.fromEntries(counts)).toEqual({ '0 0': 51, '0 1': 50, '1 0': 50, '1 1': 50, '2 0': 50, '2 1': 50 });
  }
});
