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
import { BrokenStream, FrameDecoder, type LogLine, TerminalDecoder } from './log-stream.ts';
import * as metrics from './metrics.ts';
import type { DockerInputOptions } from './options.ts';
import { type HoldBudget, Ordinals, type PlacedLine, Search, sinceOf } from './position.ts';
import { type ContainerFacts, LogRecords } from './records.ts';
import { Repeats } from './repeats.ts';
import type { Checkpoints, LogState } from './state.ts';
import { type Unreadable, whyUnreadable } from './unreadable.ts';

const RETRY = { baseMs: 200, capMs: 10_000 };
/** What is written meanwhile goes along. */
const GATHER_MS = 25;
const MAX_AGE_MS = 150;
/** As long as nothing comes, what was known before is not there any more. */
const QUIET_MS = 3000;

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
  #records: LogRecords | undefined;
  #running: Promise<void> | undefined;
  #batch: PlacedLine[] = [];
  #batchBytes = 0;
  #batchSince = 0;
  /** Why it is not read; it is told once. */
  unreadable: Unreadable | undefined;
  /** The engine does not know it any more, and what it gave is durable. */
  isGone = false;
  isFollowed = false;
  /** What it took to find the place when the log was opened last. */
  #searchMs = 0;
  #openedAt = 0;

  constructor(state: LogState, deps: LogDeps) {
    this.state = state;
    this.#deps = deps;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something happened to the container, or to the engine. */
  look(): void {
    this.#isWanted = true;
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
    const before = await this.#inspect();
    if (before === undefined) {
      this.isGone = true;
      return;
    }
    if (this.#isRead(before) || this.#isUnreadable(before)) return this.#pause(undefined);
    const { state } = this;
    this.isFollowed = true;
    try {
      if (!(await this.#follow(before))) return;
    } finally {
      this.isFollowed = false;
    }
    const after = await this.#inspect();
    if (after === undefined || after.isRunning) {
      // A log that ends while its container runs: the engine stops, or rotated it away.
      if (after?.startedAt === before.startedAt) await this.#pause(this.#backoff.next());
      metrics.reconnects.inc();
      return;
    }
    // Its log was open when it ended, or afterwards.
    if (after.startedAt === before.startedAt) {
      state.endedAt = after.finishedAt;
      this.#deps.checkpoints.note(state);
    }
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

  /** False: it is to be opened anew at once. */
  async #follow(container: Inspected): Promise<boolean> {
    const { engine, opening } = this.#deps;
    const { signal } = this.#stopping;
    const since = sinceOf(this.state) ?? this.state.from;
    const query = { stdout: '1', stderr: '1', timestamps: '1', follow: '1', ...(since === undefined ? {} : { since }) };
    let response: IncomingMessage;
    try {
      response = await opening.run(() => engine.open(`/containers/${this.state.key}/logs`, query, signal), signal);
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      if (error.status === 404) return true;
      if (error.status !== 501 && !/does not support reading|not supported/.test(error.what)) throw error;
      this.#tellUnreadable('driver', container);
      // A restart may bring another engine, with a log of its own.
      await this.#pause(undefined);
      return false;
    }
    this.unreadable = undefined;
    const search = new Search(this.state, this.#deps.budget);
    try {
      return await this.#read(response, search, container);
    } finally {
      search.close();
      response.destroy();
    }
  }

  /** False: it was not read for so long that the engine may have left something out. */
  async #read(response: IncomingMessage, search: Search, container: Inspected): Promise<boolean> {
    const { engine, options } = this.#deps;
    const { max_line_bytes } = options;
    const { isTty, mayRotate } = container;
    const repeats = mayRotate && !engine.speaks(WITHOUT_REPEATS) ? new Repeats() : undefined;
    const decoder = isTty ? new TerminalDecoder(max_line_bytes) : new FrameDecoder(max_line_bytes);
    const ordinals = new Ordinals();
    this.#openedAt = performance.now();
    const chunks = (response as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    const take = async (lines: readonly LogLine[]): Promise<void> => {
      for (const line of lines) if (repeats?.has(line) !== true) await this.#take(ordinals.place(line), search);
    };
    let next = chunks.next();
    try {
      for (;;) {
        next.catch(() => {});
        const isWaiting = !search.isOver || this.#batch.length > 0;
        const got = isWaiting ? await within(next, search.isOver ? GATHER_MS : QUIET_MS) : await next;
        if (got === LATE) {
          if (search.isOver) await this.#deliver();
          else this.#found(search.giveUp().lines, search);
          continue;
        }
        if (got.done === true) break;
        this.#backoff.reset();
        const begun = performance.now();
        await take(decoder.push(got.value));
        if (this.#batch.length > 0 && performance.now() - this.#batchSince >= MAX_AGE_MS) await this.#deliver();
        const stall = performance.now() - begun;
        if (mayRotate && search.isOver && stall > STALL_MS && stall > SEARCH_SHARE * this.#searchMs) {
          await this.#deliver();
          return false;
        }
        next = chunks.next();
      }
    } catch (error) {
      // What is whole is good, whatever became of the rest.
      if (search.isOver) await this.#deliver();
      else this.#forgetBatch();
      throw error;
    }
    await take(decoder.end());
    if (!search.isOver) this.#found(search.giveUp().lines, search);
    await this.#deliver();
    return true;
  }

  async #take(line: PlacedLine, search: Search): Promise<void> {
    if (search.isOver) this.#add(line);
    else {
      const found = search.take(line);
      if (found === undefined) return;
      this.#searchMs = performance.now() - this.#openedAt;
      if (found.name !== undefined) await this.#hand(found.lines, found.name);
      else this.#found(found.lines, search);
    }
    if (this.#batchBytes >= this.#deps.batchBytes()) await this.#deliver();
  }

  #found(lines: readonly PlacedLine[], { dropped }: Search): void {
    if (dropped > 0) {
      metrics.lostLines.inc(dropped);
      this.#deps.log.warn({ container: this.state.name, lines: dropped }, 'lines of a container may be lost');
    }
    for (const line of lines) this.#add(line);
  }

  #add(line: PlacedLine): void {
    if (this.#batch.length === 0) this.#batchSince = performance.now();
    this.#batch.push(line);
    this.#batchBytes += line.bytes.length + LINE_OVERHEAD;
  }

  #forgetBatch(): void {
    this.#batch = [];
    this.#batchBytes = 0;
  }

  async #deliver(): Promise<void> {
    const lines = this.#batch;
    this.#forgetBatch();
    if (lines.length > 0) await this.#hand(lines, undefined);
  }

  /** `name`: they were handed on under it before. */
  async #hand(lines: readonly PlacedLine[], name: string | undefined): Promise<void> {
    await this.#deps.delivery.lines(this.state, this.#records!, lines, name, this.#stopping.signal);
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

/**
 * Whoever does not read for so long may miss rotations: engines give only the last of them. Opened anew, the log begins with
 * all files that are left.
 */
const STALL_MS = 1000;
/** To open a log costs the engine work: a tenth of the time at most. */
const SEARCH_SHARE = 10;
/** Of the API: engine 23.0. */
const WITHOUT_REPEATS = '1.42';
const LINE_OVERHEAD = 100;
const LONGEST_PAUSE_MS = 3_600_000;
const LATE = Symbol('late');

/** What the promise gives, or `LATE` when it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>(resolve => {
    timer = setTimeout(resolve, ms, LATE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
