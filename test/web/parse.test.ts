import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/app/settings.ts';
import type { ParseAnswer } from '../../src/core/api/parse.ts';
import { Trials } from '../../src/trial/trials.ts';
import { WebServer } from '../../src/web/web-server.ts';
import { eventOf, FakeDeps, optionsOf } from './fake-deps.ts';

let server: WebServer | undefined;
/** By their limits: a process takes a second to start. */
const shared = new Map<string, Trials>();
afterEach(() => server?.stop(AbortSignal.abort()));
afterAll(() => {
  for (const trials of shared.values()) trials.stop();
});

const SHOP = {
  path: 'pipelines/shop.yaml',
  text: `description: our shop
match: { image: shop }
processors:
  - grok: { field: message, patterns: ['^%{WORD:verb} %{INT:n:int}$'] }
  - set: { field: many, value: true, if: ctx.n > 10 }
tests: [{ input: sell 3, expect: { n: 3 } }]
`,
};

async function serve(
  options: Parameters<typeof optionsOf>[0] = {},
  limits: ConstructorParameters<typeof Trials>[0]['limits'] = {},
  deps = new FakeDeps(),
): Promise<string> {
  const key = JSON.stringify(limits);
  const trials = shared.get(key) ?? makeTrials(limits);
  shared.set(key, trials);
  server = new WebServer(optionsOf(options), Object.assign(deps, { trials }));
  await server.start();
  return `http://127.0.0.1:${server.port}`;
}

function makeTrials(limits: NonNullable<ConstructorParameters<typeof Trials>[0]['limits']>): Trials {
  const { join, event, expressions } = loadSettings({ env: {}, set: [] }).settings;
  return new Trials({
    settings: { event: { ...event, timezone: 'UTC' }, join, expressions, pipelines: { timezone: 'UTC' }, tag: 'http' },
    files: () => [SHOP],
    limits,
  });
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('POST /api/parse', () => {
  test('tells what becomes of lines, and who took them', async () => {
    const url = await serve();
    const lines = 'sell 12\nERROR x\njava.lang.X: y\n\tat a.b(C.java:1)\n';
    const response = await post(`${url}/api/parse`, {
      lines,
      image: 'shop:1',
      now: '2026-11-20T14:00:00Z',
      explain: true,
    });
    expect(response.status).toBe(200);
    const { results } = (await response.json()) as { results: Record<string, unknown>[] };
    expect(results).toMatchObject([
      {
        pipeline: 'shop',
        lines: [1],
        event: { '@timestamp': '2026-11-20T14:00:00.000Z', verb: 'sell', n: 12, many: true },
        trace: { pipelines: [{ steps: [{ type: 'grok' }, { type: 'set', status: 'success' }] }] },
      },
      { pipeline: 'shop', lines: [2, 3, 4], event: { tags: ['_grokparsefailure'] } },
    ]);
  });

  test('takes events, a pipeline of its own, and files in place of those that run', async () => {
    const url = await serve();
    const own = { processors: [{ set: { field: 'a', value: 1 } }] };
    const ask = async (body: object) => (await post(`${url}/api/parse`, body)).json();
    expect(await ask({ events: [{ message: 'x', labels: { a: 'b' } }], pipeline: own })).toMatchObject({
      results: [{ pipeline: 'given', event: { a: 1, labels: { a: 'b' } } }],
    });
    expect(await ask({ lines: ['sell 1'], pipeline: 'shop' })).toMatchObject({ results: [{ event: { n: 1 } }] });
    const pipelines = [{ path: 'other.yaml', text: 'match: { image: shop }\nprocessors: []' }];
    expect(await ask({ lines: ['sell 1'], image: 'shop', pipelines })).toMatchObject({
      results: [{ pipeline: 'other' }],
    });
  });

  test('an edited file stands in place of the one of its path, with its tests, and is compared with it', async () => {
    const url = await serve();
    const edited = { ...SHOP, text: SHOP.text.replace('n > 10', 'n > 2') };
    const lines = ['sell 3', 'sell 30', 'sell out'];
    const body = { lines, image: 'shop', edited, tests: true, compare: true, parts: true, explain: [3] };
    const answer = (await (await post(`${url}/api/parse`, body)).json()) as ParseAnswer;
    expect(answer.tests).toMatchObject([{ name: 'test 1', passed: true }]);
    expect(answer.compared).toMatchObject({
      ...{ events: 3, differing: 1, unlike: 0 },
      groups: [{ kind: 'added', what: 'many', count: 1, example: { after: true } }],
      changed: [{ lines: [1], differences: [{ kind: 'added', what: 'many', after: true }] }],
    });
    const [first, , third] = answer.results;
    expect(first).toMatchObject({
      parts: [
        {
          where: 'pipelines/shop.yaml:4',
          match: {
            ...{ pattern: 0, start: 0, end: 6 },
            captures: [
              { field: 'verb', start: 0, end: 4 },
              { field: 'n', start: 5, end: 6 },
            ],
          },
        },
      ],
    });
    expect(first?.trace).toBeUndefined();
    expect(third).toMatchObject({
      parts: [{ text: 'sell out', mismatch: { start: 0, end: 5, wanted: '%{INT:n:int}' } }],
      trace: { pipelines: [{ steps: [{ grok: { patterns: [{ outcome: 'no_match' }] } }] }] },
    });
    // The tests alone need no lines; a mistake has its line.
    const alone = await post(`${url}/api/parse`, { edited, tests: true });
    expect(await alone.json()).toMatchObject({ results: [], tests: [{ passed: true }] });
    const wrong = await post(`${url}/api/parse`, { lines, edited: { ...SHOP, text: `${SHOP.text}proces: 1\n` } });
    expect([wrong.status, await wrong.json()]).toMatchObject([
      400,
      { error: { code: 'LS_TRIAL_REQUEST', mistakes: [{ line: 7, what: expect.stringContaining('proces') }] } },
    ]);
  });

  test('the lines of stored events are tried', async () => {
    const deps = new FakeDeps();
    deps.hits = [
      eventOf(2, { message: 'sell 12', image: 'shop' }),
      eventOf(1, { message: 'x', event: { original: 'buy 1' }, image: 'shop', kind: 'y' }),
    ];
    const url = await serve({}, {}, deps);
    const answer = (await (
      await post(`${url}/api/parse?stored=5&query=a&from=now-1h`, { compare: true })
    ).json()) as ParseAnswer;
    expect(deps.searches).toEqual([{ query: 'a', from: 'now-1h', size: 5, total: 'false' }]);
    expect(answer.stored).toMatchObject([
      { id: 'id-2', line: 'sell 12' },
      { id: 'id-1', line: 'buy 1' },
    ]);
    expect(answer.results).toMatchObject([{ event: { n: 12 } }, { event: { n: 1 } }]);
    expect(answer.compared).toMatchObject({ events: 2, differing: 0, unlike: 1 });
  });

  test('patterns are suggested for lines', async () => {
    const url = await serve();
    const lines = ['WARN refund order=1', 'WARN refund order=22'];
    const answer = await (await post(`${url}/api/parse/suggest`, { lines })).json();
    expect(answer).toMatchObject({
      lines: 2,
      suggestions: [{ lines: 2, example: { fields: { order: 1, level: 'WARN' } } }],
    });
    expect((await post(`${url}/api/parse/suggest`, { line: 'x' })).status).toBe(400);
  });

  const mistakes: [unknown, string][] = [
    ['', 'the body is no JSON'],
    [[], 'the body is no JSON object'],
    [{}, 'there must be either lines or events'],
    [{ line: 'x' }, 'there is no member "line". Did you mean lines?'],
    [{ lines: [1] }, 'lines is neither a text nor a list of texts'],
    [{ events: ['x'] }, 'events is no list of objects'],
    [{ lines: 'x', image: 1 }, 'image is no text'],
    [{ lines: 'x', labels: { a: 1 } }, 'labels is no mapping of texts'],
    [{ lines: 'x', now: 'soon' }, 'now is no time'],
    [{ lines: 'x', pipeline: 'shopp' }, 'there is no pipeline "shopp". There are shop.'],
    [{ lines: 'x', pipeline: { processors: [{ gork: {} }] } }, 'Did you mean `grok`?'],
    [{ lines: 'x', pipelines: {} }, 'pipelines is no list of files'],
    [{ lines: 'x', edited: [] }, 'edited is no file'],
    [{ lines: 'x', tests: true }, 'tests are those of an edited file'],
    [{ lines: 'x', explain: 1 }, 'explain is neither true nor false'],
    [{ lines: 'x', parts: 1 }, 'parts is neither true nor false'],
  ];
  test('a mistake is told', async () => {
    const url = await serve();
    for (const [body, message] of mistakes) {
      const response = await post(`${url}/api/parse`, body);
      const answer = await response.json();
      expect([response.status, answer], message).toMatchObject([
        400,
        { error: { code: 'LS_TRIAL_REQUEST', message: expect.stringContaining(message) } },
      ]);
    }
  });
});

describe('/_ingest/pipeline', () => {
  test('simulates a pipeline of the request, or one that runs', async () => {
    const url = await serve();
    const own = {
      pipeline: { processors: [{ pipeline: { name: 'shop' } }] },
      docs: [{ _source: { message: 'sell 3' } }],
    };
    const given = await post(`${url}/_ingest/pipeline/_simulate`, own);
    expect(given.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await given.json()).toMatchObject({ docs: [{ doc: { _source: { message: 'sell 3', n: 3 } } }] });
    const verbose = await post(`${url}/_ingest/pipeline/shop/_simulate?verbose`, { docs: own.docs });
    expect(await verbose.json()).toMatchObject({
      docs: [{ processor_results: [{ processor_type: 'grok' }, { status: 'skipped' }] }],
    });
    expect((await post(`${url}/_ingest/pipeline/nope/_simulate`, { docs: own.docs })).status).toBe(400);
  });

  test('shows what runs, without its tests', async () => {
    const url = await serve();
    const get = async (path: string) => {
      const response = await fetch(`${url}/_ingest/pipeline${path}`);
      return [response.status, Object.keys((await response.json()) as object)];
    };
    expect(await get('')).toEqual([200, ['shop']]);
    expect(await get('/shop')).toEqual([200, ['shop']]);
    expect(await get('/x,sh*p')).toEqual([200, ['shop']]);
    expect(await get('/shop*p')).toEqual([404, []]);
    const [only] = Object.values((await (await fetch(`${url}/_ingest/pipeline/shop`)).json()) as object);
    expect(Object.keys(only)).toEqual(['description', 'match', 'processors']);
  });

  test('writes nothing, and says what to do', async () => {
    const url = await serve();
    const response = await fetch(`${url}/_ingest/pipeline/shop`, { method: 'PUT', body: '{"processors":[]}' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
    expect(await response.json()).toMatchObject({ status: 405, error: { reason: expect.stringContaining('files') } });
  });
});

describe('who may, and how much', () => {
  test('trying needs the scope admin, looking the scope read', async () => {
    const tokens = [
      { name: 'reader', token: 'reader-secret', scopes: ['read' as const] },
      { name: 'boss', token: 'boss-secret', scopes: ['admin' as const] },
    ];
    const url = await serve({ tokens });
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    const body = { lines: 'x' };
    expect((await post(`${url}/api/parse`, body)).status).toBe(401);
    expect((await post(`${url}/api/parse`, body, as('reader-secret'))).status).toBe(403);
    expect((await post(`${url}/api/parse`, body, as('boss-secret'))).status).toBe(200);
    expect((await post(`${url}/_ingest/pipeline/_simulate`, body, as('reader-secret'))).status).toBe(403);
    expect((await fetch(`${url}/_ingest/pipeline`, { headers: as('reader-secret') })).status).toBe(200);
  });

  test('a body beyond the limit is refused', async () => {
    const url = await serve();
    expect((await post(`${url}/api/parse`, { lines: 'x'.repeat(1_100_000) })).status).toBe(413);
  });

  const list = Array.from({ length: 1000 }, (_, i) => i);
  const inner = { append: { field: 'n', value: 'x', ignore_failure: true } };
  const loop = (processor: object) => ({ foreach: { field: 'l', processor } });
  const doubling = Array.from({ length: 60 }, () => ({
    gsub: { field: 'message', pattern: '.+', replacement: '$0$0' },
  }));

  test.each([
    ['loops in loops', { processors: [loop(loop(loop(inner)))] }, { l: list }],
    ['a text that doubles again and again', { processors: doubling }, { message: 'xxxxxxxxxx' }],
    [
      'an expression that steps back for ever',
      { processors: [{ gsub: { field: 'm', pattern: '(a|aa)+b', replacement: '' } }] },
      { m: 'a'.repeat(60) },
    ],
  ])('%s ends, and the next request is answered', async (_, pipeline, source) => {
    const url = await serve({}, { time_ms: 1000, kill_ms: 3000, memory_mb: 128, max_answer_chars: 1_000_000 });
    const response = await post(`${url}/_ingest/pipeline/_simulate`, { pipeline, docs: [{ _source: source }] });
    expect((await response.text()).slice(0, 1000)).toContain('"error":');
    const next = await post(`${url}/_ingest/pipeline/_simulate`, {
      pipeline: { processors: [] },
      docs: [{ _source: { a: 1 } }],
    });
    expect(await next.json()).toMatchObject({ docs: [{ doc: { _source: { a: 1 } } }] });
  });

  test('more than can wait are refused, to try again', async () => {
    const url = await serve({}, { max_waiting: 1 });
    const many = Array.from({ length: 6 }, () => post(`${url}/api/parse`, { lines: 'x' }));
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses).toContain(503);
  });
});
