/*
 * How long a backtest over stored events takes: `node test/bench/backtest.ts [--events 1e6] [--days 7] [--turns 3]
 * [--cases a,b] [--elasticsearch 8]`.
 *
 * Fills a store of its own, then asks what the API asks, in turns. Prints of each rule the median seconds and the most, what
 * the processes used of the processor (that says more where others work on the machine) and the memory of the backtest.
 * `--elasticsearch`: instead of the embedded store a real Elasticsearch of that major version in a container.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Backtests } from '../../src/backtest/backtests.ts';
import { DAY_MS } from '../../src/base/time/duration.ts';
import { dayOf, isoTime } from '../../src/base/time/iso.ts';
import type { Chunk, Store } from '../../src/core/contracts.ts';
import { configureLog } from '../../src/core/log.ts';
import { ElasticsearchStore } from '../../src/store/elasticsearch/elasticsearch-store.ts';
import { EmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { Searcher } from '../../src/store/search.ts';
import { elasticsearchImage, type Served, Server } from '../store/elasticsearch/server.ts';
import { combinedLines } from './lines/index.ts';
import { childrenOf, cpuSeconds, peakMb } from './processes.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1e6' },
    days: { type: 'string', default: '7' },
    turns: { type: 'string', default: '3' },
    cases: { type: 'string' },
    elasticsearch: { type: 'string' },
  },
});
const EVENTS = Number(values.events);
const DAYS = Number(values.days);
const END = Date.UTC(2026, 10, 28);
const BEGIN = END - DAYS * DAY_MS;
const CHUNK = 10_000;

const frequency = (filter: string, num: number, more = ''): string =>
  `type: frequency\nnum_events: ${num}\ntimeframe: { minutes: 5 }\nfilter: ${filter}\n${more}`;

const CASES: Record<string, string> = {
  'one in fifty': frequency('[{ term: { level: ERROR } }]', 100),
  'all, by container': frequency('[]', 50, 'query_key: container_name\n'),
  'all, by container, each event told': `type: any\nfilter: []\nquery_key: container_name\nrealert: { minutes: 10 }\n`,
  'all, a text in it': frequency("[{ query_string: { query: 'message:HTTP' } }]", 100_000),
  'all, values of a field': `type: cardinality\ncardinality_field: user_id\nmax_cardinality: 100\ntimeframe: { minutes: 5 }\nquery_key: container_name\nfilter: []\n`,
  'all, an average': `type: metric_aggregation\nmetric_agg_key: response_time\nmetric_agg_type: avg\nbuffer_time: { minutes: 5 }\nmax_threshold: 890\nquery_key: container_name\nfilter: []\n`,
  'all, silence': `type: flatline\nthreshold: 1\ntimeframe: { minutes: 15 }\nquery_key: container_name\nfilter: []\n`,
};

const files = mkdtempSync(join(tmpdir(), 'longshore-bench-'));
configureLog('error');
const lines = combinedLines(5000);

function* chunks(form: Store['form']): Generator<Chunk> {
  mkdirSync(join(files, 'chunks'));
  const step = (END - BEGIN) / EVENTS;
  for (let first = 0; first < EVENTS; first += CHUNK) {
    const byDay = new Map<string, { text: string[]; times: number[] }>();
    for (let i = first; i < Math.min(EVENTS, first + CHUNK); i++) {
      const time = Math.floor(BEGIN + i * step);
      const day = dayOf(time);
      const chunk = byDay.get(day) ?? { text: [], times: [] };
      byDay.set(day, chunk);
      chunk.times.push(time);
      chunk.text.push(textOf(form, i, time));
    }
    for (const [day, { text, times }] of byDay) {
      const id = `${String(first).padStart(16, '0')}.w0.${day.replaceAll('.', '')}`;
      const [minTime, maxTime] = [times[0]!, times.at(-1)!];
      const path = join(files, 'chunks', `${id}.${times.length}.${minTime}.${maxTime}.ndjson`);
      const body = text.join('');
      writeFileSync(path, body);
      yield { id, day, path, events: times.length, bytes: Buffer.byteLength(body), minTime, maxTime };
    }
  }
}

function textOf(form: Store['form'], i: number, time: number): string {
  const _id = `b${i.toString(36).padStart(12, '0')}`;
  const declared = {
    level: i % 50 === 0 ? 'ERROR' : 'INFO',
    service: `svc-${i % 10}`,
    container_id: `c0ffee${String(i % 30).padStart(58, '0')}`,
    message: lines[i % lines.length],
    user_id: `u${(i * 7919) % 1000}`,
    ip_address: '203.0.113.9',
    response_time: (i * 31) % 900,
    container_name: `shop-${i % 30}`,
    stream: 'stdout',
    tag: `docker.shop-${i % 30}`,
    hostname: 'h1',
  };
  const rest = { verb: 'GET', response: 200, bytes: i % 5000, url: { path: `/a/${i % 100}` } };
  const head = { seq: 1_795_000_000_000_000 + i, '@timestamp': isoTime(time) };
  if (form === 'embedded') return `${JSON.stringify({ _id, ...head, ...declared, fields: rest })}\n`;
  return `${JSON.stringify({ create: { _id } })}\n${JSON.stringify({ ...head, ...declared, ...rest })}\n`;
}

async function embedded(): Promise<EmbeddedStore> {
  const store = new EmbeddedStore(join(files, 'store'), {
    seal_max_age_ms: 200,
    retention: { max_age_days: 36_000, min_free_bytes: 0 },
  });
  await store.start();
  for (const chunk of chunks(store.form)) await store.accept(chunk);
  for (;;) {
    const stats = await store.stats();
    if (stats.unsealed_chunks === 0 && stats.trash === 0) return store;
    await sleep(200);
  }
}

async function elasticsearch({ url }: Server): Promise<ElasticsearchStore> {
  const store = new ElasticsearchStore(
    { nodes: [url], retention: { max_age_days: 36_000 } },
    { deadLetters: { append: async letters => Promise.reject(new Error(letters[0]?.reason)) } },
  );
  await store.start();
  for (const chunk of chunks(store.form)) await store.accept(chunk);
  return store;
}

interface Used {
  /** CPU seconds of this process, of the store, and of the backtest. */
  service: number;
  store: number;
  backtest: number;
  /** The most memory that the backtest took. */
  mb: number;
}

/** What the processes use from now on. */
function watch(storePid: number | undefined): () => Used {
  const ofStore = (): number => (storePid === undefined ? 0 : cpuSeconds(storePid));
  const own = process.cpuUsage();
  const before = ofStore();
  const used: Used = { service: 0, store: 0, backtest: 0, mb: 0 };
  const timer = setInterval(() => {
    for (const pid of childrenOf(process.pid)) {
      if (pid === storePid) continue;
      try {
        used.backtest = cpuSeconds(pid);
        used.mb = Math.max(used.mb, peakMb(pid));
      } catch {
        // It has just ended.
      }
    }
  }, 50);
  return () => {
    clearInterval(timer);
    const { user, system } = process.cpuUsage(own);
    return { ...used, service: (user + system) / 1e6, store: ofStore() - before };
  };
}

const major = values.elasticsearch === undefined ? undefined : (Number(values.elasticsearch) as Served);
const image = major === undefined ? true : await elasticsearchImage(major);
if (image !== true) throw new Error(image);
const server = major === undefined ? undefined : await Server.start(major, 1500);
let store: Store | undefined;
try {
  const begun = performance.now();
  store = server === undefined ? await embedded() : await elasticsearch(server);
  process.stdout.write(`filled in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
  const searcher = new Searcher(store, { search: async () => ({ chunks: [], events: [], isComplete: true }) });
  const words = values.cases?.split(',');
  for (const [name, rule] of Object.entries(CASES)) {
    if (words !== undefined && !words.some(word => name.includes(word))) continue;
    const backtests = new Backtests({
      searcher,
      running: () => ({
        rules: [{ path: 'r.yaml', text: `name: r\nindex: docker-logs-*\nalert: debug\n${rule}` }],
        imports: [],
      }),
      alerterDefaults: {},
      settings: {},
      env: {},
    });
    const seconds: number[] = [];
    let used: Used | undefined;
    let said = '';
    for (let turn = 0; turn < Number(values.turns); turn++) {
      const stop = watch(store instanceof EmbeddedStore ? store.pid : undefined);
      const at = performance.now();
      const answer = await backtests.run({ from: BEGIN, to: END - 1 }, 'bench', new AbortController().signal);
      seconds.push((performance.now() - at) / 1000);
      used = stop();
      const [rule] = answer.rules;
      said = `${answer.events} events, ${rule?.matches} matches, ${rule?.alerts} alerts ${answer.hints.join(' ')}`;
    }
    seconds.sort((a, b) => a - b);
    process.stdout.write(
      `${name}: ${seconds[seconds.length >> 1]!.toFixed(1)} s (most ${seconds.at(-1)!.toFixed(1)}), CPU ${(['service', 'store', 'backtest'] as const).map(one => `${one} ${used![one].toFixed(1)}`).join(', ')}, ${used!.mb} MB; ${said}; load ${loadavg()[0]!.toFixed(1)}\n`,
    );
  }
} finally {
  await store?.stop(AbortSignal.timeout(10_000));
  await server?.remove();
  rmSync(files, { recursive: true, force: true });
}
