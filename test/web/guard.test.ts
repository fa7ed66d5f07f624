import { describe, expect, test } from 'vitest';
import { checkExposure, createGuard, type RequestFacts } from '../../src/web/guard.ts';
import { SCOPES } from '../../src/web/login/options.ts';
import { optionsOf } from './fake-deps.ts';

const facts = (more: Partial<RequestFacts> = {}): RequestFacts => ({
  scope: 'read',
  authorization: undefined,
  queryToken: undefined,
  host: '127.0.0.1:9880',
  origin: undefined,
  fetchSite: undefined,
  overUnixSocket: false,
  ...more,
});

describe('exposure', () => {
  test.for(['0.0.0.0:9880', ':9880', '[::]:9880', '192.168.1.5:9880', 'logs.example.com:9880'])(
    '%s needs a token or a list',
    address => {
      expect(() => checkExposure(optionsOf({ address }))).toThrow(
        /http\.address: .*http\.tokens.*LS_WEB_TOKEN_REQUIRED/,
      );
      expect(() => checkExposure(optionsOf({ address, tokens: [] }))).toThrow(/LS_WEB_TOKEN_REQUIRED/);
      expect(() => checkExposure(optionsOf({ address, allow: ['10.0.0.0/8'] }))).not.toThrow();
      expect(() =>
        checkExposure(optionsOf({ address, tokens: [{ name: 'a', token: 'secret-1', scopes: ['read'] }] })),
      ).not.toThrow();
    },
  );
  test.for(['127.0.0.1:9880', 'localhost:9880', '[::1]:9880', '127.9.9.9:0'])('%s does not', address => {
    expect(() => checkExposure(optionsOf({ address }))).not.toThrow();
  });
});

describe('tokens and scopes', () => {
  const guard = createGuard(
    optionsOf({ tokens: SCOPES.map(scope => ({ name: `for-${scope}`, token: `secret-${scope}`, scopes: [scope] })) }),
  );
  for (const has of SCOPES) {
    for (const wants of SCOPES) {
      test(`a token for ${has} where ${wants} is asked for`, () => {
        const verdict = guard(facts({ scope: wants, authorization: `Bearer secret-${has}` }));
        if (has === wants) expect(verdict).toEqual({ ok: true, tokenName: `for-${has}` });
        else expect(verdict).toMatchObject({ ok: false, status: 403, code: 'LS_WEB_SCOPE_MISSING' });
      });
    }
  }
  test.for([
    ['no token', {}, 'LS_WEB_TOKEN_MISSING'],
    ['a wrong token', { authorization: 'Bearer secret-reax' }, 'LS_WEB_TOKEN_UNKNOWN'],
    ['a prefix', { authorization: 'Bearer secret' }, 'LS_WEB_TOKEN_UNKNOWN'],
    ['another scheme', { authorization: 'Basic secret-read' }, 'LS_WEB_TOKEN_MISSING'],
    ['an empty one', { authorization: 'Bearer ' }, 'LS_WEB_TOKEN_MISSING'],
  ] as const)('%s is 401', ([, more, code]) => {
    expect(guard(facts(more))).toMatchObject({ ok: false, status: 401, code });
  });
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  test.for([
    ['as Splunk has it', 'Splunk secret-ingest'],
    ['as the password of any user', basic('x:secret-ingest')],
    ['as the password of nobody', basic(':secret-ingest')],
  ] as const)('a token %s is one of senders, and opens nothing else', ([, authorization]) => {
    expect(guard(facts({ scope: 'ingest', authorization }))).toEqual({ ok: true, tokenName: 'for-ingest' });
    expect(guard(facts({ scope: 'read', authorization }))).toMatchObject({ code: 'LS_WEB_TOKEN_MISSING' });
  });
  test.for(['Splunk secret', basic('secret-ingest'), basic('secret-ingest:x'), 'Basic %%%'])(
    '%s is none',
    authorization => {
      expect(guard(facts({ scope: 'ingest', authorization }))).toMatchObject({ code: 'LS_WEB_TOKEN_UNKNOWN' });
    },
  );
  const key = (text: string) => `ApiKey ${Buffer.from(text).toString('base64')}`;
  test.for([
    ['ingest', key('any-id:secret-ingest')],
    ['ingest', 'ApiKey secret-ingest'],
    ['read', key('any-id:secret-read')],
  ] as const)('where %s is asked for, %s is its token', ([scope, authorization]) => {
    expect(guard(facts({ scope, authorization }))).toEqual({ ok: true, tokenName: `for-${scope}` });
  });
  test.for([key('any-id:secret-inges'), key('secret-ingest'), 'ApiKey :::'])('%s is no key', authorization => {
    expect(guard(facts({ scope: 'ingest', authorization }))).toMatchObject({ code: 'LS_WEB_TOKEN_UNKNOWN' });
  });
  test('a token in the address, and open routes without any', () => {
    expect(guard(facts({ queryToken: 'secret-read' }))).toEqual({ ok: true, tokenName: 'for-read' });
    expect(guard(facts({ scope: undefined })).ok).toBe(true);
    expect(guard(facts({ overUnixSocket: true })).ok).toBe(false);
  });
  test('with tokens the host name does not matter', () => {
    expect(guard(facts({ host: 'logs.example.com', authorization: 'bearer secret-read' })).ok).toBe(true);
  });
});

describe('without tokens foreign web pages are kept out', () => {
  const loopback = createGuard(optionsOf({ allowed_hosts: ['Logs.Example.com'] }));
  const wide = createGuard(optionsOf({ address: '0.0.0.0:9880', allow: ['10.0.0.0/8'] }));
  test.for([
    ['127.0.0.1:9880', true, true],
    ['localhost', true, true],
    ['LOCALHOST:9880', true, true],
    ['app.localhost:9880', true, true],
    ['[::1]:9880', true, true],
    ['logs.example.com', true, false],
    ['10.1.2.3:9880', false, true],
    ['longshore:9880', false, true],
    ['evil.example.net:9880', false, false],
    ['127.0.0.1.evil.net', false, false],
    ['evil.net.', false, false],
    ['[::1', false, false],
    ['a:b:c', false, false],
    [undefined, true, true],
  ] as const)('the host %s', ([host, onLoopback, onWide]) => {
    expect(loopback(facts({ host })).ok).toBe(onLoopback);
    expect(wide(facts({ host })).ok).toBe(onWide);
  });

  test.for([
    [{ origin: 'http://127.0.0.1:9880' }, true],
    [{ origin: 'http://evil.net' }, false],
    [{ origin: 'http://127.0.0.1:3000' }, false],
    [{ origin: 'null' }, false],
    [{ fetchSite: 'cross-site' }, false],
    [{ fetchSite: 'same-origin' }, true],
    [{ fetchSite: 'none' }, true],
    [{}, true],
  ] as const)('%j', ([more, ok]) => {
    expect(loopback(facts({ scope: 'ingest', ...more })).ok).toBe(ok);
  });

  test('a link from elsewhere to the page is fine', () => {
    expect(loopback(facts({ scope: undefined, fetchSite: 'cross-site' })).ok).toBe(true);
  });
  test('the name does not matter over a unix socket', () => {
    expect(loopback(facts({ host: 'anything.example', overUnixSocket: true })).ok).toBe(true);
  });
});
