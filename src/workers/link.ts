import type { ErrorCode } from '../core/codes.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';

const log = logger('workers');

/** One end of the channel between the primary and a worker: the process itself, or the primary's handle of it. */
export interface Channel {
  readonly connected: boolean;
  send(message: unknown, callback: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/** What one side can be asked for: name -> function of one value. */
export type Calls = Record<string, (value: never) => unknown>;
type Argument<C extends Calls, M extends keyof C> = Parameters<C[M]>[0];
type Answer<C extends Calls, M extends keyof C> = Awaited<ReturnType<C[M]>>;

interface WireError {
  code: ErrorCode;
  what: string;
  where: string | undefined;
  fix: string | undefined;
  retryable: boolean;
}

/**
 *     [0, id, method, value]   a request    [1, id, value]   its answer    [2, id, WireError]   its refusal
 *     [3, method, value]       a notice: no answer
 *
 * Messages of one side arrive in the order in which they were sent.
 */
type Wire = [0, number, string, unknown] | [1, number, unknown] | [2, number, WireError] | [3, string, unknown];

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** Requests, answers and notices between two processes. `Theirs` is what the other side answers, `Ours` what this one does. */
export class Link<Theirs extends Calls, Ours extends Calls> {
  readonly #channel: Channel;
  readonly #ours: Ours;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #closed: Error | undefined;

  constructor(channel: Channel, ours: Ours) {
    this.#channel = channel;
    this.#ours = ours;
    channel.on('message', message => {
      if (Array.isArray(message)) this.#receive(message as Wire);
    });
  }

  /** Rejects with what the other side threw, and with LS_WORKERS_GONE (retryable) when it ends first. */
  request<M extends keyof Theirs & string>(
    method: M,
    ...value: Argument<Theirs, M> extends undefined ? [] : [Argument<Theirs, M>]
  ): Promise<Answer<Theirs, M>> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const { promise, resolve, reject } = Promise.withResolvers<Answer<Theirs, M>>();
    const id = this.#nextId++;
    this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
    this.#send([0, id, method, value[0]]);
    return promise;
  }

  notify<M extends keyof Theirs & string>(
    method: M,
    ...value: Argument<Theirs, M> extends undefined ? [] : [Argument<Theirs, M>]
  ): void {
    if (this.#closed === undefined) this.#send([3, method, value[0]]);
  }

  /** The other side is gone: whoever waits for it hears of it. */
  close(): void {
    this.#closed ??= new LongshoreError('LS_WORKERS_GONE', 'the other process is gone.', { retryable: true });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#closed);
    this.#waiting.clear();
  }

  #receive(message: Wire): void {
    if (message[0] === 3) void this.#call(message[1], message[2]).catch(error => this.#failed(message[1], error));
    else if (message[0] === 0) {
      const [, id, method, value] = message;
      this.#call(method, value).then(
        answer => this.#send([1, id, answer]),
        error => this.#send([2, id, toWire(error)]),
      );
    } else {
      const waiting = this.#waiting.get(message[1]);
      this.#waiting.delete(message[1]);
      if (message[0] === 1) waiting?.resolve(message[2] as never);
      else waiting?.reject(fromWire(message[2]));
    }
  }

  async #call(method: string, value: unknown): Promise<unknown> {
    return this.#ours[method]!(value as never);
  }

  #failed(method: string, error: unknown): void {
    log.error({ method, error: messageOf(error) }, 'a notice of another process could not be followed');
  }

  // A channel that breaks shows as the end of the process.
  #send(message: Wire): void {
    if (this.#channel.connected) this.#channel.send(message, () => {});
  }
}

function toWire(error: unknown): WireError {
  if (!(error instanceof LongshoreError)) {
    const mistakes = error instanceof AggregateError ? error.errors.map(messageOf).join('\n') : messageOf(error);
    return { code: 'LS_WORKERS_FAILED', what: mistakes, where: undefined, fix: undefined, retryable: true };
  }
  const { code, what, where, fix, retryable } = error;
  return { code, what, where, fix, retryable };
}

function fromWire({ code, what, where, fix, retryable }: WireError): LongshoreError {
  return new LongshoreError(code, what, { where, fix, retryable });
}

/** The other process ended before it answered. */
export function isGone(error: unknown): boolean {
  return error instanceof LongshoreError && error.code === 'LS_WORKERS_GONE';
}
