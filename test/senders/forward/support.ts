import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Consumer } from '../../../src/core/contracts.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import type { Frame } from '../../../src/core/event.ts';
import { ForwardInput } from '../../../src/inputs/forward/forward-input.ts';
import type { ForwardInputOptions } from '../../../src/inputs/forward/options.ts';
import type { ForwardOutOptions, ForwardTarget } from '../../../src/senders/forward/options.ts';
import { Sender } from '../../../src/senders/forward/sender.ts';

/** A receiver that remembers what came, and answers as the test says. */
export class Target implements Consumer {
  readonly frames: Frame[] = [];
  /** What becomes of a frame: acknowledged, taken but never acknowledged, or taken while the connection breaks. */
  behaviour: 'ack' | 'silent' | 'break' = 'ack';
  readonly #options: Partial<ForwardInputOptions>;
  #input: ForwardInput | undefined;
  #port = 0;

  constructor(options: Partial<ForwardInputOptions> = {}) {
    this.#options = options;
    onTestFinished(() => this.stop());
  }

  /** On the same port when it was started before. */
  async start(): Promise<this> {
    this.#input = new ForwardInput(
      { address: `127.0.0.1:${this.#port}`, heartbeat_udp: false, ...this.#options },
      this,
    );
    await this.#input.start();
    this.#port = this.#input.port;
    return this;
  }

  async stop(): Promise<void> {
    await this.#input?.stop(AbortSignal.abort());
    this.#input = undefined;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  consume(frame: Frame): Promise<void> {
    this.frames.push(frame);
    if (this.behaviour === 'ack') return Promise.resolve();
    if (this.behaviour === 'silent') return new Promise(() => {});
    return Promise.reject(new LongshoreError('LS_SPOOL_FULL', 'breaks', { retryable: true }));
  }

  get messages(): unknown[] {
    return this.frames.flatMap(frame => frame.records.map(record => record['message']));
  }

  get ids(): (string | undefined)[] {
    return this.frames.map(frame => frame.chunkId);
  }
}

export const quick = {
  compress: 'none',
  require_ack: true,
  ack_timeout_ms: 5000,
  connect_timeout_ms: 2000,
  failover_after_ms: 5000,
  max_retry_interval_ms: 50,
  max_in_flight: 4,
  max_message_bytes: 1_000_000,
} as const satisfies Omit<ForwardOutOptions, 'targets'>;

/** A sender to these targets that stops with the test. */
export function senderTo(targets: readonly ForwardTarget[], options: Partial<ForwardOutOptions> = {}): Sender {
  const sender = new Sender({ ...quick, targets, ...options }, { name: 'test', node: 'node-1' });
  onTestFinished(() => sender.stop(AbortSignal.abort()));
  return sender;
}

/** A chunk in the form that Elasticsearch takes. */
export function chunkOf(id: string, documents: Record<string, unknown>[]) {
  const lines = documents.flatMap((document, i) => [
    JSON.stringify({ create: { _id: `${id}-${i}` } }),
    JSON.stringify({ seq: i, '@timestamp': '2026-11-20T14:00:00.123Z', tag: 'app', ...document }),
  ]);
  return { id, read: async () => Buffer.from(`${lines.join('\n')}\n`) };
}

/** Lets connections through to `to`, until they are cut. */
export async function tcpProxy(to: () => number, host = '127.0.0.1'): Promise<{ port: number; cut(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    const upstream = connect(to(), '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>(resolve => server.listen(0, host, resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    cut,
  };
}
