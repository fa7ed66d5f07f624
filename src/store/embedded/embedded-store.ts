import type { Link } from '../../base/process/link.ts';
import { Supervisor } from '../../base/process/supervisor.ts';
import type {
  Chunk,
  CountRow,
  CountsRequest,
  DayInfo,
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
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { newFields } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { DECLARED_FIELDS } from '../../core/schema/fields.ts';
import type { StatsRequest, StatsResult } from '../../core/stats.ts';
import { countEvent, countRestart, showStats } from './metrics.ts';
import { embeddedStoreOptions } from './options.ts';
import type { ServiceCalls, StoreCalls, StoreEvent, StoreStats } from './protocol.ts';
import { forkStore } from './store-process.ts';
import { eventOfRow } from './stored-event.ts';

const STATS_INTERVAL_MS = 5_000;

interface Offer {
  readonly chunk: Chunk;
  /** Undefined once the store has answered for the chunk. */
  promise: { resolve(): void; reject(error: unknown): void } | undefined;
  /** The store has its events in a segment: nothing to offer again. May be known before the answer is. */
  released: boolean;
}

/**
 * The service's side of the embedded store. It remembers each chunk until its events are in a segment, and offers it
 * again when the store process had to be restarted: what `accept` resolved for stays accepted.
 */
export class EmbeddedStore implements Store {
  readonly form: DocumentForm = 'embedded';
  readonly #process: Supervisor<StoreCalls, ServiceCalls>;
  readonly #log = logger('store');
  readonly #offers = new Map<string, Offer>();
  readonly #onDeadLetters: () => void;
  #state: 'new' | 'running' | 'stopped' = 'new';
  #statsTimer: NodeJS.Timeout | undefined;

  /**
   * `dir` is this store's own folder, on the same file system as the chunks. `onDeadLetters` is told when there are new
   * files in its folder `dead-letters`.
   */
  constructor(
    dir: string,
    options: Parameters<typeof embeddedStoreOptions>[0] = {},
    onDeadLetters: () => void = () => {},
  ) {
    this.#onDeadLetters = onDeadLetters;
    const settings = embeddedStoreOptions(options);
    this.#process = new Supervisor({
      fork: () => forkStore(settings),
      calls: { event: event => this.#onEvent(event) },
      errors: { gone: restarting, unknown: error => new LongshoreError('LS_STORE_FAILED', messageOf(error)) },
      open: link =>
        link.request('open', { dir, options: settings }).catch(({ code, what, fix, retryable }: LongshoreError) => {
          throw new LongshoreError(code, what, { where: dir, fix, retryable });
        }),
      endedEarly: cause =>
        new LongshoreError('LS_STORE_START', `the store process ended while it started (${cause}).`, {
          where: dir,
          retryable: true,
        }),
      onUp: () => {
        for (const offer of this.#offers.values()) void this.#offer(offer);
      },
      onEnd: (cause, pauseMs) => {
        if (pauseMs === undefined) return;
        countRestart();
        this.#log.error({ cause, restart_in_ms: pauseMs }, 'the store process ended unexpectedly');
      },
      onFailure: error => this.#log.error({ error: messageOf(error) }, 'could not restart the store process'),
    });
  }

  async start(): Promise<void> {
    if (this.#state === 'running') return;
    this.#state = 'running';
    await this.#process.start();
    this.#statsTimer = setInterval(() => void this.stats().catch(() => {}), STATS_INTERVAL_MS);
    this.#statsTimer.unref();
  }

  async stop(signal: AbortSignal): Promise<void> {
    if (this.#state === 'new') return;
    this.#state = 'stopped';
    clearInterval(this.#statsTimer);
    await this.#process.stop(signal, link => link.notify('stop'));
    const error = stopped();
    for (const offer of this.#offers.values()) offer.promise?.reject(error);
    this.#offers.clear();
  }

  /** False while the store process starts or restarts. */
  ready(): boolean {
    return this.#process.isUp;
  }

  /** The store process's id, for operators and tests. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /**
   * Waits while the store process restarts. Rejects for good when the file does not exist, retryable after `stop`.
   * Chunks that a segment already holds (the service was killed before the file was deleted) are deleted.
   */
  accept(chunk: Chunk): Promise<void> {
    if (this.#state === 'stopped') return Promise.reject(stopped());
    return new Promise((resolve, reject) => {
      const offer: Offer = { chunk, promise: { resolve, reject }, released: false };
      this.#offers.set(chunk.id, offer);
      if (this.#process.isUp) void this.#offer(offer);
    });
  }

  async search(
    request: SearchRequest,
    signal?: AbortSignal,
    onHits?: (hits: StoredEvent[]) => void,
  ): Promise<SearchResult> {
    let hits: StoredEvent[] = [];
    const total = await this.#link.request('search', request, signal, ({ rows, before, isLast }) => {
      if (before === 0) hits = [];
      for (const row of rows) hits.push(eventOfRow(row));
      if (isLast) onHits?.(hits);
    });
    return { total, hits };
  }

  async scan(request: ScanRequest, signal?: AbortSignal): Promise<ScannedPage> {
    return this.#link.request('scan', request, signal);
  }

  async histogram(request: HistogramRequest, signal?: AbortSignal): Promise<HistogramBucket[]> {
    const buckets = await this.#link.request('histogram', request, signal);
    for (const bucket of buckets) {
      if (bucket.by !== undefined) bucket.by = bare(bucket.by);
    }
    return buckets;
  }

  async counts(request: CountsRequest, signal?: AbortSignal): Promise<CountRow[]> {
    return this.#link.request('counts', request, signal);
  }

  async statistics(request: StatsRequest, signal?: AbortSignal): Promise<StatsResult> {
    return this.#link.request('statistics', request, signal);
  }

  async days(): Promise<DayInfo[]> {
    return this.#link.request('days');
  }

  async fieldNames(signal?: AbortSignal): Promise<string[]> {
    const found = await this.#link.request('fieldNames', undefined, signal);
    return [...new Set(['@timestamp', ...Object.keys(DECLARED_FIELDS), ...found])];
  }

  async stats(): Promise<StoreStats> {
    const stats = await this.#link.request('stats');
    showStats(stats);
    return stats;
  }

  /** Nothing is sealed, merged or deleted from when it resolves until `release`, for `ms` at most. */
  async hold(ms: number): Promise<void> {
    await this.#link.request('hold', ms);
  }

  async release(): Promise<void> {
    await this.#link.request('release');
  }

  /** Throws LS_STORE_STOPPED, LS_STORE_RESTARTING. */
  get #link(): Link<StoreCalls, ServiceCalls> {
    if (this.#state === 'stopped') throw stopped();
    if (!this.#process.isUp) throw restarting();
    return this.#process.link!;
  }

  async #offer(offer: Offer): Promise<void> {
    try {
      await this.#link.request('accept', offer.chunk);
      offer.promise?.resolve();
      offer.promise = undefined;
      this.#forgetIfDone(offer);
    } catch (error) {
      const retryable = error instanceof LongshoreError && error.retryable;
      // Gone before it answered: the next process is offered the chunk again.
      if (retryable && error.code === 'LS_STORE_RESTARTING') return;
      // It was accepted before: nobody else offers it again.
      if (retryable && offer.promise === undefined) {
        setTimeout(() => this.#state === 'running' && void this.#offer(offer), OFFER_AGAIN_MS).unref();
        return;
      }
      if (this.#offers.get(offer.chunk.id) === offer) this.#offers.delete(offer.chunk.id);
      if (offer.promise === undefined) {
        this.#log.error({ chunk: offer.chunk.id, error: messageOf(error) }, 'an accepted chunk was lost');
      }
      offer.promise?.reject(error);
      offer.promise = undefined;
    }
  }

  #onEvent(event: StoreEvent): void {
    if (event.type === 'released') {
      for (const id of event.chunks) {
        const offer = this.#offers.get(id);
        if (offer === undefined) continue;
        offer.released = true;
        this.#forgetIfDone(offer);
      }
    } else if (event.type === 'log') {
      this.#log[event.level](event.details, event.message);
    } else {
      countEvent(event);
      if (event.type === 'dead_letters') this.#onDeadLetters();
    }
  }

  #forgetIfDone(offer: Offer): void {
    if (!offer.released || offer.promise !== undefined) return;
    if (this.#offers.get(offer.chunk.id) === offer) this.#offers.delete(offer.chunk.id);
  }
}

const OFFER_AGAIN_MS = 1000;

function bare(counts: Record<string, number>): Record<string, number> {
  const copy = newFields() as Record<string, number>;
  for (const key of Object.keys(counts)) copy[key] = counts[key]!;
  return copy;
}

function restarting(): LongshoreError {
  return new LongshoreError('LS_STORE_RESTARTING', 'the store process is starting again.', {
    fix: 'Try again in a moment.',
    retryable: true,
  });
}

function stopped(): LongshoreError {
  return new LongshoreError('LS_STORE_STOPPED', 'the store is stopped.', { retryable: true });
}
