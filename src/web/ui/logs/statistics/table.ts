import type { StatsAnswer } from '../../../../core/api/search.ts';

/** A line of the picture, or a column of the table. */
export interface Line {
  /** Value of the fields that it is counted by; empty: all events. */
  readonly group: string;
  readonly metric: string;
}

/** An answer by time: the moments (epoch milliseconds), and for each line its value at each of them. */
export interface OverTime {
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly values: readonly (readonly (number | null)[])[];
}

export const groupOf = (by: Readonly<Record<string, string>> | undefined): string => Object.values(by ?? {}).join(', ');

/** Undefined: it does not go by time. */
export function overTime({ rows, metrics }: Pick<StatsAnswer, 'rows' | 'metrics'>): OverTime | undefined {
  if (rows[0]?.at === undefined) return undefined;
  const at = [...new Set(rows.map(row => Date.parse(row.at!)))].sort((a, b) => a - b);
  const place = new Map(at.map((moment, index) => [moment, index]));
  const groups = new Map<string, (number | null)[][]>();
  for (const { at: time, by, values } of rows) {
    const group = groupOf(by);
    let lines = groups.get(group);
    if (lines === undefined) {
      lines = metrics.map(() => new Array<number | null>(at.length).fill(null));
      groups.set(group, lines);
    }
    for (const [index, metric] of metrics.entries())
      lines[index]![place.get(Date.parse(time!))!] = values[metric] ?? null;
  }
  const all = [...groups].flatMap(([group, lines]) =>
    lines.map((values, index) => ({ group, metric: metrics[index]!, values })),
  );
  return { at, lines: all.map(({ group, metric }) => ({ group, metric })), values: all.map(({ values }) => values) };
}

/** `count`, `p95(response_time)`: what a choice of function and field asks for. */
export function metricsOf(kind: string, field: string): string {
  if (kind === 'count' || kind === 'rate') return kind;
  const name = /^[\w@.-]+$/.test(field) ? field : `"${field.replace(/[\\"]/g, '\\$&')}"`;
  return kind === 'percentiles' ? `median(${name}),p95(${name}),p99(${name})` : `${kind}(${name})`;
}

/** The choice that such metrics came from. */
export function choiceOf(metrics: string): { kind: string; field: string } {
  const first = /^(\w+)(?:\("?(.*?)"?\))?(?:,|$)/.exec(metrics);
  const [, kind = 'count', field = ''] = first ?? [];
  return { kind: kind === 'median' && metrics.includes(',') ? 'percentiles' : kind, field };
}
