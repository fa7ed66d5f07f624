import type { Link } from '../base/process/link.ts';
import { orDeadLetters } from '../buffer/spool/refused-chunk.ts';
import type { Chunk, DeadLetterSink, Lifecycle } from '../core/contracts.ts';
import type { Hello, PrimaryCalls, WorkerCalls } from './protocol.ts';

/** Where a worker's chunks go. */
export interface WorkerSink extends Lifecycle {
  /** Chunks that may be offered at the same time. */
  readonly concurrency: number;
  accept(chunk: Chunk): Promise<void>;
}

/**
 * The embedded store has one owner: the primary is told where the chunk lies. To anything else each worker has
 * connections of its own; dead letters go to the primary. Only what is used is loaded: a worker that died is back sooner.
 */
export async function makeWorkerSink(
  { settings, node }: Hello,
  link: Link<PrimaryCalls, WorkerCalls>,
): Promise<WorkerSink> {
  const { sink } = settings;
  const nothing = async () => {};
  const deadLetters: DeadLetterSink = { append: letters => link.request('deadLetters', letters) };
  /** To a sink of its own: the copies have it first, and what the sink will never take is the primary's. */
  const through = (accept: (chunk: Chunk) => Promise<void>) =>
    orDeadLetters(async chunk => {
      if (settings.hasCopies) await link.request('keep', chunk);
      await accept(chunk);
    }, deadLetters);
  if (sink.type === 'primary') {
    return {
      concurrency: 1,
      start: nothing,
      stop: nothing,
      accept: chunk => link.request('accept', chunk),
    };
  }
  if (sink.type === 'redis') {
    const { RedisQueue } = await import('../buffer/redis/redis-queue.ts');
    const queue = new RedisQueue(sink.options, { source: node });
    return {
      concurrency: sink.options.max_unconfirmed_chunks,
      start: () => queue.start(),
      stop: signal => queue.stop(signal),
      accept: through(chunk => queue.accept(chunk)),
    };
  }
  if (sink.type === 'forward') {
    const { ForwardStore } = await import('../senders/forward-store.ts');
    const forward = new ForwardStore(sink.options, node);
    return {
      concurrency: sink.options.max_in_flight,
      start: () => forward.start(),
      stop: signal => forward.stop(signal),
      accept: through(chunk => forward.accept(chunk)),
    };
  }
  const { ElasticsearchStore } = await import('../store/elasticsearch/elasticsearch-store.ts');
  const elasticsearch = new ElasticsearchStore(sink.options, {
    deadLetters,
  });
  return {
    concurrency: Math.max(1, Math.ceil(sink.options.max_in_flight / 2)),
    start: () => elasticsearch.start(),
    stop: signal => elasticsearch.stop(signal),
    accept: through(async chunk => {
      await elasticsearch.accept(chunk);
      // Before the spool forgets it: the primary's searches must find it from then on.
      await link.request('wrote', chunk.day);
    }),
  };
}
