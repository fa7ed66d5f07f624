import { Outage } from '../base/flow/outage.ts';
import { systemErrorFix } from '../base/process/system-error.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { stateWriteErrorsTotal } from './metrics.ts';
import type { Unwritten } from './outbox.ts';
import type { AlertStateChange, Positions, StateStore } from './state.ts';
import type { Extent, PartChanges } from './state-parts.ts';

const log = logger('alerts');

/** Watermarks alone are written this much more seldom. */
const IDLE_FACTOR = 10;
/** Writing takes at most one part in this many of the time. */
const COST_FACTOR = 20;
const RETRY_MS = 1000;
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A disk that takes nothing must not keep alerts from going out for longer than this. */
const GIVE_UP_WAITING_MS = 10_000;

export interface StateWriterDependencies {
  readonly store: StateStore;
  readonly intervalMs: number;
  /** What is to be written now. */
  readonly change: (extent: Extent) => PlannedChange;
  readonly onWritten: (positions: Positions) => void;
  /** This is durable, and what waited for it may be sent. */
  readonly release: (written: Unwritten) => void;
}

export interface PlannedChange extends AlertStateChange {
  /** Hits up to there are durable with it. */
  readonly positions: Positions;
  /** A part that was left out may be written after so many milliseconds; undefined when none was. */
  readonly restInMs: number | undefined;
  /** What waits to be durable, and is with it. */
  readonly awaiting: Unwritten;
  /** No part in it is costly. */
  readonly isLight: boolean;
  /** Called when it is durable, or when it could not be written. */
  readonly done: (isDurable: boolean) => void;
}

/**
 * Decides when the state is written: at most once in the interval, at once for a new alert, one write at a time.
 * When writing fails for long (a full disk), notifications go out all the same: their keys are made from the matches, so
 * that a receiver can tell when a restart raises the same alert again.
 */
export class StateWriter {
  readonly #deps: StateWriterDependencies;
  #timer: NodeJS.Timeout | undefined;
  /** Instead of the timer, where nothing is to be waited for. */
  #soon: NodeJS.Immediate | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #writing: Promise<void> | undefined;
  #lastWriteAt = 0;
  #lastCostMs = 0;
  /** Of the last write without costly parts. */
  #lightCostMs = 0;
  /** What could not be written last: it goes with the next write. */
  #unwritten: { readonly parts: PartChanges; readonly isAll: boolean } | undefined;
  #failingSince: number | undefined;
  readonly #outage = new Outage();
  #running = false;
  #positions: Positions = {};

  constructor(deps: StateWriterDependencies) {
    this.#deps = deps;
  }

  /** Positions of the last durable state. */
  get positions(): Positions {
    return this.#positions;
  }

  start(positions: Positions): void {
    this.#positions = positions;
    this.#running = true;
  }

  /** Something changed. */
  touch(): void {
    this.#schedule(Math.max(this.#deps.intervalMs, this.#costMs * COST_FACTOR));
  }

  /** A message waits for this write: it takes at most half of the time. */
  touchNow(): void {
    this.#schedule(this.#costMs);
  }

  /** Only the clock went on. */
  touchLater(): void {
    this.#schedule(Math.max(this.#deps.intervalMs * IDLE_FACTOR, this.#costMs * COST_FACTOR * IDLE_FACTOR));
  }

  /** Resolves when a state taken after the call is durable, or its write failed (which is logged and tried again). */
  async flush(extent: 'due' | 'changed' = 'changed'): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    this.#writing = this.#write(extent).finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async stop(): Promise<void> {
    this.abandon();
    await this.flush();
  }

  /** Writes nothing any more; what is being written is the store's affair. */
  abandon(): void {
    this.#running = false;
    this.#clear();
  }

  /** What the next write will take: costly parts stay out of it where they may. */
  get #costMs(): number {
    return this.#deps.store.mayLag ? this.#lightCostMs : this.#lastCostMs;
  }

  #schedule(sinceLastMs: number): void {
    if (!this.#running) return;
    const at = this.#lastWriteAt + sinceLastMs;
    if (at >= this.#dueAt) return;
    this.#dueAt = at;
    this.#clear();
    const waitMs = at - performance.now();
    const flush = (): void => void this.flush('due');
    if (waitMs <= 0) this.#soon = setImmediate(flush).unref();
    else this.#timer = setTimeout(flush, Math.min(MAX_TIMER_MS, waitMs)).unref();
  }

  #clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
  }

  async #write(extent: 'due' | 'changed'): Promise<void> {
    this.#clear();
    this.#dueAt = Number.POSITIVE_INFINITY;
    const startedAt = performance.now();
    let change: PlannedChange | undefined;
    try {
      change = this.#withUnwritten(this.#deps.change(this.#unwritten === undefined ? extent : 'changed'));
      await this.#deps.store.write(change);
      this.#unwritten = undefined;
      this.#lastCostMs = performance.now() - startedAt;
      if (change.isLight) this.#lightCostMs = this.#lastCostMs;
      this.#lastWriteAt = performance.now();
      this.#failingSince = undefined;
      this.#outage.over(facts => log.info({ path: this.#deps.store.where, ...facts }, 'alert state is written again'));
      this.#positions = change.positions;
      change.done(true);
    } catch (error) {
      change?.done(false);
      this.#unwritten = change ?? this.#unwritten;
      this.#failed(error, startedAt, change?.awaiting);
      return;
    }
    if (change.restInMs !== undefined) this.#schedule(Math.max(this.#deps.intervalMs, change.restInMs));
    this.#deps.release(change.awaiting);
    try {
      this.#deps.onWritten(this.#positions);
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the listener for written positions failed');
    }
  }

  #withUnwritten(change: PlannedChange): PlannedChange {
    if (this.#unwritten === undefined) return change;
    change.parts.addEarlier(this.#unwritten.parts);
    return { ...change, isAll: change.isAll || this.#unwritten.isAll };
  }

  #failed(error: unknown, startedAt: number, awaiting: Unwritten | undefined): void {
    this.#lastWriteAt = performance.now();
    this.#failingSince ??= startedAt;
    stateWriteErrorsTotal.inc();
    const details = { path: this.#deps.store.where, error: messageOf(error), fix: systemErrorFix(error) };
    this.#outage.failed(facts =>
      log.error({ ...details, ...facts }, 'alert state cannot be written; it is tried again each second'),
    );
    if (awaiting !== undefined && startedAt - this.#failingSince >= GIVE_UP_WAITING_MS) this.#deps.release(awaiting);
    this.#schedule(RETRY_MS);
  }
}
