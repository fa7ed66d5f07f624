import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import { registry } from '../../../src/core/metrics.ts';
import { GelfInput } from '../../../src/inputs/gelf/gelf-input.ts';
import { gelfInputSchema } from '../../../src/inputs/gelf/options.ts';
import type { MessageInput, MessageInputOptions } from '../../../src/inputs/messages/message-input.ts';
import { syslogInputSchema } from '../../../src/inputs/syslog/options.ts';
import { SyslogInput } from '../../../src/inputs/syslog/syslog-input.ts';
import { seeded } from '../../support/chance.ts';
import { command } from '../../support/command.ts';
import { requireOrSkip } from '../../support/services.ts';
import { connected, FakeConsumer, gate } from '../tcp-json/support.ts';

type Given = Partial<MessageInputOptions>;
type Make = (consumer: FakeConsumer, given?: Given) => MessageInput;

/** How each input is tried: messages on its wires, and what becomes of them. */
const inputs: Record<string, { make: Make; tcp(text: string): string; udp(text: string): Buffer; garbage: Buffer[] }> =
  {
    syslog: {
      make: (consumer, given) =>
        new SyslogInput(withDefaults(syslogInputSchema, { address: '127.0.0.1:0', ...given } as never), consumer),
      tcp: text => `<14>1 2026-11-20T13:55:36Z h app - - - ${text}\n`,
      udp: text => Buffer.from(`<14>Nov 20 13:55:36 h app: ${text}`),
      garbage: ['999999999 <', '12 <14>', '<14>1 2026-11-20T13:55:36Z h a - - [x y="', '<999>', '\0\0', '\r\n'].map(
        text => Buffer.from(text),
      ),
    },
    gelf: {
      make: (consumer, given) =>
        new GelfInput(withDefaults(gelfInputSchema, { address: '127.0.0.1:0', ...given } as never), consumer),
      tcp: text => `${JSON.stringify({ version: '1.1', host: 'h', short_message: text })}\0`,
      udp: text => gzipSync(JSON.stringify({ version: '1.1', host: 'h', short_message: text })),
      garbage: [
        Buffer.from('1e0f0102030405060708000200', 'hex'),
        Buffer.from('1e0f01020304050607080500', 'hex'),
        Buffer.from('1f8b', 'hex'),
        gzipSync(Buffer.alloc(3_000_000)),
        deflateSync('{"short_message":').subarray(0, 9),
        Buffer.from('{"short_message":1}'),
        Buffer.from('{"a":'.repeat(200)),
      ],
    },
  };
const kinds = Object.keys(inputs);

async function started(name: string, consumer: FakeConsumer, given?: Given): Promise<MessageInput> {
  const input = inputs[name]!.make(consumer, given);
  await input.start();
  onTestFinished(() => input.stop(AbortSignal.abort()));
  return input;
}

function udpSender(port: number): (datagram: Buffer) => Promise<void> {
  const socket = createSocket('udp4');
  onTestFinished(() => {
    socket.close();
  });
  return datagram => new Promise(resolve => socket.send(datagram, port, '127.0.0.1', () => resolve()));
}

const { code: loggerCode } = await command('logger', ['--version']);
const hasLogger = requireOrSkip("util-linux' logger", loggerCode === 0 || 'there is none');

const textsOf = (consumer: FakeConsumer): unknown[] => consumer.records.map(({ message }) => message);
const full = (): LongshoreError => new LongshoreError('LS_SPOOL_FULL', 'The spool is full.', { retryable: true });

async function errorsOf(name: string, reason: string): Promise<number> {
  const { values } = await registry.getSingleMetric(`longshore_${name}_errors_total`)!.get();
  return values.find(({ labels }) => (labels as { reason?: string }).reason === reason)?.value ?? 0;
}

describe.for(kinds)('%s', name => {
  const { tcp, udp, make, garbage } = inputs[name]!;

  test('UDP, TCP and a unix socket: the messages of one read are one frame', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longshore-messages-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const unix_socket = join(folder, 'in.sock');
    const consumer = new FakeConsumer();
    const input = await started(name, consumer, { tag: 'network', unix_socket });
    (await connected(input.port)).end(tcp('one') + tcp('two'));
    (await connected(unix_socket)).end(tcp('local'));
    await udpSender(input.port)(udp('datagram'));
    await vi.waitFor(() => expect(textsOf(consumer).sort()).toEqual(['datagram', 'local', 'one', 'two']));
    for (const { source, tag, times, records } of consumer.taken) {
      expect([source, tag, times.length]).toEqual([name, 'network', records.length]);
    }
    expect(consumer.taken.map(({ sender }) => sender).sort()).toEqual(['127.0.0.1', '127.0.0.1', 'unix']);
  });

  test('TLS', async () => {
    const fixture = (file: string) =>
      fileURLToPath(new URL(`../../web/fixtures/localhost.${file}.pem`, import.meta.url));
    const consumer = new FakeConsumer();
    const tls = { cert_file: fixture('cert'), key_file: fixture('key') };
    const input = await started(name, consumer, { tls_address: '127.0.0.1:0', tls });
    const plain = connect(input.tlsPort!, '127.0.0.1').on('error', () => {});
    plain.end(tcp('not encrypted'));
    connectTls({ port: input.tlsPort!, host: '127.0.0.1', rejectUnauthorized: false }).end(tcp('secret'));
    await vi.waitFor(() => expect(textsOf(consumer)).toEqual(['secret']));
  });

  test('reading stops while messages of a connection wait to become durable', async () => {
    const consumer = new FakeConsumer();
    const { promise, resolve } = gate();
    consumer.policy = () => promise;
    const input = await started(name, consumer);
    const socket = await connected(input.port);
    const message = tcp('x'.repeat(10_000));
    const count = 2000;
    for (let i = 0; i < count; i++) socket.write(message);
    socket.end();
    const unacked = async () =>
      (await registry.getSingleMetric(`longshore_${name}_unacked_bytes`)!.get()).values[0]!.value;
    let seen = 0;
    await vi.waitFor(async () => {
      const before = seen;
      seen = consumer.frames.length;
      expect(seen).toBeGreaterThan(0);
      expect(seen).toBe(before);
    });
    // The window, and the read that went over it.
    expect(await unacked()).toBeLessThan(400_000);
    resolve();
    await vi.waitFor(() => expect(consumer.records.length).toBe(count));
  });

  test('while the spool refuses, datagrams wait up to the limit, the rest is counted as dropped', async () => {
    const consumer = new FakeConsumer();
    const first = gate();
    consumer.policy = async () => {
      await first.promise;
      throw full();
    };
    const input = await started(name, consumer, { max_unacked_bytes: 65_536 });
    const before = await errorsOf(name, 'queue_full');
    const send = udpSender(input.port);
    const sent = Array.from({ length: 200 }, (_, i) => `${i}`.padEnd(900, '.'));
    for (const text of sent)
      await send(name === 'gelf' ? Buffer.from(JSON.stringify({ short_message: text })) : udp(text));
    await vi.waitFor(async () => expect(await errorsOf(name, 'queue_full')).toBeGreaterThan(before));
    consumer.policy = () => Promise.resolve();
    first.reject(full());
    await vi.waitFor(() => expect(consumer.records.length).toBeGreaterThan(40), { timeout: 5000 });
    const texts = textsOf(consumer);
    // In order, and from the first on.
    expect(texts).toEqual(sent.slice(0, texts.length));
  });

  test('a refusal for good costs the message that is to blame, and no other', async () => {
    const consumer = new FakeConsumer();
    consumer.policy = async ({ records }) => {
      if (records.some(({ message }) => message === 'bad')) throw new LongshoreError('LS_SPOOL_TOO_LARGE', 'Never.');
    };
    const input = await started(name, consumer);
    const before = await errorsOf(name, 'refused');
    (await connected(input.port)).end(['a', 'bad', 'b', 'c'].map(tcp).join(''));
    await vi.waitFor(() => expect(textsOf(consumer).sort()).toEqual(['a', 'b', 'c']));
    const send = udpSender(input.port);
    await Promise.all(['d', 'bad', 'e'].map(text => send(udp(text))));
    await vi.waitFor(() => expect(textsOf(consumer).sort()).toEqual(['a', 'b', 'c', 'd', 'e']));
    await vi.waitFor(async () => expect(await errorsOf(name, 'refused')).toBe(before + 2));
  });

  test('an orderly stop takes what has arrived', async () => {
    const consumer = new FakeConsumer();
    const input = await started(name, consumer);
    const socket = await connected(input.port);
    const send = udpSender(input.port);
    socket.write(tcp('sent'));
    for (let i = 0; i < 50; i++) await send(udp(`datagram ${i}`));
    await input.stop(AbortSignal.timeout(5000));
    expect(consumer.records.length).toBe(51);
  });

  test('who is not in `allow` is not heard, and a wide address wants it', async () => {
    const consumer = new FakeConsumer();
    expect(() => make(consumer, { address: '0.0.0.0:0' })).toThrow('LS_INPUTS_ALLOW_REQUIRED');
    expect(() => make(consumer, { address: ':1', allow: ['nonsense'] })).toThrow('LS_INPUTS_NETWORK_INVALID');
    expect(() => make(consumer, { address: 'nonsense' })).toThrow('LS_INPUTS_ADDRESS_INVALID');
    expect(() => make(consumer, { tls_address: ':1' })).toThrow('LS_INPUTS_TLS_MISSING');
    const tls = { cert_file: 'c', key_file: 'k', require_client_cert: true };
    expect(() => make(consumer, { tls_address: ':1', tls })).toThrow('LS_INPUTS_NO_CA');
    expect(() => make(consumer, { tls_address: ':1', tls: { ...tls, ca_file: 'a' } })).not.toThrow();
  });

  test('two on one port: the second says which setting to change', async () => {
    const consumer = new FakeConsumer();
    const input = await started(name, consumer, { protocols: ['udp'] });
    const second = make(consumer, { protocols: ['udp'], address: `127.0.0.1:${input.port}` });
    await expect(second.start()).rejects.toThrow(`inputs.${name}.address`);
  });

  test('whatever strangers say, a good peer beside them is heard', async () => {
    const consumer = new FakeConsumer();
    const input = await started(name, consumer, { max_message_bytes: 2000, max_connections: 50 });
    const good = await connected(input.port);
    const send = udpSender(input.port);
    const said = [
      ...garbage,
      Buffer.from(tcp('x')),
      udp('x'),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from('160301', 'hex'),
    ];
    let sent = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const random = seeded(seed);
      const below = (limit: number): number => Math.floor(random() * limit);
      let bytes = Buffer.from(said[below(said.length)]!);
      for (let i = below(4); i > 0; i--) {
        const at = below(bytes.length + 1);
        const piece = [Buffer.of(below(256)), Buffer.from('<14>'), bytes.subarray(at, at + 30), Buffer.alloc(0)][
          below(4)
        ]!;
        bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + below(6))]);
      }
      await send(bytes.subarray(0, 60_000));
      const stranger = connect(input.port, '127.0.0.1').on('error', () => {});
      stranger.resume();
      stranger.write(bytes.subarray(0, below(bytes.length)));
      if (random() < 0.3) stranger.resetAndDestroy();
      else stranger.end();
      good.write(tcp(`good ${sent++}`));
    }
    good.end();
    const goods = (): unknown[] => textsOf(consumer).filter(text => String(text).startsWith('good '));
    await vi.waitFor(() => expect(goods().length).toBe(sent));
    expect(goods()).toEqual(Array.from({ length: sent }, (_, i) => `good ${i}`));
    for (const { times, records } of consumer.frames) expect(times.length).toBe(records.length);
  });
});

test.runIf(hasLogger)(
  'a unix socket for datagrams: senders wait while the spool does, and nothing is lost',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longshore-datagrams-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'log');
    const consumer = new FakeConsumer();
    const { promise, resolve } = gate();
    consumer.policy = () => promise;
    const given = { unix_datagram_socket: path, max_unacked_bytes: 65_536, protocols: [] };
    const input = await started('syslog', consumer, given as Given);
    // Its lines are datagrams, and it waits for the socket.
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i}`);
    const sender = command('sh', ['-c', `seq -f 'line %g' 0 2999 | logger --socket ${path} --tag shop`]);
    await vi.waitFor(() => expect(consumer.frames.length).toBeGreaterThan(0));
    resolve();
    expect(await sender).toMatchObject({ code: 0, err: '' });
    await vi.waitFor(() => expect(textsOf(consumer)).toEqual(lines), { timeout: 5000 });
    expect([consumer.taken[0]!.sender, consumer.records[0]!['service']]).toEqual(['unix', 'shop']);
    await input.stop(AbortSignal.timeout(5000));
    expect(existsSync(path)).toBe(false);
    await expect(inputs['syslog']!.make(consumer, { unix_datagram_socket: '/nowhere/log' }).start()).rejects.toThrow(
      'inputs.syslog.unix_datagram_socket',
    );
  },
);

test('GELF in chunks, in any order and not whole', async () => {
  const consumer = new FakeConsumer();
  const input = await started('gelf', consumer);
  const send = udpSender(input.port);
  const payload = deflateSync(
    JSON.stringify({ version: '1.1', host: 'h', short_message: 'whole', _n: 'x'.repeat(500) }),
  );
  const third = Math.ceil(payload.length / 3);
  const chunkOf = (id: string, n: number) =>
    Buffer.concat([
      Buffer.from(`\x1e\x0f${id.padEnd(8)}`, 'latin1'),
      Buffer.of(n, 3),
      payload.subarray(n * third, (n + 1) * third),
    ]);
  for (const n of [2, 0, 0, 1]) await send(chunkOf('a', n));
  await send(chunkOf('b', 1));
  await vi.waitFor(() => expect(textsOf(consumer)).toEqual(['whole']));
});
