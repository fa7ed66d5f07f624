import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { reusablePort } from '../../support/free-port.ts';
import { chunkOf, senderTo, Target, tcpProxy } from './support.ts';

const one = (id: string, message = id) => chunkOf(id, [{ message }]);
const tlsDir = join(import.meta.dirname, '../../inputs/forward/tls');

describe('a chunk', () => {
  test('is taken when all of its messages are acknowledged', async () => {
    const target = await new Target().start();
    const sender = senderTo([{ address: target.address }], { max_message_bytes: 1024 });
    const documents = Array.from({ length: 100 }, (_, i) => ({ message: `${i} ${'x'.repeat(50)}`, tag: `t${i % 3}` }));
    await sender.deliver(chunkOf('c', documents));
    expect(target.messages.toSorted()).toEqual(documents.map(({ message }) => message).toSorted());
    expect(target.frames.length).toBeGreaterThan(6);
    expect(new Set(target.ids).size).toBe(target.frames.length);
    expect(target.frames[0]).toMatchObject({ isParsed: true, times: expect.arrayContaining([1_795_183_200_123]) });
    for (const frame of target.frames) for (const record of frame.records) expect(record).not.toHaveProperty('seq');
  });

  test.for(['gzip', 'zstd'] as const)('is compressed with %s', async compress => {
    const target = await new Target().start();
    await senderTo([{ address: target.address }], { compress }).deliver(one('small'));
    expect(target.messages).toEqual(['small']);
  });

  test('leaves before those that were given later, whatever its size', async () => {
    const target = await new Target().start();
    const sender = senderTo([{ address: target.address }], { compress: 'gzip' });
    const chunks = Array.from({ length: 30 }, (_, i) => {
      const { id, read } = chunkOf(
        `c${i}`,
        Array.from({ length: i % 3 === 0 ? 2000 : 1 }, () => ({ message: i })),
      );
      const slowly = async () => {
        if (i % 4 === 0) await new Promise(resolve => setTimeout(resolve, 5));
        return read();
      };
      return sender.deliver({ id, read: slowly });
    });
    await Promise.all(chunks);
    expect([...new Set(target.messages)]).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  test('waits for a slow acknowledgement', async () => {
    const target = await new Target().start();
    target.behaviour = 'silent';
    const sender = senderTo([{ address: target.address }]);
    let taken = false;
    const delivery = sender.deliver(one('slow')).finally(() => {
      taken = true;
    });
    await vi.waitFor(() => expect(target.frames).toHaveLength(1));
    await new Promise(resolve => setImmediate(resolve));
    expect(taken).toBe(false);
    await sender.stop(AbortSignal.abort());
    await expect(delivery).rejects.toMatchObject({ code: 'LS_FORWARD_STOPPED', retryable: true });
  });

  test('without require_ack is taken when it is on its way', async () => {
    const target = await new Target().start();
    target.behaviour = 'silent';
    await senderTo([{ address: target.address }], { require_ack: false }).deliver(one('sent'));
    await vi.waitFor(() => expect(target.messages).toEqual(['sent']));
  });
});

describe('a target', () => {
  test('that is down gets its events when it is back', async () => {
    const target = await new Target().start();
    await target.stop();
    const sender = senderTo([{ address: target.address }]);
    sender.start();
    const deliveries = [sender.deliver(one('a')), sender.deliver(one('b'))];
    await vi.waitFor(() => expect(sender.state.alarm).toContain('cannot be reached'));
    expect(sender.state.ready).toBe(false);
    await target.start();
    await Promise.all(deliveries);
    expect(target.messages.toSorted()).toEqual(['a', 'b']);
    expect(sender.state).toMatchObject({ ready: true, alarm: undefined });
  });

  test('that breaks between receipt and acknowledgement gets the same again, under the same id', async () => {
    const [target, other] = [await new Target().start(), await new Target().start()];
    target.behaviour = 'break';
    const sender = senderTo([{ address: target.address }, { address: other.address }]);
    const delivery = sender.deliver(one('again'));
    await vi.waitFor(() => expect(target.frames.length).toBeGreaterThan(1));
    target.behaviour = 'ack';
    await delivery;
    expect(new Set(target.ids).size).toBe(1);
    expect(other.frames).toHaveLength(0);
  });

  test('that acknowledges nothing in time is connected to anew', async () => {
    const target = await new Target().start();
    target.behaviour = 'silent';
    const delivery = senderTo([{ address: target.address }], { ack_timeout_ms: 150 }).deliver(one('lost ack'));
    await vi.waitFor(() => expect(target.frames.length).toBeGreaterThan(1));
    target.behaviour = 'ack';
    await delivery;
    expect(new Set(target.ids).size).toBe(1);
  });

  test('whose connection is cut again and again gets everything', async () => {
    const target = await new Target().start();
    const proxy = await tcpProxy(() => target.port);
    const sender = senderTo([{ address: `127.0.0.1:${proxy.port}` }], { max_retry_interval_ms: 10 });
    const cutting = setInterval(() => proxy.cut(), 15);
    onTestFinished(() => clearInterval(cutting));
    const names = Array.from({ length: 60 }, (_, i) => `m${i}`);
    for (const name of names) await sender.deliver(one(name));
    expect([...new Set(target.messages)]).toEqual(names);
    // One id an event, however often it came.
    expect(new Set(target.ids).size).toBe(names.length);
  });

  test('that takes connections and closes them is not stormed', async () => {
    let connections = 0;
    const server = createServer(socket => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const sender = senderTo([{ address: `127.0.0.1:${port}` }], { max_retry_interval_ms: 30_000 });
    const started = performance.now();
    sender.deliver(one('refused')).catch(() => {});
    await vi.waitFor(() => expect(connections).toBe(3), { timeout: 5000 });
    // Pauses of 100 to 200 and 200 to 400 ms.
    expect(performance.now() - started).toBeGreaterThan(290);
  });
});

describe('what answers with something else than the forward protocol is told so', () => {
  const answers: [string, Buffer][] = [
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a byte that is none', Buffer.from('92c1', 'hex')],
    ['an answer without end', Buffer.from('c600ffffff', 'hex')],
    ['a map beyond all reason', Buffer.concat([Buffer.from('de0400', 'hex'), Buffer.alloc(2048, 0xc0)])],
  ];

  async function stranger(says: Buffer): Promise<string> {
    const server = createServer(socket => {
      socket.on('error', () => {});
      socket.write(says);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  test.for(answers)('instead of HELO: %s', async ([, says]) => {
    const sender = senderTo([{ address: await stranger(says), shared_key: 'k' }]);
    sender.start();
    await vi.waitFor(() => expect(sender.state.alarm).toMatch(/does not begin with HELO.*LS_FORWARD_HANDSHAKE/));
  });

  test.for(answers)('instead of an acknowledgement: %s', async ([, says]) => {
    const sender = senderTo([{ address: await stranger(says) }]);
    sender.deliver(one('unheard')).catch(() => {});
    await vi.waitFor(() => expect(sender.state.alarm).toMatch(/does not speak the forward protocol: [a-z_]+/));
  });
});

describe('several targets', () => {
  test('the next one is used while the first is down, and the first again when it is back', async () => {
    const [first, second] = [await new Target().start(), await new Target().start()];
    const sender = senderTo([{ address: first.address }, { address: second.address }], { failover_after_ms: 60 });
    await sender.deliver(one('a'));
    await first.stop();
    await sender.deliver(one('b'));
    expect([first.messages, second.messages]).toEqual([['a'], ['b']]);
    await first.start();
    await vi.waitFor(async () => {
      await sender.deliver(one(`probe ${second.frames.length}`));
      expect(first.frames.length).toBeGreaterThan(1);
    });
    const before = second.frames.length;
    await sender.deliver(one('c'));
    expect(first.messages.at(-1)).toBe('c');
    expect(second.frames).toHaveLength(before);
  });

  test('what the first may have is sent elsewhere only when it is down', async () => {
    const [first, second] = [await new Target().start(), await new Target().start()];
    first.behaviour = 'silent';
    const sender = senderTo([{ address: first.address }, { address: second.address }], { failover_after_ms: 300 });
    const delivery = sender.deliver(one('both'));
    await vi.waitFor(() => expect(first.frames).toHaveLength(1));
    await first.stop();
    await delivery;
    expect(second.ids).toEqual(first.ids);
  });
});

describe('who may send', () => {
  test('a wrong shared key is said plainly, and events wait until it is right', async () => {
    const target = await new Target({ shared_key: 'right' }).start();
    const sender = senderTo([{ address: target.address, shared_key: 'wrong', self_hostname: 'edge' }]);
    const delivery = sender.deliver(one('waits'));
    delivery.catch(() => {});
    await vi.waitFor(() => expect(sender.state.alarm).toMatch(/shared_key mismatch.*LS_FORWARD_HANDSHAKE/));
    expect(target.frames).toHaveLength(0);
  });

  test('a target that wants a key that we have not is told from one that is away', async () => {
    const target = await new Target({ shared_key: 'right' }).start();
    const sender = senderTo([{ address: target.address }]);
    sender.start();
    await vi.waitFor(() => expect(sender.state.alarm).toMatch(/it wants a shared_key.*LS_FORWARD_HANDSHAKE/));
    expect(sender.state.ready).toBe(false);
  });

  test('a target that asks for no key, though we have one, is said', async () => {
    const target = await new Target().start();
    const sender = senderTo([{ address: target.address, shared_key: 'k' }], { connect_timeout_ms: 100 });
    sender.start();
    await vi.waitFor(() => expect(sender.state.alarm).toContain('it sent no HELO'));
  });

  test('shared key, user and password', async () => {
    const target = await new Target({ shared_key: 'k', users: [{ username: 'u', password: 'p' }] }).start();
    const credentials = { shared_key: 'k', self_hostname: 'edge', username: 'u', password: 'p' };
    await senderTo([{ address: target.address, ...credentials }]).deliver(one('in'));
    expect(target.frames[0]).toMatchObject({ sender: '127.0.0.1/u' });
  });

  test('TLS with an authority and a certificate of its own', async () => {
    const file = (name: string) => join(tlsDir, name);
    const tls = { cert_file: file('server.pem'), key_file: file('server-key.pem'), ca_file: file('ca.pem') };
    const target = await new Target({ tls: { ...tls, require_client_cert: true } }).start();
    const own = { cert_file: file('client.pem'), key_file: file('client-key.pem') };
    const address = `localhost:${target.port}`;
    await senderTo([{ address, tls: { ca_file: file('ca.pem'), ...own, verify: true } }]).deliver(one('secret'));
    expect(target.messages).toEqual(['secret']);
    const stranger = senderTo([{ address, tls: { ...own, verify: true } }]);
    stranger.start();
    await vi.waitFor(() => expect(stranger.state.alarm).toMatch(/certificate/));
  });

  test('a certificate for another name is refused, unless verify is off', async () => {
    const file = (name: string) => join(tlsDir, name);
    const target = await new Target({
      tls: { cert_file: file('server.pem'), key_file: file('server-key.pem') },
    }).start();
    const { port } = await tcpProxy(() => target.port, '127.0.0.2');
    const address = `127.0.0.2:${port}`;
    const careful = senderTo([{ address, tls: { ca_file: file('ca.pem'), verify: true } }]);
    careful.start();
    await vi.waitFor(() => expect(careful.state.alarm).toMatch(/altnames.*tls\.ca_file/));
    await senderTo([{ address, tls: { verify: false } }]).deliver(one('careless'));
    expect(target.messages).toEqual(['careless']);
  });
});

test('nobody there at all', async () => {
  const sender = senderTo([{ address: `127.0.0.1:${await reusablePort()}` }]);
  const delivery = sender.deliver(one('never'));
  await vi.waitFor(() => expect(sender.state.alarm).toContain('ECONNREFUSED'));
  await sender.stop(AbortSignal.timeout(2000));
  await expect(delivery).rejects.toMatchObject({ code: 'LS_FORWARD_STOPPED', retryable: true });
});
