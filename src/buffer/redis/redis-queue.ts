import { FileReader } from '../../base/disk/file-reader.ts';
import { orAborted } from '../../base/flow/abort.ts';
import { Semaphore } from '../../base/flow/semaphore.ts';
import type { Chunk, Lifecycle } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { faultPoint } from '../../core/fault.ts';
import { logger } from '../../core/log.ts';
import { Budget } from './budget.ts';
import { BullQueue, type JobCounts } from './bull.ts';
import { readChunk, removeChunk } from './chunk-file.ts';
import { encodeJob } from './codec.ts';
import type { Connection } from './connection.ts';
import type { Durability } from './durability.ts';
import { DurableConnection } from './durable-connection.ts';
import { RedisFailure, redisFailure } from './failure.ts';
import * as metrics from './metrics.ts';
import { REDIS_LIMITS, type RedisBufferOptions } from './options.ts';
import { persistenceOf, proofOf } from './server-state.ts';

const log = logger('redis');

/** Chunks that are read, packed and sent at the same time: this bounds the memory, not the throughput. */
const SENDING_AT_ONCE = 2;
const STATS_INTERVAL_MS = 2000;

export interface RedisQueueDeps {
  /** The ledger's name of the spool whose chunks these are; without it they are not counted. */
  readonly source?: string | undefined;
}

/**
 * The stage behind the spool: gives its chunks to Redis, one job each.
 *
 * `accept` may be called for several chunks at once and should be: where Redis syncs its file once a second, each chunk
 * waits for that second (see `durability.ts`), and they can wait together. Nothing here fails because Redis is away.
 */
export class RedisQueue implements Lifecycle {
  readonly #options: RedisBufferOptions & typeof REDIS_LIMITS;
  readonly #source: string | undefined;
  readonly #commands: Connection;
  readonly #link: DurableConnection;
  readonly #queue: BullQueue;
  readonly #budget: Budget;
  readonly #durability: Durability;
  readonly #sending = new Semaphore(SENDING_AT_ONCE);
  readonly #files = new FileReader();
  #isClosed = false;
  readonly #inFlight = new Set<Promise<void>>();
  #timers: NodeJS.Timeout[] = [];
  #counts: JobCounts = { waiting: 0, active: 0, delayed: 0, failed: 0 };
  #bytes = 0;

  /** @throws LongshoreError LS_REDIS_URL, LS_REDIS_CA_FILE */
  constructor(options: RedisBufferOptions, deps: RedisQueueDeps = {}) {
    this.#options = { ...REDIS_LIMITS, ...options };
    this.#source = deps.source;
    this.#link = new DurableConnection(options, ids => this.#budget.areKnown(ids));
    this.#commands = this.#link.commands;
    this.#durability = this.#link.durability;
    this.#queue = new BullQueue(this.#commands, options.queue);
    this.#budget = new Budget(this.#commands, options.queue);
    this.#commands.onReady(() => void this.#warnOfPersistence());
  }

  /** Does not wait for Redis: while it is away, chunks stay in the spool. */
  async start(): Promise<void> {
    this.#link.open();
    const every = (ms: number, work: () => Promise<void>): void => {
      this.#timers.push(setInterval(() => void this.#quietly(work), ms).unref());
    };
    every(STATS_INTERVAL_MS, () => this.refreshStats());
    every(this.#options.sweep_interval_ms, () => this.#budget.correct(Date.now(), this.#options.sweep_interval_ms));
  }

  /**
   * Resolves when Redis has the chunk as durably as it can (or had its content before) and the local file is gone.
   * @throws LongshoreError: retryable (offer it again, the file is still there), or LS_REDIS_CHUNK_MISSING.
   */
  accept(chunk: Chunk): Promise<void> {
    const accepting = this.#accept(chunk).catch(error => {
      const failure = error instanceof LongshoreError ? error : redisFailure(error);
      metrics.refused.inc({ reason: failure instanceof RedisFailure ? failure.kind : 'file' });
      throw failure;
    });
    const settled = accepting.then(ignore, ignore).finally(() => this.#inFlight.delete(settled));
    this.#inFlight.add(settled);
    return accepting;
  }

  /** Jobs that are not settled, as of the last look (every two seconds). */
  get depth(): number {
    return this.#counts.waiting + this.#counts.active + this.#counts.delayed + this.#counts.failed;
  }

  /** Compressed bytes of them that count against `max_bytes`, of all processes, as of the last look. */
  get bytes(): number {
    return this.#bytes;
  }

  get isConnected(): boolean {
    return this.#commands.isReady;
  }

  /** Looks now. @throws RedisFailure */
  async refreshStats(): Promise<void> {
    try {
      const [counts, bytes] = await Promise.all([this.#queue.counts(), this.#budget.bytes()]);
      this.#counts = counts;
      this.#bytes = bytes;
      metrics.bytes.set(bytes);
      for (const [state, count] of Object.entries(counts)) metrics.depth.set({ state }, count);
    } catch (error) {
      throw redisFailure(error);
    }
  }

  async stop(signal: AbortSignal): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    await orAborted(Promise.all(this.#inFlight), signal);
    this.#isClosed = true;
    this.#link.stopWaiting();
    await orAborted(this.#queue.close(), AbortSignal.any([signal, AbortSignal.timeout(1000)]));
    this.#link.close();
  }

  async #accept(chunk: Chunk): Promise<void> {
    if (this.#isClosed) throw new RedisFailure('away', 'The buffer is closed.');
    const started = performance.now();
    const sent = await this.#sending.run(() => this.#send(chunk));
    if (sent.isNew) await this.#durability.confirm(sent.id, sent.epoch);
    faultPoint('redis.before_unlink');
    await removeChunk(chunk);
    metrics.accepted.inc({ outcome: sent.isNew ? 'queued' : 'done_before' }, chunk.events);
    metrics.acceptSeconds.observe((performance.now() - started) / 1000);
  }

  async #send(chunk: Chunk): Promise<{ id: string; isNew: boolean; epoch: number }> {
    this.#commands.assertReady();
    const epoch = this.#commands.epoch;
    const ledger = this.#ledger(chunk);
    const { compression_level } = this.#options;
    const job = await readChunk(this.#files, chunk, body => encodeJob(chunk, body, compression_level, ledger));
    await this.#durability.assertRoom(job.size, this.#options.min_free_memory_percent);
    const reservation = await this.#budget.reserve(job.id, job.size, this.#options.max_bytes, Date.now(), ledger);
    if (reservation === 'over') {
      throw new RedisFailure('budget', 'Redis holds `buffer.max_bytes` of chunks.', {
        fix: 'The index workers are behind: look at the store.',
      });
    }
    if (reservation === 'done') return { id: job.id, isNew: false, epoch };
    await this.#queue.add(job);
    return { id: job.id, isNew: true, epoch };
  }

  #ledger({ containers = {} }: Chunk): string {
    const counts = Object.entries(containers);
    if (this.#source === undefined || counts.length === 0) return '';
    return JSON.stringify([this.#source, ...counts.flat()]);
  }

  async #warnOfPersistence(): Promise<void> {
    await this.#quietly(async () => {
      const state = await this.#commands.state();
      for (const warning of persistenceOf(state).warnings) log.warn({ warning }, 'Redis can lose chunks');
      log.info({ version: state.version, proof: proofOf(state) }, 'Redis is ready');
    });
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    if (!this.#commands.isReady) return;
    try {
      await work();
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'Redis did not answer a question');
    }
  }
}

const ignore = (): void => {};
