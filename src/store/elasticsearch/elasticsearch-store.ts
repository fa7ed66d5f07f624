import { unlink } from 'node:fs/promises';
import { Backoff } from '../../base/flow/backoff.ts';
import { isSystemError } from '../../base/process/system-error.ts';
import type {
  Chunk,
  CountRow,
  CountsRequest,
  DayInfo,
  DeadLetterSink,
  DocumentForm,
  HistogramBucket,
  HistogramRequest,
  ScannedPage,
  ScanRequest,
  SearchRequest,
  SearchResult,
  Store,
  StoredEvent,
} from '../../core/contracts.ts';
import { isRetryable, LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { StatsRequest, StatsResult } from '../../core/stats.ts';
import { StoreAlarm } from './alarm.ts';
import { BulkWriter, stopped, type Target } from './bulk-writer.ts';
import { ChunkParts } from './chunk-parts.ts';
import { createElastic, type Elastic } from './client.ts';
import { type IndexNames, indexNames } from './index-name.ts';
import { type ElasticsearchStoreOptions, elasticsearchStoreOptions } from './options.ts';
import { knownFault, prepare, probe } from './prepare.ts';
import { type ClusterInfo, type Dialect, dialectOf, type ProductName } from './product.ts';
import { DailyIndices, retainQuietly } from './retention-run.ts';
import { Searching } from './searching.ts';

export interface ElasticsearchStoreDeps {
  /** Keeps refused events durably; asked again until it resolves. */
  readonly deadLetters: DeadLetterSink;
  /** For tests. */
  readonly elastic?: Elastic;
}

/** A chunk's content: a ready bulk body, two lines an event. */
export interface ChunkBody {
  readonly id: string;
  /** `YYYY.MM.DD`. */
  readonly day: string;
  readonly events: number;
  readonly body: Buffer;
}

export interface ElasticsearchStats {
  readonly product: ProductName | undefined;
  readonly version: string | undefined;
  readonly ready: boolean;
  readonly alarm: { reason: string; since: number } | undefined;
  /** Bulk requests that run, wait for their turn, and may run at the same time. */
  readonly in_flight: number;
  readonly waiting: number;
  readonly limit: number;
  /** Events since the start. */
  readonly stored: number;
  readonly known: number;
  readonly refused: number;
  readonly resent: number;
  readonly moved_fields: number;
}

/**
 * Daily indices in Elasticsearch. Events are created by their `_id`: a chunk may be written any number of times, by any number
 * of processes, and each event is there once. What a search finds: everything that this process has stored (it has the
 * indices refreshed first), and what others have stored after `refresh_interval_ms`.
 *
 * `excludeChunks` is not used: a document does not know its chunk. Whoever merges hits with those of the open tail leaves
 * them out by `_id`.
 */
export class ElasticsearchStore implements Store {
  readonly form: DocumentForm = 'elasticsearch';
  readonly #options: ElasticsearchStoreOptions;
  readonly #elastic: Elastic;
  readonly #names: IndexNames;
  readonly #alarm = new StoreAlarm();
  readonly #writer: BulkWriter;
  readonly #parts: ChunkParts;
  readonly #searching: Searching;
  readonly #indices: DailyIndices;
  readonly #log = logger('store');
  readonly #ending = new AbortController();
  #cluster: ClusterInfo | undefined;
  #state: 'new' | 'running' | 'stopped' = 'new';
  #preparing: Promise<void> | undefined;
  #retention: NodeJS.Timeout | undefined;

  /** Throws LS_STORE_CA_FILE and LS_STORE_DATE_FORMAT; touches no network. */
  constructor(given: Parameters<typeof elasticsearchStoreOptions>[0], deps: ElasticsearchStoreDeps) {
    const options = elasticsearchStoreOptions(given);
    this.#options = options;
    this.#names = indexNames(options.index);
    this.#elastic = deps.elastic ?? createElastic(options);
    this.#parts = new ChunkParts(options.max_bulk_bytes);
    this.#searching = new Searching(this.#elastic, options, () => this.#dialect());
    this.#indices = new DailyIndices(this.#elastic, options, this.#names);
    this.#writer = new BulkWriter(options, {
      elastic: this.#elastic,
      alarm: this.#alarm,
      prepared: () => this.#prepared(),
      deadLetters: deps.deadLetters,
    });
  }

  /**
   * Puts the templates. Rejects for what waiting does not mend (a version or product that is not supported); when
   * Elasticsearch is away, the store starts all the same and events wait until it is there.
   */
  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    try {
      await this.#prepareOnce();
    } catch (error) {
      if (!isRetryable(error)) {
        await this.stop(AbortSignal.abort());
        throw error;
      }
      this.#alarm.raise(messageOf(error));
      this.#preparing = this.#prepareUntilDone();
      // Those who wait for it hear of it; nobody may be waiting.
      this.#preparing.catch(() => {});
    }
    this.#scheduleRetention(Math.min(1_000, this.#options.retention.check_interval_ms));
  }

  /** Ends pauses at once and lets running requests end until the signal aborts. What was not stored stays with its chunk. */
  async stop(signal: AbortSignal): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    clearTimeout(this.#retention);
    this.#ending.abort();
    await this.#writer.stop(signal);
    await this.#elastic.close();
  }

  /** False while Elasticsearch is away, or takes nothing for a reason that `stats` and the log tell. */
  ready(): boolean {
    return this.#cluster !== undefined && this.#state === 'running' && this.#alarm.current === undefined;
  }

  /** What the cluster is, for `check`: throws a sentence for a human when it is away or not supported. */
  probe(): Promise<ClusterInfo> {
    return probe(this.#elastic);
  }

  /** Rejects for good when the file does not exist, retryable after `stop`. */
  async accept(chunk: Chunk): Promise<void> {
    await this.#toIndex(chunk, target =>
      this.#parts
        .each(chunk.path, chunk.bytes, part => this.#writer.deliver(target, part))
        .catch((cause: unknown) => {
          if (!isSystemError(cause)) throw cause;
          if (cause.code === 'ENOENT')
            throw new LongshoreError('LS_STORE_CHUNK_MISSING', `the file of chunk ${chunk.id} does not exist.`, {
              cause,
            });
          throw new LongshoreError('LS_STORE_READ_CHUNK', `chunk ${chunk.id} cannot be read: ${messageOf(cause)}.`, {
            retryable: true,
            cause,
          });
        }),
    );
    await unlink(chunk.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  /**
   * Resolves when every event is stored or a dead letter, however long Elasticsearch is away. Rejects with LS_STORE_STOPPED
   * (retryable) when the store stops before, and for good (LS_STORE_CHUNK_BROKEN) when the body is no bulk body.
   */
  async write(data: ChunkBody): Promise<void> {
    await this.#toIndex(data, target => this.#writer.write(target, data.body));
  }

  async #toIndex({ id, day }: Pick<ChunkBody, 'id' | 'day'>, send: (target: Target) => Promise<void>): Promise<void> {
    if (this.#state !== 'running') throw stopped();
    const index = this.#names.of(day);
    try {
      await send({ chunk: id, day, index });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new LongshoreError('LS_STORE_CHUNK_BROKEN', `chunk ${id} is no bulk body: ${error.message}.`, {
        cause: error,
      });
    } finally {
      this.#searching.wrote(index);
    }
  }

  /** Another process of ours has stored events of this day: searches from now on find them. */
  wrote(day: string): void {
    this.#searching.wrote(this.#names.of(day));
  }

  async search(
    request: SearchRequest,
    signal?: AbortSignal,
    onHits?: (hits: StoredEvent[]) => void,
  ): Promise<SearchResult> {
    return this.#searching.search(request, signal, onHits);
  }

  async scan(request: ScanRequest, signal?: AbortSignal): Promise<ScannedPage> {
    return this.#searching.scan(request, signal);
  }

  async histogram(request: HistogramRequest, signal?: AbortSignal): Promise<HistogramBucket[]> {
    return this.#searching.histogram(request, signal);
  }

  async counts(request: CountsRequest, signal?: AbortSignal): Promise<CountRow[]> {
    return this.#searching.counts(request, signal);
  }

  async statistics(request: StatsRequest, signal?: AbortSignal): Promise<StatsResult> {
    return this.#searching.statistics(request, signal);
  }

  async days(): Promise<DayInfo[]> {
    return this.#indices.days();
  }

  async fieldNames(signal?: AbortSignal): Promise<string[]> {
    return this.#searching.fieldNames(signal);
  }

  stats(): ElasticsearchStats {
    return {
      product: this.#cluster?.product,
      version: this.#cluster?.version,
      ready: this.ready(),
      alarm: this.#alarm.current,
      ...this.#writer.state,
      ...this.#writer.counts,
    };
  }

  async #prepareOnce(): Promise<void> {
    this.#cluster = await prepare(this.#elastic, this.#options, this.#ending.signal);
    this.#log.info(
      { version: this.#cluster.version ?? 'not told', nodes: this.#options.nodes.length },
      `${this.#cluster.product} is ready`,
    );
    const fault = knownFault(this.#cluster);
    if (fault !== undefined) this.#log.warn({ version: this.#cluster.version }, fault);
    this.#alarm.clear();
  }

  /** Before the first answer nothing is known, and nothing is found. */
  #dialect(): Dialect {
    return this.#cluster === undefined ? 'current' : dialectOf(this.#cluster);
  }

  async #prepareUntilDone(): Promise<void> {
    const backoff = new Backoff({ baseMs: 100, capMs: this.#options.max_retry_interval_ms });
    while (!this.#ending.signal.aborted) {
      await backoff.wait(this.#ending.signal);
      try {
        await this.#prepareOnce();
        return;
      } catch (error) {
        // Even what does not mend itself: somebody can replace the server while events wait.
        this.#alarm.raise(messageOf(error));
      }
    }
    throw stopped();
  }

  async #prepared(): Promise<void> {
    if (this.#cluster === undefined) await this.#preparing;
  }

  #scheduleRetention(afterMs: number): void {
    if (this.#state !== 'running') return;
    this.#retention = setTimeout(async () => {
      if (this.#cluster !== undefined) await retainQuietly(this.#indices);
      this.#scheduleRetention(this.#options.retention.check_interval_ms);
    }, afterMs);
    this.#retention.unref();
  }
}
