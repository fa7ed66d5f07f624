/*
 * npm run bench [-- --json] [--events N] [--cases a,b] [--sizes 1e5,1e6,1e7] [--backlog 1e7] [--profile DIR]
 *                [--fluent-bit BINARY] [--page [--turns 3]]
 *
 * Sends forward frames of Docker's shape (Apache combined lines) through grok, schema and the durable spool, into the
 * embedded store and into a bulk sink. CPU is what the operating system accounts to the service's processes, from the
 * first event until everything is where it belongs; the load has a process of its own.
 *
 * `--cases`: only those whose name contains one of the words. `--sizes`: instead, one case with growing numbers of events,
 * each with an empty data folder. `--backlog`: instead, the store refuses until so many events wait, then takes them.
 * `--fluent-bit`: instead, the same work by that program and by us, in turns. `--page`: the cases of one machine in
 * several turns, as the text of docs/BENCHMARKS.md on standard output.
 * Redis and Elasticsearch are real ones in containers; a case whose engine is missing is left out and named. In the cases
 * with Elasticsearch these two have the first core for themselves and everything else shares the others, so that the
 * store, and not what stands before it, sets the pace. `--profile`: CPU profiles of the accepting process (its cost counts as its own).
 * Options of Node before the script (`node --trace-gc test/bench/run.ts`) are those of the accepting process.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backlog } from './backlog.ts';
import { fluentBit } from './fluent-bit.ts';
import { type Case, measure, type Result } from './measure.ts';
import { benchmarksPage } from './page.ts';
import { childrenOf } from './processes.ts';
import { replayed } from './replayed.ts';
import { missing } from './surroundings.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    events: { type: 'string', default: '1e6' },
    cases: { type: 'string' },
    sizes: { type: 'string' },
    backlog: { type: 'string' },
    'fluent-bit': { type: 'string' },
    profile: { type: 'string' },
    page: { type: 'boolean', default: false },
    turns: { type: 'string', default: '3' },
  },
});
const COLUMNS: [keyof Result, string][] = [
  ['case', 'case'],
  ['events', 'events'],
  ['events_per_second', 'events/s'],
  ['stored_per_second', 'stored/s'],
  ['cpu_us_per_event', 'µs CPU/event'],
  ['store_cpu_us_per_event', 'store µs/event'],
  ['redis_cpu_us_per_event', 'redis µs'],
  ['rss_mb', 'RSS MB'],
  ['store_rss_mb', 'store RSS MB'],
  ['ack_p50_ms', 'ack p50 ms'],
  ['ack_p99_ms', 'p99 ms'],
  ['ack_max_ms', 'max ms'],
  ['searches', 'searches'],
];

const words = values.cases?.split(',');
if (values.page) {
  process.stdout.write(await page(Number(values.turns)));
  process.exit();
}
const results: object[] = [];
for (const one of chosen()) {
  if (words !== undefined && !words.some(word => one.name.includes(word))) continue;
  const why = await missing(one);
  if (why !== undefined) {
    process.stderr.write(`left out: ${one.name}: ${why}\n`);
    continue;
  }
  if (values.backlog !== undefined) {
    const result = await backlog(one);
    results.push(result);
    if (!values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    continue;
  }
  const core = one.store === 'elasticsearch' ? apart() : undefined;
  if (one.name.startsWith('plain bulk replay')) {
    const result = { case: one.name, ...(await replayed(one, core)) };
    results.push(result);
    if (!values.json)
      process.stdout.write(`${one.name.padEnd(42)}  ${result.events}  ${result.stored_per_second} stored/s\n`);
    continue;
  }
  if (values.profile !== undefined) mkdirSync(values.profile, { recursive: true });
  const profile =
    values.profile === undefined ? undefined : join(values.profile, `${one.name.replace(/\W+/g, '-')}.cpuprofile`);
  const peer = one.name.startsWith('Fluent Bit') ? values['fluent-bit'] : undefined;
  const result = peer === undefined ? await measure(one, { profile, core }) : await fluentBit(one, peer);
  if (!values.json) printRow(result, results.length === 0);
  results.push(result);
}
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0] };
process.stdout.write(values.json ? `${JSON.stringify({ machine, results })}\n` : `\n${JSON.stringify(machine)}\n`);

function chosen(): Case[] {
  if (values.backlog !== undefined) return waiting(Number(values.backlog));
  if (values['fluent-bit'] !== undefined) return beside(Number(values.events));
  return values.sizes === undefined ? usual(Number(values.events)) : growing(values.sizes);
}

/** Turns one after another, so that a slow minute of the machine does not hit one case alone. */
async function page(count: number): Promise<string> {
  const cases = usual(Number(values.events)).filter(
    one =>
      !/redis|elasticsearch|gzip/.test(one.name) &&
      (words === undefined || words.some(word => one.name.includes(word))),
  );
  const turns: Result[][] = [];
  for (let turn = 0; turn < count; turn++) {
    const results: Result[] = [];
    for (const one of cases) {
      process.stderr.write(`turn ${turn + 1} of ${count}: ${one.name}\n`);
      results.push(await measure(one));
    }
    turns.push(results);
  }
  return benchmarksPage(turns, ['npm run bench --', ...process.argv.slice(2)].join(' '));
}

/** Leaves the first core to the services: this process and all that it starts keep to the others. */
function apart(): number | undefined {
  if (cpus().length < 2) return undefined;
  try {
    for (const pid of [process.pid, ...childrenOf(process.pid)])
      execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', `1-${cpus().length - 1}`, String(pid)]);
    return 0;
  } catch (error) {
    process.stderr.write(`no core of their own for the services: ${error}\n`);
    return undefined;
  }
}

function beside(events: number): Case[] {
  const big = { store: 'bulk', per_frame: 1000, events, connections: 1, window: 8, rate: 0, searches: false } as const;
  return Array.from({ length: 3 }, () => [
    { ...big, name: 'longshore' },
    { ...big, name: 'Fluent Bit' },
  ]).flat();
}

function waiting(events: number): Case[] {
  const big = { per_frame: 1000, events, connections: 1, window: 8, rate: 0, searches: false };
  return [
    { ...big, name: 'a backlog in the spool', store: 'bulk' },
    { ...big, name: 'a backlog in redis', store: 'bulk', buffer: 'redis' },
  ];
}

function usual(events: number): Case[] {
  const big = { per_frame: 1000, events, connections: 1, window: 8, rate: 0, searches: false };
  const small = { ...big, per_frame: 1, events: events / 4, window: 200 };
  return [
    { ...big, name: 'frames of 1000 to bulk', store: 'bulk' },
    { ...big, name: 'frames of 1000 to bulk gzip', store: 'bulk_gzip' },
    { ...big, name: 'frames of 1000 through redis to bulk', store: 'bulk', buffer: 'redis' },
    { ...big, name: 'frames of 1000 embedded', store: 'embedded' },
    { ...big, name: 'frames of 1000 embedded while searching', store: 'embedded', searches: true },
    { ...big, name: 'frames of 1000 while the store is stopped', store: 'stopped' },
    { ...small, name: 'frames of 1 to bulk', store: 'bulk' },
    { ...small, name: 'frames of 1 embedded', store: 'embedded' },
    { ...small, name: '50 containers with 1 in flight each', store: 'embedded', connections: 50, window: 1 },
    { ...small, name: 'idle with 1 in flight', store: 'embedded', window: 1, events: 3000 },
    {
      ...small,
      name: '20000 events/s in frames of 1',
      store: 'embedded',
      connections: 10,
      events: 300_000,
      rate: 20_000,
    },
    { ...big, name: 'plain bulk replay to elasticsearch', store: 'elasticsearch', events: events / 4 },
    { ...big, name: 'frames of 1000 to elasticsearch', store: 'elasticsearch', events: events / 4 },
    {
      ...big,
      name: 'frames of 1000 through redis to elasticsearch',
      store: 'elasticsearch',
      buffer: 'redis',
      events: events / 4,
    },
  ];
}

function growing(sizes: string): Case[] {
  const one = { store: 'embedded', per_frame: 1000, connections: 1, window: 8, rate: 0, searches: false } as const;
  return sizes.split(',').map(size => ({ ...one, name: `${size} events embedded`, events: Number(size) }));
}

function printRow(result: Result, isFirst: boolean): void {
  const row = (cells: string[]): string =>
    cells.map((text, i) => (i === 0 ? text.padEnd(42) : text.padStart(COLUMNS[i]![1].length))).join('  ');
  const cell = (value: string | number): string =>
    typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value);
  if (isFirst) process.stdout.write(`${row(COLUMNS.map(([, title]) => title))}\n`);
  process.stdout.write(`${row(COLUMNS.map(([name]) => cell(result[name])))}\n`);
}
