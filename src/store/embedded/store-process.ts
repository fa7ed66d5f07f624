import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LongshoreError } from '../../core/errors.ts';
import type { EmbeddedStoreOptions } from './options.ts';
import type { Call, FromProcess, StoreEvent, ToProcess, WireError } from './protocol.ts';

export interface StoreProcessListener {
  event(event: StoreEvent): void;
  /** The process (a new one, too) has opened its folder. */
  ready(): void;
  /** The process is gone unexpectedly and will be started again after the pause. */
  died(cause: string, pauseMs: number): void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: LongshoreError): void;
}

const MAIN = fileURLToPath(new URL('./process/main.ts', import.meta.url));
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 10_000;
/** A process that lived so long did not die of its start. */
const HEALTHY_MS = 30_000;

/** Keeps one store process alive and carries calls to it. Calls under way when it dies fail, retryable. */
export class StoreProcess {
  readonly #dir: string;
  readonly #options: EmbeddedStoreOptions;
  readonly #listener: StoreProcessListener;
  #child: ChildProcess | undefined;
  #ready = false;
  #stopped = false;
  #readyAt = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #restart: NodeJS.Timeout | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, Waiting>();

  constructor(dir: string, options: EmbeddedStoreOptions, listener: StoreProcessListener) {
    this.#dir = dir;
    this.#options = options;
    this.#listener = listener;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Rejects when the process cannot open its folder: the first start must succeed, later ones are tried again. */
  start(): Promise<void> {
    this.#stopped = false;
    return new Promise((resolve, reject) => {
      this.#spawn(resolve, error => {
        this.#stopped = true;
        reject(error);
      });
    });
  }

  /** Kills the process when the signal aborts before it has ended by itself. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopped = true;
    this.#ready = false;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined) return;
    await new Promise<void>(resolve => {
      const kill = () => void child.kill('SIGKILL');
      child.once('exit', () => {
        signal.removeEventListener('abort', kill);
        resolve();
      });
      if (signal.aborted) kill();
      else signal.addEventListener('abort', kill, { once: true });
      this.#send({ kind: 'stop' });
    });
  }

  async call(call: Call, signal?: AbortSignal): Promise<unknown> {
    if (!this.#ready) throw away();
    if (signal?.aborted)
      throw new LongshoreError('LS_STORE_QUERY_CANCELLED', 'the search was cancelled.', { retryable: true });
    const id = this.#nextId++;
    const cancel = () => this.#send({ kind: 'cancel', id });
    signal?.addEventListener('abort', cancel);
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        this.#send({ kind: 'call', id, call });
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  #spawn(opened: () => void, failed: (error: LongshoreError) => void): void {
    const child = fork(MAIN, [], {
      execPath: process.execPath,
      // Garbage is collected early: what a page of hits once needed would stay with the process otherwise.
      execArgv: ['--max-old-space-size=256', '--max-semi-space-size=4'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        ...process.env,
        // A statement occupies one of Node's I/O threads while it runs.
        UV_THREADPOOL_SIZE: String(this.#options.max_concurrent_queries + 3),
        // glibc keeps what each thread once used; with few arenas and early trimming the process stays in its limit.
        MALLOC_ARENA_MAX: '2',
        MALLOC_TRIM_THRESHOLD_: '1000000',
        MALLOC_MMAP_THRESHOLD_: '131072',
      },
    });
    this.#child = child;
    let broken: LongshoreError | undefined;
    child.on('message', (message: FromProcess) => {
      if (message.kind === 'ready') {
        this.#ready = true;
        this.#readyAt = performance.now();
        this.#listener.ready();
        opened();
      } else if (message.kind === 'broken') {
        broken = fromWire(message.error, this.#dir);
      } else {
        this.#receive(message);
      }
    });
    let ended = false;
    const end = (cause: string) => {
      if (ended) return;
      ended = true;
      const wasReady = this.#ready;
      this.#ready = false;
      this.#child = undefined;
      for (const waiting of this.#waiting.values()) waiting.reject(away());
      this.#waiting.clear();
      if (!wasReady) {
        failed(
          broken ??
            new LongshoreError('LS_STORE_START', `the store process ended while it started (${cause}).`, {
              where: this.#dir,
              retryable: true,
            }),
        );
      }
      if (!this.#stopped) this.#restartLater(cause);
    };
    child.on('error', error => end(error.message));
    child.on('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    this.#send({ kind: 'open', dir: this.#dir, options: this.#options });
  }

  #restartLater(cause: string): void {
    if (this.#readyAt > 0 && performance.now() - this.#readyAt > HEALTHY_MS) this.#pauseMs = FIRST_PAUSE_MS;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
    this.#listener.died(cause, pauseMs);
    const ignore = () => {};
    this.#restart = setTimeout(() => this.#spawn(ignore, ignore), pauseMs);
  }

  #receive(message: FromProcess): void {
    if (message.kind === 'event') {
      this.#listener.event(message.event);
    } else if (message.kind === 'reply') {
      this.#take(message.id)?.resolve(message.value);
    } else if (message.kind === 'failure') {
      this.#take(message.id)?.reject(fromWire(message.error));
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  // A channel that breaks shows as the end of the process.
  #send(message: ToProcess): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }
}

function fromWire(error: WireError, where?: string): LongshoreError {
  return new LongshoreError(error.code, error.what, { where, fix: error.fix, retryable: error.retryable });
}

function away(): LongshoreError {
  return new LongshoreError('LS_STORE_RESTARTING', 'the store process is starting again.', {
    fix: 'Try again in a moment.',
    retryable: true,
  });
}
