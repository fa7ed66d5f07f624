import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import type { ForwardInputOptions } from '../../../src/inputs/forward/options.ts';
import { errorCount, Peer, Sink, startInput, until } from './support.ts';

/** The part of npm `fluent-logger` that is used here; its own types don't know all options. */
interface FluentSender {
  emit(label: string, record: object, done?: (error?: Error) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  end(): void;
}
const require = createRequire(import.meta.url);
const fluentLogger: { createFluentSender(tag: string, options: object): FluentSender } = require('fluent-logger');

const file = (name: string) => new URL(`tls/${name}`, import.meta.url).pathname;
const pem = (name: string) => readFileSync(file(name));
const tls = { cert_file: file('server.pem'), key_file: file('server-key.pem') };
const mutual = { ...tls, ca_file: file('ca.pem'), require_client_cert: true };
const quiet = { info: () => {}, error: () => {} };

/** Sends three events and gives back what the client was told of each, and what arrived. */
async function sendThree(options: Partial<ForwardInputOptions>, client: object) {
  const sink = new Sink();
  const { port } = await startInput(options, sink);
  const sender = fluentLogger.createFluentSender('app', {
    host: 'localhost',
    port,
    timeout: 2,
    flushInterval: 5,
    ackResponseTimeout: 2000,
    internalLogger: quiet,
    ...client,
  });
  onTestFinished(() => sender.end());
  const told: (string | undefined)[] = [];
  const errors: string[] = [];
  sender.on('error', error => errors.push(error.message));
  for (let n = 1; n <= 3; n++) sender.emit('web', { n, text: '안녕' }, error => told.push(error?.message));
  await until('answers or errors', () => told.length === 3 || errors.length > 0);
  return { sink, told, errors };
}

const security = { clientHostname: 'client.test', sharedKey: 'secret' };
const users = [{ username: 'ship', password: 'ahoy' }];

describe('npm fluent-logger', () => {
  test.for<[string, Partial<ForwardInputOptions>, object, string]>([
    ['messages', {}, {}, '127.0.0.1'],
    ['messages with ack', {}, { requireAckResponse: true }, '127.0.0.1'],
    ['messages in milliseconds with ack', {}, { requireAckResponse: true, milliseconds: true }, '127.0.0.1'],
    ['packed', {}, { eventMode: 'PackedForward', requireAckResponse: true }, '127.0.0.1'],
    ['packed and compressed', {}, { eventMode: 'CompressedPackedForward', requireAckResponse: true }, '127.0.0.1'],
    ['shared key', { shared_key: 'secret' }, { security, requireAckResponse: true }, '127.0.0.1/client.test'],
    [
      'user and password',
      { shared_key: 'secret', users },
      { security: { ...security, username: 'ship', password: 'ahoy' }, requireAckResponse: true },
      '127.0.0.1/ship',
    ],
    ['TLS', { tls }, { tls: true, tlsOptions: { ca: pem('ca.pem') }, requireAckResponse: true }, '127.0.0.1'],
    [
      'TLS with a certificate and shared key',
      { tls: mutual, shared_key: 'secret' },
      {
        tls: true,
        tlsOptions: { ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client-key.pem') },
        security,
        requireAckResponse: true,
      },
      '127.0.0.1/client.test',
    ],
  ])('%s', async ([, options, client, senderName]) => {
    const { sink, told, errors } = await sendThree(options, client);
    expect(errors).toEqual([]);
    expect(told).toEqual([undefined, undefined, undefined]);
    const records = () => sink.frames.flatMap(frame => frame.records.map(record => ({ ...record })));
    await until('three events', () => records().length === 3);
    expect(records()).toEqual([1, 2, 3].map(n => ({ n, text: '안녕' })));
    for (const frame of sink.frames) {
      expect(frame).toMatchObject({ tag: 'app.web', sender: senderName });
      for (const time of frame.times) expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
    }
  });

  test.for<[string, Partial<ForwardInputOptions>, object, string]>([
    ['another key', { shared_key: 'other' }, { security }, 'shared_key mismatch'],
    ['no user', { shared_key: 'secret', users }, { security }, 'username/password mismatch'],
    [
      'a wrong password',
      { shared_key: 'secret', users },
      { security: { ...security, username: 'ship', password: 'no' } },
      'username/password mismatch',
    ],
  ])('is told why it failed: %s', async ([, options, client, reason]) => {
    const before = await errorCount('handshake_failed');
    const { sink, errors } = await sendThree(options, client);
    expect(errors[0]).toContain(reason);
    expect(sink.frames.length).toBe(0);
    await until('the counter', async () => (await errorCount('handshake_failed')) > before);
  });
});

describe('TLS', () => {
  test('without the certificate that is required: no frame, a counter, and the others stay', async () => {
    const before = await errorCount('tls_failed');
    const sink = new Sink();
    const { port } = await startInput({ tls: mutual }, sink);
    const options = { port, host: '127.0.0.1', ca: pem('ca.pem'), servername: 'localhost' };
    const frame = encodeMsgpack(['t', 1, {}, { chunk: 'c' }]);
    const good = new Peer(connectTls({ ...options, cert: pem('client.pem'), key: pem('client-key.pem') }));
    const bad = new Peer(connectTls(options));
    const plain = new Peer(connect(port, '127.0.0.1'));
    for (const peer of [good, bad, plain]) {
      onTestFinished(() => {
        peer.socket.destroy();
      });
      peer.send(frame);
    }
    await bad.closed();
    await plain.closed();
    await until('the ack', () => good.receivedBytes > 0);
    expect(sink.frames.length).toBe(1);
    expect(good.isClosed).toBe(false);
    expect(await errorCount('tls_failed')).toBe(before + 2);
  });

  test('stop does not wait for a peer that never finishes its TLS handshake', async () => {
    const input = await startInput({ tls }, new Sink());
    const peer = new Peer(connect(input.port, '127.0.0.1'));
    await until('connected', () => !peer.socket.connecting);
    peer.send(Buffer.of(0x16));
    await new Promise(resolve => setImmediate(resolve));
    await input.stop(AbortSignal.timeout(5000));
    await peer.closed();
  });
});
