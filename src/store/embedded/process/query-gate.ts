import { Semaphore } from '../../../base/flow/semaphore.ts';
import { LongshoreError } from '../../../core/errors.ts';
import { type Database, isInterrupt, isOutOfMemory, type Session } from './duckdb.ts';

export interface GateOptions {
  max_concurrent_queries: number;
  max_queued_queries: number;
}

export type QueryResult = 'ok' | 'error' | 'timeout' | 'cancelled' | 'refused';

/** The right to run statements for one query: its session, its end, and whether it was called off. */
export class QueryTurn {
  readonly session: Session;
  /** `performance.now()` when the query must be done. */
  readonly deadline: number;
  readonly #signal: AbortSignal;

  constructor(session: Session, deadline: number, signal: AbortSignal) {
    this.session = session;
    this.deadline = deadline;
    this.#signal = signal;
  }

  get isCancelled(): boolean {
    return this.#signal.aborted;
  }

  /** Throws when the query was cancelled or is out of time. To be called between statements: `interrupt` only ends a running one. */
  check(): void {
    if (this.#signal.aborted) throw cancelled();
    if (performance.now() >= this.deadline) throw timedOut();
  }
}

/** Lets a limited number of queries run, each with a session of its own, and the next ones wait. */
export class QueryGate {
  readonly #database: Database;
  readonly #maxQueued: number;
  readonly #report: (result: QueryResult, seconds: number) => void;
  readonly #idle: Session[] = [];
  readonly #places: Semaphore;

  constructor(database: Database, options: GateOptions, report: (result: QueryResult, seconds: number) => void) {
    this.#database = database;
    this.#maxQueued = options.max_queued_queries;
    this.#report = report;
    this.#places = new Semaphore(options.max_concurrent_queries);
  }

  get running(): number {
    return this.#places.taken;
  }

  get waiting(): number {
    return this.#places.waiting;
  }

  /** `timeoutMs` counts from now: waiting is part of it. */
  async run<T>(timeoutMs: number, signal: AbortSignal, job: (turn: QueryTurn) => Promise<T>): Promise<T> {
    const start = performance.now();
    const deadline = start + timeoutMs;
    const end = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(timeoutMs))]);
    let result: QueryResult = 'error';
    try {
      if (this.#places.isFull && this.waiting >= this.#maxQueued) throw busy();
      const value = await this.#places.run(() => this.#runInSession(deadline, signal, job), end);
      result = 'ok';
      return value;
    } catch (error) {
      const refined = error === end.reason ? ended(signal) : refine(error, deadline, signal);
      if (refined instanceof LongshoreError) result = RESULTS[refined.code] ?? 'error';
      throw refined;
    } finally {
      this.#report(result, (performance.now() - start) / 1000);
    }
  }

  async #runInSession<T>(deadline: number, signal: AbortSignal, job: (turn: QueryTurn) => Promise<T>): Promise<T> {
    const session = this.#idle.pop() ?? (await this.#database.connect());
    const turn = new QueryTurn(session, deadline, signal);
    // Again and again: an interrupt that comes between two statements is lost.
    const watch = setInterval(() => {
      if (signal.aborted || performance.now() >= deadline) session.interrupt();
    }, 20);
    try {
      turn.check();
      const value = await job(turn);
      this.#idle.push(session);
      return value;
    } catch (error) {
      session.close();
      throw error;
    } finally {
      clearInterval(watch);
    }
  }
}

const RESULTS: { [code: string]: QueryResult } = {
  LS_STORE_QUERY_TIMEOUT: 'timeout',
  LS_STORE_QUERY_CANCELLED: 'cancelled',
  LS_STORE_BUSY: 'refused',
};

function refine(error: unknown, deadline: number, signal: AbortSignal): unknown {
  if (isInterrupt(error) && (signal.aborted || performance.now() >= deadline)) return ended(signal);
  if (isOutOfMemory(error)) {
    return new LongshoreError('LS_STORE_QUERY_MEMORY', 'the search needs more memory than the store may use.', {
      fix: 'Try again when less is searched at once, ask for fewer hits or a shorter time, or raise store.memory_limit_bytes.',
      cause: error,
      retryable: true,
    });
  }
  return error;
}

function busy(): LongshoreError {
  return new LongshoreError('LS_STORE_BUSY', 'too many searches are waiting already.', {
    fix: 'Try again in a moment.',
    retryable: true,
  });
}

function ended(signal: AbortSignal): LongshoreError {
  return signal.aborted ? cancelled() : timedOut();
}

function cancelled(): LongshoreError {
  return new LongshoreError('LS_STORE_QUERY_CANCELLED', 'the search was cancelled.', { retryable: true });
}

function timedOut(): LongshoreError {
  return new LongshoreError('LS_STORE_QUERY_TIMEOUT', 'the search did not finish in time.', {
    fix: 'Narrow the time range or the query, or raise search.timeout_ms.',
    retryable: true,
  });
}
