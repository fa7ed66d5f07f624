import { orAborted } from '../../base/flow/abort.ts';
import { Backoff } from '../../base/flow/backoff.ts';
import type { DeadLetterSink, Lifecycle } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { faultPoint } from '../../core/fault.ts';
import { logger } from '../../core/log.ts';
import { Budget } from './budget.ts';
import { BullQueue, BullWorker, type JobOutcome, type TakenJob } from './bull.ts';
import { brokenJob, decodeJob, type QueuedChunk } from './codec.ts';
import { Connection } from './connection.ts';
import { DeadJobs, type DeadJobType, deadLetterOf } from './dead-jobs.ts';
import * as metrics from './metrics.ts';
import { REDIS_LIMITS, type RedisBufferOptions, type RedisLimits } from './options.ts';

export type { QueuedChunk };

const log = logger('redis');

export interface RedisWorkerDeps {
  /**
   * Gives a chunk to the store. Resolves when each of its events has its final verdict. Rejected with a permanent
   * LongshoreError, the chunk is a dead letter; with anything else it is written again later. The same chunk may come
   * twice, even at once from two workers: the store tells by the ids of the events.
   */
  write: (data: QueuedChunk) => Promise<void>;
  deadLetters: DeadLetterSink;
}

/**
 * Takes chunks out of Redis and gives them to the store.
 *
 * A job is tried by the worker that has it, with growing pauses, for `retry_hold_ms`, and then put back for later: no
 * attempt is counted, and a store that is away for hours makes no failures. Only workers that die with a job, or lose
 * its lock, count against it (`max_stalled_count`).
 */
export class RedisWorker implements Lifecycle {
  readonly #options: RedisBufferOptions & RedisLimits;
  readonly #deps: RedisWorkerDeps;
  readonly #commands: Connection;
  readonly #blocking: Connection;
  readonly #queue: BullQueue;
  readonly #budget: Budget;
  readonly #deadJobs: DeadJobs;
  #worker: BullWorker | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  readonly #stopping = new AbortController();

  /** @throws LongshoreError LS_REDIS_URL, LS_REDIS_CA_FILE */
  constructor(options: RedisBufferOptions, deps: RedisWorkerDeps) {
    this.#options = { ...REDIS_LIMITS, stalled_interval_ms: options.lock_duration_ms / 2, ...options };
    this.#deps = deps;
    this.#commands = new Connection(options, 'commands');
    this.#blocking = new Connection(options, 'worker');
    this.#queue = new BullQueue(this.#commands, options.queue);
    this.#budget = new Budget(this.#commands, options.queue);
    this.#deadJobs = new DeadJobs({
      queue: this.#queue,
      budget: this.#budget,
      deadLetters: deps.deadLetters,
    });
  }

  /** Does not wait for Redis: work begins when it is there. */
  async start(): Promise<void> {
    if (this.#worker !== undefined || this.#stopping.signal.aborted) return;
    const sweep = (): void => void this.#deadJobs.sweep();
    this.#commands.onReady(sweep);
    this.#commands.open();
    this.#blocking.open();
    this.#worker = new BullWorker(this.#blocking, this.#options, job => this.#handle(job), sweep);
    this.#worker.run();
    this.#sweeper = setInterval(sweep, this.#options.sweep_interval_ms).unref();
  }

  async stop(signal: AbortSignal): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    clearInterval(this.#sweeper);
    // While Redis is away nothing can be settled or put back: the next worker does what was in hand again.
    const isAway = !this.#commands.isReady;
    await this.#worker?.close(isAway ? AbortSignal.any([signal, AbortSignal.timeout(1000)]) : signal);
    await orAborted(this.#queue.close(), AbortSignal.any([signal, AbortSignal.timeout(1000)]));
    this.#commands.close();
    this.#blocking.close();
  }

  async #handle(job: TakenJob): Promise<JobOutcome> {
    const decoded = await this.#decode(job);
    if (typeof decoded === 'number') return decoded;
    const { data, brokenBy } = decoded;
    const started = performance.now();
    let isSettled = false;
    const { retry_hold_ms, retry_max_delay_ms } = this.#options;
    const backoff = new Backoff({ baseMs: 100, capMs: retry_max_delay_ms });
    for (;;) {
      try {
        // Another worker may have given it to the store before it died.
        if (!isSettled && (job.stalledCount === 0 || !(await this.#budget.isDone(job.id)))) {
          await this.#giveAway(data, brokenBy);
          faultPoint('redis.after_write');
        }
        isSettled = true;
        await this.#budget.settle(job.id, data.ledger);
        return 'done';
      } catch (error) {
        if (backoff.failures === 0)
          log.warn({ job: job.id, error: messageOf(error) }, 'a chunk from Redis could not be stored; retrying');
        metrics.retries.inc();
      }
      // Whoever has the job by now: what is stored must be counted, and to say it twice counts once.
      const signal = isSettled ? this.#stopping.signal : job.signal;
      if (signal.aborted) return 0;
      if (performance.now() - started >= retry_hold_ms) {
        metrics.putBack.inc();
        return Math.round(retry_hold_ms * (0.5 + Math.random()));
      }
      await backoff.wait(signal);
    }
  }

  /** A number: give the job to somebody else after that many milliseconds. */
  async #decode(job: TakenJob): Promise<{ data: QueuedChunk; brokenBy: string | undefined } | number> {
    try {
      return { data: await decodeJob(job.id, job.data), brokenBy: undefined };
    } catch (error) {
      if (error instanceof LongshoreError && error.retryable) {
        log.warn({ job: job.id, error: error.message }, 'left a job to a worker of a newer version');
        return this.#options.stalled_interval_ms;
      }
      return { data: brokenJob(job.id, job.data), brokenBy: messageOf(error) };
    }
  }

  /** To the store, or to the dead letters where the store never will take it. */
  async #giveAway(data: QueuedChunk, brokenBy: string | undefined): Promise<void> {
    if (brokenBy !== undefined) return this.#giveUp(data, brokenBy, 'redis_job_broken');
    try {
      await this.#deps.write(data);
      metrics.written.inc(data.events);
    } catch (error) {
      if (!(error instanceof LongshoreError) || error.retryable) throw error;
      await this.#giveUp(data, error.message, 'refused_by_store');
    }
  }

  async #giveUp(data: QueuedChunk, reason: string, type: DeadJobType): Promise<void> {
    await this.#deps.deadLetters.append([deadLetterOf(data, reason, type)]);
    metrics.deadLettered.inc({ reason: type }, data.events);
    log.error({ job: data.id, events: data.events, reason }, 'a chunk from Redis is a dead letter');
  }
}
