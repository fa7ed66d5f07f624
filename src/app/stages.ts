import { join } from 'node:path';
import { RedisQueue } from '../buffer/redis/redis-queue.ts';
import { RedisWorker } from '../buffer/redis/redis-worker.ts';
import type { Chunk, Lifecycle, Store } from '../core/contracts.ts';
import { ElasticsearchStore } from '../store/elasticsearch/elasticsearch-store.ts';
import { EmbeddedStore } from '../store/embedded/embedded-store.ts';
import { DeadLetterFile } from './dead-letters.ts';
import type { Settings } from './settings.ts';

/** A store that says when it answers. */
export type ServiceStore = Store & { ready(): boolean };

/** What stands behind the spool. */
export interface Stages {
  readonly store: ServiceStore;
  /** Where the spool's chunks go: the store, or Redis before it. */
  accept(chunk: Chunk): Promise<void>;
  /** Chunks that may be offered at the same time. */
  readonly concurrency: number;
  /** What stands between spool and store, in the order in which it starts. */
  readonly between: readonly Lifecycle[];
}

export type MakeStages = (dataDir: string, settings: Settings) => Stages;

/**
 *     spool -> embedded
 *     spool -> elasticsearch
 *     spool -> RedisQueue ~> RedisWorker -> elasticsearch
 */
export const makeStages: MakeStages = (dataDir, settings) => {
  if (settings.store.type === 'embedded') {
    const store = new EmbeddedStore(join(dataDir, 'store'), settings.store);
    return { store, accept: chunk => store.accept(chunk), concurrency: 1, between: [] };
  }
  const deadLetters = new DeadLetterFile(join(dataDir, 'dead-letters'));
  const store = new ElasticsearchStore(settings.store, { deadLetters: letters => deadLetters.append(letters) });
  if (settings.buffer.type === 'spool') {
    return { store, accept: chunk => store.accept(chunk), concurrency: settings.store.max_in_flight, between: [] };
  }
  const queue = new RedisQueue(settings.buffer);
  const worker = new RedisWorker(settings.buffer, {
    write: data => store.write(data),
    deadLetter: ({ id, day, events, body }, reason) =>
      deadLetters.append([
        { type: 'redis_job', at: Date.now(), chunk: id, day, events, reason, body: body.toString('utf8') } as never,
      ]),
  });
  return {
    store,
    accept: chunk => queue.accept(chunk),
    concurrency: settings.buffer.max_unconfirmed_chunks,
    between: [worker, queue],
  };
};
