import type { IncomingMessage } from 'node:http';
import { abortableDelay } from '../../base/flow/abort.ts';
import { Backoff } from '../../base/flow/backoff.ts';
import type { Semaphore } from '../../base/flow/semaphore.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { LogThrottle } from '../log-throttle.ts';
import { type Inspected, inspectedOf } from './container.ts';
import type { Delivery } from './delivery.ts';
import { type Engine, EngineRefusal } from './engine.ts';
import { decoderOf, LogReading } from './log-reading.ts';
import { BrokenStream } from './log-stream.ts';
import * as metrics from './metrics.ts';
import type { DockerInputOptions } from './options.ts';
import { type HoldBudget, isLineOf, sinceOf } from './position.ts';
import { type ContainerFacts, LogRecords } from './records.ts';
import type { Checkpoints, LogState } from './state.ts';
import { type Unreadable, whyUnreadable } from './unreadable.ts';

const RETRY = { baseMs: 200, capMs: 10_000 };
/** Of the API, that of engine 23.0: those before give lines again, or leave some out, where a log rotates under a reader who follows. */
const FOLLOWS_ROTATION = '1.42';
/** A log that is not followed is looked at so often: at least so seldom, and most of the time not at all. */
const LOOK_MS = 1000;
const LONGEST_LOOK_MS = 3000;
const LOOK_SHARE = 4;
const LONGEST_PAUSE_MS = 3_600_000;
const ALL = { stdout: '1', stderr: '1', timestamps: '1' };

export interface LogDeps {
  readonly engine: Engine;
  readonly options: DockerInputOptions;
  readonly delivery: Delivery;
  readonly checkpoints: Checkpoints;
  /** So many look at their containers at a time. */
  readonly opening: Semaphore;
  readonly budget: HoldBudget;
  /** Of one batch, at most. */
  readonly batchBytes: () => number;
  readonly factsOf: (container: Inspected) => ContainerFacts;
  readonly sendsHere: (container: Inspected) => boolean;
  readonly log: Logger;
  readonly throttle: LogThrottle;
}

/** Follows the log of one container, over its restarts and those of the engine. */
export class ContainerLog {
  readonly state: LogState;
  readonly #deps: LogDeps;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff(RETRY);
  #wake = new AbortController();
  #isWanted = false;
  /** What was known of it before it was started, so that no time is lost then. */
  #created: Inspected | undefined;
  #hasStarted = false;
  #records: LogRecords | undefined;
  #running: Promise<void> | undefined;
  #lookMs = LOOK_MS;
  /** Why it is not read; it is told once. */
  unreadable: Unreadable | undefined;
  /** The engine does not know it any more, and what it gave is durable. */
  isGone = false;
  isFollowed = false;
  /** Its log was opened, now or in an earlier run, or there is none. */
  wasRead = false;

  constructor(state: LogState, deps: LogDeps) {
    this.state = state;
    this.#deps = deps;
    this.wasRead = state.mark !== undefined || state.endedAt !== undefined;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something happened to the container, or to the engine. `hasStarted`: it runs from now on. */
  look(hasStarted = false): void {
    this.#isWanted = true;
    if (hasStarted) {
      this.#hasStarted = true;
      this.wasRead = this.state.mark !== undefined;
    }
    this.#wake.abort();
  }

  /** What it writes from now on is of this name. */
  rename(name: string): void {
    const records = this.#records;
    if (records !== undefined) records.facts = { ...records.facts, container: { ...records.facts.container, name } };
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted && !this.isGone) {
      this.#isWanted = false;
      try {
        await this.#once();
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(error);
        await this.#pause(this.#backoff.next());
      }
    }
  }

  async #once(): Promise<void> {
    const before = await this.#look();
    if (before === undefined) {
      this.isGone = true;
      return;
    }
    if (this.#isRead(before) || this.#isUnreadable(before)) return this.#pause(undefined);
    const isFollowable = !before.mayRotate || this.#deps.engine.speaks(FOLLOWS_ROTATION);
    const isLookedAt = !isFollowable && before.compresses && before.isRunning;
    if (isLookedAt && !(await this.#hasNews(before))) return this.#lookAgain(2 * this.#lookMs);
    const begun = performance.now();
    this.isFollowed = true;
    try {
      if (!(await this.#read(before, !isLookedAt, !isFollowable))) return;
    } finally {
      this.isFollowed = false;
    }
    if (isLookedAt) return this.#lookAgain(Math.max(LOOK_MS, LOOK_SHARE * (performance.now() - begun)));
    // It had ended before all of it was read.
    if (!before.isRunning) return this.#ended(before);
    const after = await this.#inspect();
    if (after === undefined || after.isRunning) {
      // A log that ends while its container runs: the engine stops.
      if (after?.startedAt === before.startedAt) await this.#pause(this.#backoff.next());
      metrics.reconnects.inc();
      return;
    }
    // Followed to its end, which is all there is.
    if (isFollowable && after.startedAt === before.startedAt) this.#ended(after);
  }

  /** The container as it is; without asking where it was just started. */
  async #look(): Promise<Inspected | undefined> {
    const created = this.#hasStarted ? this.#created : undefined;
    this.#hasStarted = false;
    this.#created = undefined;
    if (created !== undefined) return { ...created, isRunning: true };
    const found = await this.#inspect();
    if (found?.startedAt.startsWith('0001-') === true) {
      this.#created = found;
      // As long as it is not started.
      if (!this.#hasStarted) this.wasRead = true;
    }
    return found;
  }

  #ended({ finishedAt }: Inspected): void {
    this.state.endedAt = finishedAt;
    this.#deps.checkpoints.note(this.state);
  }

  #isRead({ isRunning, startedAt, finishedAt }: Inspected): boolean {
    if (isRunning) return false;
    return this.state.endedAt === finishedAt || startedAt.startsWith('0001-');
  }

  #isUnreadable(container: Inspected): boolean {
    const why = this.#deps.sendsHere(container) ? 'sent' : container.driver === 'none' ? 'driver' : undefined;
    if (why === undefined) return false;
    this.#tellUnreadable(why, container);
    return true;
  }

  #tellUnreadable(why: Unreadable, { name, driver }: Inspected): void {
    if (this.unreadable === why) return;
    this.unreadable = why;
    this.wasRead = true;
    this.#deps.log.warn({ container: name, driver, reason: whyUnreadable(why) }, 'the log of a container is not read');
  }

  async #inspect(): Promise<Inspected | undefined> {
    const { engine, opening, factsOf } = this.#deps;
    const { signal } = this.#stopping;
    const path = `/containers/${this.state.key}/json`;
    try {
      const container = inspectedOf(await opening.run(() => engine.get(path, {}, signal), signal));
      if (container === undefined) throw new BrokenStream('the engine answered with something that is no container');
      const facts = factsOf(container);
      this.state.name = container.name;
      if (this.#records === undefined) this.#records = new LogRecords(facts);
      else this.#records.facts = facts;
      return container;
    } catch (error) {
      if (error instanceof EngineRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Whether the last line of the log is another one than that which is known. */
  async #hasNews(container: Inspected): Promise<boolean> {
    const { engine, options } = this.#deps;
    const { mark } = this.state;
    const since = sinceOf(this.state);
    if (mark === undefined || since === undefined || this.state.pending !== undefined) return true;
    const most = options.max_line_bytes;
    const path = `/containers/${this.state.key}/logs`;
    const bytes = await engine.bytes(path, { ...ALL, tail: '1', since }, most + 1000, this.#stopping.signal);
    const decoder = decoderOf(container, most);
    const last = [...decoder.push(bytes), ...decoder.end()].at(-1);
    return last === undefined || !isLineOf(mark, last);
  }

  async #lookAgain(ms: number): Promise<void> {
    this.#lookMs = Math.min(LONGEST_LOOK_MS, ms);
    await this.#pause(this.#lookMs);
  }

  /** False: it is to be opened anew at once. */
  async #read(container: Inspected, follow: boolean, repeats: boolean): Promise<boolean> {
    const { engine, opening, options, budget, batchBytes, delivery, log, throttle } = this.#deps;
    const { state } = this;
    const { signal } = this.#stopping;
    const since = sinceOf(state) ?? state.from;
    const query = { ...ALL, follow: follow ? '1' : '0', ...(since === undefined ? {} : { since }) };
    let response: IncomingMessage;
    try {
      response = await opening.run(() => engine.open(`/containers/${state.key}/logs`, query, signal), signal);
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      // It is being removed.
      if (error.status === 404 || error.status === 409) return true;
      if (error.status !== 501 && !/does not support reading|not supported/.test(error.what)) throw error;
      this.#tellUnreadable('driver', container);
      // A restart may bring another engine, with a log of its own.
      await this.#pause(undefined);
      return false;
    }
    this.unreadable = undefined;
    this.wasRead = true;
    const reading = new LogReading({
      ...{ state, container, budget, batchBytes, log, throttle, repeats },
      maxLineBytes: options.max_line_bytes,
      hand: (lines, name) => delivery.lines(state, this.#records!, lines, name, signal),
      heard: () => this.#backoff.reset(),
    });
    return reading.run(response);
  }

  /** Until something happens, or for so long. */
  async #pause(ms: number | undefined): Promise<void> {
    if (this.#isWanted && ms === undefined) return;
    this.#wake = new AbortController();
    await abortableDelay(ms ?? LONGEST_PAUSE_MS, AbortSignal.any([this.#wake.signal, this.#stopping.signal]));
  }

  #failed(error: unknown): void {
    metrics.errors.inc({ reason: error instanceof BrokenStream ? 'broken' : 'log' });
    if (this.#deps.throttle.allows('log'))
      this.#deps.log.warn(
        { container: this.state.name, error: messageOf(error) },
        'the log of a container cannot be read; trying again',
      );
  }
}
