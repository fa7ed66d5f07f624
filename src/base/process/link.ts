import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';

const log = logger('process');

/** One end of the channel between a process and its child: `process` itself, or the parent's handle of the child. */
export interface Channel {
  readonly connected: boolean;
  send?(message: unknown, callback: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/**
 * What one side can be asked for: name -> function of one value. The signal aborts when the other side calls it off; what
 * is given to `part` is there before the answer.
 */
export type Calls = Record<string, (value: never, signal: AbortSignal, part: (value: unknown) => void) => unknown>;
type Value<C extends Calls, M extends keyof C> = Parameters<C[M]>[0];
type OnPart<C extends Calls, M extends keyof C> = Parameters<C[M]>[2];
type Answer<C extends Calls, M extends keyof C> = Awaited<ReturnType<C[M]>>;

/** What is thrown for what has no code of its own. */
export interface LinkErrors {
  /** The other process has ended before it answered. */
  gone(): LongshoreError;
  /** Here something else than a LongshoreError was thrown: what the other side hears of it. */
  unknown(error: unknown): LongshoreError;
}

interface WireError {
  code: ErrorCode;
  what: string;
  where: string | undefined;
  fix: string | undefined;
  retryable: boolean;
}

/**
 *     [0, id, method, value]   a request    [1, id, value]   its answer    [2, id, WireError]   its refusal
 *     [3, method, value]       a notice: no answer                         [4, id]              a request is called off
 *     [5, id, value]           a part of an answer
 *
 * Messages of one side arrive in the order in which they were sent.
 */
type Wire =
  | [0, number, string, unknown]
  | [1, number, unknown]
  | [2, number, WireError]
  | [3, string, unknown]
  | [4, number]
  | [5, number, unknown];

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
  readonly onPart: ((value: never) => void) | undefined;
}

/** Requests, answers and notices between two processes. `Theirs` is what the other side answers, `Ours` what this one does. */
export class Link<Theirs extends Calls, Ours extends Calls> {
  readonly #channel: Channel;
  readonly #ours: Ours;
  readonly #errors: LinkErrors;
  readonly #waiting = new Map<number, Waiting>();
  /** Requests of the other side. */
  readonly #running = new Map<number, AbortController>();
  #nextId = 1;
  #closed: Error | undefined;

  constructor(channel: Channel, ours: Ours, errors: LinkErrors) {
    this.#channel = channel;
    this.#ours = ours;
    this.#errors = errors;
    channel.on('message', message => {
      if (Array.isArray(message)) this.#receive(message as Wire);
    });
  }

  /** Rejects with what the other side threw, also after the signal has called it off; and as `LinkErrors` says when it ends first. */
  request<M extends keyof Theirs & string>(
    method: M,
    ...[value, signal, onPart]: Value<Theirs, M> extends undefined
      ? [value?: undefined, signal?: AbortSignal | undefined]
      : [value: Value<Theirs, M>, signal?: AbortSignal | undefined, onPart?: OnPart<Theirs, M>]
  ): Promise<Answer<Theirs, M>> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const { promise, resolve, reject } = Promise.withResolvers<Answer<Theirs, M>>();
    const id = this.#nextId++;
    this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject, onPart });
    this.#send([0, id, method, value]);
    if (signal === undefined) return promise;
    const callOff = () => this.#send([4, id]);
    if (signal.aborted) callOff();
    signal.addEventListener('abort', callOff);
    return promise.finally(() => signal.removeEventListener('abort', callOff));
  }

  notify<M extends keyof Theirs & string>(
    method: M,
    ...[value]: Value<Theirs, M> extends undefined ? [] : [Value<Theirs, M>]
  ): void {
    if (this.#closed === undefined) this.#send([3, method, value]);
  }

  /** The other side is gone: whoever waits for it hears of it. */
  close(): void {
    this.#closed ??= this.#errors.gone();
    for (const waiting of this.#waiting.values()) waiting.reject(this.#closed);
    this.#waiting.clear();
  }

  /** Aborts the signals of all that runs for the other side. */
  abortCalls(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  #receive(message: Wire): void {
    if (message[0] === 0) this.#answer(message[1], message[2], message[3]);
    else if (message[0] === 3) {
      const [, method, value] = message;
      this.#call(method, value, NEVER, () => {}).catch(error =>
        log.error({ method, error: messageOf(error) }, 'a message from another process failed'),
      );
    } else if (message[0] === 4) this.#running.get(message[1])?.abort();
    else if (message[0] === 5) this.#waiting.get(message[1])?.onPart?.(message[2] as never);
    else {
      const waiting = this.#waiting.get(message[1]);
      this.#waiting.delete(message[1]);
      if (message[0] === 1) waiting?.resolve(message[2] as never);
      else waiting?.reject(fromWire(message[2]));
    }
  }

  #answer(id: number, method: string, value: unknown): void {
    const controller = new AbortController();
    this.#running.set(id, controller);
    this.#call(method, value, controller.signal, part => this.#send([5, id, part]))
      .then(
        answer => this.#send([1, id, answer]),
        error => this.#send([2, id, toWire(error instanceof LongshoreError ? error : this.#errors.unknown(error))]),
      )
      .finally(() => this.#running.delete(id));
  }

  async #call(method: string, value: unknown, signal: AbortSignal, part: (value: unknown) => void): Promise<unknown> {
    return this.#ours[method]!(value as never, signal, part);
  }

  // A channel that breaks shows as the end of the process.
  #send(message: Wire): void {
    if (this.#channel.connected) this.#channel.send?.(message, () => {});
  }
}

const NEVER = new AbortController().signal;

function toWire({ code, what, where, fix, retryable }: LongshoreError): WireError {
  return { code, what, where, fix, retryable };
}

function fromWire({ code, what, where, fix, retryable }: WireError): LongshoreError {
  return new LongshoreError(code, what, { where, fix, retryable });
}
