import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get, request } from 'node:http';
import { get as getHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AlertsAnswer } from '../../src/core/api/alerts.ts';
import type { SearchAnswer, SearchRows } from '../../src/core/api/search.ts';
import { LongshoreError } from '../../src/core/errors.ts';
import { registry } from '../../src/core/metrics.ts';
import { httpInput } from '../../src/inputs/http/http-input.ts';
import { httpInputSchema } from '../../src/inputs/http/options.ts';
import type { WebOptions } from '../../src/web/options.ts';
import { WebServer } from '../../src/web/web-server.ts';
import { eventOf, FakeDeps, optionsOf } from './fake-deps.ts';

const servers: WebServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(AbortSignal.abort());
});

async function serve(
  options: Parameters<typeof optionsOf>[0] = {},
  deps = new FakeDeps(),
): Promise<{ url: string; deps: FakeDeps; server: WebServer }> {
  const server = new WebServer(optionsOf(options), deps);
  servers.push(server);
  await server.start();
  return { url: `http://127.0.0.1:${server.port}`, deps, server };
}
const json = async (response: Response | Promise<Response>): Promise<unknown> => (await response).json();

describe('search', () => {
  test('parameters go through as they stand, q for query', async () => {
    const { url, deps } = await serve();
    const answer = await json(
      fetch(
        `${url}/api/search?q=level:ERROR%20AND%20%EC%95%88&from=now-1h&to=now&size=2&cursor=abc&order=asc&x=1&size=1`,
      ),
    );
    expect(deps.searches).toEqual([
      {
        ...{ query: 'level:ERROR AND 안', from: 'now-1h', to: 'now', size: '1', cursor: 'abc', order: 'asc' },
        client: '127.0.0.1',
      },
    ]);
    expect(answer).toEqual({ total: { value: 3, relation: 'eq' }, hits: [eventOf(3)], took_ms: 1 });
  });

  test.for([500, 501, 1234])('a page of %i events is one answer, however it is made', async size => {
    const deps = new FakeDeps();
    const hits = Array.from({ length: size }, (_, i) => eventOf(i, { text: `"hits":[${i}], ü`, list: [{}, null] }));
    const answer = { total: { value: size, relation: 'eq' as const }, hits, cursor: '"hits":[]', took_ms: 2 };
    deps.searcher.search = async () => answer;
    const { url } = await serve({}, deps);
    const response = await fetch(`${url}/api/search?size=10000`);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual(answer);
  });

  describe('in parts', () => {
    const PARTS = { headers: { accept: 'text/html;q=0.1, Application/X-NDJSON; q=1' } };
    const rows = { hits: [eventOf(2), eventOf(1)], cursor: 'abc' };

    /** A search whose rows and whose end the test decides. */
    function open() {
      const deps = new FakeDeps();
      const end = Promise.withResolvers<SearchAnswer>();
      const asked = Promise.withResolvers<(found: SearchRows) => void>();
      deps.searcher.search = (_params, _signal, onRows) => {
        asked.resolve(onRows!);
        return end.promise;
      };
      return { deps, end, asked: asked.promise };
    }
    const answer = { ...rows, total: { value: 2, relation: 'gte' as const }, hints: ['a'], took_ms: 3 };

    test('rows come before all is counted, and both together are the answer', async () => {
      const { deps, end, asked } = open();
      const { url } = await serve({}, deps);
      const answering = fetch(`${url}/api/search`, PARTS);
      (await asked)(rows);
      const response = await answering;
      expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const lines = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      expect(JSON.parse((await lines.read()).value!)).toEqual(rows);
      end.resolve(answer);
      expect(JSON.parse((await lines.read()).value!)).toEqual({
        total: { value: 2, relation: 'gte' },
        hints: ['a'],
        took_ms: 3,
      });
      expect(await lines.read()).toMatchObject({ done: true });
    });

    test('a store that has no rows before the end answers in two lines, too', async () => {
      const { deps, end } = open();
      const { url } = await serve({}, deps);
      end.resolve(answer);
      const text = await (await fetch(`${url}/api/search`, PARTS)).text();
      const parts = text.split('\n').map(line => (line === '' ? {} : (JSON.parse(line) as object)));
      expect(parts[0]).toEqual(rows);
      expect(Object.assign({}, ...parts)).toEqual(answer);
    });

    test('a histogram is begun when the rows are there, and says how many there are', async () => {
      const { deps, end, asked } = open();
      const { url } = await serve({}, deps);
      const answering = fetch(`${url}/api/search?query=a&from=now-1h&histogram=true&by=level&buckets=9`, PARTS);
      (await asked)(rows);
      const lines = (await answering).body!.pipeThrough(new TextDecoderStream()).getReader();
      expect(JSON.parse((await lines.read()).value!)).toEqual(rows);
      expect(deps.histograms).toEqual([]);
      end.resolve(answer);
      expect(JSON.parse((await lines.read()).value!)).toEqual({
        total: { value: 3, relation: 'eq' },
        hints: ['a'],
        histogram: { interval_ms: 60_000, buckets: [{ at: 0, count: 3, by: { INFO: 3 } }] },
        took_ms: 3,
      });
      expect(deps.histograms).toMatchObject([{ query: 'a', from: 'now-1h', by: 'level', buckets: '9' }]);
    });

    test('what fails before the rows has its status, what fails behind them is a line', async () => {
      const failure = new LongshoreError('LS_STORE_BUSY', 'busy.', { retryable: true });
      const before = new FakeDeps();
      before.searcher.search = () => Promise.reject(failure);
      const refused = await fetch(`${(await serve({}, before)).url}/api/search`, PARTS);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      const behind = open();
      const answering = fetch(`${(await serve({}, behind.deps)).url}/api/search`, PARTS);
      (await behind.asked)(rows);
      behind.end.reject(failure);
      const [first, second] = (await (await answering).text()).split('\n');
      expect([JSON.parse(first!), JSON.parse(second!)]).toEqual([
        rows,
        { error: { code: 'LS_STORE_BUSY', message: expect.stringContaining('busy') } },
      ]);
    });

    test('rows of a search that was given up go nowhere', async () => {
      const { deps, end, asked } = open();
      deps.searcher.limits = { max: 1, timeoutMs: 50 };
      const { url } = await serve({}, deps);
      expect((await fetch(`${url}/api/search`, PARTS)).status).toBe(504);
      const tell = await asked;
      expect(() => tell(rows)).not.toThrow();
      end.resolve(answer);
      await vi.waitFor(async () => expect((await fetch(`${url}/api/histogram`)).status).toBe(200));
    });
  });

  test('histogram, days, rules, alerts', async () => {
    const { url, deps } = await serve();
    expect(await json(fetch(`${url}/api/histogram?query=a&from=now-1d&interval=1m&by=level`))).toMatchObject({
      interval_ms: 60_000,
    });
    expect(deps.histograms).toMatchObject([{ query: 'a', from: 'now-1d', interval: '1m', by: 'level' }]);
    expect(await json(fetch(`${url}/api/days`))).toEqual({ days: [{ day: '2026.11.20', events: 3, bytes: 300 }] });
    expect(await json(fetch(`${url}/api/rules`))).toEqual({ rules: [{ name: 'burst' }] });
    const asked = async (query: string) => ((await json(fetch(`${url}/api/alerts${query}`))) as AlertsAnswer).alerts[0];
    expect(await asked('?limit=7')).toEqual({ rule: 'burst', limit: 7 });
    expect(await asked('?limit=-1&state=active&rule=x')).toEqual({ rule: 'x', state: 'active', limit: 50 });
    expect((await fetch(`${url}/api/alerts?state=firring`)).status).toBe(400);
  });

  test('notifications, and sending one again', async () => {
    const { url } = await serve();
    const list = (query: string) => json(fetch(`${url}/api/notifications${query}`));
    expect(await list('?state=dead&limit=7')).toEqual({ notifications: [{ id: 'x', state: 'dead', limit: 7 }] });
    expect(await list('')).toEqual({ notifications: [{ id: 'x', limit: 50 }] });
    expect(await list('?state=gone')).toMatchObject({ error: { code: 'LS_WEB_BAD_REQUEST' } });
    const retry = async (id: string) => {
      const response = await fetch(`${url}/api/notifications/${id}/retry`, { method: 'POST' });
      return [response.status, await response.json()];
    };
    expect(await retry('x')).toEqual([200, { retried: true }]);
    expect(await retry('y')).toMatchObject([404, { error: { code: 'LS_ALERTS_NOTIFICATION_NOT_FOUND' } }]);
  });

  test('a wrong query is 400 with its position, on the tail as well', async () => {
    const { url } = await serve();
    for (const path of ['/api/search', '/api/tail']) {
      const response = await fetch(`${url}${path}?query=level:(`);
      expect(response.status).toBe(400);
      expect(await json(response)).toEqual({
        error: { code: 'LS_QUERY_SYNTAX', message: expect.stringContaining('not closed'), position: 6 },
      });
    }
  });

  test('what breaks inside stays inside', async () => {
    const deps = new FakeDeps();
    deps.searcher.search = () => Promise.reject(new TypeError('secret detail'));
    const { url } = await serve({}, deps);
    const response = await fetch(`${url}/api/search`);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('LS_WEB_FAILED');
    expect(text).not.toMatch(/secret|\bat /);
  });

  test('a busy store is 503, a slow one 504, and it is told to stop', async () => {
    const deps = new FakeDeps();
    deps.searcher.limits = { max: 1, timeoutMs: 100 };
    const { url } = await serve({}, deps);
    deps.searcher.search = () => Promise.reject(new LongshoreError('LS_STORE_BUSY', 'Busy.', { retryable: true }));
    const busy = await fetch(`${url}/api/search`);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1']);
    let told: AbortSignal | undefined;
    const { promise, reject } = Promise.withResolvers<never>();
    deps.searcher.search = (_params, signal) => {
      told = signal;
      return promise;
    };
    const slow = fetch(`${url}/api/search`);
    await vi.waitFor(() => expect(told).toBeDefined());
    expect((await slow).status).toBe(504);
    expect(told?.aborted).toBe(true);
    reject(new Error('ended'));
    await vi.waitFor(async () => expect((await fetch(`${url}/api/histogram`)).status).toBe(200));
  });

  describe('more searches than may run', () => {
    /** A search that runs until the test ends it, and the clients of those that have begun. */
    function held(max: number) {
      const deps = new FakeDeps();
      deps.searcher.limits = { max, timeoutMs: 30_000 };
      const begun: { client: string; end(): void }[] = [];
      deps.searcher.search = ({ client = '' }, signal) => {
        const { promise, resolve, reject } = Promise.withResolvers<SearchAnswer>();
        signal?.addEventListener('abort', () => reject(new Error('ended')));
        begun.push({ client, end: () => resolve({ total: { value: 0, relation: 'eq' }, hits: [], took_ms: 1 }) });
        return promise;
      };
      const clients = () => begun.map(({ client }) => client.replace('token ', '')).join(' ');
      return { deps, begun, clients };
    }
    const waiting = async () => Number(/^longshore_web_searches_waiting (\d+)/m.exec(await registry.metrics())?.[1]);
    const tokens = ['a', 'b'].map(name => ({ name, token: `secret-${name}`, scopes: ['read' as const] }));
    const ask = (url: string, who: string) =>
      fetch(`${url}/api/search`, { headers: { authorization: `Bearer secret-${who}` } });

    test('wait, those of one client not before the one of another', async () => {
      const { deps, begun, clients } = held(2);
      const { url } = await serve({ tokens }, deps);
      const all = ['a', 'a', 'a', 'a'].map(who => ask(url, who));
      await vi.waitFor(async () => expect(await waiting()).toBe(2));
      all.push(ask(url, 'b'));
      await vi.waitFor(async () => expect(await waiting()).toBe(3));
      expect(clients()).toBe('a a');
      begun[0]!.end();
      await vi.waitFor(() => expect(clients()).toBe('a a b'));
      for (let i = 1; i < 5; i++) {
        await vi.waitFor(() => expect(begun.length).toBeGreaterThan(i));
        begun[i]!.end();
      }
      expect((await Promise.all(all)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    });

    test('are refused when the line is full, and leave it when their client goes', async () => {
      const { deps, begun, clients } = held(1);
      const { url } = await serve({ tokens }, deps);
      const first = ask(url, 'a');
      await vi.waitFor(() => expect(clients()).toBe('a'));
      const gone = new AbortController();
      const headers = { authorization: 'Bearer secret-a' };
      const lost = fetch(`${url}/api/search`, { headers, signal: gone.signal }).catch(() => 'gone');
      const others = [1, 2, 3].map(() => ask(url, 'a'));
      await vi.waitFor(async () => expect(await waiting()).toBe(4));
      const refused = await ask(url, 'a');
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await refused.json()).toMatchObject({ error: { code: 'LS_SEARCH_BUSY' } });
      gone.abort();
      expect(await lost).toBe('gone');
      await vi.waitFor(async () => expect(await waiting()).toBe(3));
      for (let i = 0; i < 4; i++) {
        await vi.waitFor(() => expect(begun.length).toBeGreaterThan(i));
        begun[i]!.end();
      }
      expect((await Promise.all([first, ...others])).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(begun).toHaveLength(4);
    });
  });

  test('a client that goes away ends its search', async () => {
    const deps = new FakeDeps();
    const { url } = await serve({}, deps);
    let told: AbortSignal | undefined;
    deps.searcher.search = (_params, signal) => {
      told = signal;
      const { promise, reject } = Promise.withResolvers<never>();
      signal?.addEventListener('abort', () => reject(new Error('gone')));
      return promise;
    };
    const outgoing = get(`${url}/api/search`);
    outgoing.on('error', () => {});
    await vi.waitFor(() => expect(told).toBeDefined());
    outgoing.destroy();
    await vi.waitFor(() => expect(told?.aborted).toBe(true));
  });
});

describe('operations', () => {
  test('health, readiness, metrics, reload', async () => {
    const { url, deps } = await serve();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await json(fetch(`${url}/readyz`))).toEqual({ ready: true, reasons: [] });
    deps.isReady = false;
    const notReady = await fetch(`${url}/readyz`);
    expect(notReady.status).toBe(503);
    expect(await json(notReady)).toEqual({ ready: false, reasons: ['store: starting'] });
    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await metrics.text()).toContain('x_total 1');
    expect(await json(fetch(`${url}/-/reload`, { method: 'POST' }))).toEqual({ ok: true, message: 'Reloaded.' });
    deps.reload = async () => ({ ok: false, message: 'pipelines/a.yaml:3: no.' });
    const failed = await fetch(`${url}/-/reload`, { method: 'POST' });
    expect(failed.status).toBe(422);
    expect((await fetch(`${url}/-/reload`)).status).toBe(404);
  });

  test('the ledger is what the service says it is', async () => {
    const { url, deps } = await serve();
    expect(await json(fetch(`${url}/api/ledger`))).toEqual(await deps.ledger());
  });

  test('what is not there is 404 with what is', async () => {
    const { url } = await serve();
    for (const path of ['/api/nothing', '/nothing', '/ui/../../package.json', '/ui/%2e%2e/page.ts', '/%00', '/ui/']) {
      const response = await fetch(url + path);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await json(response)).toMatchObject({
        error: { code: 'LS_WEB_NOT_FOUND', paths: expect.arrayContaining(['GET /api/search']) },
      });
    }
    expect((await fetch(`${url}/%zz`)).status).toBe(400);
  });

  test('requests are counted by route, never by address', async () => {
    const { url } = await serve();
    await (await fetch(`${url}/api/days?secret=1`)).text();
    await (await fetch(`${url}/some/unknown/address`)).text();
    await vi.waitFor(async () => {
      const text = await registry.metrics();
      expect(text).toMatch(/longshore_http_requests_total\{route="\/api\/days",status="200"\} \d/);
      expect(text).toMatch(/longshore_http_requests_total\{route="none",status="404"\} \d/);
      expect(text).toContain('longshore_http_request_duration_seconds_count{route="/api/days"}');
      expect(text).not.toContain('unknown/address');
    });
  });
});

describe('the page', () => {
  test('is served with a strict policy and nothing from elsewhere', async () => {
    const { url } = await serve();
    const page = await fetch(`${url}/`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|(?:src|href)="(?:https?:)?\/\//);
    const paths = [...html.matchAll(/(?:src|href)="\.(\/[^"]+)"/g)].map(match => match[1]!);
    expect(paths.length).toBeGreaterThan(1);
    for (const path of paths) expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
    const etag = page.headers.get('etag')!;
    expect((await fetch(`${url}/`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  test('no source of the page makes markup of what comes from outside', async () => {
    const files = globSync('src/web/ui/**/*.{ts,tsx}');
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) {
      expect([file, await readFile(file, 'utf8')]).toEqual([
        file,
        expect.not.stringMatching(
          /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|\beval\b|new Function|DOMParser/,
        ),
      ]);
    }
  });
});

describe('with tokens', () => {
  const tokens: WebOptions['tokens'] = [
    { name: 'sender', token: 'secret-ingest', scopes: ['ingest'] },
    { name: 'reader', token: 'secret-read', scopes: ['read'] },
    { name: 'boss', token: 'secret-admin', scopes: ['admin', 'read'] },
  ];
  const routes = [
    ['GET', '/api/search', 'read'],
    ['GET', '/api/histogram', 'read'],
    ['GET', '/api/stats', 'read'],
    ['GET', '/api/containers', 'read'],
    ['GET', '/api/context', 'read'],
    ['GET', '/api/alerts', 'read'],
    ['GET', '/api/rules', 'read'],
    ['GET', '/api/notifications', 'read'],
    ['POST', '/api/notifications/x/retry', 'admin'],
    ['GET', '/api/days', 'read'],
    ['GET', '/metrics', 'read'],
    ['POST', '/-/reload', 'admin'],
    ['POST', '/api/logs', 'ingest'],
    ['POST', '/app.web', 'ingest'],
    ['GET', '/healthz', undefined],
    ['GET', '/readyz', undefined],
    ['GET', '/', undefined],
  ] as const;

  test('every route asks for its scope', async () => {
    const senders: string[] = [];
    const deps = new FakeDeps();
    deps.input = httpInput(inputDefaults(), { consume: async frame => void senders.push(frame.sender) });
    const { url } = await serve({ tokens }, deps);
    for (const [method, path, scope] of routes) {
      const statusWith = async (token: string | undefined): Promise<number> => {
        const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
        const body = method === 'POST' && scope === 'ingest' ? '{"a":1}' : null;
        const response = await fetch(url + path, { method, headers, body });
        await response.text();
        return response.status;
      };
      const statuses = [await statusWith(undefined), await statusWith('wrong-token')];
      for (const { token } of tokens!) statuses.push(await statusWith(token));
      const expected =
        scope === undefined
          ? [200, 200, 200, 200, 200]
          : [401, 401, ...tokens!.map(t => (t.scopes.includes(scope) ? 200 : 403))];
      expect([method, path, ...statuses]).toEqual([method, path, ...expected]);
    }
    expect(senders).toEqual(['127.0.0.1/sender', '127.0.0.1/sender']);
  });

  test('senders of Splunk and Loki give a token their own way, and are refused in their own words', async () => {
    const senders: string[] = [];
    const deps = new FakeDeps();
    deps.input = httpInput(inputDefaults(), { consume: async frame => void senders.push(frame.sender) });
    const { url } = await serve({ tokens }, deps);
    const post = async (path: string, body: string, authorization?: string): Promise<[number, string]> => {
      const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
      const response = await fetch(url + path, { method: 'POST', headers, body });
      return [response.status, await response.text()];
    };
    const hec = (authorization?: string) => post('/services/collector/event', '{"event":"a"}', authorization);
    expect(await hec('Splunk secret-ingest')).toEqual([200, '{"text":"Success","code":0}']);
    expect(await hec()).toEqual([401, expect.stringContaining('"text":"Token is required","code":2')]);
    expect(await hec('Splunk wrong')).toEqual([403, expect.stringContaining('"text":"Invalid token","code":4')]);
    const loki = (authorization?: string) =>
      post('/loki/api/v1/push', '{"streams":[{"stream":{},"values":[["1","a"]]}]}', authorization);
    expect(await loki(`Basic ${Buffer.from('x:secret-ingest').toString('base64')}`)).toEqual([204, '']);
    expect(await loki()).toEqual([401, 'Send a token: Authorization: Bearer <token>, or log in on the page.\n']);
    expect(senders).toEqual(['127.0.0.1/sender', '127.0.0.1/sender']);
    for (const path of ['/services/collector/health', '/ready']) expect((await fetch(url + path)).status).toBe(200);
    expect((await fetch(`${url}/services/collector/event/1.0`, { method: 'OPTIONS' })).status).toBe(200);
  });

  test('browsers get the page, clients of Elasticsearch its greeting, with a token', async () => {
    const deps = new FakeDeps();
    deps.input = httpInput(inputDefaults(), { consume: async () => {} });
    const { url } = await serve({ tokens }, deps);
    const ask = async (method: string, headers: Record<string, string>) => {
      const response = await fetch(`${url}/`, { method, headers });
      const text = await response.text();
      return [response.status, text.slice(0, 9), response.headers.get('x-elastic-product')];
    };
    const key = Buffer.from('any:secret-ingest').toString('base64');
    const client = { accept: 'application/json', authorization: `ApiKey ${key}` };
    expect(await ask('GET', { accept: 'text/html,*/*;q=0.8' })).toEqual([200, '<!doctype', null]);
    expect(await ask('GET', {})).toEqual([200, '<!doctype', null]);
    expect(await ask('GET', client)).toEqual([200, '{"name":"', 'Elasticsearch']);
    expect(await ask('HEAD', client)).toEqual([200, '', 'Elasticsearch']);
    expect((await ask('GET', { accept: 'application/json' }))[0]).toBe(401);
  });

  test('only the tail takes the token from the address', async () => {
    const { url } = await serve({ tokens });
    expect((await fetch(`${url}/api/search?token=secret-read`)).status).toBe(401);
    const abort = new AbortController();
    const tail = await fetch(`${url}/api/tail?token=secret-read`, { signal: abort.signal });
    expect(tail.status).toBe(200);
    abort.abort();
    expect((await fetch(`${url}/api/tail?token=secret-ingest`)).status).toBe(403);
  });
});

describe('events by POST', () => {
  test('arrive, unless a foreign page sends them', async () => {
    const frames: { sender: string; tag: string }[] = [];
    const deps = new FakeDeps();
    deps.input = httpInput(inputDefaults(), { consume: async frame => void frames.push(frame) });
    const { url, server } = await serve({}, deps);
    const post = (path: string, headers = {}): Promise<Response> =>
      fetch(url + path, { method: 'POST', body: '{"a":1}', headers });
    expect(await json(post('/api/logs?tag=app'))).toEqual({ accepted: 1 });
    expect(await json(post('/app.web'))).toEqual({ accepted: 1 });
    expect((await post('/app', { origin: 'http://evil.example' })).status).toBe(403);
    expect((await post('/app', { origin: `http://127.0.0.1:${server.port}` })).status).toBe(200);
    expect((await post('/api/nothing')).status).toBe(404);
    const rebound = await new Promise<number>(resolve => {
      request(`${url}/app`, { method: 'POST', headers: { host: 'evil.example' } }, response =>
        resolve(response.statusCode!),
      ).end('{}');
    });
    expect(rebound).toBe(421);
    expect(frames.map(frame => frame.tag)).toEqual(['app', 'app.web', 'app']);
  });
});

describe('the live tail', () => {
  /** Reads a tail until `enough` says so. */
  async function read(
    url: string,
    enough: (text: string) => boolean,
    onText = (_text: string): void => {},
  ): Promise<string> {
    const abort = new AbortController();
    const response = await fetch(url, { signal: abort.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    let text = '';
    const decoder = new TextDecoder();
    for await (const part of response.body!) {
      text += decoder.decode(part as Uint8Array, { stream: true });
      onText(text);
      if (enough(text)) break;
    }
    abort.abort();
    return text;
  }

  test('sends the last ones, then those that come', async () => {
    const { url, deps } = await serve();
    let published = false;
    const text = await read(
      `${url}/api/tail?last=3&q=`,
      t => t.includes('line\\nbreak'),
      () => {
        if (published) return;
        published = true;
        deps.publish(eventOf(4, { message: 'line\nbreak \u2028 안녕 \u001b[31m' }));
      },
    );
    const hits = [...text.matchAll(/^data: ([^\n]*)$/gm)].map(match => JSON.parse(match[1]!));
    expect(hits.map(hit => hit.seq)).toEqual([1, 2, 3, 4]);
    expect(hits[3].message).toBe('line\nbreak \u2028 안녕 \u001b[31m');
    expect(deps.searches[0]).toMatchObject({ query: '', size: '3', order: 'desc' });
    await vi.waitFor(() => expect(deps.listeners.size).toBe(0));
  });

  test('filters by the query and beats in silence', async () => {
    const { url, deps } = await serve({ tail_heartbeat_ms: 100 });
    let published = false;
    const text = await read(
      `${url}/api/tail?query=wanted`,
      t => t.split(':\n\n').length > 3 && t.includes('data'),
      () => {
        if (published) return;
        published = true;
        deps.publish(eventOf(1, { message: 'other' }));
        deps.publish(eventOf(2, { message: 'wanted' }));
      },
    );
    expect([...text.matchAll(/^data: ([^\n]*)$/gm)].map(match => JSON.parse(match[1]!).seq)).toEqual([2]);
  });

  test('a client that does not read is told what it missed when it reads again', async () => {
    const { url, deps } = await serve({ max_tail_buffer_bytes: 100_000 });
    const { promise, resolve } = Promise.withResolvers<import('node:http').IncomingMessage>();
    const outgoing = get(`${url}/api/tail`, resolve);
    outgoing.on('error', () => {});
    const response = await promise;
    response.pause();
    await vi.waitFor(() => expect(deps.listeners.size).toBe(1));
    const message = 'm'.repeat(10_000);
    for (let n = 0; n < 3000; n++) {
      deps.publish(eventOf(n, { message }));
      if (n % 5 === 0) await new Promise(done => setImmediate(done));
    }
    let text = '';
    response.on('data', data => {
      text += data;
    });
    response.resume();
    await vi.waitFor(() => expect(text).toMatch(/event: dropped\ndata: {"dropped":\d+}\n\n$/), 5000);
    const dropped = [...text.matchAll(/"dropped":(\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
    const sent = [...text.matchAll(/^data: {"_id"/gm)].length;
    expect(dropped).toBeGreaterThan(100);
    expect(dropped + sent).toBe(3000);
    outgoing.destroy();
  });

  test('there are only so many', async () => {
    const { url } = await serve({ max_tail_clients: 1 });
    const abort = new AbortController();
    await fetch(`${url}/api/tail`, { signal: abort.signal });
    expect((await fetch(`${url}/api/tail`)).status).toBe(503);
    abort.abort();
    await vi.waitFor(async () => {
      const next = new AbortController();
      const response = await fetch(`${url}/api/tail`, { signal: next.signal });
      expect(response.status).toBe(200);
      next.abort();
    });
  });
});

describe('start and stop', () => {
  test('a port in use names the setting', async () => {
    const { server } = await serve();
    const second = new WebServer(optionsOf({ address: `127.0.0.1:${server.port}` }), new FakeDeps());
    await expect(second.start()).rejects.toThrow(/http\.address: .*in use.*LS_WEB_ADDRESS_IN_USE/);
    await second.stop(AbortSignal.abort());
  });

  test.for([
    ['of one address', { max_connections_per_address: 2 }, '127.0.0.1'],
    ['of all', { max_connections: 2 }, '127.0.0.2'],
  ] as const)(
    'whoever is slow makes room for others, %s; a unix socket is not counted',
    { timeout: 20_000 },
    async ([, limits, other]) => {
      const folder = mkdtempSync(join(tmpdir(), 'longshore-web-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const path = join(folder, 'http.sock');
      const { server } = await serve({ ...limits, unix_socket: path, allow: [] });
      const start = (text: string, localAddress = '127.0.0.1'): Socket => {
        const socket = connect({ port: server.port, host: '127.0.0.1', localAddress });
        onTestFinished(() => {
          socket.destroy();
        });
        socket.on('error', () => {});
        socket.write(text);
        return socket;
      };
      /** Whether the connection is answered; else it is closed. */
      const answered = (socket: Socket): Promise<boolean> =>
        new Promise(resolve => {
          socket.once('data', () => resolve(true));
          socket.once('close', () => resolve(false));
          if (socket.destroyed) resolve(false);
        });
      const request = (what: string): string => `${what} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
      const ask = request('GET /healthz');

      const slow = [
        start(''),
        start(
          'POST /api/parse HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
        ),
      ];
      await Promise.all(slow.map(socket => once(socket, 'connect')));
      const kept = start(ask, other);
      expect([await answered(kept), await answered(slow[0]!)]).toEqual([true, false]);
      expect([await answered(start(ask, other)), await answered(slow[1]!)]).toEqual([true, false]);
      expect(await answered(start(ask, other))).toBe(true);
      expect(await answered(kept)).toBe(false);

      // Those that are being answered stay.
      const tails = [start(request('GET /api/tail')), start(request('GET /api/tail'))];
      for (const tail of tails) expect(await answered(tail)).toBe(true);
      expect(await answered(start(ask, other))).toBe(false);
      for (let i = 0; i < 2; i++) {
        const socket = connect(path);
        onTestFinished(() => {
          socket.destroy();
        });
        socket.write(ask);
        expect(await answered(socket)).toBe(true);
      }
      tails[0]!.destroy();
      await vi.waitFor(async () => expect(await answered(start(ask, other))).toBe(true));
    },
  );

  test('stop ends tails, waits for the search that runs, twice is once', async () => {
    const deps = new FakeDeps();
    const { promise, resolve } = Promise.withResolvers<void>();
    const { search } = deps.searcher;
    let asked = false;
    deps.searcher.search = async params => {
      asked = true;
      await promise;
      return search(params);
    };
    const { url, server } = await serve({}, deps);
    const tail = await fetch(`${url}/api/tail`);
    const found = fetch(`${url}/api/search`);
    await vi.waitFor(() => expect(asked).toBe(true));
    const stopped = server.stop(AbortSignal.timeout(5000));
    await tail.text();
    resolve();
    expect((await found).status).toBe(200);
    await stopped;
    await server.stop(AbortSignal.timeout(5000));
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test('stop gives up at the deadline, before start it is nothing', async () => {
    const idle = new WebServer(optionsOf(), new FakeDeps());
    await idle.stop(AbortSignal.abort());
    const deps = new FakeDeps();
    let asked = false;
    deps.searcher.search = () => {
      asked = true;
      return Promise.withResolvers<never>().promise;
    };
    const { url, server } = await serve({}, deps);
    const outcome = fetch(`${url}/api/search`).then(
      () => 'answered',
      () => 'cut',
    );
    await vi.waitFor(() => expect(asked).toBe(true));
    await server.stop(AbortSignal.timeout(50));
    expect(await outcome).toBe('cut');
  });

  test('serves HTTPS, and names a file that it cannot read', async () => {
    const cert_file = fileURLToPath(new URL('./fixtures/localhost.cert.pem', import.meta.url));
    const key_file = fileURLToPath(new URL('./fixtures/localhost.key.pem', import.meta.url));
    const { server } = await serve({ tls: { cert_file, key_file } });
    const ca = await readFile(cert_file);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    getHttps({ host: '127.0.0.1', port: server.port, path: '/api/days', ca }, response =>
      resolve(response.statusCode!),
    ).on('error', reject);
    expect(await promise).toBe(200);
    const broken = new WebServer(optionsOf({ tls: { cert_file: '/nowhere/cert.pem', key_file } }), new FakeDeps());
    await expect(broken.start()).rejects.toThrow(/http\.tls\.cert_file: .*LS_WEB_TLS_FILE/);
  });

  test('over a unix socket as well', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'longshore-web-'));
    const socketPath = join(folder, 'web.sock');
    await serve({ unix_socket: socketPath });
    const status = await new Promise<number>(resolve => {
      get({ socketPath, path: '/api/days', headers: { host: 'any.name' } }, response => resolve(response.statusCode!));
    });
    expect(status).toBe(200);
    await servers.pop()!.stop(AbortSignal.abort());
    await rm(folder, { recursive: true });
  });
});

function inputDefaults(): Parameters<typeof httpInput>[0] {
  const defaults: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(httpInputSchema.properties)) defaults[name] = property.default;
  return defaults as unknown as Parameters<typeof httpInput>[0];
}
