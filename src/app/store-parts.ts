import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { lifecycle } from '../base/process/parts.ts';
import { RedisQueue } from '../buffer/redis/redis-queue.ts';
import { RedisWorker } from '../buffer/redis/redis-worker.ts';
import { orDeadLetters } from '../buffer/spool/refused-chunk.ts';
import type { Chunk } from '../core/contracts.ts';
import { DeadLetterQueue } from '../dead-letters/queue.ts';
import { Copies } from '../senders/copies.ts';
import { ForwardStore } from '../senders/forward-store.ts';
import { ElasticsearchStore } from '../store/elasticsearch/elasticsearch-store.ts';
import { EmbeddedStore } from '../store/embedded/embedded-store.ts';
import type { Process, ProcessParts, ProcessSpec, ServiceStore } from './process-parts.ts';
import type { Settings } from './settings.ts';

/**
 * What stands behind the spool:
 *
 *     spool -> embedded
 *     spool -> elasticsearch
 *     spool -> RedisQueue ~> RedisWorker -> elasticsearch
 *     spool -> forward: another longshore, Fluentd
 *
 * `copies` stand between the spool and whatever takes its chunks. Dead letters start before the store, and stop after it.
 */
export function addStoreParts(parts: Process, { settings, roles }: ProcessSpec): void {
  const { buffer, store, copies } = settings;
  const isOverRedis = buffer.type === 'redis';
  const hasSpool = roles.has('ingest') || roles.has('index');
  parts.add('deadLetters', ['data'], ({ data }) => lifecycle(new DeadLetterQueue(data.dir, settings.dead_letters)));
  if (!isOverRedis || roles.has('index') || roles.has('alert') || roles.has('web')) {
    parts.add('store', ['data', 'deadLetters'], needed => {
      const made = makeStore(settings, needed);
      const started = made.start();
      // What fails before somebody asks for it must not leave this rejection without a handler.
      started.catch(() => {});
      return { value: { store: made, started }, stop: signal => made.stop(signal) };
    });
  }
  if (isOverRedis && roles.has('index')) {
    parts.add('indexWorker', ['deadLetters', 'store'], ({ deadLetters, store: behind }) => {
      const { store: target, started } = behind!;
      const worker = new RedisWorker(buffer, {
        write: data => target.write!(data),
        deadLetters,
      });
      return {
        value: worker,
        // Nothing is written before the store has put its templates.
        start: () => void started.then(() => worker.start()).catch(() => {}),
        stop: async signal => {
          // It would wait for a store that takes nothing until the deadline; like this it puts back what it has.
          if (!target.ready()) await target.stop(AbortSignal.any([signal, AbortSignal.timeout(500)]));
          await worker.stop(signal);
        },
      };
    });
  }
  if (!hasSpool) return;
  if (isOverRedis) parts.add('queue', ['data'], ({ data }) => lifecycle(new RedisQueue(buffer, { source: data.node })));
  if (copies.length > 0 && roles.has('ingest')) {
    parts.add('copies', ['data'], ({ data: { dir, node } }) =>
      lifecycle(new Copies(copies, { dir: join(dir, 'copies'), chunkDir: join(dir, 'chunks'), node })),
    );
  }
  parts.add('sink', ['deadLetters', 'store', 'queue', 'copies'], needed => {
    const { deadLetters, queue } = needed;
    const taker = queue ?? needed.store!.store;
    const keep = async (chunk: Chunk) => needed.copies?.keep(chunk);
    const accept = async (chunk: Chunk) => {
      await keep(chunk);
      await taker.accept(chunk);
    };
    return {
      value: {
        concurrency: isOverRedis ? buffer.max_unconfirmed_chunks : store.type === 'embedded' ? 1 : store.max_in_flight,
        accept: orDeadLetters(accept, deadLetters),
        keep,
        deadLetters: letters => deadLetters.append(letters),
        wrote: day => needed.store?.store.wrote?.(day),
      },
    };
  });
}

function makeStore(
  { store, search }: Settings,
  { data: { dir, node }, deadLetters }: Pick<ProcessParts, 'data' | 'deadLetters'>,
): ServiceStore {
  if (store.type === 'embedded') {
    const atOnce = Math.max(1, Math.floor(search.max_searches / 8));
    // Each keeps a core busy: on few of them more at once make none of them ready sooner, and light ones late.
    const cores = Math.max(1, Math.floor(availableParallelism() / 2));
    const heavy = Math.min(Math.ceil(atOnce / 2), cores);
    const options = { ...store, light_queries: atOnce, heavy_queries: heavy, whole_queries: Math.min(atOnce, cores) };
    return new EmbeddedStore(join(dir, 'store'), options, () => void deadLetters.collect());
  }
  if (store.type === 'forward') return new ForwardStore(store, node);
  return new ElasticsearchStore(store, { deadLetters });
}
