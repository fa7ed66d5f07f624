import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { parseQuery } from '../../../src/store/query/parse.ts';
import { all, DAY, ids, NEVER_SEAL, Place, until, untilSealed } from './helpers.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.close());

/** Two days with a segment each, the store stopped. */
async function twoSegments(): Promise<string[]> {
  const store = await place.store();
  await store.accept(place.chunk([{ id: 'today', declared: { message: 'x'.repeat(5000) } }]));
  await store.accept(place.chunk([{ id: 'yesterday', time: DAY - 86_400_000 }]));
  await untilSealed(store);
  await store.stop(AbortSignal.timeout(5000));
  return place.segments().map(name => join(place.storeDir, 'segments', name));
}

test('a torn segment is moved aside and the rest is served', async () => {
  const [, today] = await twoSegments();
  truncateSync(today!, 300);
  const store = await place.store();
  expect(ids((await store.search(all())).hits)).toEqual(['yesterday']);
  expect(place.files('quarantine')).toHaveLength(1);
});

test('a segment whose footer is garbage is moved aside', async () => {
  const [, today] = await twoSegments();
  const bytes = readFileSync(today!);
  bytes.fill(0xa5, bytes.length - 100, bytes.length - 8);
  writeFileSync(today!, bytes);
  const store = await place.store();
  expect(ids((await store.search(all())).hits)).toEqual(['yesterday']);
  expect(place.files('quarantine')).toHaveLength(1);
});

test('a segment that is damaged inside fails a search once and is moved aside', async () => {
  const [, today] = await twoSegments();
  const bytes = readFileSync(today!);
  bytes.fill(0xa5, 4, 200);
  writeFileSync(today!, bytes);
  const store = await place.store();
  await expect(store.search(all())).rejects.toMatchObject({ code: 'LS_STORE_READ_FAILED', retryable: true });
  await until('the segment was moved aside', () => place.files('quarantine').length === 1);
  expect(ids((await store.search(all())).hits)).toEqual(['yesterday']);
});

test('foreign files and folders are moved aside, work in progress is thrown away', async () => {
  const [, today] = await twoSegments();
  const day = dirname(today!);
  writeFileSync(join(day, 'notes.txt'), 'mine');
  writeFileSync(join(day, '1_2_3_4_foreign.parquet'), 'PAR1 not really PAR1');
  mkdirSync(join(day, 'folder'));
  mkdirSync(join(place.storeDir, 'segments', 'docker-logs-nonsense'));
  writeFileSync(join(place.storeDir, 'segments', 'stray'), '');
  writeFileSync(join(place.storeDir, 'tmp', 'half.parquet'), 'half');
  const store = await place.store();
  expect(ids((await store.search(all())).hits).sort()).toEqual(['today', 'yesterday']);
  expect(place.files('quarantine')).toEqual([
    '1_2_3_4_foreign.parquet',
    'docker-logs-nonsense',
    'folder',
    'notes.txt',
    'stray',
  ]);
  expect(place.files('tmp')).toEqual([]);
});

test('two foreign files of one name are both kept', async () => {
  for (const content of ['first', 'second']) {
    await twoSegments();
    writeFileSync(join(place.storeDir, 'segments', 'stray'), content);
    await (await place.store()).stop(AbortSignal.timeout(5000));
  }
  expect(place.files('quarantine')).toEqual(['stray', 'stray.1']);
});

test('a chunk whose events are in a segment already is deleted, not stored twice', async () => {
  const chunk = place.chunk([{ id: 'a' }]);
  const copy = `${chunk.path}.copy`;
  copyFileSync(chunk.path, copy);
  const first = await place.store();
  await first.accept(chunk);
  await untilSealed(first);
  await first.stop(AbortSignal.timeout(5000));

  // As if the crash had come between the rename and the deletion; the store finds the file by itself ...
  copyFileSync(copy, chunk.path);
  const second = await place.store();
  expect(existsSync(chunk.path)).toBe(false);
  // ... and knows the chunk when it is offered from elsewhere.
  const moved = join(place.dir, 'moved.ndjson');
  copyFileSync(copy, moved);
  await second.accept({ ...chunk, path: moved });
  expect(existsSync(moved)).toBe(false);
  expect((await second.search(all())).total.value).toBe(1);
});

test('the names of fields are only a help: a damaged list does not matter', async () => {
  const [, today] = await twoSegments();
  writeFileSync(join(dirname(today!), 'fields.json'), '{"names": 5');
  expect((await (await place.store()).search(all())).total.value).toBe(2);
});

test('a chunk whose file disappears after it was accepted costs its events only', async () => {
  const store = await place.store(NEVER_SEAL);
  const lost = place.chunk([{ id: 'lost' }]);
  await store.accept(lost);
  await store.accept(place.chunk([{ id: 'kept' }]));
  rmSync(lost.path);
  await expect(store.search(all())).rejects.toMatchObject({ code: 'LS_STORE_READ_FAILED' });
  await until('it is found out', async () => (await store.stats()).unsealed_chunks === 1);
  expect(ids((await store.search(all())).hits)).toEqual(['kept']);
});

test('a folder with characters that mean something in a pattern or in SQL', async () => {
  const dir = join(place.dir, "it's [a] *?{b} 한");
  mkdirSync(dir);
  const chunk = place.chunk([{ id: 'a' }]);
  const path = join(dir, 'chunk.ndjson');
  copyFileSync(chunk.path, path);
  const { EmbeddedStore } = await import('../../../src/store/embedded/embedded-store.ts');
  const store = new EmbeddedStore(join(dir, 'store'), { seal_max_age_ms: 10 });
  await store.start();
  try {
    await store.accept({ ...chunk, path });
    expect(ids((await store.search(all())).hits)).toEqual(['a']);
    await untilSealed(store);
    expect(ids((await store.search(all())).hits)).toEqual(['a']);
  } finally {
    await store.stop(AbortSignal.timeout(5000));
  }
});

test('a filter of words that is damaged or gone hides nothing, and one without its segment goes', async () => {
  const options = { word_filter_min_rows: 1 };
  const store = await place.store(options);
  for (const [i, message] of ['first word', 'second word', 'third word'].entries()) {
    const fields = i === 1 ? '{"found":1,"nested":{"deep":1}}' : `{"found":"x${i}"}`;
    await store.accept(place.chunk([{ id: `${i}`, time: DAY - i * 86_400_000, declared: { message }, fields }]));
  }
  await untilSealed(store);
  // Of the last, all that there is stands in a column.
  const counts = async (of: EmbeddedStore) =>
    Promise.all(
      ['found:x2', 'found:1', 'nested.deep:1', 'found:*', 'nobody:*', 'NOT nested:*'].map(
        async query => (await of.search(all({ query: parseQuery(query) }))).total.value,
      ),
    );
  expect(await counts(store)).toEqual([1, 1, 1, 3, 0, 2]);
  await store.stop(AbortSignal.timeout(5_000));
  const filters = place.files('segments').filter(name => name.endsWith('.words'));
  expect(filters).toHaveLength(3);
  const [damaged, gone, whole] = filters.map(name => join(place.storeDir, 'segments', name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(damaged, 'LSWORDS');
  rmSync(gone);
  writeFileSync(join(dirname(whole), '1_2_3_4_nobody.words'), '');

  const next = await place.store(options);
  const word = (value: string) => all({ query: { type: 'match' as const, field: 'message', value } });
  for (const text of ['first word', 'second word', 'third word'])
    expect((await next.search(word(text))).hits.map(hit => hit['message'])).toEqual([text]);
  expect(await counts(next)).toEqual([1, 1, 1, 3, 0, 2]);
  expect((await next.search(word('nowhere'))).total).toEqual({ value: 0, relation: 'eq' });
  expect(place.files('segments').filter(name => name.endsWith('.words'))).toHaveLength(2);
  expect(place.files('quarantine')).toEqual([]);
});
