import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Longshore } from '../support/longshore.ts';

/*
 * The official client of Elasticsearch for JavaScript, as programs use it to write.
 */

const stamp = 'match: { tag: nothing-has-this }\nprocessors:\n  - set: { field: stamped, value: "yes" }\n';
let longshore: Longshore;
let client: Client;
const connect = () => new Client({ node: longshore.url, maxRetries: 0 });

beforeAll(async () => {
  longshore = await Longshore.start({ pipelines: { 'stamp.yaml': stamp } });
  client = connect();
}, 120_000);
afterAll(() => longshore?.remove());

const found = async (query: string) => (await longshore.searchAll(query)).map(({ n }) => n);

test('it asks, sets up and writes', async () => {
  expect((await client.info()).version.number).toMatch(/^8\./);
  expect((await client.cluster.health()).status).toBe('green');
  expect(await client.indices.existsIndexTemplate({ name: 'one' })).toBe(false);
  const template = { name: 'one', index_patterns: ['one-*'], template: { settings: { number_of_shards: 1 } } };
  expect((await client.indices.putIndexTemplate(template)).acknowledged).toBe(true);
  expect(await client.indices.exists({ index: 'one' })).toBe(false);
  expect((await client.indices.create({ index: 'one' })).acknowledged).toBe(true);

  const document = { '@timestamp': '2026-11-20T13:55:36.000Z', message: 'one at a time', n: 1 };
  expect(await client.index({ index: 'one-2026.11.20', document })).toMatchObject({ result: 'created' });
  expect(await client.create({ index: 'one', id: 'a', document: { ...document, n: 2 } })).toMatchObject({ _id: 'a' });
  await client.create({ index: 'one', id: 'a', document: { ...document, n: 2 } });
  expect(await found('tag:one')).toEqual([1, 2]);
  await expect(client.index({ index: 'one', document: [1] })).rejects.toMatchObject({ statusCode: 400 });
  await expect(client.update({ index: 'one', id: 'a', doc: {} })).rejects.toMatchObject({ statusCode: 404 });
});

test('its bulk helper hears of each document', async () => {
  const dropped: unknown[] = [];
  const result = await client.helpers.bulk<{ n: number }>({
    datasource: [{ n: 1 }, { n: 2 }, { n: 3 }],
    pipeline: 'stamp',
    onDocument: document => [
      { index: { _index: 'helped', ...(document.n === 2 ? { pipeline: 'no-such-one' } : {}) } },
      document,
    ],
    onDrop: ({ status, document }) => void dropped.push([status, document]),
  });
  expect([result.successful, result.failed, dropped]).toEqual([2, 1, [[400, { n: 2 }]]]);
  expect((await longshore.searchAll('tag:helped')).map(({ n, stamped }) => [n, stamped])).toEqual([
    [1, 'yes'],
    [3, 'yes'],
  ]);
});

test('kill -9 in the middle: what was answered is there, what is sent again is there once', {
  timeout: 120_000,
}, async () => {
  const documents = Array.from({ length: 6000 }, (_, n) => ({ '@timestamp': '2026-11-20T13:55:36.000Z', n }));
  const send = (isAnswered: (n: number) => void) =>
    client.helpers.bulk<{ n: number }>({
      datasource: documents,
      flushBytes: 20_000,
      concurrency: 4,
      onDocument: document => [{ create: { _index: 'orders', _id: `order-${document.n}` } }, document],
      onSuccess: ({ document }) => isAnswered((document as { n: number }).n),
    });
  const answered = new Set<number>();
  let killed: Promise<void> | undefined;
  const broken = await send(n => {
    answered.add(n);
    if (answered.size > 1500) killed ??= longshore.kill();
  }).then(
    () => false,
    () => true,
  );
  expect([broken, killed !== undefined]).toEqual([true, true]);
  await killed;

  longshore = await longshore.again();
  client = connect();
  await longshore.untilReady();
  const kept = new Set(await found('tag:orders'));
  expect([...answered].filter(n => !kept.has(n))).toEqual([]);

  expect(await send(() => {})).toMatchObject({ successful: documents.length, failed: 0 });
  const all = await found('tag:orders');
  expect(all.length).toBe(documents.length);
  expect(new Set(all).size).toBe(documents.length);
});
