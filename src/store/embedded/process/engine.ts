import { statSync } from 'node:fs';
import { join } from 'node:path';
import { deleteFilesSync } from '../../../base/disk/blocking.ts';
import { backoffMs } from '../../../base/flow/backoff.ts';
import type {
  Chunk,
  CountRow,
  CountsRequest,
  DayInfo,
  HistogramBucket,
  HistogramRequest,
  ScannedPage,
  ScanRequest,
  SearchRequest,
} from '../../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../../core/errors.ts';
import type { StatsRequest, StatsResult } from '../../../core/stats.ts';
import { TMP } from '../layout.ts';
import type { EmbeddedStoreOptions } from '../options.ts';
import type { StoreEvent, StoreStats, Total, WireRow } from '../protocol.ts';
import { Catalogue, type Selection, type Source } from './catalogue.ts';
import { counts } from './counts.ts';
import { Database, type Session } from './duckdb.ts';
import { collectFieldNames, FieldNames } from './field-names.ts';
import { histogram } from './histogram.ts';
import { longestLine } from './longest-line.ts';
import { planMerge, planRenewal, planSeal, planTally } from './plan.ts';
import { QueryGate, type QueryTurn } from './query-gate.ts';
import { makeFolders, recover } from './recovery.ts';
import { RetentionRun } from './retention-run.ts';
import { scan } from './scan.ts';
import { Sealer } from './sealer.ts';
import { SMALL_PAGE, search } from './search.ts';
import { guarded, rowsOf, SourceFailure, wholeEvents } from './sources.ts';
import { stats } from './stats.ts';
import { verify } from './verify.ts';
import { tallySegment } from './write-tally.ts';

const TICK_MS = 200;
const RETENTION_INTERVAL_MS = 60_000;
const MAX_PAUSE_MS = 60_000;

/** Everything the store process does: answers calls, and between them keeps its folder in order, one job at a time. */
export class Engine {
  readonly #dir: string;
  readonly #options: EmbeddedStoreOptions;
  readonly #emit: (event: StoreEvent) => void;
  readonly #keeper: Session;
  readonly #catalogue = new Catalogue();
  readonly #names: FieldNames;
  readonly #sealer: Sealer;
  readonly #retention: RetentionRun;
  readonly #gate: QueryGate;
  readonly #suspects = new Set<Source>();
  #timer: NodeJS.Timeout | undefined;
  #job: Promise<void> | undefined;
  #retentionDue: number;
  #pauseUntil = 0;
  #heldUntil = 0;
  #failures = 0;
  #stopping = false;

  static async open(dir: string, options: EmbeddedStoreOptions, emit: (event: StoreEvent) => void): Promise<Engine> {
    makeFolders(dir);
    const database = await Database.open({
      memoryLimitBytes: options.memory_limit_bytes,
      threads: options.threads,
      spillFolder: join(dir, TMP, 'spill'),
    });
    const engine = new Engine(dir, options, emit, database, await database.connect());
    await recover(dir, engine.#keeper, engine.#catalogue, engine.#names, Date.now(), emit);
    engine.#timer = setInterval(() => engine.#tick(), TICK_MS);
    return engine;
  }

  private constructor(
    dir: string,
    options: EmbeddedStoreOptions,
    emit: (event: StoreEvent) => void,
    database: Database,
    keeper: Session,
  ) {
    this.#dir = dir;
    this.#options = options;
    this.#emit = emit;
    this.#keeper = keeper;
    this.#names = new FieldNames(options.max_field_names);
    this.#sealer = new Sealer(dir, keeper, this.#catalogue, this.#names, options, emit);
    this.#retention = new RetentionRun(dir, this.#catalogue, this.#names, options.retention, emit);
    this.#gate = new QueryGate(database, options, report => emit({ type: 'query', ...report }));
    // Not at once: whoever restarts in a loop must not lose a day each time.
    this.#retentionDue = performance.now() + Math.min(RETENTION_INTERVAL_MS, options.retention.age_drop_interval_ms);
  }

  /** From here on searches find the chunk. One that is in a segment already (a crash came before its deletion) is only deleted. */
  accept(chunk: Chunk): void {
    if (this.#catalogue.chunks.has(chunk.id)) return;
    if (this.#catalogue.isStored(chunk.id)) {
      deleteFilesSync([chunk.path]);
      this.#emit({ type: 'released', chunks: [chunk.id] });
      return;
    }
    const size = statSync(chunk.path, { throwIfNoEntry: false })?.size;
    if (size === undefined) {
      this.#emit({ type: 'lost_chunk' });
      throw new LongshoreError('LS_STORE_CHUNK_MISSING', `the file of chunk ${chunk.id} does not exist.`, {
        where: chunk.path,
      });
    }
    this.#catalogue.addChunk({ ...chunk, bytes: size }, Date.now(), longestLine(chunk.path, size));
  }

  /** Files stay as they are from when it resolves, for `ms` at most. */
  async hold(ms: number): Promise<void> {
    this.#heldUntil = performance.now() + ms;
    while (this.#job !== undefined && !this.#stopping) await new Promise(resolve => setTimeout(resolve, 10));
  }

  release(): void {
    this.#heldUntil = 0;
  }

  days(): DayInfo[] {
    return this.#catalogue.days();
  }

  search(request: SearchRequest, signal: AbortSignal, onRows: (rows: WireRow[]) => void): Promise<Total> {
    const run = (turn: QueryTurn, sources: readonly Source[]) => search(turn, sources, request, this.#options, onRows);
    return this.#query(request, signal, run, request.size > SMALL_PAGE ? 'whole' : 'light');
  }

  scan(request: ScanRequest, signal: AbortSignal): Promise<ScannedPage> {
    return this.#query(request, signal, (turn, sources) => scan(turn, sources, request, this.#options), 'whole');
  }

  histogram(request: HistogramRequest, signal: AbortSignal): Promise<HistogramBucket[]> {
    return this.#query(request, signal, (turn, sources) => histogram(turn, sources, request));
  }

  counts(request: CountsRequest, signal: AbortSignal): Promise<CountRow[]> {
    const { from, stretchMs, stretches } = request;
    const selection = { ...request, to: from + stretchMs * stretches - 1 };
    return this.#query(selection, signal, (turn, sources) => counts(turn, sources, request));
  }

  statistics(request: StatsRequest, signal: AbortSignal): Promise<StatsResult> {
    return this.#query(request, signal, (turn, sources) => stats(turn, sources, request), 'light', 'whole');
  }

  async fieldNames(signal: AbortSignal): Promise<string[]> {
    const names = this.#names.all();
    await this.#query({}, signal, async (turn, sources) => {
      const chunks = sources.filter(source => source.kind === 'chunk');
      if (chunks.length === 0) return;
      const from = wholeEvents(chunks);
      const limit = this.#options.max_field_names;
      await turn.ready(rowsOf(chunks));
      for (const name of await guarded(chunks, () => collectFieldNames(turn.session, from, limit))) names.add(name);
    });
    return [...names];
  }

  stats(): StoreStats {
    let segments = 0;
    let rows = 0;
    let bytes = 0;
    const days = this.#catalogue.days();
    for (const day of days) {
      rows += day.events;
      bytes += day.bytes;
    }
    for (const day of this.#catalogue.segments.values()) segments += day.size;
    let unsealed = 0;
    for (const chunk of this.#catalogue.chunks.values()) unsealed += chunk.rows;
    return {
      days: days.length,
      segments,
      bytes,
      rows: rows - unsealed,
      unsealed_chunks: this.#catalogue.chunks.size,
      unsealed_rows: unsealed,
      queries_running: this.#gate.running,
      queries_waiting: this.#gate.waiting,
      trash: this.#catalogue.trash.size,
      rss_bytes: process.memoryUsage.rss(),
    };
  }

  /** Ends what runs; a job in the middle is finished by the next start. The calls under way must have been aborted. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    while (this.#job !== undefined || this.#gate.open > 0) {
      if (this.#job !== undefined) this.#keeper.interrupt();
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  }

  async #query<T>(
    request: Selection & { readonly timeoutMs?: number | undefined; readonly client?: string | undefined },
    signal: AbortSignal,
    run: (turn: QueryTurn, sources: readonly Source[]) => Promise<T>,
    kind: 'light' | 'whole' = 'light',
    orElse: 'heavy' | 'whole' = 'heavy',
  ): Promise<T> {
    const snapshot = this.#catalogue.snapshot(request);
    const { timeoutMs = this.#options.query_timeout_ms, client = '' } = request;
    try {
      return await this.#gate.run({ client, timeoutMs, signal, kind, orElse }, turn => run(turn, snapshot.sources));
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      for (const source of error.sources) this.#suspects.add(source);
      throw new LongshoreError('LS_STORE_READ_FAILED', `the search failed: ${error.message}`, {
        cause: error,
        retryable: true,
      });
    } finally {
      snapshot.release();
    }
  }

  #tick(): void {
    if (this.#job !== undefined || this.#stopping || performance.now() < Math.max(this.#pauseUntil, this.#heldUntil))
      return;
    const job = this.#nextJob();
    if (job === undefined) return;
    this.#job = job.run().then(
      () => {
        this.#failures = 0;
      },
      error => {
        if (this.#stopping) return;
        this.#failures++;
        this.#pauseUntil = performance.now() + backoffMs(this.#failures, { baseMs: 500, capMs: MAX_PAUSE_MS });
        this.#emit({ type: 'failed', job: job.name });
        const details = { job: job.name, error: messageOf(error), failures: this.#failures };
        this.#emit({ type: 'log', level: 'error', details, message: 'the store could not do a job and tries again' });
      },
    );
    this.#job = this.#job.finally(() => {
      this.#job = undefined;
      setImmediate(() => this.#tick());
    });
  }

  #nextJob(): { name: 'seal' | 'merge' | 'retention'; run: () => Promise<void> } | undefined {
    const now = Date.now();
    const catalogue = this.#catalogue;
    if (this.#suspects.size > 0) {
      const suspects = [...this.#suspects];
      this.#suspects.clear();
      return { name: 'merge', run: () => verify(this.#dir, this.#keeper, catalogue, suspects, this.#emit) };
    }
    if (performance.now() >= this.#retentionDue) {
      this.#retentionDue = performance.now() + RETENTION_INTERVAL_MS;
      return { name: 'retention', run: async () => this.#retention.run(now) };
    }
    const chunks = planSeal(catalogue.chunks.values(), now, this.#options);
    if (chunks !== undefined) {
      // After failures fewer at once: what was too much may fit in parts.
      const part = chunks.slice(0, Math.max(1, chunks.length >> this.#failures));
      return { name: 'seal', run: () => this.#sealer.seal(part, now) };
    }
    const days = [...catalogue.segments.values()].map(day => [...day.values()]);
    const inputs = planMerge(days, now, this.#options);
    if (inputs !== undefined) {
      const part = inputs.slice(0, Math.max(2, inputs.length >> this.#failures));
      return { name: 'merge', run: () => this.#sealer.merge(part, now) };
    }
    const old = planRenewal(days);
    if (old !== undefined) {
      // Once: it is read as it is, and nothing shall wait because it cannot be written anew.
      old.isOld = false;
      return { name: 'merge', run: () => this.#sealer.merge([old], now) };
    }
    const untallied = planTally(days, now, this.#options);
    if (untallied !== undefined) return { name: 'merge', run: () => tallySegment(this.#keeper, untallied, this.#emit) };
    if (catalogue.trash.size > 0) {
      // Without a job of its own that could fail over and over: the next tick tries again.
      try {
        catalogue.trash.collect();
      } catch (error) {
        this.#emit({ type: 'log', level: 'error', details: { error: messageOf(error) }, message: 'cannot delete' });
        this.#pauseUntil = performance.now() + MAX_PAUSE_MS;
      }
    }
    return undefined;
  }
}
