import type { Link } from '../base/process/link.ts';
import { orDeadLetters } from '../buffer/spool/refused-chunk.ts';
import type { Chunk, DeadLetterSink, Lifecycle } from '../core/contracts.ts';
import type { Hello, PrimaryCalls, WorkerCalls } from './protocol.ts';
import type { SinkSettings } from './settings.ts';

/** Where a worker's chunks go. */
export interface WorkerSink extends Lifecycle {
  /** Chunks that may be offered at the same time. */
  readonly concurrency: number;
  accept(chunk: Chunk): Promise<void>;
}

/**
 * The embedded store has one owner: the primary is told where the chunk lies. To anything else each worker has
 * connections of its own; what those never will take is the primary's again.
 */
export async function makeWorkerSink(
  { settings: { sink, hasCopies }, node }: Hello,
  link: Link<PrimaryCalls, WorkerCalls>,
): Promise<WorkerSink> {
  const nothing = async () => {};
  if (sink.type === 'primary')
    return { concurrency: 1, start: nothing, stop: nothing, accept: chunk => link.request('accept', chunk) };
  const deadLetters: DeadLetterSink = { append: letters => link.request('deadLetters', letters) };
  const own = await ownSink(sink, node, deadLetters);
  const accept = async (chunk: Chunk): Promise<void> => {
    if (hasCopies) await link.request('keep', chunk);
    await own.sink.accept(chunk);
    // Before the spool forgets it: the primary's searches must find it from then on.
    if (sink.type === 'elasticsearch') await link.request('wrote', chunk.day);
  };
  return {
    concurrency: own.concurrency,
    start: () => own.sink.start(),
    stop: signal => own.sink.stop(signal),
    accept: orDeadLetters(accept, deadLetters),
  };
}

/** Only what is used is loaded: a worker that died is back sooner. */
async function ownSink(
  sink: Exclude<SinkSettings, { type: 'primary' }>,
  node: string,
  deadLetters: DeadLetterSink,
): Promise<{ sink: Omit<WorkerSink, 'concurrency'>; concurrency: number }> {
  if (sink.type === 'redis') {
    const { RedisQueue } = await import('../buffer/redis/redis-queue.ts');
    const queue = new RedisQueue(sink.options, { source: node });
    return { sink: queue, concurrency: sink.options.max_unconfirmed_chunks };
  }
  if (sink.type === 'forward') {
    const { ForwardStore } = await import('../senders/forward-store.ts');
    return { sink: new ForwardStore(sink.options, node), concurrency: sink.options.max_in_flight };
  }
  const { ElasticsearchStore } = await import('../store/elasticsearch/elasticsearch-store.ts');
  const store = new ElasticsearchStore(sink.options, { deadLetters });
  return { sink: store, concurrency: Math.max(1, Math.ceil(sink.options.max_in_flight / 2)) };
}
