import type { ChildProcess } from 'node:child_process';
import { type LongshoreError, messageOf } from '../../core/errors.ts';
import { Backoff } from '../flow/backoff.ts';
import { type Calls, Link, type LinkErrors } from './link.ts';

const PAUSES = { baseMs: 100, capMs: 10_000 };
/** A process that has served for so long did not die of its start. */
const HEALTHY_MS = 30_000;

/** What a supervisor must know of the process that it keeps alive. */
export interface Supervised<Theirs extends Calls, Ours extends Calls> {
  fork(isFirst: boolean): ChildProcess;
  /** What it may ask of this process. */
  readonly calls: Ours;
  readonly errors: LinkErrors;
  /** Brings a new process to where it serves. */
  open(link: Link<Theirs, Ours>): Promise<void>;
  /** What `open` failed of when the process has ended meanwhile. */
  endedEarly(cause: string): LongshoreError;
  /** It serves, for the first time or again. */
  onUp(): void;
  /** It has ended, and the next one is started after so many milliseconds, if one is. `cause`: its signal or exit code. */
  onEnd(cause: string, pauseMs: number | undefined): void;
  /** One that was started again did not come to serve. It is killed, and the next one is started. */
  onFailure(error: unknown): void;
}

/** Keeps one child process alive: once it has served, the next one is started when it ends, after a pause that grows with each failure. */
export class Supervisor<Theirs extends Calls, Ours extends Calls> {
  readonly #supervised: Supervised<Theirs, Ours>;
  readonly #backoff = new Backoff(PAUSES);
  #child: ChildProcess | undefined;
  #link: Link<Theirs, Ours> | undefined;
  #isFirst = true;
  #hasServed = false;
  #upSince: number | undefined;
  #isStopping = false;
  #exited: Promise<void> = Promise.resolve();
  #restart: NodeJS.Timeout | undefined;

  constructor(supervised: Supervised<Theirs, Ours>) {
    this.#supervised = supervised;
  }

  /** While there is a process, whether it serves or not. */
  get link(): Link<Theirs, Ours> | undefined {
    return this.#link;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** It serves. */
  get isUp(): boolean {
    return this.#upSince !== undefined;
  }

  /** Rejects when it does not come to serve: the process has ended then, and none is started again. */
  start(): Promise<void> {
    this.#isStopping = false;
    this.#hasServed = false;
    return this.#launch();
  }

  /** From now on none is started again. */
  retire(): void {
    this.#isStopping = true;
    clearTimeout(this.#restart);
  }

  /** `ask`s it to end, and kills it when it refuses, or has not ended when the signal aborts. */
  async stop(signal: AbortSignal, ask: (link: Link<Theirs, Ours>) => unknown): Promise<void> {
    this.retire();
    this.#upSince = undefined;
    if (this.#child === undefined) return;
    const kill = () => this.#child?.kill('SIGKILL');
    signal.addEventListener('abort', kill);
    if (signal.aborted) kill();
    else Promise.resolve(ask(this.#link!)).catch(kill);
    await this.#exited;
    signal.removeEventListener('abort', kill);
  }

  async #launch(): Promise<void> {
    const child = this.#fork();
    const link = new Link<Theirs, Ours>(child, this.#supervised.calls, this.#supervised.errors);
    const early = Promise.withResolvers<never>();
    const exited = Promise.withResolvers<void>();
    this.#isFirst = false;
    this.#child = child;
    this.#link = link;
    this.#exited = exited.promise;
    const end = (cause: string): void => {
      this.#child = undefined;
      this.#link = undefined;
      early.reject(this.#supervised.endedEarly(cause));
      link.close();
      exited.resolve();
      this.#ended(cause);
    };
    child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    // One that could not be made has no exit.
    child.on('error', error => child.pid === undefined && end(error.message));
    try {
      await Promise.race([this.#supervised.open(link), early.promise]);
    } catch (error) {
      child.kill('SIGKILL');
      await exited.promise;
      throw error;
    }
    if (this.#child !== child) await early.promise;
    if (this.#isStopping) return;
    this.#hasServed = true;
    this.#upSince = performance.now();
    this.#supervised.onUp();
  }

  #fork(): ChildProcess {
    try {
      return this.#supervised.fork(this.#isFirst);
    } catch (error) {
      this.#ended(messageOf(error));
      throw error;
    }
  }

  #ended(cause: string): void {
    if (this.#upSince !== undefined && performance.now() - this.#upSince > HEALTHY_MS) this.#backoff.reset();
    this.#upSince = undefined;
    const pauseMs = this.#hasServed && !this.#isStopping ? Math.round(this.#backoff.next()) : undefined;
    this.#supervised.onEnd(cause, pauseMs);
    if (pauseMs === undefined) return;
    this.#restart = setTimeout(() => {
      this.#launch().catch(error => {
        if (!this.#isStopping) this.#supervised.onFailure(error);
      });
    }, pauseMs);
  }
}
