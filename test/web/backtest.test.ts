import { afterEach, describe, expect, test } from 'vitest';
import type { BacktestAnswer, BacktestParams } from '../../src/core/api/backtest.ts';
import { LongshoreError } from '../../src/core/errors.ts';
import { WebServer } from '../../src/web/web-server.ts';
import { FakeDeps, optionsOf } from './fake-deps.ts';

let server: WebServer | undefined;
afterEach(() => server?.stop(AbortSignal.abort()));

type Run = (params: BacktestParams, client: string, signal: AbortSignal) => Promise<BacktestAnswer>;

async function serve(run: Run, options: Parameters<typeof optionsOf>[0] = {}): Promise<string> {
  server = new WebServer(optionsOf(options), Object.assign(new FakeDeps(), { backtests: { run } }));
  await server.start();
  return `http://127.0.0.1:${server.port}/api/backtest`;
}

const post = (url: string, body: unknown, more: RequestInit = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...more,
  });

const ANSWER = { rules: [], events: 3 } as unknown as BacktestAnswer;

describe('POST /api/backtest', () => {
  test('hands on what is asked for, and who asks', async () => {
    const asked: unknown[] = [];
    const url = await serve(async (params, client) => {
      asked.push({ params, client });
      return ANSWER;
    });
    const rules = [{ path: 'a.yaml', text: 'name: a' }];
    const response = await post(url, { rules, old: rules, from: 'now-1d', to: 5, names: ['a'], messages: true });
    expect(await response.json()).toEqual(ANSWER);
    const params = { rules, old: rules, imports: undefined, from: 'now-1d', to: 5, names: ['a'], messages: true };
    expect(asked).toEqual([{ params, client: '127.0.0.1' }]);
  });

  test.each([
    [[], 'the body is no JSON object'],
    [{ rules: 'x' }, 'rules is no list of files'],
    [{ rules: [{ path: 1, text: '' }] }, 'rules is no list of files'],
    [{ old: [] }, 'there are no rules to compare them with'],
    [{ names: [1] }, 'names is no list of texts'],
    [{ messages: 'yes' }, 'messages is neither true nor false'],
    [{ from: {} }, 'from is no time'],
    [{ name: 'Error burst' }, 'there is no member "name". Did you mean names?'],
    [{ rules: [{ path: 'a', text: 'x'.repeat(950_000) }] }, 'the texts are too long'],
  ])('a mistake is told: %j', async (body, message) => {
    const url = await serve(async () => ANSWER);
    const response = await post(url, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'LS_BACKTEST_PARAMETER', message: expect.stringContaining(message) },
    });
  });

  test('what running rules import is used for who may read it', async () => {
    const asked: unknown[] = [];
    const run: Run = async params => {
      asked.push(params.imports);
      return ANSWER;
    };
    const body = { rules: [{ path: 'a.yaml', text: 'import: base.yaml' }], imports: 'running' };
    const refused = await post(await serve(run), body);
    expect([refused.status, await refused.json()]).toMatchObject([403, { error: { code: 'LS_FILES_HIDDEN' } }]);
    await server!.stop(AbortSignal.abort());
    const url = await serve(run, { edit_definitions: true });
    expect((await post(url, body)).status).toBe(200);
    expect((await post(url, { imports: 'running' })).status).toBe(400);
    expect(asked).toEqual(['running']);
  });

  test('busy is 503 and can be tried again; a process that died is 500', async () => {
    const codes = ['LS_BACKTEST_BUSY', 'LS_BACKTEST_FAILED'] as const;
    let n = 0;
    const url = await serve(async () => {
      const code = codes[n++]!;
      throw new LongshoreError(code, 'no.', { retryable: code === 'LS_BACKTEST_BUSY' });
    });
    const busy = await post(url, {});
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await post(url, {})).status).toBe(500);
  });

  test('a client that goes away ends it', async () => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const url = await serve((_, __, signal) => {
      signal.addEventListener('abort', () => resolve());
      begun.resolve();
      return new Promise(() => {});
    });
    const abort = new AbortController();
    const asked = post(url, {}, { signal: abort.signal }).catch(() => {});
    await begun.promise;
    abort.abort();
    await ended;
    await asked;
  });

  test('it wants the scope admin, and knows clients by their token', async () => {
    const clients: string[] = [];
    const tokens = [
      { name: 'reader', token: 'reader-token', scopes: ['read'] as const },
      { name: 'ops', token: 'admin-token', scopes: ['admin'] as const },
    ];
    const url = await serve(
      async (_, client) => {
        clients.push(client);
        return ANSWER;
      },
      { tokens: tokens.map(token => ({ ...token, scopes: [...token.scopes] })) },
    );
    const as = (token: string) => ({
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    });
    expect((await post(url, {}, as('reader-token'))).status).toBe(403);
    expect((await post(url, {}, as('admin-token'))).status).toBe(200);
    expect(clients).toEqual(['token ops']);
  });
});
