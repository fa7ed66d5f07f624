import { afterEach, describe, expect, test } from 'vitest';
import type { AlertmanagerApi, AlertQuery } from '../../src/core/api/alertmanager.ts';
import { WebServer } from '../../src/web/web-server.ts';
import { FakeDeps, optionsOf } from './fake-deps.ts';

const servers: WebServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(AbortSignal.abort());
});

class FakeAlertmanager implements AlertmanagerApi {
  readonly queries: AlertQuery[] = [];
  readonly bodies: unknown[] = [];
  status = () => ({}) as ReturnType<AlertmanagerApi['status']>;
  receivers = () => [{ name: 'a' }];
  alerts = async (query: AlertQuery) => {
    this.queries.push(query);
    return query.filter.includes('(') ? { refused: { status: 400 as const, message: 'no "matcher"' } } : { value: [] };
  };
  groups = async () => ({ value: [] });
  post = async (body: unknown) => {
    this.bodies.push(body);
    return { value: undefined };
  };
  silences = () => ({ value: [] });
  silence = () => ({ refused: { status: 404 as const, message: 'silence not found' } });
  setSilence = async () => ({ value: { silenceID: 'x' } });
  expireSilence = async () => ({ value: undefined });
}

async function serve(options: Parameters<typeof optionsOf>[0] = {}) {
  const alertmanager = new FakeAlertmanager();
  const deps = Object.assign(new FakeDeps(), { alertmanager });
  const server = new WebServer(optionsOf(options), deps);
  servers.push(server);
  await server.start();
  return { url: `http://127.0.0.1:${server.port}`, alertmanager };
}

describe("Alertmanager's API", () => {
  test('parameters', async () => {
    const { url, alertmanager } = await serve();
    await fetch(
      `${url}/api/v2/alerts?active=false&silenced=no&inhibited=true&filter=a%3D%22b%22&filter=c!~d&receiver=x.*`,
    );
    await fetch(`${url}/api/v2/alerts`);
    expect(alertmanager.queries).toEqual([
      { active: false, silenced: false, inhibited: true, filter: ['a="b"', 'c!~d'], receiver: 'x.*' },
      { active: true, silenced: true, inhibited: true, filter: [], receiver: undefined },
    ]);
  });

  test('a refusal is a text in JSON', async () => {
    const { url } = await serve();
    const refused = await fetch(`${url}/api/v2/alerts?filter=(`);
    expect([refused.status, await refused.json()]).toEqual([400, 'no "matcher"']);
    expect((await fetch(`${url}/api/v2/silence/x`)).status).toBe(404);
  });

  test('what Alertmanager answers without a body has none here', async () => {
    const { url } = await serve();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body: '[]' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(await (await fetch(`${url}/-/healthy`)).text()).toBe('OK');
    expect(await (await fetch(`${url}/-/ready`)).text()).toBe('OK');
  });

  test('bodies that are none: no JSON, names of prototypes, too large', async () => {
    const { url, alertmanager } = await serve();
    const headers = { 'content-type': 'application/json' };
    const post = async (body: string): Promise<number> =>
      (await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body })).status;
    expect(await post('[{')).toBe(400);
    expect(await post('[{"labels":{"__proto__":{"a":"b"}}}]')).toBe(400);
    expect(await post(`["${'x'.repeat(17_000_000)}"]`)).toBe(413);
    expect(alertmanager.bodies).toEqual([]);
  });

  test('each path wants its scope', async () => {
    const scopes = ['ingest', 'read', 'admin'] as const;
    const { url } = await serve({
      tokens: scopes.map(scope => ({ name: scope, token: `secret-${scope}`, scopes: [scope] })),
    });
    const ask = async (method: string, path: string): Promise<string[]> => {
      const allowed: string[] = [];
      for (const scope of scopes) {
        const headers = { authorization: `Bearer secret-${scope}`, 'content-type': 'application/json' };
        const body = method === 'POST' ? '[]' : undefined;
        const { status } = await fetch(`${url}/api/v2/${path}`, {
          method,
          headers,
          ...(body === undefined ? {} : { body }),
        });
        if (status !== 403) allowed.push(scope);
      }
      return allowed;
    };
    for (const path of ['status', 'receivers', 'alerts', 'alerts/groups', 'silences', 'silence/x'])
      expect([path, await ask('GET', path)]).toEqual([path, ['read']]);
    expect(await ask('POST', 'alerts')).toEqual(['ingest']);
    expect(await ask('POST', 'silences')).toEqual(['admin']);
    expect(await ask('DELETE', 'silence/x')).toEqual(['admin']);
  });
});
