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

  /** Throws when the query was cancelled or is out of time. To be called between statements: `interrupt` only ends a running one. */
  check(): void {
    if (this.#signal.aborted) throw cancelled();
    if (performance.now() >= this.deadline) throw timedOut();
  }
}

/** Lets a limited number of queries run, each with a session of its own, and the next ones wait. */
export class QueryGate {
  running = 0;
  readonly #database: Database;
  readonly #options: GateOptions;
  readonly #report: (result: QueryResult, seconds: number) => void;
  readonly #idle: Session[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(database: Database, options: GateOptions, report: (result: QueryResult, seconds: number) => void) {
    this.#database = database;
    this.#options = options;
    this.#report = report;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** `timeoutMs` counts from now: waiting is part of it. */
  async run<T>(timeoutMs: number, signal: AbortSignal, job: (turn: QueryTurn) => Promise<T>): Promise<T> {
    const start = performance.now();
    const deadline = start + timeoutMs;
    let result: QueryResult = 'error';
    try {
      await this.#enter(deadline, signal);
      try {
        const value = await this.#runInSession(deadline, signal, job);
        result = 'ok';
        return value;
      } finally {
        this.#leave();
      }
    } catch (error) {
      const refined = refine(error, deadline, signal);
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

  async #enter(deadline: number, signal: AbortSignal): Promise<void> {
    if (this.running < this.#options.max_concurrent_queries) {
      this.running++;
      return;
    }
    if (this.#waiting.length >= this.#options.max_queued_queries) {
      throw new LongshoreError('LS_STORE_BUSY', 'too many searches are waiting already.', {
        fix: 'Try again in a moment, or raise store.max_queued_queries.',
        retryable: true,
      });
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        forget();
        resolve();
      };
      const giveUp = () => {
        forget();
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.aborted ? cancelled() : timedOut());
      };
      const timer = setTimeout(giveUp, Math.max(0, deadline - performance.now()));
      const forget = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      };
      signal.addEventListener('abort', giveUp);
      this.#waiting.push(enter);
    });
  }

  // The place goes to the next in line without becoming free.
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.running--;
    else next();
  }
}

const RESULTS: { [code: string]: QueryResult } = {
  LS_STORE_QUERY_TIMEOUT: 'timeout',
  LS_STORE_QUERY_CANCELLED: 'cancelled',
  LS_STORE_BUSY: 'refused',
};

function refine(error: unknown, deadline: number, signal: AbortSignal): unknown {
  if (isInterrupt(error)) {
    if (signal.aborted) return cancelled();
    if (performance.now() >= deadline) return timedOut();
  }
  if (isOutOfMemory(error)) {
    return new LongshoreError('LS_STORE_QUERY_MEMORY', 'the search needs more memory than the store may use.', {
      fix: 'Try again when less is searched at once, ask for fewer hits or a shorter time, or raise store.memory_limit_bytes.',
      cause: error,
      retryable: true,
    });
  }
  return error;
}

function cancelled(): LongshoreError {
  return new LongshoreError('LS_STORE_QUERY_CANCELLED', 'the search was cancelled.', { retryable: true });
}

function timedOut(): LongshoreError {
  return new LongshoreError('LS_STORE_QUERY_TIMEOUT', 'the search did not finish in time.', {
    fix: 'Narrow the time range or the query, or raise store.query_timeout_ms.',
    retryable: true,
  });
}
