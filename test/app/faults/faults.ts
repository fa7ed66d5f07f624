import type { ServerResponse } from 'node:http';
import { type Answered, type Asked, forward, pairs } from '../../store/elasticsearch/gateway.ts';
import type { Server } from '../../store/elasticsearch/server.ts';
import type { Longshore } from '../../support/longshore.ts';
import type { RedisServer } from '../../support/redis.ts';
import { ISO_DAY_INDEX, setIndex } from './indices.ts';

/** What a fault may touch. */
export interface Scene {
  readonly elasticsearch: Server;
  readonly redis: RedisServer;
  /** Stands before Elasticsearch; passes everything on unless the fault says otherwise. */
  setAnswer(answer: ((asked: Asked, response: ServerResponse) => Promise<Answered | undefined>) | undefined): void;
  /** The services under test: one, or as many as the fault asks for. */
  readonly running: Longshore[];
  /** The one that is killed or was killed is started again, without its fault point. */
  again(which: number): Promise<void>;
}

export interface Fault {
  readonly name: string;
  readonly buffer: 'spool' | 'redis';
  /** Processes with the same configuration and folders of their own. */
  readonly processes?: number;
  /** Environment of the first process at its first start. */
  readonly env?: NodeJS.ProcessEnv;
  /** Arguments of redis-server; default: the append-only file, synced at once. */
  readonly redisArgs?: readonly string[];
  /** Settings beside the usual ones. */
  readonly set?: Readonly<Record<string, string>>;
  /** Before any line is sent. */
  before?(scene: Scene): Promise<void>;
  /** Half of the lines are acknowledged. */
  begin(scene: Scene): Promise<void>;
  /** All lines are acknowledged, or wait for a process that is down. */
  end(scene: Scene): Promise<void>;
  /** What Redis said it can lose is lost: the ledger has to show how much, and nothing may be there twice. */
  readonly loses?: boolean;
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
const nothing = async (): Promise<void> => {};

/** A third of the items of each bulk request is refused, until the fault ends. */
async function refuseAThird(scene: Scene, asked: Asked): Promise<Answered> {
  const url = scene.elasticsearch.url;
  if (!asked.path.includes('/_bulk')) return forward(url, asked);
  const all = pairs(asked.body);
  const rest = Buffer.from(all.filter((_, i) => i % 3 !== 0).join(''));
  const passed = rest.length === 0 ? '{"items":[]}' : String((await forward(url, { ...asked, body: rest })).body);
  const items = (JSON.parse(passed) as { items: object[] }).items.values();
  const error = { type: 'es_rejected_execution_exception', reason: 'the queue is full' };
  const answers = all.map((_, i) => (i % 3 === 0 ? { create: { status: 429, error } } : items.next().value));
  return { status: 200, body: { errors: true, items: answers } };
}

/** Elasticsearch did what it was asked for, and half of what it says of it arrives. */
async function halfAnAnswer(scene: Scene, asked: Asked, response: ServerResponse): Promise<Answered | undefined> {
  const answer = await forward(scene.elasticsearch.url, asked);
  if (!asked.path.includes('/_bulk')) return answer;
  const text = String(answer.body);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-elastic-product': 'Elasticsearch',
  });
  response.write(text.slice(0, text.length / 2), () => response.destroy());
  return undefined;
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'Elasticsearch stands still for seconds',
    buffer: 'spool',
    begin: async scene => void (await scene.elasticsearch.pause()),
    end: async scene => {
      await pause(3000);
      await scene.elasticsearch.unpause();
    },
  },
  {
    name: 'Elasticsearch refuses a third of the items with 429',
    buffer: 'redis',
    begin: async scene => scene.setAnswer(asked => refuseAThird(scene, asked)),
    end: async scene => scene.setAnswer(undefined),
  },
  {
    name: 'half an answer to each bulk request',
    buffer: 'redis',
    begin: async scene => scene.setAnswer((asked, response) => halfAnAnswer(scene, asked, response)),
    end: async scene => {
      await pause(1000);
      scene.setAnswer(undefined);
    },
  },
  {
    name: 'a red index',
    buffer: 'spool',
    before: async ({ elasticsearch }) => {
      const nowhere = { settings: { 'index.routing.allocation.include._name': 'nowhere' } };
      await elasticsearch.json('PUT', `/${ISO_DAY_INDEX()}?wait_for_active_shards=0`, nowhere);
    },
    begin: nothing,
    end: ({ elasticsearch }) => setIndex(elasticsearch, { 'index.routing.allocation.include._name': null }),
  },
  {
    name: 'the index is read-only, as after a full disk',
    buffer: 'redis',
    before: async ({ elasticsearch }) => void (await elasticsearch.json('PUT', `/${ISO_DAY_INDEX()}`)),
    begin: async ({ elasticsearch }) => {
      const watch = { 'cluster.routing.allocation.disk.threshold_enabled': false };
      await elasticsearch.json('PUT', '/_cluster/settings', { persistent: watch });
      await setIndex(elasticsearch, { 'index.blocks.read_only_allow_delete': true });
    },
    end: async ({ elasticsearch }) => {
      await setIndex(elasticsearch, { 'index.blocks.read_only_allow_delete': null });
      const watch = { 'cluster.routing.allocation.disk.threshold_enabled': null };
      await elasticsearch.json('PUT', '/_cluster/settings', { persistent: watch });
    },
  },
  {
    name: 'Redis is killed, with its append-only file',
    buffer: 'redis',
    begin: ({ redis }) => redis.kill(),
    end: ({ redis }) => redis.startAgain(),
  },
  {
    name: 'Redis is killed without a file, with chunks in it',
    buffer: 'redis',
    redisArgs: ['--appendonly', 'no'],
    // A chunk in the hands of the worker is stored all the same; the others are lost.
    set: { 'buffer.concurrency': '1', 'buffer.spool.chunk_max_events': '5' },
    loses: true,
    // Nothing leaves Redis before it dies.
    before: async scene => scene.setAnswer(async () => ({ status: 503, body: {} })),
    begin: async ({ redis }) => {
      await pause(1500);
      await redis.kill();
    },
    end: async scene => {
      scene.setAnswer(undefined);
      await scene.redis.startAgain();
    },
  },
  {
    name: 'Redis is full',
    buffer: 'redis',
    begin: async ({ redis }) => {
      const used = Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))![1]);
      await redis.client.config('SET', 'maxmemory', String(used));
    },
    end: async ({ redis }) => {
      await pause(1000);
      await redis.client.config('SET', 'maxmemory', '0');
    },
  },
  {
    name: 'the worker dies between bulk and settle',
    buffer: 'redis',
    env: { LONGSHORE_FAULT: 'redis.after_write:2' },
    begin: nothing,
    end: async scene => {
      await scene.running[0]!.exited;
      await scene.again(0);
    },
  },
  {
    name: 'kill -9 of everything',
    buffer: 'redis',
    begin: async scene => {
      await scene.running[0]!.kill();
      await scene.again(0);
    },
    end: async scene => {
      await scene.running[0]!.kill();
      await scene.again(0);
    },
  },
  {
    name: 'two processes, each a candidate for the evaluator, and the first one dies',
    buffer: 'redis',
    processes: 2,
    begin: async scene => void (await scene.running[0]!.kill()),
    end: scene => scene.again(0),
  },
  {
    name: 'the clock is stepped back by an hour',
    buffer: 'redis',
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(steppedBack())}` },
    begin: () => pause(1500),
    end: nothing,
  },
];

/** After two seconds of running, `Date` is an hour behind. */
function steppedBack(): string {
  return `
    const real = Date.now, started = real(), Old = Date;
    const now = () => real() - (real() - started > 2000 ? 3600000 : 0);
    globalThis.Date = class extends Old { constructor(...a) { if (a.length === 0) super(now()); else super(...a); } static now() { return now(); } };
  `;
}
