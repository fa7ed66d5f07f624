/*
 * npm run bench -- search [--events 5e6] [--turns 5] [--cases WORD,WORD] [--keep DIR] [--set KEY=VALUE] [--no-intake]
 *
 * How long searches of the embedded store take: fills one with access lines of 24 hours as the shipped pipeline leaves them,
 * no two alike, then asks what the page asks, in turns. Each line has the median until the rows are there, the median of a search
 * with its total, and what both took of the processor in the store, which says more where others work on the machine. `--keep`: the store stays in this folder, and one that is there already is asked as it is.
 * `--set`: settings of the store. Then the same with intake beside it, unless `--no-intake`.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isoTime } from '../../src/base/time/iso.ts';
import type { Chunk } from '../../src/core/contracts.ts';
import { LongshoreError } from '../../src/core/errors.ts';
import { configureLog } from '../../src/core/log.ts';
import { EmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { parseQuery } from '../../src/store/query/parse.ts';
import { Searcher } from '../../src/store/search.ts';
import { METHODS, STATUSES } from './lines/access.ts';
import { Dice, HOSTS, NAMES, WORDS } from './lines/words.ts';
import { cpuSeconds, peakMb } from './processes.ts';

const BEGIN = Date.UTC(2026, 10, 20);
const DAY_MS = 86_400_000;
const CHUNK = 10_000;
/** Each has 256 of 5 million events. */
const ADDRESSES = 19_531;
const RARE = 'Quetzalcoatl';

interface Question {
  readonly name: string;
  readonly query: string;
  /** Of the histogram; undefined for a page of the newest 100. */
  readonly by?: string | null;
}

const QUESTIONS: readonly Question[] = [
  { name: 'newest 100 of everything', query: '' },
  { name: 'newest 100 of level:ERROR', query: 'level:ERROR' },
  { name: 'newest 100 of response:500', query: 'response:500' },
  { name: 'newest 100 of bytes:>49990 AND verb:POST', query: 'bytes:>49990 AND verb:POST' },
  { name: 'newest 100 of clientip:10.1.2.3', query: 'clientip:10.1.2.3' },
  { name: 'a rare word, inside of a word, any case', query: 'uetZALcoat' },
  { name: 'a word that is nowhere', query: 'xylophone' },
  { name: 'an id of a found field that is nowhere', query: 'request_id:4bf92f3577b34da6a3ce929d0e0e4736' },
  { name: 'newest 100 of a regular expression', query: 'message:/users\\/[0-9]+7 HTTP.{1,9}404/' },
  { name: 'histogram of everything by level', query: '', by: 'level' },
  { name: 'histogram of level:ERROR', query: 'level:ERROR', by: null },
  { name: 'histogram of response:500', query: 'response:500', by: null },
  { name: 'histogram of everything by verb', query: '', by: 'verb' },
];

/** One line of a chunk: what the pipeline of access logs leaves of a line. */
function textOf(dice: Dice, i: number, time: number, agents: readonly string[]): string {
  const response = dice.pick(STATUSES);
  const verb = dice.pick(METHODS);
  const clientip = addressOf(dice.next(ADDRESSES));
  const auth = dice.once(20) ? dice.pick(NAMES) : '-';
  const httpversion = dice.pick(['1.0', '1.1', '2.0']);
  const bytes = response === 304 || dice.once(12) ? undefined : dice.next(50_000);
  const path = `/${dice.pick(WORDS)}/${dice.pick(WORDS)}${dice.once(2) ? `/${dice.next(1000)}` : ''}`;
  const request = dice.once(500_000) ? `/${RARE}s/${dice.next(100)}` : path;
  const referrer = dice.once(2) ? undefined : `https://${dice.pick(HOSTS)}/${dice.pick(WORDS)}`;
  const agent = dice.pick(agents);
  const at = isoTime(time);
  const stamp = `${at.slice(8, 10)}/Nov/2026:${at.slice(11, 19)} +0000`;
  const container = dice.next(60);
  return `${JSON.stringify({
    _id: `${frame(i)}.${i % 1000}`,
    seq: 1_795_000_000_000_000 + i,
    '@timestamp': isoTime(time - (time % 1000)),
    level: response >= 500 ? 'ERROR' : response >= 400 ? 'WARN' : 'INFO',
    service: `web-${container % 12}`,
    container_id: `c0ffee${String(container).padStart(58, '0')}`,
    message: `${clientip} - ${auth} [${stamp}] "${verb} ${request} HTTP/${httpversion}" ${response} ${bytes ?? '-'} "${referrer ?? '-'}" "${agent}"`,
    user_id: auth === '-' ? undefined : auth,
    ip_address: clientip,
    container_name: `web-${container % 12}-${container}`,
    stream: 'stdout',
    tag: 'docker.nginx',
    fields: { clientip, ident: '-', auth, verb, request, httpversion, response, bytes, referrer, agent },
  })}\n`;
}

const AGENTS = 400;

/** One is 10.1.2.3. */
const addressOf = (n: number): string =>
  n === 0 ? '10.1.2.3' : `${1 + ((n * 7919) % 222)}.${(n * 31) % 256}.${n >> 8}.${n % 256}`;

/** What the ids of a frame begin with. */
const frame = (i: number): string =>
  createHash('sha256')
    .update(String(Math.floor(i / 1000)))
    .digest('base64url')
    .slice(0, 16);

/** As they come: each chunk has what arrived in a few seconds of one day. */
function* chunks(dir: string, events: number, from: number, length: number, seed: number): Generator<Chunk> {
  const dice = new Dice(seed);
  const agents = Array.from({ length: AGENTS }, () => dice.agent());
  const step = length / events;
  for (let first = 0, end = 0; first < events; first = end) {
    const text: string[] = [];
    const midnight = (Math.floor((from + first * step) / DAY_MS) + 1) * DAY_MS;
    end = Math.min(events, first + CHUNK, Math.max(first + 1, Math.floor((midnight - from) / step)));
    for (let i = first; i < end; i++) text.push(textOf(dice, i, Math.floor(from + i * step), agents));
    const id = `${String(first).padStart(16, '0')}.s${seed}`;
    const path = join(dir, `${id}.ndjson`);
    const body = text.join('');
    writeFileSync(path, body);
    const minTime = Math.floor((from + first * step) / 1000) * 1000;
    const maxTime = Math.floor(from + (end - 1) * step);
    const day = isoTime(minTime).slice(0, 10).replaceAll('-', '.');
    yield { id, day, path, events: end - first, bytes: Buffer.byteLength(body), minTime, maxTime };
  }
}

export async function searchBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: 'string', default: '5e6' },
      turns: { type: 'string', default: '5' },
      cases: { type: 'string' },
      keep: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      'no-intake': { type: 'boolean', default: false },
    },
  });
  configureLog('error');
  const events = Number(values.events);
  const turns = Number(values.turns);
  const words = values.cases?.split(',');
  const asked = QUESTIONS.filter(({ name }) => words === undefined || words.some(word => name.includes(word)));
  const dir = values.keep ?? mkdtempSync(join(tmpdir(), 'longshore-bench-'));
  const isThere = existsSync(join(dir, 'store'));
  mkdirSync(join(dir, 'chunks'), { recursive: true });
  const store = new EmbeddedStore(join(dir, 'store'), {
    seal_min_age_ms: 100,
    seal_max_age_ms: 1000,
    merge_idle_ms: 3_600_000,
    ...Object.fromEntries(values.set.map(each => each.split('=')).map(([key, value]) => [key, Number(value)])),
    retention: { max_age_days: 36_000, min_free_bytes: 0 },
  });
  try {
    await store.start();
    if (!isThere) await fill(store, join(dir, 'chunks'), events, BEGIN);
    const { rows, bytes, segments } = await store.stats();
    print(`${rows} events in ${segments} segments, ${(bytes / rows).toFixed(1)} bytes each`);
    await askAll(store, asked, turns);
    if (!values['no-intake']) await besideIntake(store, join(dir, 'chunks'), asked);
    print(`store process: ${peakMb(store.pid!)} MB at most; load ${loadavg()[0]!.toFixed(1)}`);
  } finally {
    await store.stop(AbortSignal.timeout(10_000));
    if (values.keep === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

/** So many events of the 24 hours from `begin` (epoch milliseconds), sealed and merged. */
export async function fill(store: EmbeddedStore, dir: string, events: number, begin: number): Promise<void> {
  const before = cpuSeconds(store.pid!);
  for (const chunk of chunks(dir, events, begin, DAY_MS, 1)) {
    await store.accept(chunk);
    // No more than a service leaves behind when it is busy.
    while ((await store.stats()).unsealed_chunks > 60) await sleep(50);
  }
  await settled(store);
  const cpu = cpuSeconds(store.pid!) - before;
  print(`stored with ${((cpu * 1e6) / events).toFixed(2)} µs CPU an event, merging included`);
}

/** Until nothing is sealed or merged any more: a merge that runs shows in nothing but its work. */
async function settled(store: EmbeddedStore): Promise<void> {
  for (let still = 0, before = 0; still < 5; ) {
    const { unsealed_chunks, trash } = await store.stats();
    const cpu = cpuSeconds(store.pid!);
    still = unsealed_chunks === 0 && trash === 0 && cpu - before < 0.05 ? still + 1 : 0;
    before = cpu;
    await sleep(500);
  }
}

async function askAll(store: EmbeddedStore, asked: readonly Question[], turns: number): Promise<void> {
  const searcher = new Searcher(store, { search: async () => ({ chunks: [], events: [], isComplete: true }) });
  const times = new Map(
    asked.map(question => [question, { rows: [] as number[], all: [] as number[], cpu: 0, said: '' }]),
  );
  for (let turn = 0; turn < turns; turn++) {
    for (const question of asked) {
      const kept = times.get(question)!;
      const before = cpuSeconds(store.pid!);
      const answer = await ask(store, searcher, question);
      kept.cpu += cpuSeconds(store.pid!) - before;
      if (answer.rows !== undefined) kept.rows.push(answer.rows);
      kept.all.push(answer.all);
      kept.said = answer.said;
    }
  }
  print(`${'query'.padEnd(46)} ${'rows'.padStart(9)} ${'all'.padStart(9)} ${'CPU'.padStart(9)}`);
  for (const [{ name }, { rows, all, cpu, said }] of times)
    print(
      `${name.padEnd(46)} ${milliseconds(rows)} ${milliseconds(all)} ${milliseconds([(cpu * 1000) / turns])}  ${said}`,
    );
}

async function ask(
  store: EmbeddedStore,
  searcher: Searcher,
  { query, by }: Question,
): Promise<{ rows?: number; all: number; said: string }> {
  const range = { from: BEGIN, to: BEGIN + DAY_MS - 1 };
  const start = performance.now();
  try {
    if (by !== undefined) {
      const { buckets } = await searcher.histogram({ query, ...range, by: by ?? undefined, buckets: 80 });
      const all = performance.now() - start;
      return { all, said: `${buckets.reduce((sum, { count }) => sum + count, 0)} events, ${buckets.length} buckets` };
    }
    const request = { query: parseQuery(query), ...range, size: 100, order: 'desc' as const };
    const { hits } = await store.search({ ...request, withoutTotal: true });
    const rows = performance.now() - start;
    const again = performance.now();
    const { total } = await searcher.search({ query, ...range, size: 100 });
    const all = performance.now() - again;
    return { rows, all, said: `${hits.length} rows of ${total.relation === 'gte' ? '>=' : ''}${total.value}` };
  } catch (error) {
    if (!(error instanceof LongshoreError)) throw error;
    return { all: performance.now() - start, said: error.code };
  }
}

function milliseconds(times: readonly number[]): string {
  const median = times.toSorted((a, b) => a - b)[times.length >> 1];
  return (median === undefined ? '' : `${median.toFixed(median < 10 ? 1 : 0)} ms`).padStart(9);
}

/** Twenty thousand events a second while it is asked. */
async function besideIntake(store: EmbeddedStore, dir: string, asked: readonly Question[]): Promise<void> {
  let running = true;
  const intake = (async () => {
    for (const chunk of chunks(dir, 2e6, BEGIN + DAY_MS - 600_000, 599_000, 2)) {
      if (!running) break;
      await store.accept(chunk);
      await sleep(500);
    }
  })();
  print('with intake beside it:');
  await askAll(store, asked, 3);
  running = false;
  await intake;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
