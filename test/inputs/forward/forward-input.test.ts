import { createSocket } from 'node:dgram';
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import { configureLog } from '../../../src/core/log.ts';
import { ForwardInput } from '../../../src/inputs/forward/forward-input.ts';
import { setAsideTotal } from '../../../src/inputs/forward/metrics.ts';
import { bytesOf } from '../../support/bytes.ts';
import { requireOrSkip } from '../../support/services.ts';
import { connectPeer, errorCount, HeldSink, Sink, startInput, until } from './support.ts';

const message = (chunk?: string, record: unknown = { k: 'v' }) =>
  encodeMsgpack(['t', 1, record, ...(chunk === undefined ? [] : [{ chunk }])]);
const ack = (chunk: string) => encodeMsgpack({ ack: chunk });
const retryable = () => new LongshoreError('LS_SPOOL_FULL', 'full', { retryable: true });

describe('acknowledgements', () => {
  test('come when the frame is durable, and not before', async () => {
    const sink = new HeldSink();
    const peer = await connectPeer((await startInput({}, sink)).port);
    peer.send(message('a'));
    await until('the frame', () => sink.frames.length === 1);
    expect(sink.frames[0]).toMatchObject({
      source: 'forward',
      sender: '127.0.0.1',
      tag: 't',
      chunkId: 'a',
      times: [1000],
    });
    expect(sink.frames[0]!.bytes).toBe(message('a').length);
    await settleEvents();
    expect(peer.receivedBytes).toBe(0);
    sink.settle[0]!.resolve();
    await until('the ack', () => peer.received.equals(ack('a')));
  });

  test.for([true, false])('what another longshore parsed is taken so, if accept_parsed is %s', async accept_parsed => {
    const sink = new Sink();
    const peer = await connectPeer((await startInput({ accept_parsed }, sink)).port);
    peer.send(encodeMsgpack(['t', encodeMsgpack([1, { k: 'v' }]), { chunk: 'a', longshore: 1 }]));
    await until('the ack', () => peer.received.equals(ack('a')));
    expect(sink.frames[0]!.isParsed).toBe(accept_parsed);
  });

  test('come in the order in which frames become durable', async () => {
    const sink = new HeldSink();
    const peer = await connectPeer((await startInput({}, sink)).port);
    peer.send(Buffer.concat([message('a'), message('b'), message('c')]));
    await until('three frames', () => sink.frames.length === 3);
    sink.settle[2]!.resolve();
    await until('c', () => peer.received.equals(ack('c')));
    sink.settle[0]!.resolve();
    sink.settle[1]!.resolve();
    await until('all', () => peer.received.equals(Buffer.concat([ack('c'), ack('a'), ack('b')])));
  });

  test('frames of one read are given on in one go', async () => {
    const turns: number[] = [];
    let turn = 0;
    const sink = new Sink();
    sink.consumeWith = () => {
      turns.push(turn);
      queueMicrotask(() => turn++);
      return Promise.resolve();
    };
    const peer = await connectPeer((await startInput({}, sink)).port);
    peer.send(Buffer.concat(Array.from({ length: 50 }, (_, i) => message(`${i}`))));
    await until('50 frames', () => turns.length === 50);
    expect(new Set(turns)).toEqual(new Set([0]));
    await until('50 acks', () => peer.receivedBytes === 10 * ack('1').length + 40 * ack('10').length);
  });

  test.for([
    ['retryable', retryable, 'not_taken_retryable'],
    ['permanent', () => new LongshoreError('LS_SPOOL_FULL', 'never'), 'not_taken_permanent'],
    ['thrown at once', undefined, 'not_taken_permanent'],
  ] as const)(
    'a frame that is not taken (%s) is not acknowledged, and ends the connection',
    async ([, error, reason]) => {
      const before = await errorCount(reason);
      const sink = new Sink();
      const peer = await connectPeer((await startInput({}, sink)).port);
      sink.consumeWith = () => {
        if (error === undefined) throw new Error('thrown at once');
        return Promise.reject(error());
      };
      peer.send(message('a'));
      await peer.closed();
      expect(peer.receivedBytes).toBe(0);
      expect(await errorCount(reason)).toBe(before + 1);
    },
  );

  test('what was taken before is still acknowledged', async () => {
    const sink = new HeldSink();
    const peer = await connectPeer((await startInput({}, sink)).port);
    peer.send(Buffer.concat([message('a'), message('b')]));
    await until('two frames', () => sink.frames.length === 2);
    sink.settle[1]!.reject(retryable());
    await settleEvents();
    expect(peer.isClosed).toBe(false);
    sink.settle[0]!.resolve();
    await peer.closed();
    expect(peer.received).toEqual(ack('a'));
  });

  test('reach a peer that has ended its side', async () => {
    const sink = new HeldSink();
    const peer = await connectPeer((await startInput({}, sink)).port);
    peer.socket.end(message('a'));
    await until('the frame', () => sink.frames.length === 1);
    sink.settle[0]!.resolve();
    await peer.closed();
    expect(peer.received).toEqual(ack('a'));
  });

  test('a frame without events is acknowledged, and nobody is bothered', async () => {
    const sink = new Sink();
    const peer = await connectPeer((await startInput({}, sink)).port);
    peer.send(encodeMsgpack(['t', [], { chunk: 'empty' }]));
    await until('the ack', () => peer.received.equals(ack('empty')));
    expect(sink.frames.length).toBe(0);
  });

  test('a consumer that answers after the peer is gone harms nobody', async () => {
    const sink = new HeldSink();
    const input = await startInput({}, sink);
    const peer = await connectPeer(input.port);
    peer.send(message('a'));
    await until('the frame', () => sink.frames.length === 1);
    peer.socket.resetAndDestroy();
    await settleEvents();
    sink.settle[0]!.resolve();
    const other = await connectPeer(input.port);
    other.send(message('b'));
    await until('the other frame', () => sink.frames.length === 2);
    sink.settle[1]!.resolve();
  });
});

describe('reading pauses', () => {
  const large = { log: 'x'.repeat(10_000) };
  test.for([
    ['for one connection', { max_unacked_bytes_per_connection: 50_000 }, 'c', 5],
    ['for all together', { max_unacked_bytes: 50_000 }, 'c', 5],
    ['sooner for frames without chunk id', { max_unacked_bytes_without_chunk: 20_000 }, undefined, 2],
  ] as const)('%s, and goes on', async ([, limits, chunk, most]) => {
    const sink = new HeldSink();
    const peer = await connectPeer((await startInput(limits, sink)).port);
    peer.send(Buffer.concat(Array.from({ length: 30 }, () => message(chunk, large))));
    let settled = 0;
    while (settled < 30) {
      await until('frames', () => sink.frames.length > settled);
      await settleEvents();
      expect(sink.frames.length - settled).toBeLessThanOrEqual(most);
      sink.settle[settled++]!.resolve();
    }
    expect(sink.frames.length).toBe(30);
    if (chunk !== undefined) await until('all acks', () => peer.receivedBytes === 30 * ack('c').length);
  });

  test('a full budget of one peer holds the others only until it is settled', async () => {
    const sink = new HeldSink();
    const input = await startInput({ max_unacked_bytes: 50_000 }, sink);
    const peers = await Promise.all([1, 2, 3].map(() => connectPeer(input.port)));
    for (const peer of peers) peer.send(Buffer.concat(Array.from({ length: 20 }, () => message('c', large))));
    for (let settled = 0; settled < 60; settled++) {
      await until('a frame', () => sink.settle.length > settled);
      expect(sink.frames.length - settled).toBeLessThanOrEqual(8);
      sink.settle[settled]!.resolve();
    }
    for (const peer of peers) await until('acks', () => peer.receivedBytes === 20 * ack('c').length);
  });

  test('for a peer that does not read its answers', async () => {
    const sink = new Sink();
    const peer = await connectPeer((await startInput({}, sink)).port);
    peer.socket.pause();
    const id = 'i'.repeat(60_000);
    for (let i = 0; i < 400; i++) peer.send(message(id));
    let last = -1;
    await until('no more frames are taken', async () => {
      const isStill = sink.frames.length === last && last > 0;
      last = sink.frames.length;
      await new Promise(resolve => setTimeout(resolve, 50));
      return isStill;
    });
    expect(sink.frames.length).toBeLessThan(400);
    peer.socket.resume();
    await until('all answers', () => peer.receivedBytes === 400 * ack(id).length);
  });
});

describe('senders', () => {
  test('a unix socket', async () => {
    const path = join(tempFolder(), 'forward.sock');
    const sink = new Sink();
    await startInput({ unix_socket: path, unix_socket_mode: '600', shared_key: 'k' }, sink);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const peer = await connectPeer({ path });
    peer.send(message('a'));
    await until('the ack', () => peer.received.equals(ack('a')));
    expect(sink.frames[0]!.sender).toBe('unix');
  });

  test('JSON is answered in JSON', async () => {
    const sink = new Sink();
    const peer = await connectPeer((await startInput({}, sink)).port);
    peer.send(
      Buffer.from('["t",1.5,{"__proto__":1,"n":12345678901234567890}]\n["t",[[2,{"k":"각"}]],{"chunk":"c"}]\n'),
    );
    await until('the ack', () => peer.received.toString() === '{"ack":"c"}');
    expect(sink.frames.map(({ times }) => times)).toEqual([[1500], [2000]]);
    expect(Object.entries(sink.frames[0]!.records[0]!)).toEqual([
      ['__proto__', 1],
      ['n', '12345678901234567890'],
    ]);
    expect(sink.frames[1]!.records[0]!['k']).toBe('각');
  });

  test('a heartbeat over UDP is answered', async () => {
    const input = await startInput({}, new Sink());
    const udp = createSocket('udp4');
    onTestFinished(() => {
      udp.close();
    });
    const answers: Buffer[] = [];
    udp.on('message', answer => answers.push(answer));
    udp.send(Buffer.of(0), input.port, '127.0.0.1');
    await until('the answer', () => answers.length === 1);
    expect(answers[0]).toEqual(Buffer.of(0));
  });

  const outside = Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  test.runIf(requireOrSkip('an address other than loopback', outside === undefined ? 'there is none' : true))(
    'from a network that is not allowed are turned away, and loopback never is',
    async () => {
      const before = await errorCount('network_not_allowed');
      const sink = new Sink();
      const input = await startInput({ address: '0.0.0.0:0', allow: ['198.51.100.0/24'] }, sink);
      const peer = await connectPeer({ port: input.port, host: outside! });
      peer.send(message('a'));
      await peer.closed();
      expect(sink.frames.length).toBe(0);
      expect(await errorCount('network_not_allowed')).toBe(before + 1);
      const local = await connectPeer(input.port);
      local.send(message('b'));
      await until('the ack', () => local.received.equals(ack('b')));
    },
  );

  test('a frame with records that are none: the good ones are taken, all is acknowledged, the log says what was wrong', async () => {
    const before = (await setAsideTotal.get()).values.find(({ labels }) => labels.reason === 'bad_record')?.value ?? 0;
    const lines = captureLog();
    const sink = new Sink();
    const peer = await connectPeer((await startInput({}, sink)).port);
    for (const chunk of ['a', 'b', 'c']) {
      peer.send(
        encodeMsgpack([
          'app.web',
          [
            [1, 'text of a record'],
            [2, { log: 'good' }],
            [3, null],
          ],
          { chunk },
        ]),
      );
    }
    await until('the acks', () => peer.received.equals(Buffer.concat([ack('a'), ack('b'), ack('c')])));
    expect(sink.frames.map(({ records }) => records.map(record => record['log']))).toEqual([
      ['good'],
      ['good'],
      ['good'],
    ]);
    const after = (await setAsideTotal.get()).values.find(({ labels }) => labels.reason === 'bad_record')!.value;
    expect(after).toBe(before + 6);
    const told = lines().filter(line => line['msg'].startsWith('records set aside'));
    expect(told).toMatchObject([
      {
        peer: '127.0.0.1',
        tag: 'app.web',
        reason: 'bad_record',
        records: 2,
        first: 1,
        excerpt: expect.stringContaining('text of a record'),
      },
    ]);
  });

  test.for<[string, Buffer, object]>([
    [
      'no frame at all',
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      { reason: 'garbage', offset: 0, hex: '474554202f20485454502f312e310d0a' },
    ],
    ['a byte that is none', bytesOf("93 a1't' c1 00"), { reason: 'invalid_byte', offset: 3, hex: 'c100' }],
    ['a frame without a tag', bytesOf('93 05 01 80'), { reason: 'bad_tag', offset: 1, hex: '050180' }],
    ['an option that is none', bytesOf("93 a3'app' 90 07"), { tag: 'app', reason: 'bad_option', offset: 6, hex: '07' }],
    [
      'JSON that is none',
      Buffer.from('["t",1}'),
      { reason: 'bad_json', offset: 0, hex: Buffer.from('["t",1}').toString('hex') },
    ],
  ])('the log says where in a refused frame reading stopped, and what is there: %s', async ([, frame, expected]) => {
    const lines = captureLog();
    const peer = await connectPeer((await startInput({}, new Sink())).port);
    peer.send(frame);
    await peer.closed();
    expect(lines().filter(({ msg }) => msg === 'connection ended')).toMatchObject([expected]);
  });

  test('JSON with records that are none, and with times in other forms', async () => {
    const sink = new Sink();
    const peer = await connectPeer((await startInput({}, sink)).port);
    peer.send(
      Buffer.from(
        '["t",[[1,"text"],[2,{"k":1}],null,[3],[4,[]],["5",{"k":2}]],{"chunk":"c"}]["t","1795972067",{"k":3},{"chunk":"d"}]["t",[6,{}],{"k":4}]["t","soon",{"k":5}]["t",7,null,{"chunk":"e"}]',
      ),
    );
    const acks = () => peer.received.toString().replaceAll('}', '}\n').split('\n').sort().join('');
    await until('the acks', () => acks() === '{"ack":"c"}{"ack":"d"}{"ack":"e"}');
    expect(sink.frames.map(({ records }) => records.map(record => record['k']))).toEqual([[1, 2], [3], [4], [5]]);
    expect(sink.frames.map(({ times }) => times)).toEqual([[2000, 5000], [1795972067000], [6000], [Number.NaN]]);
  });

  test('a bad frame is named with its tag, one that was never read is not', async () => {
    const lines = captureLog();
    const { port } = await startInput({}, new Sink());
    const peer = await connectPeer(port);
    peer.send(encodeMsgpack(['app.odd', [[1, {}]], { chunk: 7 }]));
    await peer.closed();
    const other = await connectPeer(port);
    other.send(Buffer.from('\x16\x03\x01'));
    await other.closed();
    const ended = lines().filter(line => line['msg'] === 'connection ended');
    expect(ended[0]).toMatchObject({ peer: '127.0.0.1', tag: 'app.odd', reason: 'bad_option' });
    expect(ended[1]).toMatchObject({ reason: 'garbage', hint: expect.stringContaining('TLS') });
    expect(ended[1]).not.toHaveProperty('tag');
  });
});

describe('limits', () => {
  test.for([
    [
      'the handshake takes too long',
      { shared_key: 'k', handshake_timeout_ms: 50 },
      Buffer.of(0x96),
      'handshake_timeout',
    ],
    ['a frame takes too long', { frame_timeout_ms: 50 }, Buffer.of(0x93, 0xa1), 'frame_timeout'],
    ['silence', { idle_timeout_ms: 50 }, Buffer.alloc(0), 'idle_timeout'],
    ['a frame too large', { max_frame_bytes: 1024 }, message('a', { k: 'x'.repeat(2000) }), 'frame_too_large'],
    ['much before the handshake', { shared_key: 'k' }, message('a', { k: 'x'.repeat(20_000) }), 'frame_too_large'],
    ['garbage', {}, Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'garbage'],
    [
      'many partial bytes',
      { max_partial_bytes: 65_536 },
      message('a', { k: 'x'.repeat(500_000) }).subarray(0, 400_000),
      'partial_bytes_full',
    ],
  ] as const)('%s', async ([, options, bytes, reason]) => {
    const before = await errorCount(reason);
    const sink = new Sink();
    const input = await startInput(options, sink);
    const peer = await connectPeer(input.port);
    peer.send(bytes);
    await peer.closed();
    expect(await errorCount(reason)).toBe(before + 1);
    expect(sink.frames.length).toBe(0);
  });

  test('a frame cut off by the end of the connection is counted', async () => {
    const before = await errorCount('truncated');
    const peer = await connectPeer((await startInput({}, new Sink())).port);
    peer.socket.end(message('a').subarray(0, 5));
    await peer.closed();
    expect(await errorCount('truncated')).toBe(before + 1);
  });

  test('a quiet peer whose frame is not durable yet is not idle', async () => {
    const sink = new HeldSink();
    const peer = await connectPeer((await startInput({ idle_timeout_ms: 40 }, sink)).port);
    peer.send(message('a'));
    await until('the frame', () => sink.frames.length === 1);
    await new Promise(resolve => setTimeout(resolve, 120));
    sink.settle[0]!.resolve();
    await until('the ack', () => peer.received.equals(ack('a')));
  });

  test('connections beyond the limit are turned away, the others stay', async () => {
    const before = await errorCount('too_many_connections');
    const sink = new Sink();
    const input = await startInput({ max_connections: 2 }, sink);
    const peers = [await connectPeer(input.port), await connectPeer(input.port)];
    await until('both are in', async () => {
      for (const peer of peers) peer.send(message('a'));
      return peers.every(peer => peer.receivedBytes > 0);
    });
    const third = await connectPeer(input.port);
    await third.closed();
    expect(peers.some(peer => peer.isClosed)).toBe(false);
    expect(await errorCount('too_many_connections')).toBe(before + 1);
  });

  test('good frames before bad bytes are taken and acknowledged', async () => {
    const sink = new Sink();
    const peer = await connectPeer((await startInput({}, sink)).port);
    peer.send(Buffer.concat([message('a'), message('b'), Buffer.from([0xc1])]));
    await peer.closed();
    expect(peer.received).toEqual(Buffer.concat([ack('a'), ack('b')]));
  });
});

describe('starting and stopping', () => {
  test('a port in use names the setting', async () => {
    const { port } = await startInput({}, new Sink());
    const second = new ForwardInput({ address: `127.0.0.1:${port}` }, new Sink());
    await expect(second.start()).rejects.toMatchObject({
      code: 'LS_FORWARD_PORT_IN_USE',
      where: 'inputs.forward.address',
    });
    await second.stop(AbortSignal.timeout(100));
  });

  test('a UDP port in use names the setting, and the TCP port is free again', async () => {
    const udp = createSocket('udp4');
    onTestFinished(() => {
      udp.close();
    });
    const port = await new Promise<number>(resolve => {
      udp.bind(0, '127.0.0.1', () => resolve(udp.address().port));
    });
    const address = `127.0.0.1:${port}`;
    const input = new ForwardInput({ address }, new Sink());
    await expect(input.start()).rejects.toMatchObject({ where: 'inputs.forward.heartbeat_udp' });
    await startInput({ address, heartbeat_udp: false }, new Sink());
  });

  test('a unix socket in use is left alone, a dead one is taken over', async () => {
    const path = join(tempFolder(), 'forward.sock');
    const start = () => startInput({ unix_socket: path }, new Sink());
    const owner = createServer().listen(`${path}.owner`);
    await until('listening', () => owner.listening);
    renameSync(`${path}.owner`, path);
    await expect(start()).rejects.toMatchObject({ where: 'inputs.forward.unix_socket' });
    // The file stays: its owner knows it by another name.
    owner.close();
    await until('closed', () => !owner.listening);
    await start();
    (await connectPeer({ path })).send(message('a'));
  });

  test('a file in the place of the unix socket is left alone', async () => {
    const path = join(tempFolder(), 'forward.sock');
    writeFileSync(path, 'mine');
    const input = new ForwardInput({ address: '127.0.0.1:0', unix_socket: path }, new Sink());
    await expect(input.start()).rejects.toMatchObject({ where: 'inputs.forward.unix_socket' });
    expect(statSync(path).size).toBe(4);
  });

  test('a missing certificate names the setting', async () => {
    const input = new ForwardInput(
      { address: '127.0.0.1:0', tls: { cert_file: '/nowhere.pem', key_file: '/nowhere' } },
      new Sink(),
    );
    await expect(input.start()).rejects.toMatchObject({
      code: 'LS_FORWARD_TLS_FILE',
      where: 'inputs.forward.tls.cert_file',
    });
  });

  test('stop is safe before start and twice', async () => {
    const input = new ForwardInput({ address: '127.0.0.1:0' }, new Sink());
    await input.stop(AbortSignal.timeout(100));
    await input.start();
    await input.stop(AbortSignal.timeout(100));
    await input.stop(AbortSignal.timeout(100));
  });

  test('stop waits for what is not durable, acknowledges it, and takes nothing more', async () => {
    const sink = new HeldSink();
    const input = await startInput({}, sink);
    const peer = await connectPeer(input.port);
    const idle = await connectPeer(input.port);
    peer.send(message('a'));
    await until('the frame', () => sink.frames.length === 1);
    const stopped = input.stop(AbortSignal.timeout(5000));
    await idle.closed();
    peer.send(message('b'));
    sink.settle[0]!.resolve();
    await stopped;
    await peer.closed();
    expect(peer.received).toEqual(ack('a'));
    expect(sink.frames.length).toBe(1);
  });

  test('stop gives up when the signal says so', async () => {
    const sink = new HeldSink();
    const input = await startInput({}, sink);
    const peer = await connectPeer(input.port);
    peer.send(message('a'));
    await until('the frame', () => sink.frames.length === 1);
    await input.stop(AbortSignal.timeout(50));
    await peer.closed();
    expect(peer.receivedBytes).toBe(0);
  });
});

/** What the process logs until the test ends, line by line. */
function captureLog(): () => { [key: string]: unknown; msg: string }[] {
  let text = '';
  const write = (line: string) => {
    text += line;
  };
  configureLog('info', {}, { write });
  onTestFinished(() => configureLog('silent'));
  return () =>
    text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line));
}

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-forward-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Lets sockets and promises do what they would do now. */
async function settleEvents(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setTimeout(resolve, 5));
}
