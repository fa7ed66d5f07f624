import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { proxyFor } from '../../../src/base/net/no-proxy.ts';
import { tempFolder } from '../support.ts';
import { sendThrough } from './support.ts';

const TLS = resolve('test/inputs/forward/tls');
const pem = (name: string): Buffer => readFileSync(join(TLS, name));

async function listening<T extends Server>(server: T): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A server, with what it was asked. */
async function receiver(answer: Answer = (_, response) => response.end('ok')) {
  const asked: { url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const port = await listening(
    createHttpServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      asked.push({ url: String(request.url), headers: request.headers, body });
      answer(request, response, body);
    }),
  );
  return { url: `http://127.0.0.1:${port}`, port, asked };
}

const entry = (url: string, http: string): string => `{ url: '${url}', http_config: ${http} }`;
const send = (url: string, http: string) => sendThrough('webhook_configs', entry(url, http));

describe('tls_config', () => {
  const tls = (options: Parameters<typeof createHttpsServer>[0]) => {
    const names: unknown[] = [];
    const server = createHttpsServer(
      { key: pem('server-key.pem'), cert: pem('server.pem'), ...options },
      (request, response) => {
        names.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
        response.end('ok');
      },
    );
    return { server, names };
  };
  const inline = (name: string): string => JSON.stringify(String(pem(name)));

  test.for([
    ['nothing', '{}', false],
    ['ca_file', `{ ca_file: '${TLS}/ca.pem' }`, true],
    ['ca', `{ ca: ${inline('ca.pem')} }`, true],
    ['insecure_skip_verify', '{ insecure_skip_verify: true }', true],
    ['a server_name that it has not', `{ ca_file: '${TLS}/ca.pem', server_name: other.test }`, false],
    ['a server_name that it has', `{ ca_file: '${TLS}/ca.pem', server_name: localhost }`, true],
    ['a version that it does not speak', `{ ca_file: '${TLS}/ca.pem', min_version: TLS13 }`, false],
  ] as const)('%s', async ([, config, isTaken]) => {
    const { server } = tls({ maxVersion: 'TLSv1.2' });
    const port = await listening(server);
    expect((await send(`https://127.0.0.1:${port}/`, `{ tls_config: ${config} }`)).ok).toBe(isTaken);
  });

  test.for([
    ['files', `cert_file: '${TLS}/client.pem', key_file: '${TLS}/client-key.pem'`],
    ['texts', `cert: ${inline('client.pem')}, key: ${inline('client-key.pem')}`],
  ] as const)('who we are, from %s', async ([, config]) => {
    const { server, names } = tls({ ca: pem('ca.pem'), requestCert: true, rejectUnauthorized: true });
    const url = `https://127.0.0.1:${await listening(server)}/`;
    expect((await send(url, `{ tls_config: { ca_file: '${TLS}/ca.pem' } }`)).ok).toBe(false);
    expect(await send(url, `{ tls_config: { ca_file: '${TLS}/ca.pem', ${config} } }`)).toEqual({ ok: true });
    expect(names).toHaveLength(1);
  });

  test('a file is read again for each message', async () => {
    const { server } = tls({});
    const url = `https://127.0.0.1:${await listening(server)}/`;
    const file = join(tempFolder(), 'ca.pem');
    const made = sendThrough.prepared('webhook_configs', entry(url, `{ tls_config: { ca_file: '${file}' } }`));
    expect(await made()).toMatchObject({ ok: false, scope: 'place' });
    writeFileSync(file, pem('client.pem'));
    expect(await made()).toMatchObject({ ok: false, scope: 'place' });
    writeFileSync(file, pem('ca.pem'));
    expect(await made()).toEqual({ ok: true });
  });
});

describe('proxies', () => {
  test('without TLS the proxy is asked with the whole address', async () => {
    const proxy = await receiver();
    expect(await send('http://nowhere.test:81/x?y', `{ proxy_url: 'http://me:pw@127.0.0.1:${proxy.port}' }`)).toEqual({
      ok: true,
    });
    expect(proxy.asked[0]).toMatchObject({
      url: 'http://nowhere.test:81/x?y',
      headers: { host: 'nowhere.test:81', 'proxy-authorization': `Basic ${Buffer.from('me:pw').toString('base64')}` },
    });
  });

  test('with TLS it makes a way, and is told what proxy_connect_header has', async () => {
    const target = await listening(
      createHttpsServer({ key: pem('server-key.pem'), cert: pem('server.pem') }, (_, response) => response.end('ok')),
    );
    const asked: unknown[] = [];
    const proxy = createHttpServer();
    proxy.on('connect', (request, socket) => {
      asked.push([request.url, request.headers['x-key']]);
      const onward = connect(target, '127.0.0.1');
      for (const one of [socket, onward]) one.on('error', () => {});
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    const url = `http://127.0.0.1:${await listening(proxy)}`;
    const http = `{ proxy_url: '${url}', proxy_connect_header: { X-Key: [k] }, tls_config: { ca_file: '${TLS}/ca.pem' } }`;
    expect(await send('https://localhost:4433/', http)).toEqual({ ok: true });
    expect(asked).toEqual([['localhost:4433', 'k']]);
  });

  test('no_proxy excepts, and so does what is of this machine', async () => {
    const target = await receiver();
    const http = "{ proxy_url: 'http://127.0.0.1:9', no_proxy: 'elsewhere.test' }";
    expect(await send(target.url, http)).toEqual({ ok: true });
  });

  // As Go's `httpproxy` decides.
  test.for([
    ['http://a.test/', 'b.test', true],
    ['http://a.test/', 'a.test', false],
    ['http://x.a.test/', 'a.test', false],
    ['http://xa.test/', 'a.test', true],
    ['http://a.test/', '.a.test', true],
    ['http://x.a.test/', '.a.test', false],
    ['http://x.a.test/', '*.a.test', false],
    ['http://a.test/', '*', false],
    ['http://a.test:81/', 'a.test:81', false],
    ['http://a.test:82/', 'a.test:81', true],
    ['https://a.test/', 'a.test:443', false],
    ['http://10.1.2.3/', '10.0.0.0/8', false],
    ['http://11.1.2.3/', '10.0.0.0/8', true],
    ['http://[fd00::1]/', 'fd00::/8', false],
    ['http://10.1.2.3/', '10.1.2.3', false],
    ['http://A.Test/', ' b.test , a.TEST ', false],
    ['http://localhost/', '', false],
    ['http://127.9.9.9/', '', false],
    ['http://[::1]:80/', '', false],
    ['http://a.test/', 'nonsense/99,,', true],
  ] as const)('%s with no_proxy: %s', ([url, none, isProxied]) => {
    const proxy = proxyFor(new URL(url), { http: 'p.test:1', https: 'https://p.test:1', none });
    expect(proxy).toBe(isProxied ? (url.startsWith('https') ? 'https://p.test:1' : 'http://p.test:1') : undefined);
  });
});

describe('oauth2', () => {
  /** Gives `t1`, `t2`, ... */
  const tokens = (more: object = {}) => {
    let count = 0;
    return receiver((_, response) => response.end(JSON.stringify({ access_token: `t${++count}`, ...more })));
  };
  const config = (url: string, more = ''): string =>
    `{ oauth2: { client_id: me, client_secret: s3cret, token_url: '${url}/token'${more} } }`;

  test('one token serves many messages, and another is got when it is refused', async () => {
    const auth = await tokens({ expires_in: 3600 });
    let good = 't1';
    const target = await receiver((request, response) => {
      response.statusCode = request.headers.authorization === `Bearer ${good}` ? 200 : 401;
      response.end();
    });
    const made = sendThrough.prepared('webhook_configs', entry(target.url, config(auth.url)));
    expect([await made(), await made()]).toEqual([{ ok: true }, { ok: true }]);
    expect(auth.asked).toHaveLength(1);
    good = 't2';
    expect(await made()).toEqual({ ok: true });
    expect(target.asked.map(({ headers }) => headers.authorization)).toEqual(
      ['t1', 't1', 't1', 't2'].map(token => `Bearer ${token}`),
    );
    good = 'none';
    expect(await made()).toMatchObject({ ok: false, reason: 'HTTP 401' });
  });

  test('many at the same time ask for one', async () => {
    const auth = await tokens();
    const target = await receiver();
    const made = sendThrough.prepared('webhook_configs', entry(target.url, config(auth.url)));
    await Promise.all([made(), made(), made()]);
    expect(auth.asked).toHaveLength(1);
    expect(target.asked).toHaveLength(3);
  });

  test('one that is about to end is not used', async () => {
    const auth = await tokens({ expires_in: 9 });
    const target = await receiver();
    const made = sendThrough.prepared('webhook_configs', entry(target.url, config(auth.url)));
    await made();
    await made();
    expect(auth.asked).toHaveLength(2);
  });

  test('a server that wants the credentials in the form gets them there', async () => {
    const auth = await receiver((request, response) => {
      if (request.headers.authorization !== undefined) response.statusCode = 400;
      response.end('{"access_token":"t"}');
    });
    const target = await receiver();
    expect(await send(target.url, config(auth.url, ', scopes: [a, b], endpoint_params: { audience: x }'))).toEqual({
      ok: true,
    });
    expect(auth.asked[1]!.body).toBe(
      'grant_type=client_credentials&scope=a+b&audience=x&client_id=me&client_secret=s3cret',
    );
  });

  test('a refusal is told without the secret', async () => {
    const auth = await receiver((_, response, body) => {
      response.statusCode = 500;
      response.end(`no: ${body} s3cret ${Buffer.from('me:s3cret').toString('base64')}`);
    });
    const target = await receiver();
    const result = await send(target.url, config(auth.url));
    expect(result).toMatchObject({ ok: false, scope: 'place', reason: expect.stringMatching(/^oauth2: HTTP 500/) });
    expect(JSON.stringify(result)).not.toMatch(/s3cret|bWU6/);
    expect(target.asked).toEqual([]);
  });
});

describe('redirects', () => {
  test('307 is followed with the same message, without who we are at another host', async () => {
    const other = await receiver();
    const first = await receiver((request, response) => {
      response.statusCode = 307;
      response.setHeader(
        'Location',
        request.url === '/here' ? '/there' : `${other.url.replace('127.0.0.1', 'localhost')}/x`,
      );
      response.end();
    });
    const http = '{ authorization: { credentials: s3 }, http_headers: { X-Key: { secrets: [k] } } }';
    expect(await send(`${first.url}/here`, http)).toEqual({ ok: true });
    expect(first.asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/here', 'Bearer s3'],
      ['/there', 'Bearer s3'],
    ]);
    expect(other.asked[0]!.headers).not.toHaveProperty('authorization');
    expect(other.asked[0]!.headers).not.toHaveProperty('x-key');
    expect(other.asked[0]!.body).toBe(first.asked[0]!.body);
    expect(await send(`${first.url}/here`, '{ follow_redirects: false }')).toMatchObject({ ok: false });
  });

  test('302 would lose the message, and is an error', async () => {
    const first = await receiver((_, response) => {
      response.statusCode = 302;
      response.setHeader('Location', '/there');
      response.end();
    });
    expect(await send(first.url, '{}')).toMatchObject({ ok: false, reason: expect.stringContaining('a redirect') });
  });
});

describe('an address whose host comes out of an alert', () => {
  test('leads to the internet only, whatever proxy there is', async () => {
    const target = await receiver();
    const of = (url: string, http: string) => send(url, http);
    // The label is `HighCPU`, which the template makes an address of this machine.
    const inside = `http://{{ reReplaceAll "HighCPU" "127.0.0.1" .GroupLabels.alertname }}:${target.port}/`;
    for (const http of ['{}', `{ proxy_url: '${target.url}' }`])
      expect(await of(inside, http)).toMatchObject({ ok: false, scope: 'message', isFinal: true });
    expect(target.asked).toEqual([]);
    // Where only the path does, the host is that of whoever wrote the file.
    expect(await of(`${target.url}/{{ .GroupLabels.alertname }}`, '{}')).toEqual({ ok: true });
    expect(target.asked[0]!.url).toBe('/HighCPU');
  });
});

test('a token of global is got once for all receivers, and not for those with a key of their own', async () => {
  const auth = await receiver((_, response) => response.end('{"access_token":"t","expires_in":3600}'));
  const target = await receiver();
  const global = `global: { http_config: { oauth2: { client_id: me, client_secret: s, token_url: '${auth.url}' } } }`;
  const hook = `{ url: '${target.url}' }`;
  const own = sendThrough.prepared(
    'incidentio_configs',
    `{ url: '${target.url}', alert_source_token: own }`,
    fetch,
    global,
  );
  expect(await own()).toEqual({ ok: true });
  expect([auth.asked.length, target.asked[0]?.headers.authorization]).toEqual([0, 'Bearer own']);
  for (const made of sendThrough.all('webhook_configs', [hook, hook], global))
    expect(await made()).toEqual({ ok: true });
  expect(auth.asked).toHaveLength(1);
});
