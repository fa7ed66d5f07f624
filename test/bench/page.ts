import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import type { Result } from './measure.ts';
import { type Figure, partOf, spreadOf } from './table.ts';

type Turns = readonly (readonly Result[])[];

const SERVICE_COLUMNS: readonly [Figure, string][] = [
  ['events_per_second', 'acknowledged/s'],
  ['cpu_us_per_event', 'CPU, µs an event'],
  ['store_cpu_us_per_event', 'of it the store'],
  ['rss_mb', 'RSS MB'],
  ['store_rss_mb', 'store RSS MB'],
  ['ack_p50_ms', 'ack p50 ms'],
  ['ack_p99_ms', 'ack p99 ms'],
];
const BESIDE_COLUMNS: readonly [Figure, string][] = [
  ['stored_per_second', 'stored/s'],
  ['cpu_us_per_event', 'CPU, µs an event'],
  ['rss_mb', 'RSS MB'],
];

/** `docs/BENCHMARKS.md` of cases measured in turns: the median, and behind it the lowest and the highest value. */
export function benchmarksPage(cases: readonly Turns[], command: string): string {
  const beside = cases.filter(turns => turns[0]![0]!.stored_per_second > 0);
  const service = cases.filter(turns => turns[0]![0]!.stored_per_second === 0);
  return `# How fast it is

Printed by \`${command}\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit()}, on ${machine()}. Sender, service and sink share the
machine: compare numbers within one run, and run it on yours.

The lines vary as those of sites do: 60 containers, addresses, agents, paths, sizes and any second of a day, in no order,
once in fifty times of the day before. They go through pipelines, the schema and the durable spool. *access* is the combined log format; *json* and *logfmt*
are the shapes of several libraries; *java* is Spring Boot and logback, one event in twenty with a stack trace that is joined; *free* is what no pipeline takes.
CPU is what the operating system accounts to all processes of the program, from the first event until everything is where it belongs. Each cell is
the median of ${cases[0]?.length ?? 0} turns, with the lowest and the highest.

${besideTable(beside)}${serviceTable(service)}The head of \`test/bench/run.ts\` says what else can be measured: growing stores, a backlog in Redis, another checkout in turns.
What follows is printed by \`npm run bench -- page\` and by \`test/bench/elastalert.ts\`.
`;
}

function besideTable(cases: readonly Turns[]): string {
  if (cases.length === 0) return '';
  const peer = cases[0]![0]![1]?.program;
  const titles =
    peer === undefined
      ? BESIDE_COLUMNS.map(([, title]) => title)
      : BESIDE_COLUMNS.flatMap(([, title]) => [title, `${peer}'s`]);
  const parts = peer === undefined ? [] : ['stored/s: ours to theirs', 'CPU: ours to theirs'];
  const rows = cases.map(turns => {
    const [ours, theirs] = turns[0]!.map((_, i) => turns.map(turn => turn[i]!)) as [Result[], Result[] | undefined];
    const cells = BESIDE_COLUMNS.flatMap(([figure]) =>
      [ours, ...(theirs === undefined ? [] : [theirs])].map(results => cell(results, figure)),
    );
    if (theirs !== undefined)
      cells.push(partOf(ours, theirs, 'stored_per_second'), partOf(ours, theirs, 'cpu_us_per_event'));
    return [ours[0]!.case, ...cells];
  });
  const with_ =
    peer === undefined
      ? ''
      : `\n${peer} does the same work in turns with it: forward in, its own parsers, chunks on the disk with fsync, daily indices by bulk requests. Where there is a choice it
has the faster one: documents without ids, the line left away once it is fields (json, logfmt), five flushes a second, stack traces not joined (\`test/bench/peer-config.ts\`).\n`;
  return `## To Elasticsearch
${with_}
Into a sink that answers like Elasticsearch and costs nothing. With answers (*acked*) 4 to 16 frames of 1,000 are in flight (50 with 50 connections), or 200 single events.

${table(['case', ...titles, ...parts], rows)}
`;
}

function serviceTable(cases: readonly Turns[]): string {
  if (cases.length === 0) return '';
  const rows = cases.map(turns => {
    const ours = turns.map(turn => turn[0]!);
    return [ours[0]!.case, ...SERVICE_COLUMNS.map(([figure]) => cell(ours, figure))];
  });
  return `## With its own store

*embedded* is the store of one machine, a process of its own. Access lines; with frames of 1,000 eight frames are in flight at once, with frames of 1 two hundred; an
acknowledgement waits behind them.

${table(['case', ...SERVICE_COLUMNS.map(([, title]) => title)], rows)}
`;
}

export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return `${line(titles)}|${'---|'.repeat(titles.length)}\n${rows.map(line).join('')}`;
}

function cell(results: readonly Result[], figure: Figure): string {
  const { median, least, most } = spreadOf(results, figure);
  if (median === 0) return '';
  const shown = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
  return least === most ? shown(median) : `${shown(median)} (${shown(least)} - ${shown(most)})`;
}

export const machine = (): string =>
  `${cpus().length} cores of ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;

export const commit = (): string => execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
