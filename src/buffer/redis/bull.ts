import type { Job as BullJob, Queue, Worker } from 'bullmq';
import { abortableDelay, orAborted } from '../../base/flow/abort.ts';
import { Backoff } from '../../base/flow/backoff.ts';
import { lazily } from '../../base/process/lazily.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { Job } from './codec.ts';
import type { Connection } from './connection.ts';
import { BULL_QUEUE, keysOf } from './keys.ts';
import * as metrics from './metrics.ts';
import type { RedisBufferOptions, RedisLimits } from './options.ts';

const bullmq = lazily<typeof import('bullmq')>('bullmq');
const log = logger('redis');

// The only user of the package `bullmq`.

export interface FailedJob {
  id: string;
  data: unknown;
  reason: string;
}

export interface JobCounts {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
}

/** The queue as those who put into it and those who clear up see it. */
export class BullQueue {
  readonly #connection: Connection;
  readonly #prefix: string;
  #queue: Promise<Queue> | undefined;

  constructor(connection: Connection, queue: string) {
    this.#connection = connection;
    this.#prefix = keysOf(queue).prefix;
  }

  /** Adds it unless a job with its id is there. */
  async add(job: Job): Promise<void> {
    const queue = await this.#open();
    await queue.add('chunk', job.data, { jobId: job.id, attempts: 1, removeOnComplete: true, removeOnFail: false });
  }

  async counts(): Promise<JobCounts> {
    const queue = await this.#open();
    const counts = await queue.getJobCounts('wait', 'active', 'delayed', 'failed');
    return {
      waiting: counts['wait'] ?? 0,
      active: counts['active'] ?? 0,
      delayed: counts['delayed'] ?? 0,
      failed: counts['failed'] ?? 0,
    };
  }

  /** Failed jobs from `skip` on, the oldest first. */
  async failed(skip: number, limit: number): Promise<FailedJob[]> {
    const queue = await this.#open();
    const jobs: (BullJob | undefined)[] = await queue.getJobs(['failed'], skip, skip + limit - 1, true);
    return jobs
      .filter(job => job?.id !== undefined)
      .map(job => ({ id: job!.id!, data: job!.data, reason: job!.failedReason ?? '' }));
  }

  async remove(id: string): Promise<void> {
    const queue = await this.#open();
    await queue.remove(id);
  }

  async close(): Promise<void> {
    const queue = await this.#queue?.catch(() => undefined);
    await queue?.close().catch(() => {});
  }

  /** BullMQ's object is made when Redis is there, and again if its first questions failed: it keeps that failure for ever. */
  async #open(): Promise<Queue> {
    this.#connection.assertReady();
    this.#queue ??= this.#create().catch(error => {
      this.#queue = undefined;
      throw error;
    });
    return this.#queue;
  }

  async #create(): Promise<Queue> {
    const queue = new (bullmq().Queue)(BULL_QUEUE, {
      connection: this.#connection.client,
      prefix: this.#prefix,
      streams: { events: { maxLen: 1000 } },
    });
    queue.on('error', () => {});
    try {
      await queue.waitUntilReady();
      return queue;
    } catch (error) {
      await queue.close().catch(() => {});
      throw error;
    }
  }
}

/** A job in the hands of a worker. */
export interface TakenJob {
  id: string;
  data: unknown;
  /** Workers that died with it or lost it before. */
  stalledCount: number;
  /** Aborts when the job has been taken away, or the worker stops. */
  signal: AbortSignal;
}

/** `done`: never give it to anybody again. A number: give it to somebody after that many milliseconds. */
export type JobOutcome = 'done' | number;

export class BullWorker {
  readonly #connection: Connection;
  readonly #options: RedisBufferOptions & RedisLimits;
  readonly #handle: (job: TakenJob) => Promise<JobOutcome>;
  readonly #onFailed: () => void;
  readonly #stopping = new AbortController();
  readonly #abandoned = new AbortController();
  #worker: Worker | undefined;
  #running: Promise<void> | undefined;

  constructor(
    connection: Connection,
    options: RedisBufferOptions & RedisLimits,
    handle: (job: TakenJob) => Promise<JobOutcome>,
    onFailed: () => void,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#handle = handle;
    this.#onFailed = onFailed;
  }

  /** Begins to take jobs as soon as Redis is there. */
  run(): void {
    this.#running ??= this.#runWhenReady();
  }

  /** BullMQ's object is made when Redis is there, and again if its first questions failed: it keeps that failure for ever. */
  async #runWhenReady(): Promise<void> {
    let hasFailed = false;
    while (!this.#stopping.signal.aborted) {
      if (!this.#connection.isReady) {
        await abortableDelay(50, this.#stopping.signal);
        continue;
      }
      const worker = this.#create();
      try {
        await worker.waitUntilReady();
        if (this.#stopping.signal.aborted) return await worker.close();
        this.#worker = worker;
        worker.run().catch(error => log.error({ error: messageOf(error) }, 'the queue worker failed'));
        return;
      } catch (error) {
        if (!hasFailed) log.warn({ error: messageOf(error) }, 'the queue worker cannot start yet; retrying');
        hasFailed = true;
        await worker.close(true).catch(() => {});
        await abortableDelay(500, this.#stopping.signal);
      }
    }
  }

  #create(): Worker {
    const options = this.#options;
    // BullMQ gives the signal only to functions that name it.
    const worker = new (bullmq().Worker)(BULL_QUEUE, (job, token, signal) => this.#process(job, token, signal), {
      connection: this.#connection.client,
      prefix: keysOf(options.queue).prefix,
      autorun: false,
      concurrency: options.concurrency,
      lockDuration: options.lock_duration_ms,
      stalledInterval: options.stalled_interval_ms,
      maxStalledCount: options.max_stalled_count,
      removeOnComplete: { count: 0 },
      runRetryDelay: 1000,
      drainDelay: 5,
    });
    worker.on('error', error => log.debug({ error: messageOf(error) }, 'a worker met an error'));
    worker.on('failed', this.#onFailed);
    worker.on('stalled', id => {
      metrics.stalled.inc();
      log.warn({ job: id }, 'a worker stopped responding; its job goes to another');
    });
    worker.on('lockRenewalFailed', ids => {
      metrics.lostLocks.inc(ids.length);
      log.warn({ jobs: ids }, 'jobs were taken from this worker');
      for (const id of ids) worker.cancelJob(id, 'lock lost');
    });
    return worker;
  }

  async #process(job: BullJob, token: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const outcome = await this.#handle({
      id: job.id ?? '',
      data: job.data,
      stalledCount: job.stalledCounter ?? 0,
      signal: signal === undefined ? this.#stopping.signal : AbortSignal.any([signal, this.#stopping.signal]),
    });
    if (outcome === 'done') return;
    await this.#putBack(job, token, outcome);
    throw new (bullmq().DelayedError)();
  }

  /**
   * Takes no more jobs, has the waits of those in hand aborted, and resolves when all are settled or put back, or when
   * the signal aborts: what is still in hand then goes to another worker once its lock has expired.
   */
  async close(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    if (this.#running !== undefined) await orAborted(this.#running, signal);
    if (this.#worker !== undefined) await orAborted(this.#worker.close(), signal);
    this.#abandoned.abort();
  }

  /**
   * Redis may refuse for a while, and an error thrown here would count as a failure of the job: only a lost job or the
   * end of the connection ends the tries, and then BullMQ cannot call it failed either.
   */
  async #putBack(job: BullJob, token: string | undefined, delayMs: number): Promise<void> {
    const backoff = new Backoff({ baseMs: 100, capMs: 2000 });
    for (;;) {
      try {
        await job.moveToDelayed(Date.now() + delayMs, token);
        return;
      } catch (error) {
        if (isGone(error) || this.#abandoned.signal.aborted) throw error;
        await backoff.wait(this.#abandoned.signal);
      }
    }
  }
}

/** Codes of BullMQ: the job does not exist (-1), has no lock (-2), is not active (-3), has another's lock (-6). */
function isGone(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === -1 || code === -2 || code === -3 || code === -6;
}
