import { Coalesced } from '../../base/flow/coalesced.ts';
import type { DeadLetterSink, NewDeadLetter } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { Budget } from './budget.ts';
import type { BullQueue, FailedJob } from './bull.ts';
import { brokenJob, decodeJob, type QueuedChunk } from './codec.ts';
import * as metrics from './metrics.ts';

const log = logger('redis');

const PAGE = 10;

export type DeadJobType = 'redis_job_stalled' | 'redis_job_failed' | 'redis_job_broken' | 'refused_by_store';

/** All of a chunk that nobody will take, or of a job that nobody can read. */
export function deadLetterOf({ id, day, events, body }: QueuedChunk, reason: string, type: DeadJobType): NewDeadLetter {
  const source = type === 'refused_by_store' ? 'elasticsearch' : 'redis';
  const raw = { kind: 'raw', event: '', chunk: id, day, events, form: 'elasticsearch', document: body } as const;
  return { ...raw, type, reason, source, at: Date.now() };
}

export interface DeadJobsDeps {
  queue: BullQueue;
  budget: Budget;
  /** The same job may come twice. */
  deadLetters: DeadLetterSink;
}

/**
 * Turns what BullMQ calls failed into dead letters. The worker that learned of the failure may be dead itself, so
 * everybody looks through the failed jobs: at the start, regularly, and when told that there is one.
 */
export class DeadJobs {
  readonly #deps: DeadJobsDeps;
  readonly #sweeping = new Coalesced(() => this.#sweepQuietly());

  constructor(deps: DeadJobsDeps) {
    this.#deps = deps;
  }

  /** Looks through all failed jobs, and once more if it was told to while it did. Never rejects. */
  sweep(): Promise<void> {
    return this.#sweeping.run();
  }

  async #sweepQuietly(): Promise<void> {
    await this.#sweep().catch(error =>
      log.debug({ error: messageOf(error) }, 'failed jobs could not be looked at; trying again later'),
    );
  }

  async #sweep(): Promise<void> {
    let skipped = 0;
    for (;;) {
      const jobs = await this.#deps.queue.failed(skipped, PAGE);
      if (jobs.length === 0) return;
      for (const job of jobs) if (!(await this.#giveUp(job))) skipped++;
    }
  }

  /** False when the job stays where it is: somebody else has it, or dead letters cannot be written now. */
  async #giveUp(job: FailedJob): Promise<boolean> {
    const { queue, budget, deadLetters } = this.#deps;
    // Its worker gave it to the store and could not say so any more: it is stored, not dead.
    if (!(await budget.isDone(job.id))) {
      if (!(await budget.claim(job.id))) return false;
      const reason = reasonOf(job);
      try {
        const data = await decodeJob(job.id, job.data).catch(() => brokenJob(job.id, job.data));
        const type = job.reason.includes('stalled') ? 'redis_job_stalled' : 'redis_job_failed';
        await deadLetters.append([deadLetterOf(data, reason, type)]);
        metrics.deadLettered.inc({ reason: 'failed_job' }, data.events);
        log.error({ job: job.id, events: data.events, reason }, 'a job failed for good and is a dead letter');
      } catch (error) {
        log.error({ job: job.id, error: messageOf(error) }, 'a dead letter could not be written; trying again later');
        await budget.unclaim(job.id);
        return false;
      }
      await budget.settle(job.id);
    }
    await queue.remove(job.id);
    return true;
  }
}

function reasonOf({ reason }: FailedJob): string {
  if (reason.includes('stalled')) return 'too many workers died with this chunk';
  return `the job failed: ${reason === '' ? 'no reason was given' : reason}`;
}
