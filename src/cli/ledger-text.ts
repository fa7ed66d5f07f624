import type { LedgerLine, LedgerReport } from '../core/api/ledger.ts';
import type { Paint } from './format.ts';

interface Options {
  readonly all: boolean;
  readonly paint: Paint;
  readonly printable: (text: string) => string;
}

const COLUMNS = [
  ['received', 'received'],
  ['stored', 'stored'],
  ['dead_lettered', 'dead-lettered'],
  ['dropped', 'dropped'],
  ['in_flight', 'in flight'],
  ['unaccounted', 'missing'],
] as const satisfies [keyof LedgerLine, string][];
const MAX_ROWS = 30;
const MAX_NAME = 40;
const RED = 31;
const GREY = 90;

/** The ledger as a table for a tired person: whether anything is wrong stands in the last lines, in words. */
export function ledgerText(answer: LedgerReport, { all, paint, printable }: Options): string {
  const everyone = Object.entries(answer.containers).sort(([, a], [, b]) => b.received - a.received);
  const shown = everyone.filter(([, line], i) => all || i < MAX_ROWS || line.unaccounted !== 0);
  const rows = shown.map(([name, line]): [string, LedgerLine] => [short(printable(name)), line]);
  const sum: [string, LedgerLine] = ['all', answer.total];
  const nameWidth = Math.max('container'.length, ...rows.map(([name]) => name.length));
  const widths = COLUMNS.map(([key, title]) =>
    Math.max(title.length, ...[...rows, sum].map(([, line]) => number(line[key]).length)),
  );
  const cells = (name: string, texts: readonly string[]): string =>
    [name.padEnd(nameWidth), ...texts.map((text, i) => text.padStart(widths[i]!))].join('  ').trimEnd();
  const row = ([name, line]: [string, LedgerLine]): string => {
    const text = cells(
      name,
      COLUMNS.map(([key]) => (line[key] === 0 && key !== 'received' && key !== 'stored' ? '.' : number(line[key]))),
    );
    return line.unaccounted === 0 ? text : paint(RED, text);
  };
  const lines = [
    paint(
      GREY,
      cells(
        'container',
        COLUMNS.map(([, title]) => title),
      ),
    ),
    ...rows.map(row),
    ...(shown.length < everyone.length ? [paint(GREY, `(${everyone.length - shown.length} more: --all)`)] : []),
    row(sum),
    '',
  ];
  const told = answer.processes ?? [];
  if (told.length > 1) {
    for (const { source, age_ms, in_flight } of told)
      lines.push(
        `process ${printable(source)}: ${number(in_flight)} in flight there, last heard ${seconds(age_ms)} ago`,
      );
  }
  const canary = canaryText(answer, printable);
  if (canary !== undefined) lines.push(canary.isBad ? paint(RED, canary.text) : canary.text);
  if (answer.incomplete !== undefined) lines.push(paint(RED, printable(answer.incomplete)));
  lines.push(verdict(answer, paint));
  return lines.join('\n');
}

function verdict({ containers }: LedgerReport, paint: Paint): string {
  const missing = Object.values(containers).reduce((all, line) => all + Math.max(0, line.unaccounted), 0);
  const surplus = Object.values(containers).reduce((all, line) => all + Math.min(0, line.unaccounted), 0);
  if (missing > 0)
    return paint(RED, `${number(missing)} events were received and are nowhere. The log says which chunks are gone.`);
  if (surplus < 0) return paint(RED, `${number(-surplus)} events were counted twice.`);
  return 'Nothing is missing.';
}

function canaryText(
  { at, canary, processes = [] }: LedgerReport,
  printable: (text: string) => string,
): { text: string; isBad: boolean } | undefined {
  if (canary === undefined) return { text: 'canary: switched off', isBad: false };
  switch (canary.state) {
    case 'ok': {
      const where = canary.found_in === 'store' ? 'found in the store' : 'taken by the next hop';
      const ago = canary.last_found_at === undefined ? '' : `, ${seconds(at - canary.last_found_at)} ago`;
      return { text: `canary: ${where} after ${seconds(canary.took_ms ?? 0)}${ago}`, isBad: false };
    }
    case 'late': {
      const since = canary.late_since === undefined ? '' : ` for ${seconds(at - canary.late_since)}`;
      return { text: `canary: late${since}: ${printable(canary.reason ?? '')}`, isBad: true };
    }
    case 'dropped':
      return { text: 'canary: a pipeline drops its lines (tag longshore.canary), so it tells nothing', isBad: false };
    case 'starting':
      return { text: 'canary: its first line is on its way', isBad: false };
    case 'not_checked': {
      const others = processes.filter(other => other.canary !== undefined && other.canary.state !== 'not_checked');
      const text = others.map(other => `${printable(other.source)} ${other.canary!.state}`).join(', ');
      return {
        text: `canary: not checked by this process, which takes nothing in${text === '' ? '' : `; ${text}`}`,
        isBad: others.some(other => other.canary!.state === 'late'),
      };
    }
  }
}

const number = (value: number): string => value.toLocaleString('en-US');
const short = (name: string): string => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name);

function seconds(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
