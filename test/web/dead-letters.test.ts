import { afterEach, describe, expect, test } from 'vitest';
import type {
  DeadLetterDetails,
  DeadLetterList,
  DeadLetterListRequest,
  DeadLetterSelection,
  DeadLettersApi,
  GivenPipeline,
  ReplayAnswer,
  ReplayPreview,
} from '../../src/core/api/dead-letters.ts';
import { LongshoreError } from '../../src/core/errors.ts';
import type { WebOptions } from '../../src/web/options.ts';
import { WebServer } from '../../src/web/web-server.ts';
import { FakeDeps, optionsOf } from './fake-deps.ts';

/** Writes down what it is asked. */
class FakeLetters implements DeadLettersApi {
  readonly asked: unknown[] = [];

  async list(request: DeadLetterListRequest) {
    this.asked.push(request);
    return { open: 1, letters: [{ id: 'a' }], cursor: '41' } as DeadLetterList;
  }
  async get(id: string) {
    return id === 'a' ? ({ id } as DeadLetterDetails) : undefined;
  }
  async preview(selection: DeadLetterSelection, asIs: boolean, pipelines?: readonly GivenPipeline[]) {
    this.asked.push([selection, asIs, pipelines]);
    if (pipelines?.[0]?.text === 'wrong')
      throw new AggregateError([new LongshoreError('LS_GROK_SYNTAX', 'no pattern.')]);
    return [{ id: 'a' } as ReplayPreview];
  }
  async replay(selection: DeadLetterSelection, asIs: boolean) {
    this.asked.push([selection, asIs]);
    if (selection.type === 'full') throw new LongshoreError('LS_SPOOL_FULL', 'full.', { retryable: true });
    return { replayed: 2, cursor: '7-9' } as ReplayAnswer;
  }
  async discard(selection: DeadLetterSelection) {
    this.asked.push(selection);
    return { discarded: 1 };
  }
}

const servers: WebServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(AbortSignal.abort());
});

async function serve(options: Partial<WebOptions> = {}) {
  const letters = new FakeLetters();
  const server = new WebServer(optionsOf(options), Object.assign(new FakeDeps(), { deadLetters: letters }));
  servers.push(server);
  await server.start();
  const url = `http://127.0.0.1:${server.port}/api/dead-letters`;
  const ask = async (path: string, body?: unknown, headers = {}) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    };
    const response = await fetch(url + path, body === undefined ? { headers } : init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { letters, ask };
}

describe('dead letters', () => {
  test('are listed, open ones unless told otherwise, page by page', async () => {
    const { letters, ask } = await serve();
    expect((await ask('')).body).toEqual({ open: 1, letters: [{ id: 'a' }], cursor: '41' });
    await ask('?type=t&container=c&query=level:ERROR&status=any&size=5&cursor=41');
    await ask('?status=replayed&size=99999');
    expect(letters.asked).toEqual([
      { status: 'open', size: 50 },
      { type: 't', container: 'c', query: 'level:ERROR', status: undefined, size: 5, cursor: '41' },
      { status: 'replayed', size: 1000 },
    ]);
    expect((await ask('?status=opne')).body).toMatchObject({ error: { code: 'LS_LETTERS_PARAMETER' } });
  });

  test('one of them, or a 404', async () => {
    const { ask } = await serve();
    expect((await ask('/a')).body).toEqual({ id: 'a' });
    expect(await ask('/b')).toMatchObject({ status: 404, body: { error: { code: 'LS_LETTERS_NOT_FOUND' } } });
  });

  test('replay, discard and preview say which, or are refused', async () => {
    const { letters, ask } = await serve();
    expect((await ask('/replay', { type: 't', as_is: true, cursor: '3-9', limit: 4 })).body).toEqual({
      replayed: 2,
      cursor: '7-9',
    });
    expect((await ask('/discard', { ids: ['a'] })).body).toEqual({ discarded: 1 });
    expect((await ask('/preview', { all: true, pipelines: [{ path: 'p', text: 't', more: 1 }] })).body).toEqual({
      previews: [{ id: 'a' }],
    });
    expect(letters.asked).toEqual([
      [{ type: 't', limit: 4, cursor: '3-9' }, true],
      { ids: ['a'] },
      [{}, false, [{ path: 'p', text: 't' }]],
    ]);
    const wrong = [
      {},
      [],
      'x',
      { ids: 'a' },
      { ids: [1] },
      { type: 7 },
      { all: 'yes' },
      { all: true, limit: -1 },
      { all: true, cursor: 7 },
    ];
    for (const body of wrong) expect((await ask('/replay', body)).status).toBe(400);
    for (const pipelines of ['x', [{}], [{ path: 'p', text: 'x'.repeat(950_000) }]])
      expect((await ask('/preview', { all: true, pipelines })).status).toBe(400);
    expect(letters.asked).toHaveLength(3);
  });

  test('mistakes in pipelines are 422 with each of them, a spool that is full 503', async () => {
    const { ask } = await serve();
    const mistaken = await ask('/preview', { all: true, pipelines: [{ path: 'p', text: 'wrong' }] });
    expect(mistaken).toEqual({
      status: 422,
      body: { error: { code: 'LS_LETTERS_PIPELINES', message: 'no pattern. (LS_GROK_SYNTAX)' } },
    });
    expect((await ask('/replay', { type: 'full' })).status).toBe(503);
  });

  test('reading wants the scope read, everything else admin', async () => {
    const tokens = (['ingest', 'read', 'admin'] as const).map(scope => ({
      name: scope,
      token: `${scope}-token-0123456789`,
      scopes: [scope],
    }));
    const { ask } = await serve({ tokens });
    const as = async (scope: string, path: string, body?: object) =>
      (await ask(path, body, { authorization: `Bearer ${scope}-token-0123456789` })).status;
    expect([await as('ingest', ''), await as('read', ''), await as('read', '/a')]).toEqual([403, 200, 200]);
    for (const path of ['/replay', '/discard', '/preview'])
      expect([await as('read', path, { all: true }), await as('admin', path, { all: true })]).toEqual([403, 200]);
    expect((await ask('/replay', { all: true })).status).toBe(401);
  });
});
