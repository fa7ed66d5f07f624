import type { Result } from './measure.ts';

/** The middle, the lowest and the highest of several turns. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Names of what has a number. */
export type Figure = { [K in keyof Result]: Result[K] extends number ? K : never }[keyof Result];

export function spreadOf(results: readonly Result[], figure: Figure): Spread {
  const sorted = results.map(result => result[figure]).sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1]!, least: sorted[0]!, most: sorted.at(-1)! };
}

const COLUMNS: [Figure, string][] = [
  ['events', 'events'],
  ['events_per_second', 'acked/s'],
  ['stored_per_second', 'stored/s'],
  ['cpu_us_per_event', 'CPU µs/event'],
  ['store_cpu_us_per_event', 'its store µs'],
  ['redis_cpu_us_per_event', 'redis µs'],
  ['rss_mb', 'RSS MB'],
  ['store_rss_mb', 'store RSS MB'],
  ['ack_p50_ms', 'ack p50 ms'],
  ['ack_p99_ms', 'p99 ms'],
  ['ack_max_ms', 'max ms'],
];

/** A row for each program, and one of what ours are of the other's. Each cell is a median; the spread is that of CPU. */
export function printRows(turns: readonly (readonly Result[])[], isFirst: boolean): void {
  const row = (cells: readonly string[]): string =>
    cells.map((text, i) => (i === 0 ? text.padEnd(46) : text.padStart(12))).join(' ');
  const lines = isFirst ? [row(['case', 'by', ...COLUMNS.map(([, title]) => title), 'CPU spread'])] : [];
  const programs = turns[0]!.map((_, i) => turns.map(turn => turn[i]!));
  for (const results of programs) {
    const { case: name, program } = results[0]!;
    const cpu = spreadOf(results, 'cpu_us_per_event');
    const cells = COLUMNS.map(([figure]) => cell(spreadOf(results, figure).median));
    lines.push(row([name, program, ...cells, `${cpu.least.toFixed(1)}-${cpu.most.toFixed(1)}`]));
  }
  if (programs.length === 2) {
    const parts = COLUMNS.map(([figure], i) => (i === 0 ? '' : partOf(programs[0]!, programs[1]!, figure)));
    lines.push(row(['', 'part', ...parts]));
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Ours as a part of the other's; nothing where there is nothing. */
export function partOf(ours: readonly Result[], theirs: readonly Result[], figure: Figure): string {
  const other = spreadOf(theirs, figure).median;
  return other === 0 ? '' : (spreadOf(ours, figure).median / other).toFixed(2);
}

function cell(value: number): string {
  if (value === 0) return '';
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(2);
}
