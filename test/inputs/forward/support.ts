import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Consumer } from '../../../src/core/contracts.ts';
import type { Frame } from '../../../src/core/event.ts';
import { ForwardInput } from '../../../src/inputs/forward/forward-input.ts';
import { errorsTotal } from '../../../src/inputs/forward/metrics.ts';
import type { ForwardInputOptions } from '../../../src/inputs/forward/options.ts';

/** Waits for a condition; fails with `what` after five seconds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still waiting for: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

/** Keeps every frame; durable at once unless told otherwise. */
export class Sink implements Consumer {
  readonly frames: Frame[] = [];
  consumeWith: (frame: Frame) => Promise<void> = () => Promise.resolve();

  consume(frame: Frame): Promise<void> {
    this.frames.push(frame);
    return this.consumeWith(frame);
  }
}

/** A consumer whose frames become durable when the test says so. */
export class HeldSink extends Sink {
  readonly settle: { resolve: () => void; reject: (error: Error) => void }[] = [];
  override consumeWith = (): Promise<void> =>
    new Promise((resolve, reject) => {
      this.settle.push({ resolve, reject });
    });
}

/** A started input on a free port, stopped with the test. */
export async function startInput(options: Partial<ForwardInputOptions>, consumer: Consumer): Promise<ForwardInput> {
  const input = new ForwardInput({ address: '127.0.0.1:0', ...options }, consumer);
  await input.start();
  onTestFinished(() => input.stop(AbortSignal.timeout(500)));
  return input;
}

/** A socket that remembers what it got. */
export class Peer {
  receivedBytes = 0;
  readonly #reads: Buffer[] = [];
  isEnded = false;
  isClosed = false;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (read: Buffer) => {
      this.#reads.push(read);
      this.receivedBytes += read.length;
    });
    socket.on('end', () => {
      this.isEnded = true;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.#reads);
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  closed(): Promise<void> {
    return until('the connection is closed', () => this.isClosed);
  }
}

export async function connectPeer(to: number | NetConnectOpts): Promise<Peer> {
  const socket = connect(typeof to === 'number' ? { port: to, host: '127.0.0.1' } : to);
  const peer = new Peer(socket);
  onTestFinished(() => {
    socket.destroy();
  });
  await until('connected', () => !socket.connecting);
  return peer;
}

/** How often connections were ended for `reason` in this process. */
export async function errorCount(reason: string): Promise<number> {
  const { values } = await errorsTotal.get();
  return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
}
