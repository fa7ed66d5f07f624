import type { QueryNode } from '../../../core/contracts.ts';
import {
  MAX_GROUP_UNITS,
  MAX_RANKED_GROUPS,
  metricFields,
  type StatsMetric,
  type StatsRequest,
  type StatsResult,
  type StatsRow,
} from '../../../core/stats.ts';
import { kindOf } from '../../query/fields.ts';
import type { FoundColumns } from '../../query/found-columns.ts';
import { isHolistic } from '../../stats/in-memory.ts';
import type { Source } from './catalogue.ts';
import { fieldNumber, fieldText } from './field-text.ts';
import type { QueryTurn } from './query-gate.ts';
import { identifier } from './quote.ts';
import { condition } from './search.ts';
import { Sieve } from './sieve.ts';
import { guarded, relation, rowsOf } from './sources.ts';

/** With more values than these, percentiles are estimated: exact ones hold every value in memory. */
const MAX_EXACT_VALUES = 1_000_000;

/**
 * Two statements: which groups come first, by what takes the same room for each group and can go to the disk when there are
 * millions; then, for these groups only, what needs all values or goes by time.
 */
export async function stats(turn: QueryTurn, all: readonly Source[], request: StatsRequest): Promise<StatsResult> {
  const { metrics, by, rank, limit, steps } = request;
  const sources = await sifted(all, request.query);
  if (request.query.type === 'none' || (sources.length === 0 && request.beside.length === 0))
    return { events: 0, rows: [] };
  const events = new Events(sources, request);
  if (by.length === 0) return ungrouped(turn, sources, events, request);
  const isLate = isHolistic(metrics[rank.metric]!);
  const first = await groupsOf(turn, sources, events, request, isLate ? Math.max(limit, MAX_RANKED_GROUPS) : limit);
  const needsMore = steps !== undefined || metrics.some(isHolistic);
  if (!needsMore || first.rows.length === 0) return { events: first.events, rows: first.rows };
  const exact = first.values <= MAX_EXACT_VALUES;
  const order = new Map(first.rows.map((row, i) => [groupKey(row.by), i]));
  if (isLate) {
    const whole = await valuesOf(turn, sources, events, { ...request, steps: undefined }, first.rows, exact);
    const ranked = rankRows(whole, rank.metric, rank.order, order).slice(0, limit);
    if (steps === undefined) return { events: first.events, rows: ranked };
    const rows = await valuesOf(turn, sources, events, request, ranked, exact);
    return { events: first.events, rows: inOrder(rows, new Map(ranked.map((row, i) => [groupKey(row.by), i]))) };
  }
  const rows = await valuesOf(turn, sources, events, request, first.rows, exact);
  return { events: first.events, rows: inOrder(rows, order) };
}

/** One at least, so that nothing found is said as for any other events. */
async function sifted(sources: readonly Source[], query: QueryNode): Promise<readonly Source[]> {
  if (query.type === 'none') return sources;
  const found = await new Sieve(query).all(sources);
  return found.length === 0 ? sources.slice(0, 1) : found;
}

const groupKey = (by: readonly string[]): string => JSON.stringify(by);

function inOrder(rows: StatsRow[], order: ReadonlyMap<string, number>): StatsRow[] {
  const keyed = rows.map(row => ({ row, rank: order.get(groupKey(row.by)) ?? 0 }));
  return keyed.sort((a, b) => a.rank - b.rank || (a.row.step ?? 0) - (b.row.step ?? 0)).map(({ row }) => row);
}

/** The best first, those without a value last; `order` decides between equals. */
function rankRows(
  rows: readonly StatsRow[],
  metric: number,
  direction: 'asc' | 'desc',
  order: ReadonlyMap<string, number>,
): StatsRow[] {
  const sign = direction === 'asc' ? 1 : -1;
  const place = (row: StatsRow): number => order.get(groupKey(row.by)) ?? 0;
  return rows.toSorted((a, b) => {
    const [x = null, y = null] = [a.values[metric], b.values[metric]];
    if (x === y) return place(a) - place(b);
    return x === null ? 1 : y === null ? -1 : (x - y) * sign;
  });
}

/**
 * The events as a table: with steps `t` (epoch milliseconds); `by0`, ...; for each field of a metric its text `v0` and number `n0`.
 * In levels, since what stands in a CASE twice is computed twice, and most of the time goes into reading JSON.
 */
class Events {
  readonly sql: string;
  readonly params: readonly unknown[];
  readonly fields: readonly string[];

  constructor(sources: readonly Source[], { query, from, to, by, metrics, beside, steps }: StatsRequest) {
    this.fields = metricFields(metrics);
    // Of these fields nobody asks for more than the number.
    const numbers = new Set(this.fields.filter(field => !metrics.some(metric => needsText(metric, field))));
    const columnFor = (field: string, i: number, found: FoundColumns): { sql: string; params: string[] } => {
      if (i < by.length) return columnOf(field, found);
      // The first and the last of them, in milliseconds.
      if (kindOf(field) === 'time') return { sql: 'epoch_ms("@timestamp")::DOUBLE', params: [] };
      return numbers.has(field) && kindOf(field) !== 'number' ? fieldNumber(field, found) : columnOf(field, found);
    };
    const isNumber = (field: string, i: number): boolean =>
      kindOf(field) === 'number' || (i >= by.length && numbers.has(field));
    const texts = [...by, ...this.fields];
    const parts: string[] = [];
    const params: unknown[] = [];
    if (sources.length > 0) {
      const matching = condition(query, from, to);
      const read = relation(sources, found => {
        const columns = texts.map((field, i) => columnFor(field, i, found));
        const list = [
          ...(steps === undefined ? [] : ['epoch_ms("@timestamp") AS t']),
          ...columns.map(({ sql }, n) => `${sql} AS r${n}`),
        ];
        const where = matching(found);
        return {
          columns: list.length === 0 ? '1' : list.join(', '),
          where: where.sql,
          params: [...columns.flatMap(column => column.params), ...where.params],
        };
      });
      parts.push(`SELECT * FROM ${read.sql}`);
      params.push(...read.params);
    }
    if (beside.length > 0) {
      const list = [
        ...(steps === undefined ? [] : ['r[1]::BIGINT AS t']),
        ...texts.map(
          (field, i) => `${isNumber(field, i) ? `try_cast(r[${i + 2}] AS DOUBLE)` : `r[${i + 2}]`} AS r${i}`,
        ),
      ];
      parts.push(
        `SELECT ${list.length === 0 ? '1' : list.join(', ')} FROM (SELECT unnest(from_json(?::JSON, '[["VARCHAR"]]')) AS r)`,
      );
      params.push(JSON.stringify(beside.map(({ time, by: group, values }) => [String(time), ...group, ...values])));
    }
    const time = steps === undefined ? [] : ['t'];
    const first = [
      ...time,
      ...by.map((field, i) => `${groupText(field, `r${i}`)} AS by${i}`),
      ...this.fields.flatMap((field, i) => {
        const raw = `r${by.length + i}`;
        return [`${raw} AS v${i}`, `${isNumber(field, by.length + i) ? raw : `try_cast(${raw} AS DOUBLE)`} AS x${i}`];
      }),
    ];
    const second = [
      ...time,
      ...by.map((_, i) => `by${i}`),
      ...this.fields.flatMap((_, i) => [`v${i}`, `CASE WHEN isfinite(x${i}) THEN x${i} END AS n${i}`]),
    ];
    const all = parts.join(' UNION ALL ');
    this.sql =
      second.length === 0
        ? `(${all})`
        : `(SELECT ${second.join(', ')} FROM (SELECT ${first.join(', ')} FROM (${all})))`;
    this.params = params;
  }
}

const needsText = (metric: StatsMetric, field: string): boolean =>
  (metric.kind === 'count' || metric.kind === 'uniq') && metric.of === field;

/** A column of numbers as it is, anything else as text. */
function columnOf(field: string, found: FoundColumns): { sql: string; params: string[] } {
  return kindOf(field) === 'number' ? { sql: identifier(field), params: [] } : fieldText(field, found);
}

/** As it stands in the event: a column of numbers writes 12 as 12.0. Of what is longer nobody makes groups, and Elasticsearch cannot. */
function groupText(field: string, raw: string): string {
  if (kindOf(field) === 'number') return `regexp_replace(${raw}::VARCHAR, '\\.0$', '')`;
  return `CASE WHEN length(${raw}) <= ${MAX_GROUP_UNITS} THEN ${raw} END`;
}

/** SQL for a metric; `holistic`: also for those that need all values. */
function metricSql(metric: StatsMetric, fields: readonly string[], how: 'sums' | 'exact' | 'estimated'): string {
  const { kind, of } = metric;
  const i = of === undefined ? -1 : fields.indexOf(of);
  switch (kind) {
    case 'count':
      return i < 0 ? 'count(*)' : `count(v${i})`;
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
      return `${kind}(n${i})`;
    case 'uniq':
      return how === 'sums' ? 'NULL' : `count(DISTINCT v${i})`;
    case 'percentile':
      if (how === 'sums') return 'NULL';
      return `${how === 'exact' ? 'quantile_cont' : 'approx_quantile'}(n${i}, ${metric.percent / 100})`;
  }
}

interface Groups {
  /** Without the total. */
  readonly rows: StatsRow[];
  readonly events: number;
  /** Numbers that percentiles would be made of. */
  readonly values: number;
}

async function groupsOf(
  turn: QueryTurn,
  sources: readonly Source[],
  { sql: from, params, fields }: Events,
  { by, metrics, rank }: StatsRequest,
  limit: number,
): Promise<Groups> {
  const groups = by.map((_, i) => `by${i}`);
  const weights = metrics.flatMap(metric =>
    metric.kind === 'percentile' ? [`count(n${fields.indexOf(metric.of)})`] : [],
  );
  const values = metrics.map(metric => metricSql(metric, fields, 'sums'));
  const columns = [...groups, 'count(*)', weights.length === 0 ? '0' : `greatest(${weights.join(', ')})`, ...values];
  const place = isHolistic(metrics[rank.metric]!) ? 'count(*)' : values[rank.metric];
  const order = isHolistic(metrics[rank.metric]!) ? 'DESC' : rank.order;
  const known = groups.map(name => `${name} IS NOT NULL`).join(' AND ');
  // The total comes first, from the same pass over the events.
  const sql = `SELECT ${columns.join(', ')} FROM ${from} GROUP BY GROUPING SETS ((${groups.join(', ')}), ())
    HAVING grouping(by0) = 1 OR (${known})
    ORDER BY grouping(by0) DESC, ${place} ${order} NULLS LAST, ${groups.join(', ')} LIMIT ${Math.trunc(limit) + 1}`;
  await turn.ready(weightOf(sources, from));
  const [total, ...rows] = await guarded(sources, () => turn.session.rows(sql, params));
  const at = by.length;
  const found = rows.map(row => ({
    by: row.slice(0, by.length) as string[],
    values: row.slice(at + 2) as (number | null)[],
    weight: row[at + 1] as number,
  }));
  return {
    events: (total?.[at] as number | undefined) ?? 0,
    values: found.reduce((sum, { weight }) => sum + weight, 0),
    rows: found.map(({ by, values }) => ({ by, values })),
  };
}

/** One pass: what the sources have says well enough whether all values may be held. */
async function ungrouped(
  turn: QueryTurn,
  sources: readonly Source[],
  events: Events,
  request: StatsRequest,
): Promise<StatsResult> {
  const most = sources.reduce((sum, { rows }) => sum + rows, request.beside.length);
  const counted = { ...request, metrics: [...request.metrics, { kind: 'count' } as const] };
  const rows = await valuesOf(turn, sources, events, counted, [], most <= MAX_EXACT_VALUES);
  const last = request.metrics.length;
  return {
    events: rows.reduce((sum, { values }) => sum + (values[last] ?? 0), 0),
    rows: inOrder(
      rows.map(row => ({ ...row, values: row.values.slice(0, last) })),
      new Map(),
    ),
  };
}

/** Events that would take as long to read as these: a column is ten times as fast as JSON and messages. */
const weightOf = (sources: readonly Source[], sql: string): number =>
  rowsOf(sources) * (/json|regexp_matches|"(fields|message)"/.test(sql) ? 1 : 0.1);

/** All metrics of some groups, over time if that is asked for. */
async function valuesOf(
  turn: QueryTurn,
  sources: readonly Source[],
  { sql: from, params, fields }: Events,
  { by, metrics, steps }: StatsRequest,
  groups: readonly StatsRow[],
  isExact: boolean,
): Promise<StatsRow[]> {
  const names = [...by.map((_, i) => `by${i}`), ...(steps === undefined ? [] : ['step'])];
  const values = metrics.map(metric => metricSql(metric, fields, isExact ? 'exact' : 'estimated'));
  const table = steps === undefined ? from : `(SELECT *, ${stepSql(steps)} AS step FROM ${from})`;
  const chosen =
    by.length === 0
      ? []
      : [
          `(${by.map((_, i) => `by${i}`).join(', ')}) IN (${groups.map(() => `(${by.map(() => '?').join(', ')})`).join(', ')})`,
        ];
  const where = [...chosen, ...(steps === undefined ? [] : ['step IS NOT NULL'])].join(' AND ');
  const sql = `SELECT ${[...names, ...values].join(', ')} FROM ${table}${where === '' ? '' : ` WHERE ${where}`}${names.length === 0 ? '' : ` GROUP BY ${names.join(', ')}`}`;
  await turn.ready(weightOf(sources, from));
  const texts = groups.flatMap(group => group.by);
  const rows = await guarded(sources, () => turn.session.rows(sql, [...params, ...texts]));
  return rows.map(row => ({
    by: row.slice(0, by.length) as string[],
    ...(steps === undefined ? {} : { step: Number(row[by.length]) }),
    values: row.slice(names.length) as (number | null)[],
  }));
}

function stepSql(steps: StatsRequest['steps'] & {}): string {
  const cases: string[] = [];
  let before = 0;
  for (const { from, stepMs, count } of steps) {
    const [start, length] = [Math.trunc(from), Math.trunc(stepMs)];
    const end = start + length * count;
    cases.push(`WHEN t >= ${start} AND t < ${end} THEN ${before} + (t - ${start}) // ${length}`);
    before += count;
  }
  return `CASE ${cases.join(' ')} END`;
}
