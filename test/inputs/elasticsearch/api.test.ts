import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import type { Frame } from '../../../src/core/event.ts';
import { FakeConsumer, served } from '../http/support.ts';

class Messages extends FakeConsumer {
  readonly takesMessages: boolean = true;
}

const pipelines = { has: (name: string) => name === 'known' };
let consumer: FakeConsumer;
let app: FastifyInstance;
let url: string;
beforeEach(async () => {
  consumer = new Messages();
  ({ app, url } = await served(consumer, { max_body_bytes: 100_000, max_unacked_bytes: 150_000 }, pipelines));
});
afterEach(() => app.close());

const send = async (method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}) => {
  const given = body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> };
  const response = await fetch(url + path, { method, ...given, headers });
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: the answers are those of another program
  return { status: response.status, headers: response.headers, body: (text === '' ? undefined : parsed(text)) as any };
};
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
const bulk = (...lines: unknown[]): string => lines.map(line => `${JSON.stringify(line)}\n`).join('');
const busy = new LongshoreError('LS_SPOOL_FULL', 'The disk is full.', { retryable: true });

describe('_bulk', () => {
  test('has a verdict an item, in order', async () => {
    const body = bulk(
      ...[{ create: { _index: 'a' } }, { m: 1 }, { index: { _index: 'b', _id: 'x' } }, { m: 2 }],
      ...[
        { delete: { _index: 'a', _id: 'y' } },
        { create: { _index: 'a' } },
        [3],
        { create: { _index: 'a' } },
        { m: 4 },
      ],
    );
    const { status, headers, body: answer } = await send('POST', '/_bulk', body);
    expect(status).toBe(200);
    expect(headers.get('x-elastic-product')).toBe('Elasticsearch');
    expect(headers.get('content-type')).toContain('application/json');
    expect(answer).toMatchObject({
      errors: true,
      took: expect.any(Number),
      items: [
        { create: { _index: 'a', _id: expect.any(String), status: 201, result: 'created', _primary_term: 1 } },
        { index: { _index: 'b', _id: 'x', status: 201, _seq_no: expect.any(Number), _shards: { failed: 0 } } },
        { delete: { _index: 'a', _id: 'y', status: 400, error: { type: 'illegal_argument_exception' } } },
        { create: { _index: 'a', status: 400, error: { type: 'mapper_parsing_exception' } } },
        { create: { _index: 'a', status: 201 } },
      ],
    });
    expect(consumer.frames).toMatchObject([
      { source: 'http', sender: '127.0.0.1', tag: 'a', records: [{ m: 1 }, { m: 4 }], times: [Number.NaN, Number.NaN] },
      { tag: 'b', records: [{ m: 2 }], isMessages: true, chunkIds: ['b\0x'] },
    ]);
    expect(consumer.frames[0]!.chunkIds).toBeUndefined();
  });

  test.for([
    ['PUT', '/_bulk', {}, 'x'],
    ['POST', '/y/_bulk', {}, 'y'],
    ['POST', '/y/_doc/_bulk', {}, 'y'],
    ['POST', '/_bulk', { 'content-type': 'application/vnd.elasticsearch+x-ndjson; compatible-with=9' }, 'x'],
  ] as const)('%s %s', async ([method, path, headers, tag]) => {
    const index = path === '/_bulk' ? { _index: 'x' } : {};
    const { body } = await send(method, path, bulk({ create: index }, { m: 1 }), headers);
    expect(body).toMatchObject({ errors: false, items: [{ create: { _index: tag, status: 201 } }] });
    expect(consumer.frames).toMatchObject([{ tag, records: [{ m: 1 }] }]);
  });

  test('`fields.service` is the service where nothing else says it, as loggers have it', async () => {
    const documents = [
      { message: 'a', fields: { service: 'shop' } },
      { service: 'web', fields: { service: 'shop' } },
      { 'service.name': 'web', fields: { service: 'shop' } },
      { fields: { service: 7 } },
    ];
    await send('POST', '/logs/_bulk', bulk(...documents.flatMap(document => [{ create: {} }, document])));
    expect(consumer.frames[0]!.records.map(({ service }) => service)).toEqual(['shop', 'web', undefined, undefined]);
  });

  test('gzip, and only what the client asks for of the answer', async () => {
    const body = gzipSync(bulk({ index: { _index: 'a' } }, { m: 1 }));
    const { body: answer } = await send('POST', '/_bulk?filter_path=errors,items.*.status', body, {
      'content-encoding': 'gzip',
    });
    expect(answer).toEqual({ errors: false, items: [{ index: { status: 201 } }] });
  });

  test('a pipeline that is here is wanted of the frame, another one is a fault of its items', async () => {
    const body = bulk(
      ...[
        { index: { _index: 'a', pipeline: 'known' } },
        { m: 1 },
        { index: { _index: 'a', pipeline: 'other' } },
        { m: 2 },
      ],
      ...[{ index: { _index: 'a', pipeline: '_none' } }, { m: 3 }, { index: { _index: 'a' } }, { m: 4 }],
    );
    const { body: answer } = await send('POST', '/_bulk?pipeline=known', body);
    const statuses = answer.items.map((item: { index: { status: number } }) => item.index.status);
    expect(statuses).toEqual([201, 400, 201, 201]);
    expect(answer.items[1].index.error.reason).toContain('pipeline with id [other] does not exist');
    expect(consumer.frames).toMatchObject([
      { pipeline: 'known', records: [{ m: 1 }, { m: 4 }] },
      { pipeline: undefined, records: [{ m: 3 }] },
    ]);
  });

  test('many with ids are several frames', async () => {
    const items = Array.from({ length: 1500 }, (_, i) => [{ create: { _index: 'a', _id: `${i}` } }, { m: i }]).flat();
    const { body } = await send('POST', '/_bulk', bulk(...items));
    expect(body.items).toHaveLength(1500);
    expect(consumer.frames.map(({ records }) => records.length)).toEqual([1000, 500]);
    expect(consumer.frames[1]!.chunkIds![0]).toBe('a\x001000');
  });

  test('of too many tags, some come again', async () => {
    const items = Array.from({ length: 1100 }, (_, i) => [{ create: { _index: `a${i}x` } }, { m: i }]).flat();
    const { body } = await send('POST', '/_bulk', bulk(...items));
    const statuses = body.items.map((item: { create: { status: number } }) => item.create.status);
    expect([
      statuses.filter((s: number) => s === 201).length,
      statuses.filter((s: number) => s === 429).length,
    ]).toEqual([1000, 100]);
    expect(consumer.frames).toHaveLength(1000);
  });

  test('what cannot be taken now is 429: of some items, or of all', async () => {
    consumer.policy = async ({ tag }) => {
      if (tag === 'full') throw busy;
    };
    const some = await send(
      'POST',
      '/_bulk',
      bulk({ index: { _index: 'full' } }, { m: 1 }, { index: { _index: 'a' } }, { m: 2 }),
    );
    expect(some.body).toMatchObject({
      errors: true,
      items: [
        { index: { status: 429, error: { type: 'es_rejected_execution_exception' } } },
        { index: { status: 201 } },
      ],
    });
    const all = await send('POST', '/_bulk', bulk({ index: { _index: 'full' } }, { m: 1 }));
    expect([all.status, all.headers.get('retry-after')]).toEqual([429, '1']);
    expect(all.body).toMatchObject({ status: 429, error: { type: 'es_rejected_execution_exception' } });
  });

  describe('Fluent Bit', () => {
    const sendAsIt = (...lines: unknown[]) => send('POST', '/_bulk', bulk(...lines), { 'user-agent': 'Fluent-Bit' });
    const action = { create: { _index: 'a' } };

    test('hears nothing of items while all are taken: it has no room for more than 512 KB', async () => {
      const { body } = await sendAsIt(action, { m: 1 }, action, { m: 2 });
      expect(body).toEqual({ took: expect.any(Number), errors: false, items: [] });
      expect(consumer.frames).toMatchObject([{ records: [{ m: 1 }, { m: 2 }] }]);
    });

    test('hears of those that never can be taken', async () => {
      const { body } = await sendAsIt(action, { m: 1 }, action, [2]);
      expect(body).toMatchObject({
        errors: true,
        items: [{ create: { status: 201 } }, { create: { status: 400, error: { type: 'mapper_parsing_exception' } } }],
      });
    });
  });

  test.for(['Fluent-Bit', 'Vector/0.41.0 (x86_64-unknown-linux-musl)'])(
    '%s hears that all have to come again when one has to: it takes no notice of single ones',
    async agent => {
      consumer.policy = async ({ tag }) => {
        if (tag === 'full') throw busy;
      };
      const body = bulk({ create: { _index: 'full' } }, { m: 1 }, { create: { _index: 'a' } }, { m: 2 });
      const { status, headers } = await send('POST', '/_bulk', body, { 'user-agent': agent });
      expect([status, headers.get('retry-after')]).toEqual([429, '1']);
    },
  );

  test('what never can be taken is a fault of its items', async () => {
    consumer.policy = async () => {
      throw new LongshoreError('LS_INTAKE_FAILED', 'secret value');
    };
    const { status, body } = await send('POST', '/_bulk', bulk({ index: { _index: 'a' } }, { m: 1 }));
    expect([status, body.items[0].index.status]).toEqual([200, 400]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  test('Idempotency-Key names what has no ids', async () => {
    const body = bulk({ index: { _index: 'a' } }, { m: 1 }, { index: { _index: 'a', pipeline: 'known' } }, { m: 2 });
    await send('POST', '/_bulk', body, { 'idempotency-key': 'k' });
    expect(consumer.frames.map(({ chunkId }) => chunkId)).toEqual(['k', 'k\0known']);
  });

  test.for([
    ['nothing', '', 400, 'illegal_argument_exception', 'LS_INPUTS_BODY_EMPTY'],
    ['no actions', '{"a":1}\n', 400, 'illegal_argument_exception', 'LS_INPUTS_BULK_INVALID'],
    ['too much', 'x'.repeat(100_001), 413, 'illegal_argument_exception', 'LS_INPUTS_BODY_TOO_LARGE'],
  ] as const)('%s is refused in the form of Elasticsearch', async ([, body, status, type, code]) => {
    const given = await send('POST', '/_bulk', body);
    expect(given.status).toBe(status);
    // The code stands in it once.
    expect(JSON.stringify(given.body).split(code)).toHaveLength(3);
    expect(given.body).toMatchObject({
      status,
      error: { type, root_cause: [{ type }], reason: expect.stringContaining(code) },
    });
    expect(consumer.frames).toEqual([]);
  });
});

test('a consumer that takes no messages gets a frame for each id', async () => {
  const one = new FakeConsumer();
  one.policy = async ({ chunkId }) => {
    if (chunkId === 'a\x002') throw busy;
  };
  const other = await served(one, {}, pipelines);
  url = other.url;
  const lines = ['1', '2', '3'].flatMap(id => [{ index: { _index: 'a', _id: id } }, { m: id }]);
  const { body } = await send('POST', '/_bulk', bulk(...lines, { index: { _index: 'a' } }, { m: 4 }));
  await other.app.close();
  expect(body.items.map((item: { index: { status: number } }) => item.index.status)).toEqual([201, 429, 201, 201]);
  expect(one.frames.map(({ chunkId, records }: Frame) => [chunkId, records.length])).toEqual([
    ['a\x001', 1],
    ['a\x002', 1],
    ['a\x003', 1],
    [undefined, 1],
  ]);
});

describe('one document', () => {
  test.for([
    ['POST', '/a/_doc', undefined],
    ['PUT', '/a/_doc/7', '7'],
    ['POST', '/a/_doc/7', '7'],
    ['PUT', '/a/_create/7', '7'],
    ['PUT', '/a/_doc/%EA%B0%80%2F1', '가/1'],
  ] as const)('%s %s', async ([method, path, id]) => {
    const { status, body } = await send(method, path, '{"m":1}');
    expect(status).toBe(201);
    expect(body).toMatchObject({ _index: 'a', _id: id ?? expect.any(String), result: 'created', _version: 1 });
    expect(body).not.toHaveProperty('status');
    expect(consumer.frames).toMatchObject([{ tag: 'a', records: [{ m: 1 }] }]);
    expect(consumer.frames[0]!.chunkIds).toEqual(id === undefined ? undefined : [`a\0${id}`]);
  });

  test.for([
    ['/a/_doc', '[1]', 400, 'mapper_parsing_exception'],
    ['/a/_doc', '', 400, 'mapper_parsing_exception'],
    ['/a*/_doc', '{}', 400, 'invalid_index_name_exception'],
    ['/a/_doc?pipeline=other', '{}', 400, 'illegal_argument_exception'],
  ] as const)('POST %s with %s is refused', async ([path, text, status, type]) => {
    const given = await send('POST', path, text);
    expect(given.body).toMatchObject({ status, error: { type } });
    expect([given.status, consumer.frames]).toEqual([status, []]);
  });
});

describe('what senders ask', () => {
  test('GET / is answered where there is no page, HEAD / too', async () => {
    const { body, headers } = await send('GET', '/');
    expect(body).toMatchObject({ version: { number: '8.19.0', build_flavor: 'default' }, tagline: expect.any(String) });
    expect(headers.get('x-elastic-product')).toBe('Elasticsearch');
    expect((await send('HEAD', '/')).status).toBe(200);
  });

  test.for([
    ['GET', '/_license', 200],
    ['HEAD', '/_index_template/filebeat-8.15.0', 404],
    ['PUT', '/_index_template/filebeat-8.15.0', 200],
    ['PUT', '/_ilm/policy/filebeat', 200],
    ['GET', '/_cat/indices?format=json', 200],
    ['POST', '/logs/_refresh', 200],
    ['HEAD', '/logs', 404],
    ['PUT', '/logs', 200],
    ['POST', '/_search', 404],
    ['POST', '/logs/_search', 404],
    ['POST', '/_monitoring/bulk', 404],
  ] as const)('%s %s is answered with %i, and nothing is stored', async ([method, path, status]) => {
    const hasBody = method === 'PUT' || method === 'POST';
    const given = await send(method, path, hasBody ? '{"settings":{"a":1}}' : undefined);
    expect([given.status, consumer.frames]).toEqual([status, []]);
  });

  test('a document that is put where an index is made is refused', async () => {
    const given = await send('PUT', '/logs', '{"message":"a"}');
    expect([given.status, given.body.error.type]).toEqual([400, 'illegal_argument_exception']);
  });
});

test('switched off, it is refused with the setting that does so', async () => {
  const off = await served(consumer, { elasticsearch: false });
  url = off.url;
  const { status, body } = await send('POST', '/_bulk', bulk({ index: { _index: 'a' } }, { m: 1 }));
  await off.app.close();
  expect([status, body.error.code]).toEqual([404, 'LS_INPUTS_PATH_UNKNOWN']);
  expect(body.error.message).toContain('http.elasticsearch');
  expect(consumer.frames).toEqual([]);
});
