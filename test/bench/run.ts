/*
 * npm run bench [-- --quick] [--cases WORD,WORD] [--events 200000] [--turns 1] [--json] [--profile DIR]
 *                [--peer fluent-bit BINARY | --peer longshore CHECKOUT] [--set PATH=VALUE] [--peer-set PATH=VALUE]
 *                [--page] [--sizes 1e5,1e6,1e7] [--backlog 1e7]
 * npm run bench -- search ...: searches of the embedded store, also beside VictoriaLogs, see `search.ts`.
 * npm run bench -- page ...: the page in a browser, see `test/page/bench/run.ts`.
 *
 * Sends forward frames of Docker's shape through pipelines, schema and the durable spool, into a bulk sink that answers like
 * Elasticsearch and costs nothing, or into the embedded store. Lines are of five kinds, and vary as those of sites do (`lines/`).
 * CPU is what the operating system accounts to all processes of the program, from the first event until everything is where
 * it belongs; load and sink have processes of their own. Medians of the turns, with the lowest and the highest.
 *
 * `--quick`: five cases, under two minutes. `--cases`: those whose name contains one of the words. `--peer`: every case by another program, too:
 * both are started, then they take turns. `--peer longshore .` with `--peer-set` compares settings. `--page`: the text of docs/BENCHMARKS.md.
 * `--sizes`: instead, growing numbers of events, each with an empty data folder. `--backlog`: instead, the store refuses until
 * so many events wait, then takes them.
 * Redis and Elasticsearch are real ones in containers; a case whose engine is missing is left out and named. In the cases
 * with Elasticsearch these two have the first core for themselves and everything else shares the others, so that the
 * store, and not what stands before it, sets the pace. `--profile`: CPU profiles of the accepting process (its cost counts as its own).
 * Options of Node before the script (`node --trace-gc test/bench/run.ts`) are those of the accepting process.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backlog } from './backlog.ts';
import { besideCases, engineCases, growingCases, quickCases, serviceCases, waitingCases } from './cases.ts';
import { fluentBit } from './fluent-bit.ts';
import { longshore } from './longshore.ts';
import { type Case, measure, type Result } from './measure.ts';
import { benchmarksPage } from './page.ts';
import { childrenOf } from './processes.ts';
import type { Program } from './program.ts';
import { replayed } from './replayed.ts';
import { searchBench } from './search.ts';
import { missing } from './surroundings.ts';
import { printRows } from './table.ts';

if (process.argv[2] === 'search') {
  await searchBench(process.argv.slice(3));
  process.exit();
}
if (process.argv[2] === 'page') {
  // It knows the types of a browser, and these files do not.
  const place: string = '../page/bench/run.ts';
  const { pageBench } = (await import(place)) as { pageBench(args: string[]): Promise<void> };
  await pageBench(process.argv.slice(3));
  process.exit();
}
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    cases: { type: 'string' },
    events: { type: 'string' },
    turns: { type: 'string' },
    json: { type: 'boolean', default: false },
    profile: { type: 'string' },
    peer: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    'peer-set': { type: 'string', multiple: true, default: [] },
    page: { type: 'boolean', default: false },
    sizes: { type: 'string' },
    backlog: { type: 'string' },
  },
});
const events = Number(values.events ?? (values.quick ? 60_000 : 200_000));
const turns = Number(values.turns ?? (values.page ? 3 : 1));
const words = values.cases?.split(',');
const ours = longshore({ name: 'Longshore', sets: values.set });
const peer = peerOf(values.peer, positionals[0]);

const measured: Result[][][] = [];
for (const one of chosen()) {
  const why = await missing(one);
  if (why !== undefined) {
    process.stderr.write(`left out: ${one.name}: ${why}\n`);
    continue;
  }
  if (values.page) process.stderr.write(`${new Date().toISOString()} ${one.name}\n`);
  const core = one.store === 'elasticsearch' ? apart() : undefined;
  if (values.backlog !== undefined) print(await backlog(one));
  else if (one.name.startsWith('plain bulk replay')) print({ case: one.name, ...(await replayed(one, core)) });
  else {
    const programs = peer !== undefined && one.store === 'bulk' && one.buffer === undefined ? [ours, peer] : [ours];
    const results = await measure(one, programs, { turns, profile: profileOf(one), core });
    measured.push(results);
    if (values.json) print(results);
    else if (!values.page) printRows(results, measured.length === 1);
  }
}
if (values.page) {
  process.stdout.write(benchmarksPage(measured, ['npm run bench --', ...process.argv.slice(2)].join(' ')));
} else {
  process.stderr.write(
    `node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model}, load ${loadavg()[0]!.toFixed(1)}\n`,
  );
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function chosen(): Case[] {
  const all =
    values.backlog !== undefined
      ? waitingCases(Number(values.backlog))
      : values.sizes !== undefined
        ? growingCases(values.sizes)
        : values.quick
          ? quickCases(events)
          : values.page
            ? [...besideCases(events), ...serviceCases(events)]
            : [...besideCases(events), ...serviceCases(events), ...engineCases(events)];
  return words === undefined ? all : all.filter(({ name }) => words.some(word => name.includes(word)));
}

function peerOf(kind: string | undefined, place: string | undefined): Program | undefined {
  if (kind === undefined) return undefined;
  if (place === undefined) throw new Error(`--peer ${kind} wants a path behind it`);
  if (kind === 'fluent-bit') return fluentBit(resolve(place));
  if (kind === 'longshore') return longshore({ name: 'other', checkout: resolve(place), sets: values['peer-set'] });
  throw new Error('--peer is fluent-bit or longshore');
}

function profileOf({ name }: Case): string | undefined {
  if (values.profile === undefined) return undefined;
  mkdirSync(values.profile, { recursive: true });
  return join(values.profile, `${name.replace(/\W+/g, '-')}.cpuprofile`);
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
