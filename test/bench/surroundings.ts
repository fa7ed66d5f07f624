import { setTimeout as sleep } from 'node:timers/promises';
import { elasticsearchImage, Server } from '../store/elasticsearch/server.ts';
import { mustRun } from '../support/command.ts';
import { RedisServer, redisEngine } from '../support/redis.ts';
import { type BulkSink, startSink } from './sink.ts';

export interface Place {
  /** `bulk`: an Elasticsearch that takes everything at once, requests uncompressed or not. `stopped`: a store that takes nothing. */
  store: 'embedded' | 'bulk' | 'bulk_gzip' | 'elasticsearch' | 'stopped' | 'stopped_bulk';
  /** What stands between spool and store; default nothing. */
  buffer?: 'redis';
}

/** What stands behind the service in one case, and how much of it has arrived there. */
export interface Surroundings {
  /** Settings for the service. */
  readonly sets: readonly string[];
  readonly sink: BulkSink | undefined;
  readonly elasticsearch: Server | undefined;
  /** Documents that have come since its start, as far as a sink tells. */
  documents(): number;
  /** Resolves when so many documents have come since its start, with the time of `performance.now()`; at once with undefined where nothing tells. */
  received(documents: number, limitMs: number): Promise<number | undefined>;
  /** CPU seconds of Redis so far. */
  redisCpu(): Promise<number>;
  /** Memory of Redis, in MB. */
  redisMb(): Promise<number>;
  close(): Promise<void>;
}

/** Why a place cannot be had on this machine; undefined when it can. */
export async function missing({ store, buffer }: Place): Promise<string | undefined> {
  const found = [
    store === 'elasticsearch' ? await elasticsearchImage(9) : true,
    buffer === 'redis' ? await redisEngine() : true,
  ];
  return found.find(answer => answer !== true) as string | undefined;
}

/** `core`: the core that Redis and Elasticsearch have to themselves; undefined for any. */
export async function surround({ store, buffer }: Place, core: number | undefined): Promise<Surroundings> {
  const sink = store === 'bulk' || store === 'bulk_gzip' ? await startSink() : undefined;
  const elasticsearch = store === 'elasticsearch' ? await Server.start(9, 2000) : undefined;
  const redis =
    buffer === 'redis' ? await RedisServer.start(['--appendonly', 'yes', '--appendfsync', 'everysec']) : undefined;
  if (core !== undefined)
    for (const name of [elasticsearch?.name, redis?.name])
      if (name !== undefined) await mustRun('docker', ['update', '--cpuset-cpus', String(core), name]);

  const sets: string[] = [];
  const url = sink?.url ?? elasticsearch?.url ?? (store === 'stopped_bulk' ? 'http://127.0.0.1:9' : undefined);
  if (url !== undefined) {
    sets.push('store.type=elasticsearch', `store.nodes=["${url}"]`);
    sets.push(`store.compression=${store === 'bulk' ? 'none' : 'gzip'}`);
  }
  if (redis !== undefined) {
    sets.push('buffer.type=redis', `buffer.url=${redis.url}`, 'buffer.max_bytes=20GB');
  }
  const info = async (section: string, field: string): Promise<number> => {
    if (redis === undefined) return 0;
    const text = await redis.client.info(section);
    return Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(text)![1]);
  };
  let counted = 0;
  return {
    sets,
    sink,
    elasticsearch,
    documents: () => sink?.documents() ?? counted,
    async received(documents, limitMs) {
      if (sink !== undefined) return sink.received(documents, limitMs);
      if (elasticsearch === undefined) return undefined;
      for (const end = performance.now() + limitMs; (await indexed(elasticsearch)) < documents; await sleep(100))
        if (performance.now() > end) throw new Error(`Elasticsearch has not got ${documents} documents`);
      counted = documents;
      return performance.now();
    },
    redisCpu: async () => (await info('cpu', 'used_cpu_sys')) + (await info('cpu', 'used_cpu_user')),
    redisMb: async () => Math.round((await info('memory', 'used_memory')) / 1e6),
    async close() {
      await sink?.close();
      await redis?.remove();
      await elasticsearch?.remove();
    },
  };
}

/** Documents that went into the daily indices, without the refresh that a count would need. */
async function indexed(elasticsearch: Server): Promise<number> {
  const { body } = await elasticsearch.json<{ _all?: { primaries?: { indexing?: { index_total: number } } } }>(
    'GET',
    '/docker-logs-*/_stats/indexing',
  );
  return body._all?.primaries?.indexing?.index_total ?? 0;
}
