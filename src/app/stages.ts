import { join } from 'node:path';
import { RedisQueue } from '../buffer/redis/redis-queue.ts';
import { RedisWorker } from '../buffer/redis/redis-worker.ts';
import { orDeadLetters } from '../buffer/spool/refused-chunk.ts';
import type { Chunk, DocumentForm, Lifecycle, Store } from '../core/contracts.ts';
import type { Holder } from '../data/backup.ts';
import { tellOfDaysLeftBehind } from '../data/migrated.ts';
import { nodeIdOf } from '../data/node-id.ts';
import { DeadLetterQueue } from '../dead-letters/queue.ts';
import { Copies } from '../senders/copies.ts';
import { ElasticsearchStore } from '../store/elasticsearch/elasticsearch-store.ts';
import { ForwardStore } from '../senders/forward-store.ts';
import { EmbeddedStore } from '../store/embedded/embedded-store.ts';
import { ALL_ROLES, type Role, type Roles } from './roles/roles.ts';
import type { Settings } from './settings.ts';

/** A store that says when it answers. */
export type ServiceStore = Store & Holder & { ready(): boolean; readonly alarm?: string | undefined };

/** What stands behind the spool. */
export interface Stages {
  /** How documents are written for it. */
  readonly form: DocumentForm;
  /** Undefined in a process whose roles need none. */
  readonly store: ServiceStore | undefined;
  /** Where the spool's chunks go: the store, or Redis before it. Not called without the role `ingest`. */
  accept(chunk: Chunk): Promise<void>;
  /** Before a worker process gives the chunk to its own sink: for `copies`. */
  keep(chunk: Chunk): Promise<void>;
  /** A worker process has stored events of this day. */
  wrote(day: string): void;
  /** Chunks that may be offered at the same time. */
  readonly concurrency: number;
  /** What stands between spool and store, in the order in which it starts. */
  readonly between: readonly Lifecycle[];
  /** Where everything goes that is refused for good. Starts before the store, and stops after it. */
  readonly deadLetters: DeadLetterQueue;
}

export type MakeStages = (dataDir: string, settings: Settings, roles?: Roles) => Stages;

/**
 *     spool -> embedded
 *     spool -> elasticsearch
 *     spool -> RedisQueue ~> RedisWorker -> elasticsearch
 *     spool -> forward: another longshore, Fluentd
 *
 * `copies` stand between the spool and whatever takes its chunks.
 */
export const makeStages: MakeStages = (dataDir, settings, roles = ALL_ROLES) => {
  const stages = withCopies(dataDir, settings, roles);
  const { deadLetters } = stages;
  return { ...stages, accept: orDeadLetters(stages.accept, deadLetters) };
};

function withCopies(dataDir: string, settings: Settings, roles: Roles): Stages {
  const stages = storeStages(dataDir, settings, roles);
  if (settings.copies.length === 0 || !roles.has('ingest')) return stages;
  const copies = new Copies(settings.copies, {
    dir: join(dataDir, 'copies'),
    chunkDir: join(dataDir, 'chunks'),
    node: nodeIdOf(dataDir),
  });
  const accept = async (chunk: Chunk): Promise<void> => {
    await copies.keep(chunk);
    await stages.accept(chunk);
  };
  return { ...stages, accept, keep: chunk => copies.keep(chunk), between: [...stages.between, copies] };
}

function storeStages(dataDir: string, settings: Settings, roles: Roles): Stages {
  const deadLetters = new DeadLetterQueue(dataDir, settings.dead_letters);
  const common = { form: 'elasticsearch', between: [], deadLetters, keep: async () => {}, wrote: () => {} } as const;
  if (settings.store.type === 'embedded') {
    const atOnce = Math.max(1, Math.floor(settings.search.max_searches / 5));
    const options = { ...settings.store, max_concurrent_queries: atOnce };
    const store = new EmbeddedStore(join(dataDir, 'store'), options, () => void deadLetters.collect());
    return { ...common, form: 'embedded', store, accept: chunk => store.accept(chunk), concurrency: 1 };
  }
  if (settings.store.type === 'forward') {
    const store = new ForwardStore(settings.store, nodeIdOf(dataDir));
    return { ...common, store, accept: chunk => store.accept(chunk), concurrency: settings.store.max_in_flight };
  }
  tellOfDaysLeftBehind(dataDir);
  const isStoreNeeded =
    settings.buffer.type === 'spool' || ['index', 'alert', 'web'].some(role => roles.has(role as Role));
  const store = isStoreNeeded ? new ElasticsearchStore(settings.store, { deadLetters }) : undefined;
  if (settings.buffer.type === 'spool') {
    return {
      ...common,
      store,
      accept: chunk => store!.accept(chunk),
      wrote: day => store!.wrote(day),
      concurrency: settings.store.max_in_flight,
    };
  }
  const hasSpool = roles.has('ingest') || roles.has('index');
  const queue = hasSpool ? new RedisQueue(settings.buffer, { source: nodeIdOf(dataDir) }) : undefined;
  const worker = roles.has('index')
    ? new RedisWorker(settings.buffer, {
        write: data => store!.write(data),
        deadLetters,
      })
    : undefined;
  return {
    ...common,
    store,
    accept: chunk =>
      queue?.accept(chunk) ?? Promise.reject(new Error('there is no queue without the role ingest or index')),
    concurrency: settings.buffer.max_unconfirmed_chunks,
    between: [worker, queue].filter(stage => stage !== undefined),
  };
}
