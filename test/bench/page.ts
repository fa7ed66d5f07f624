import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import type { Result } from './measure.ts';

/** What a row of the page shows; the cases of a service without the thing show nothing. */
const COLUMNS: readonly [keyof Result, string][] = [
  ['events_per_second', 'acknowledged/s'],
  ['stored_per_second', 'stored/s'],
  ['cpu_us_per_event', 'CPU, µs an event'],
  ['store_cpu_us_per_event', 'store CPU, µs'],
  ['rss_mb', 'RSS MB'],
  ['store_rss_mb', 'store RSS MB'],
  ['ack_p50_ms', 'ack p50 ms'],
  ['ack_p99_ms', 'ack p99 ms'],
];

/** `docs/BENCHMARKS.md` of several turns over the same cases: the median, and below it the lowest and the highest value. */
export function benchmarksPage(turns: readonly (readonly Result[])[], command: string): string {
  const rows = turns[0]!.map(({ case: name }) => {
    const results = turns.map(turn => turn.find(result => result.case === name)!);
    return `| ${[name, ...COLUMNS.map(([column]) => cell(results.map(result => result[column] as number)))].join(' | ')} |`;
  });
  const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
  return `# How fast it is

Printed by \`${command}\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit()}, on ${machine}. Sender, service and sink share the
machine: compare numbers within one run, and run it on yours.

Apache combined lines, no two alike (times of a day in any order, many addresses, paths, agents and sizes), go through grok,
the schema and the durable spool. *bulk* is a sink that answers like Elasticsearch and costs nothing; *embedded* is the store
of one machine, a process of its own. CPU is what the operating system accounts to the service, from the first event until
everything is where it belongs. Each cell is the median of ${turns.length} turns, with the lowest and the highest.

| case | ${COLUMNS.map(([, title]) => title).join(' | ')} |
|---|${'---|'.repeat(COLUMNS.length)}
${rows.join('\n')}

With frames of 1,000 eight frames are in flight at once, with frames of 1 two hundred; an acknowledgement waits behind them.
The head of \`test/bench/run.ts\` says what else can be measured: growing stores, a backlog in Redis, Fluent Bit beside it.
What follows is printed by \`test/bench/elastalert.ts\`.
`;
}

function cell(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const shown = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
  const median = sorted[sorted.length >> 1]!;
  if (median === 0) return '';
  return `${shown(median)} (${shown(sorted[0]!)} - ${shown(sorted.at(-1)!)})`;
}

export const commit = (): string => execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
