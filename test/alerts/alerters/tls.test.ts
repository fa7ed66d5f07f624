import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { newFields } from '../../../src/core/event.ts';
import { load, tempFolder } from '../support.ts';
import { smtpServer } from './smtp.ts';

const CA = resolve('test/inputs/forward/tls/ca.pem');
const [key, cert] = ['server-key.pem', 'server.pem'].map(name =>
  readFileSync(join('test/inputs/forward/tls', name)),
) as [Buffer, Buffer];
const context = { fetch, idempotencyKey: 'k', signal: new AbortController().signal };

async function listening<T extends Server>(server: T): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function sent(text: string) {
  const folder = tempFolder();
  writeFileSync(join(folder, 'account.yaml'), 'user: me\npassword: pw\n');
  const { rules, errors } = load([
    { path: join(folder, 'r.yaml'), text: `name: r\ntype: any\nindex: docker-logs-*\n${text}` },
  ]);
  if (errors[0] !== undefined) throw errors[0];
  const [alerter] = rules[0]!.alerters;
  return alerter!.send(alerter!.render({ rule: 'r', matches: [Object.assign(newFields(), { a: 1 })] })[0]!, context);
}

describe('an https receiver with a certificate of an authority of ours', () => {
  test.for([
    ['nothing', '', false],
    ['the file of the authority', `http_post_ca_certs: ${CA}\n`, true],
    [
      'the file, and an option that would not look at it',
      `http_post_ca_certs: ${resolve('test/inputs/forward/tls/client.pem')}\nhttp_post_ignore_ssl_errors: true\n`,
      false,
    ],
    ['http_post_ignore_ssl_errors', 'http_post_ignore_ssl_errors: true\n', true],
  ] as const)('with %s', async ([, more, isTaken]) => {
    const port = await listening(createServer({ key, cert }, (_, response) => response.end('ok')));
    const result = await sent(`alert: post\nhttp_post_url: https://127.0.0.1:${port}/\n${more}`);
    expect(result.ok).toBe(isTaken);
  });

  test('over a proxy, whose password is needed', async () => {
    const paths: string[] = [];
    const target = await listening(
      createServer({ key, cert }, (request, response) => {
        paths.push(String(request.url));
        response.end('ok');
      }),
    );
    const proxy = createHttpServer();
    proxy.on('connect', (request, socket) => {
      for (const one of [socket]) one.on('error', () => {});
      if (request.headers['proxy-authorization'] !== `Basic ${Buffer.from('me:s3cret').toString('base64')}`)
        return socket.end('HTTP/1.1 407 No\r\n\r\n');
      const onward = connect(target, '127.0.0.1');
      onward.on('error', () => {});
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      return socket.pipe(onward).pipe(socket);
    });
    const port = await listening(proxy);
    const base = `alert: discord\ndiscord_webhook_url: https://localhost:${target}/x\ndiscord_ca_certs: ${CA}\ndiscord_proxy: 127.0.0.1:${port}\n`;
    expect(await sent(base)).toMatchObject({ ok: false, scope: 'place', reason: 'the proxy answered 407' });
    expect(await sent(`${base}discord_proxy_login: me\ndiscord_proxy_password: s3cret\n`)).toMatchObject({ ok: true });
    expect(paths).toEqual(['/x']);
  });
});

describe('a mail server with a certificate of an authority of ours', () => {
  const MAIL = 'alert: email\nemail: a@x.test\nsmtp_host: localhost\n';
  test.for([
    ['STARTTLS, no password', {}, '', true],
    ['STARTTLS, a password', {}, 'smtp_auth_file: account.yaml\n', false],
    ['STARTTLS, a password, the authority', {}, `smtp_auth_file: account.yaml\nsmtp_ca_certs: ${CA}\n`, true],
    ['TLS', { isImplicit: true }, 'smtp_ssl: true\n', false],
    ['TLS, the authority', { isImplicit: true }, `smtp_ssl: true\nsmtp_ca_certs: ${CA}\n`, true],
    ['TLS, smtp_ignore_ssl_errors', { isImplicit: true }, 'smtp_ssl: true\nsmtp_ignore_ssl_errors: true\n', true],
  ] as const)('%s', async ([, tls, more, isTaken]) => {
    const smtp = await smtpServer({ key, cert, ...tls });
    const result = await sent(`${MAIL}smtp_port: ${smtp.port}\n${more}`);
    expect(result.ok).toBe(isTaken);
    expect(smtp.received).toHaveLength(isTaken ? 1 : 0);
    if (isTaken && more.includes('auth')) expect(smtp.received[0]?.login).toBe('\0me\0pw');
  });
});
