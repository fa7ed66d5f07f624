import { afterEach, describe, expect, test } from 'vitest';
import { personOf } from '../../src/web/login/provider.ts';
import { Seal } from '../../src/web/login/sessions.ts';
import type { WebOptions } from '../../src/web/options.ts';
import { WebServer } from '../../src/web/web-server.ts';
import { FakeDeps, optionsOf } from './fake-deps.ts';
import { FakeProvider } from './fake-provider.ts';

const USERS: WebOptions['users'] = [
  { name: 'jiwoo', password: 'correct horse', scopes: ['read', 'admin'] },
  { name: 'reader', password: 'battery staple', scopes: ['read'] },
];
const TOKENS: WebOptions['tokens'] = [{ name: 'sender', token: 'secret-ingest', scopes: ['ingest'] }];
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function serve(options: Partial<WebOptions>): Promise<string> {
  const server = new WebServer(optionsOf(options), new FakeDeps());
  await server.start();
  ends.push(() => server.stop(AbortSignal.timeout(5000)));
  return `http://127.0.0.1:${server.port}`;
}

const post = (url: string, body: object, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

async function logIn(url: string, name = 'jiwoo', password = 'correct horse'): Promise<string> {
  const answer = await post(`${url}/api/login`, { name, password });
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

const cookieOf = (answer: Response, n = 0): string => answer.headers.getSetCookie()[n]!.split(';')[0]!;
const statusOf = async (url: string, headers: Record<string, string> = {}) => (await fetch(url, { headers })).status;

describe('a login with a password', () => {
  test('opens what the scopes allow, and nothing without it', async () => {
    const url = await serve({ users: USERS });
    expect(await statusOf(`${url}/api/search`)).toBe(401);
    expect(await (await fetch(`${url}/api/login`)).json()).toEqual({ password: true, oidc: false, token: false });
    const answer = await post(`${url}/api/login`, { name: 'reader', password: 'battery staple' });
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^longshore_session=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    const cookie = cookieOf(answer);
    expect(await statusOf(`${url}/api/search`, { cookie })).toBe(200);
    expect(await (await fetch(`${url}/api/login`, { headers: { cookie } })).json()).toMatchObject({
      person: { name: 'reader' },
    });
    expect((await post(`${url}/api/backup`, {}, { cookie, origin: url })).status).toBe(403);
    const admin = await logIn(url);
    expect((await post(`${url}/api/backup`, {}, { cookie: admin, origin: url })).status).not.toBe(403);
  });

  test('of another site, a forged, an old or a foreign cookie is none', async () => {
    const url = await serve({ users: USERS });
    const cookie = await logIn(url);
    expect(await statusOf(`${url}/api/search`, { cookie, origin: 'https://evil.example' })).toBe(403);
    expect((await post(`${url}/api/backup`, {}, { cookie, origin: 'https://evil.example' })).status).toBe(403);
    for (const site of ['cross-site', 'same-site'])
      expect([site, await statusOf(`${url}/api/search`, { cookie, 'sec-fetch-site': site })]).toEqual([site, 403]);
    const [body = '', mac = ''] = cookie.slice('longshore_session='.length).split('.');
    const changed = Buffer.from(Buffer.from(body, 'base64url').toString().replace('jiwoo', 'reade')).toString(
      'base64url',
    );
    const seal = new Seal(Buffer.alloc(32, 7));
    const forged = [
      `${changed}.${mac}`,
      `${body}.`,
      body,
      '.',
      `${body}.${mac}.x`,
      new Seal(Buffer.alloc(32, 8)).seal('session', { name: 'jiwoo', scopes: ['admin'] }, Date.now() + 60_000),
      seal.seal('journey', { name: 'jiwoo', scopes: ['read'] }, Date.now() + 60_000),
      seal.seal('session', { name: 'jiwoo', scopes: ['read'] }, Date.now() + 60_000),
      seal.seal('session', JSON.parse(Buffer.from(body, 'base64url').toString()), Date.now() - 1),
    ];
    for (const value of forged)
      expect([value, await statusOf(`${url}/api/search`, { cookie: `longshore_session=${value}` })]).toEqual([
        value,
        401,
      ]);
  });

  test('ends with a changed password, and by logging out', async () => {
    const before = await logIn(await serve({ users: USERS }));
    const url = await serve({ users: USERS.map(user => ({ ...user, password: `${user.password} 2` })) });
    expect(await statusOf(`${url}/api/search`, { cookie: before })).toBe(401);
    const out = await post(`${url}/api/logout`, {});
    expect(out.headers.getSetCookie()[0]).toMatch(/^longshore_session=; Path=\/; Max-Age=0;/);
    expect((await post(`${url}/api/logout`, {}, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post(`${url}/api/login`, {}, { origin: 'https://evil.example' })).status).toBe(403);
  });

  test('is slow to guess', async () => {
    const url = await serve({ users: USERS });
    for (let n = 0; n < 10; n++)
      expect((await post(`${url}/api/login`, { name: 'jiwoo', password: `guess ${n}` })).status).toBe(401);
    const answer = await post(`${url}/api/login`, { name: 'jiwoo', password: 'correct horse' });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const body of [
      {},
      { name: 'jiwoo' },
      { name: ['jiwoo'], password: 'x' },
      { name: 'x'.repeat(300), password: 'x' },
    ])
      expect((await post(`${url}/api/login`, body)).status).toBe(400);
  });

  test('stands beside tokens: senders send with theirs, and theirs reads nothing', async () => {
    const url = await serve({ users: USERS, tokens: TOKENS });
    const authorization = 'Bearer secret-ingest';
    expect(await statusOf(`${url}/api/search`, { authorization })).toBe(403);
    const cookie = await logIn(url);
    // A token that was sent counts, whoever is logged in.
    expect(await statusOf(`${url}/api/search`, { authorization, cookie })).toBe(403);
  });

  test('behind a path and https its cookie is of that path, and secure', async () => {
    const url = await serve({ users: USERS, public_url: 'https://example.com/logs/' });
    const answer = await post(`${url}/api/login`, { name: 'jiwoo', password: 'correct horse' });
    expect(answer.headers.getSetCookie()[0]).toMatch(/; Path=\/logs\/; .*; Secure$/);
  });
});

describe('a login by a provider', () => {
  async function withProvider(): Promise<{ url: string; provider: FakeProvider }> {
    const provider = await FakeProvider.start();
    ends.push(() => provider.close());
    const url = await serve({
      public_url: 'http://logs.example.com',
      oidc: {
        issuer: provider.issuer,
        client_id: 'longshore',
        client_secret: 'secret-of-the-client',
        request_scopes: ['openid', 'email'],
        name_claim: 'email',
        allow: [{ claim: 'groups', value: 'ops', scopes: ['read', 'admin'] }],
      },
    });
    return { url, provider };
  }

  /** Goes the way of a browser; `change` what comes back from the provider. */
  async function travel(
    url: string,
    change: (callback: URL) => void = () => {},
    keepsCookie = true,
  ): Promise<Response> {
    const begun = await fetch(`${url}/api/login/oidc`, { redirect: 'manual' });
    expect(begun.status).toBe(303);
    expect(begun.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Lax$/);
    const back = await fetch(begun.headers.get('location')!, { redirect: 'manual' });
    const callback = new URL(back.headers.get('location')!);
    expect(callback.host).toBe('logs.example.com');
    change(callback);
    return fetch(`${url}${callback.pathname}${callback.search}`, {
      redirect: 'manual',
      headers: keepsCookie ? { cookie: cookieOf(begun) } : {},
    });
  }

  test('logs in whom the settings name', async () => {
    const { url, provider } = await withProvider();
    provider.claims = { email: 'jiwoo@example.com', groups: ['staff', 'ops'] };
    const answer = await travel(url);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    const cookie = cookieOf(answer, 1);
    expect(await (await fetch(`${url}/api/login`, { headers: { cookie } })).json()).toMatchObject({
      person: { name: 'jiwoo@example.com', scopes: ['read', 'admin'] },
    });
    expect(await statusOf(`${url}/api/search`, { cookie })).toBe(200);
  });

  test('refuses others, and answers that no login of this browser asked for', async () => {
    const { url, provider } = await withProvider();
    provider.claims = { email: 'eve@example.com', groups: ['staff'] };
    const answers = [await travel(url)];
    provider.claims = { groups: ['ops'], email: 'jiwoo@example.com' };
    answers.push(await travel(url, callback => callback.searchParams.set('state', 'other')));
    answers.push(await travel(url, callback => callback.searchParams.set('code', 'other')));
    answers.push(await travel(url, () => {}, false));
    provider.claims = { groups: ['ops'], nonce: 'another' };
    answers.push(await travel(url));
    provider.claims = { groups: ['ops'], aud: 'another' };
    answers.push(await travel(url));
    for (const answer of answers) {
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toMatch(/^\/#\/logs\?login=/);
      expect(answer.headers.getSetCookie().some(cookie => /session=./.test(cookie))).toBe(false);
    }
  });

  test('that is away is said on the page', async () => {
    const { url, provider } = await withProvider();
    await provider.close();
    const answer = await fetch(`${url}/api/login/oidc`, { redirect: 'manual' });
    expect(decodeURIComponent(answer.headers.get('location')!)).toContain('does not answer');
  });

  test.for([
    [{ issuer: 'http://id.example.com' }, 'http://logs.example.com', 'http.oidc.issuer'],
    [{ issuer: 'id.example.com' }, 'http://logs.example.com', 'http.oidc.issuer'],
    [{ issuer: 'https://id.example.com' }, undefined, 'http.oidc'],
  ] as const)('%j with the address %s is refused at the start', ([oidc, public_url, where]) => {
    const allow = [{ claim: 'sub', value: 'x', scopes: ['read'] as const }];
    const more = { client_id: 'a', request_scopes: [], name_claim: 'sub', allow };
    const options = optionsOf({ ...(public_url && { public_url }), oidc: { ...oidc, ...more } });
    expect(() => new WebServer(options, new FakeDeps())).toThrow(
      expect.objectContaining({ code: 'LS_WEB_OIDC_SETTINGS', where }),
    );
  });

  test.for([
    ['email', '*@example.com', { email: 'a@example.com' }, true],
    ['email', '*@example.com', { email: 'a@example.com.evil' }, false],
    ['email', '*@example.com', { email: 'a@example.com', email_verified: false }, false],
    ['email', 'a@*.com', { email: 'a@.com' }, true],
    ['sub', 'a*b*c', { sub: 'abc' }, true],
    ['sub', 'a*b*c', { sub: 'acb' }, false],
    ['sub', 'aa*aa', { sub: 'aaa' }, false],
    ['realm_access.roles', 'ops', { realm_access: { roles: ['x', 'ops'] } }, true],
    ['https://example.com/roles', 'ops', { 'https://example.com/roles': 'ops' }, true],
    ['hd', 'true', { hd: true }, true],
    ['groups', 'ops', { groups: 'ops,staff' }, false],
    ['__proto__.x', 'y', {}, false],
  ] as const)('claim %s as %s of %j: %s', ([claim, value, claims, isIn]) => {
    const enter = () =>
      personOf(
        { sub: 's', ...claims },
        {
          issuer: '',
          client_id: '',
          request_scopes: [],
          name_claim: 'email',
          allow: [{ claim, value, scopes: ['read'] }],
        },
      );
    if (isIn) expect(enter().scopes).toEqual(['read']);
    else expect(enter).toThrow(/no entry/);
  });
});
