import { connect, type Socket } from 'node:net';
import { withDefaults } from '../../../src/base/options.ts';
import type { Consumer } from '../../../src/core/contracts.ts';
import type { Frame } from '../../../src/core/event.ts';
import { type TcpJsonInputOptions, tcpJsonInputSchema } from '../../../src/inputs/tcp-json/options.ts';
import { TcpJsonInput } from '../../../src/inputs/tcp-json/tcp-json-input.ts';

/** A consumer whose every call waits for the test, or answers by `policy`. */
export class FakeConsumer implements Consumer {
  readonly frames: Frame[] = [];
  readonly taken: Frame[] = [];
  policy: (frame: Frame, call: number) => Promise<void> = () => Promise.resolve();

  async consume(frame: Frame): Promise<void> {
    this.frames.push(frame);
    await this.policy(frame, this.frames.length);
    this.taken.push(frame);
  }

  get records(): Record<string, unknown>[] {
    return this.taken.flatMap(frame => frame.records.map(record => ({ ...record })));
  }
}

/** The defaults of the schema, so that tests use what users get. */
export function optionsOf(overrides: Partial<TcpJsonInputOptions> = {}): TcpJsonInputOptions {
  return withDefaults(tcpJsonInputSchema, { address: '127.0.0.1:0', ...overrides });
}

export async function started(consumer: Consumer, overrides: Partial<TcpJsonInputOptions> = {}): Promise<TcpJsonInput> {
  const input = new TcpJsonInput(optionsOf(overrides), consumer);
  await input.start();
  return input;
}

export async function connected(target: number | string): Promise<Socket> {
  const socket = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target);
  socket.on('error', () => {});
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('connect', () => resolve());
  await promise;
  return socket;
}

/** A promise rejected or resolved from outside. */
export const gate = (): PromiseWithResolvers<void> => Promise.withResolvers<void>();

export const STOP_AT_ONCE = AbortSignal.abort();
