import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isPublicAddress } from '../../../src/base/net/address.ts';
import { fetchVia, REFUSED_ADDRESS } from '../../../src/base/net/fetch-via.ts';

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('addresses of the internet', () => {
  test.for([
    ...['8.8.8.8', '1.1.1.1', '93.184.216.34', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111'],
    ...['::ffff:8.8.8.8', '::ffff:808:808', '64:ff9b::808:808', '64:ff9b::8.8.8.8', '2002:808:808::1', '2a00:1450::'],
  ])('%s is one', address => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.for([
    ...['127.0.0.1', '127.9.9.9', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
    ...['0.0.0.0', '100.64.0.1', '100.100.100.200', '168.63.129.16', '224.0.0.1', '255.255.255.255', '198.18.0.1'],
    ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '2001:db8::1', '2001::1'],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:169.254.169.254', '0:0:0:0:0:ffff:a00:1', '::127.0.0.1'],
    ...['64:ff9b::a00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::808:808', '2002:7f00:1::', '2002:a9fe:a9fe::1', '5f00::1'],
    ...['', 'localhost', '2130706433', '0x7f000001', '017700000001'],
  ])('%s is none', address => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('a guarded fetch', () => {
  const guarded = fetchVia({ mayConnect: isPublicAddress });
  test.for([
    ...[
      'http://127.0.0.1',
      'http://localhost',
      'http://2130706433',
      'http://0x7f.1',
      'http://0177.0.0.1',
      'http://127.1',
    ],
    ...['http://[::1]', 'http://[::ffff:127.0.0.1]', 'http://[::ffff:7f00:1]', 'http://[2002:7f00:1::]', 'http://0'],
    'https://localhost',
  ])('connects not to %s', async base => {
    let requests = 0;
    const port = await listening(createServer((_, response) => response.end(String(++requests))));
    const url = `${base}:${port}/latest/meta-data`;
    const error = await guarded(url, { method: 'POST', body: 'x' }).catch(error => error);
    expect(error.cause?.code).toBe(REFUSED_ADDRESS);
    expect(requests).toBe(0);
  });

  test('goes on with the very address that was asked about, and follows no redirect', async () => {
    const port = await listening(
      createServer((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()),
    );
    const asked: string[] = [];
    const watched = fetchVia({ mayConnect: address => asked.push(address) > 0 });
    const answer = await watched(`http://localhost:${port}/`);
    expect(answer.status).toBe(302);
    expect(asked).toContain('127.0.0.1');
  });
});

describe('a fetch over a proxy', () => {
  test('asks the proxy for a tunnel, with its password', async () => {
    const asked: { path: string | undefined; authorization: string | undefined }[] = [];
    const target = await listening(createServer((_, response) => response.end('not TLS')));
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      asked.push({ path: request.url, authorization: request.headers['proxy-authorization'] });
      const onward = connect(target, '127.0.0.1');
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      for (const one of [socket, onward]) one.on('error', () => {});
      socket.pipe(onward).pipe(socket);
    });
    const url = `http://127.0.0.1:${await listening(proxy)}`;
    const error = await fetchVia({ proxy: { url, credentials: 'me:pw' } })('https://receiver.test/x').catch(e => e);
    expect(asked).toEqual([
      { path: 'receiver.test:443', authorization: `Basic ${Buffer.from('me:pw').toString('base64')}` },
    ]);
    // What answers there speaks no TLS.
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('one that refuses is an error', async () => {
    const proxy = createServer();
    proxy.on('connect', (_, socket) => socket.end('HTTP/1.1 407 No\r\n\r\n'));
    const url = `http://127.0.0.1:${await listening(proxy)}`;
    const error = await fetchVia({ proxy: { url } })('https://receiver.test/x').catch(e => e);
    expect(error.cause.message).toBe('the proxy answered 407');
  });
});

test('headers, status and body come back as they are, and a time-out is told as one', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/hang') return;
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => response.writeHead(418, { 'x-a': 'b' }).end(`${request.method} ${Buffer.concat(chunks)}`));
  });
  const url = `http://127.0.0.1:${await listening(server)}`;
  const plain = fetchVia({});
  const answer = await plain(`${url}/x`, { method: 'POST', body: 'text é' });
  expect([answer.status, answer.headers.get('x-a'), await answer.text()]).toEqual([418, 'b', 'POST text é']);
  const error = await plain(`${url}/hang`, { signal: AbortSignal.timeout(50) }).catch(e => e);
  expect(error.name).toBe('TimeoutError');
});
