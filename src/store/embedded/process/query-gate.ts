import { FairLine, LineFull } from '../../../base/flow/fair-line.ts';
import { LongshoreError } from '../../../core/errors.ts';
import type { QueryReport } from '../protocol.ts';
import { type Database, isInterrupt, isOutOfMemory, type Session } from './duckdb.ts';
import { Lull } from './lull.ts';

/*
 * Many searches at once, on few cores. A light one (the newest page, the counts of an hour) must not wait for heavy ones (an
 * expression over everything), and nobody says beforehand which one is which: it shows.
 *
 * A query is a row of statements, each over some sources. Before each of them it asks for its turn (`ready`), with the events
 * that it is about to read; from what it has read so far the time of it is known well enough. As long as a query stays
 * below LIGHT_MS in all, it has one of the places of the light; then it goes to the line of the heavy ones, and there it lets
 * another one in after each SLICE_MS. So a place of the light is free again after a moment, whatever comes. What reads
 * everything in one statement, or holds much, cannot let others in: such whole ones have places of their own. While a light one
 * runs, no statement of the others begins, for a while: on few cores they would take turns of milliseconds with it.
 *
 * Memory is one for all of DuckDB. When it is out, and a whole one runs, that one has to go, and the other one tries again.
 *
 * In each line, whoever has the fewest places is next: fifty searches of one client do not hold up the one of another.
 */

/** Time of a core that a query may take before it is one of the heavy: how long it runs says more of what else the machine does. */
const LIGHT_MS = 250;
/** How long a heavy one keeps its place while others wait. */
const SLICE_MS = 500;
/** Of an event, before the query has read any. */
const GUESSED_MS = 0.001;
/** A statement takes as long as one over so many events, however few it reads. */
const LEAST_ROWS = 50_000;
const WATCH_INTERVAL_MS = 20;
/** Of one for which there was no memory. */
const MAX_TRIES = 3;

export interface GateOptions {
  /** Statements that run at the same time: of light queries, of heavy ones, and of those that read all at once. */
  light_queries: number;
  heavy_queries: number;
  whole_queries: number;
  /** Of each kind, beyond those that run. */
  max_queued_queries: number;
  /** How long statements of the others wait for light queries at most, so that many of those do not keep them from their work. */
  patience_ms: number;
}

type QueryKind = QueryReport['kind'];

export interface Asked {
  /** Whose query it is. */
  readonly client: string;
  /** From now on, waiting included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly kind: QueryKind;
  /** What it is when it is not light, and can no longer be. */
  readonly orElse: 'heavy' | 'whole';
}

type Lines = { readonly [kind in QueryKind]: FairLine };

/** The right to run statements for one query: its session, its end, and whether it was called off. */
export class QueryTurn {
  readonly session: Session;
  /** `performance.now()` when the query must be done. */
  readonly deadline: number;
  readonly #lines: Lines;
  readonly #lull: Lull;
  /** Milliseconds that all threads of the process have run. */
  readonly #cpu: () => number;
  readonly #asked: Asked;
  /** Aborts when the query was cancelled or is out of time. */
  readonly #end: AbortSignal;
  #kind: QueryKind;
  #hasPlace = false;
  /** When it got its place. */
  #since = 0;
  /** When the statement under way began, and its events. */
  #began: number | undefined;
  #rows = 0;
  #rowsBefore = 0;
  #ranMs = 0;
  #cpuBefore = 0;
  /** Of it as far as it had a core. */
  #cpuMs = 0;
  #waitedMs = 0;
  #isSacrificed = false;
  readonly #left = Promise.withResolvers<void>();

  constructor(
    session: Session,
    { lines, lull, cpu }: { readonly lines: Lines; readonly lull: Lull; readonly cpu: () => number },
    deadline: number,
    end: AbortSignal,
    asked: Asked,
  ) {
    this.session = session;
    this.deadline = deadline;
    this.#lines = lines;
    this.#lull = lull;
    this.#cpu = cpu;
    this.#end = end;
    this.#asked = asked;
    this.#kind = asked.kind;
  }

  get kind(): QueryKind {
    return this.#kind;
  }

  get isReadingAll(): boolean {
    return this.#kind === 'whole' && this.#hasPlace;
  }

  /** Milliseconds. */
  get waited(): number {
    return this.#waitedMs;
  }

  get isCancelled(): boolean {
    return this.#asked.signal.aborted;
  }

  /** It has to end now, whatever it does. */
  get isOver(): boolean {
    return this.isCancelled || this.#isSacrificed || performance.now() >= this.deadline;
  }

  /** It ends so that others have its memory: resolves when it has. */
  sacrifice(): Promise<void> {
    this.#isSacrificed = true;
    this.session.interrupt();
    return this.#left.promise;
  }

  /** What an error of its statements means for whoever asked. */
  meaningOf(error: unknown): unknown {
    if (isOutOfMemory(error) || (this.#isSacrificed && isInterrupt(error))) return outOfMemory(error);
    if (!isInterrupt(error) || !this.isOver) return error;
    return this.isCancelled ? cancelled() : timedOut();
  }

  /** Events that the next statement should read at most, so that it ends in time for others. */
  get mostRows(): number {
    return Math.max(LEAST_ROWS, SLICE_MS / this.#msOfOne);
  }

  /** Throws when the query was cancelled or is out of time. To be called between statements: `interrupt` only ends a running one. */
  check(): void {
    if (this.isCancelled) throw cancelled();
    if (this.#isSacrificed) throw outOfMemory();
    if (performance.now() >= this.deadline) throw timedOut();
  }

  /**
   * To be called before each statement, with the number of events that it may read: resolves when it may run. Throws as
   * `check`, and LS_STORE_BUSY. `by`: aborts when it is not worth while any more.
   */
  async ready(rows: number, by?: AbortSignal): Promise<void> {
    this.#settle();
    this.check();
    const cpuOfOne = this.#ranMs === 0 ? GUESSED_MS : this.#cpuMs / this.#rowsBefore;
    // Where others wait for its place, what it has held it counts.
    const soFar = this.#lines.light.waiting > 0 ? this.#ranMs : this.#cpuMs;
    if (this.#kind === 'light' && soFar + rows * cpuOfOne > LIGHT_MS) this.become(this.#asked.orElse);
    const line = this.#lines[this.#kind];
    const isLong = performance.now() - this.#since >= SLICE_MS && line.waiting > 0;
    if (this.#kind === 'heavy' && isLong) this.leave();
    if (!this.#hasPlace) await this.#enter(line, by);
    if (this.#kind !== 'light' && this.#lines.light.taken > 0 && this.#lull.isWorthWaiting) {
      const start = performance.now();
      await this.#lull.wait();
      this.#waitedMs += performance.now() - start;
      this.check();
    }
    this.#began = performance.now();
    this.#cpuBefore = this.#cpu();
    this.#rows = rows;
  }

  /** As `ready`; false when its turn has not come when the signal aborts, or too many wait. */
  async readyBy(rows: number, by: AbortSignal): Promise<boolean> {
    try {
      await this.ready(rows, by);
      return true;
    } catch (error) {
      if (!this.isCancelled && error instanceof LongshoreError && error.retryable) return false;
      throw error;
    }
  }

  /** It goes on as one of another kind, in a place of those. */
  become(kind: QueryKind): void {
    if (kind === this.#kind) return;
    this.leave();
    this.#kind = kind;
  }

  leave(): void {
    this.#settle();
    if (!this.#hasPlace) return;
    this.#hasPlace = false;
    this.#left.resolve();
    this.#lines[this.#kind].leave(this.#asked.client);
    if (this.#lines.light.taken === 0) this.#lull.begin();
  }

  get #msOfOne(): number {
    return this.#ranMs === 0 ? GUESSED_MS : this.#ranMs / this.#rowsBefore;
  }

  /** What the statement has taken that was under way. */
  #settle(): void {
    if (this.#began === undefined) return;
    const ran = performance.now() - this.#began;
    this.#ranMs += ran;
    // What all of them took, and this one of it.
    const running = Object.values(this.#lines).reduce((sum, { taken }) => sum + taken, 0);
    this.#cpuMs += Math.min(ran, (this.#cpu() - this.#cpuBefore) / Math.max(1, running));
    this.#rowsBefore += Math.max(LEAST_ROWS, this.#rows);
    this.#began = undefined;
  }

  async #enter(line: FairLine, by: AbortSignal | undefined): Promise<void> {
    const start = performance.now();
    try {
      await line.enter(this.#asked.client, by === undefined ? this.#end : AbortSignal.any([this.#end, by]));
    } catch (error) {
      if (error instanceof LineFull) throw busy();
      throw this.isCancelled ? cancelled() : timedOut();
    } finally {
      this.#since = performance.now();
      this.#waitedMs += this.#since - start;
    }
    this.#hasPlace = true;
  }
}

function cpuOfProcess(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Lets a limited number of queries run, each with a session of its own, and the next ones wait. */
export class QueryGate {
  readonly #database: Pick<Database, 'connect'>;
  readonly #report: (report: QueryReport) => void;
  readonly #idle: Session[] = [];
  readonly #lines: Lines;
  readonly #turns = new Set<QueryTurn>();
  readonly #shared: ConstructorParameters<typeof QueryTurn>[1];
  #open = 0;

  constructor(
    database: Pick<Database, 'connect'>,
    options: GateOptions,
    report: (report: QueryReport) => void,
    cpu = cpuOfProcess,
  ) {
    this.#database = database;
    this.#report = report;
    const waiting = options.max_queued_queries;
    this.#lines = {
      light: new FairLine({ places: options.light_queries, waiting }),
      heavy: new FairLine({ places: options.heavy_queries, waiting }),
      whole: new FairLine({ places: options.whole_queries, waiting }),
    };
    this.#shared = { lines: this.#lines, lull: new Lull(options.patience_ms), cpu };
  }

  /** Queries that have not ended: those that wait among them. */
  get open(): number {
    return this.#open;
  }

  get running(): number {
    return Object.values(this.#lines).reduce((sum, { taken }) => sum + taken, 0);
  }

  get waiting(): number {
    return Object.values(this.#lines).reduce((sum, { waiting }) => sum + waiting, 0);
  }

  async run<T>(asked: Asked, job: (turn: QueryTurn) => Promise<T>): Promise<T> {
    const start = performance.now();
    const deadline = start + asked.timeoutMs;
    let result: QueryReport['result'] = 'error';
    let turn: QueryTurn | undefined;
    this.#open++;
    try {
      if (asked.signal.aborted) throw cancelled();
      const end = AbortSignal.any([asked.signal, AbortSignal.timeout(Math.ceil(asked.timeoutMs))]);
      for (let tries = 1; ; tries++) {
        const session = this.#idle.pop() ?? (await this.#database.connect());
        turn = new QueryTurn(session, this.#shared, deadline, end, asked);
        try {
          const value = await this.#inSession(turn, job);
          result = 'ok';
          return value;
        } catch (error) {
          const mayTry = tries < MAX_TRIES && turn.kind !== 'whole' && isOutOfMemory(error);
          const victim = mayTry ? this.#victim() : undefined;
          if (victim === undefined) throw turn.meaningOf(error);
          await victim.sacrifice();
        }
      }
    } catch (error) {
      if (error instanceof LongshoreError) result = RESULTS[error.code] ?? 'error';
      throw error;
    } finally {
      this.#open--;
      const seconds = (performance.now() - start) / 1000;
      this.#report({ result, kind: turn?.kind ?? asked.kind, seconds, waited: (turn?.waited ?? 0) / 1000 });
    }
  }

  /** Of those that read all at once, the one that has done so for the shortest. */
  #victim(): QueryTurn | undefined {
    return [...this.#turns].findLast(({ isReadingAll }) => isReadingAll);
  }

  async #inSession<T>(turn: QueryTurn, job: (turn: QueryTurn) => Promise<T>): Promise<T> {
    const { session } = turn;
    this.#turns.add(turn);
    // Again and again: an interrupt that comes between two statements is lost.
    const watch = setInterval(() => {
      if (turn.isOver) session.interrupt();
    }, WATCH_INTERVAL_MS);
    try {
      const value = await job(turn);
      this.#idle.push(session);
      return value;
    } catch (error) {
      session.close();
      throw error;
    } finally {
      clearInterval(watch);
      this.#turns.delete(turn);
      turn.leave();
    }
  }
}

const RESULTS: { [code: string]: QueryReport['result'] } = {
  LS_STORE_QUERY_TIMEOUT: 'timeout',
  LS_STORE_QUERY_CANCELLED: 'cancelled',
  LS_STORE_BUSY: 'refused',
};

function outOfMemory(cause?: unknown): LongshoreError {
  return new LongshoreError('LS_STORE_QUERY_MEMORY', 'the search needs more memory than the store may use.', {
    fix: 'Try again when less is searched at once, ask for fewer hits or a shorter time, or raise store.memory_limit_bytes.',
    cause,
    retryable: true,
  });
}

function busy(): LongshoreError {
  return new LongshoreError('LS_STORE_BUSY', 'too many searches are waiting already.', {
    fix: 'Try again in a moment.',
    retryable: true,
  });
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
