import { isoTime } from '../../base/time/iso.ts';
import type { Zone } from '../../base/time/zone.ts';
import type { StatsAnswer, StatsAnswerRow, StatsParams } from '../../core/api/search.ts';
import type { QueryNode, Store, Tail } from '../../core/contracts.ts';
import type { LongshoreError } from '../../core/errors.ts';
import { histogram as metric } from '../../core/metrics.ts';
import { metricFields, type StatsRequest, type StatsResult, type StatsRow, type TimeSteps } from '../../core/stats.ts';
import { besideTail, orTailOnly } from '../beside-tail.ts';
import { orderOf, parameterError, span, zoneParameter } from '../parameters.ts';
import { freezeTimes } from '../query/freeze.ts';
import { queryRefused } from '../query/limits.ts';
import { parseQuery } from '../query/parse.ts';
import type { SearchHints } from '../search-hints.ts';
import { tailOfTime } from '../tail-of-time.ts';
import { besideEvent, statsOf } from './in-memory.ts';
import { type NamedMetric, parseFields, parseMetric, parseMetrics } from './metrics.ts';
import { stretches, timeSteps } from './time-steps.ts';

const seconds = metric('longshore_stats_seconds', 'Time of statistics, store and tail together.');

export const STATS_LIMITS = { default_groups: 10, max_groups: 1000, max_steps: 2000, max_rows: 10_000 };

/** Numbers of what is stored and of what is acknowledged but not yet stored, as one. */
export class Statistics {
  readonly #store: Store;
  readonly #tail: Tail;
  readonly #timeoutMs: number;
  readonly #hints: SearchHints;

  constructor(store: Store, tail: Tail, options: { readonly timeout_ms: number; readonly hints: SearchHints }) {
    this.#store = store;
    this.#tail = tail;
    this.#timeoutMs = options.timeout_ms;
    this.#hints = options.hints;
  }

  /** Throws LongshoreError LS_QUERY_* and LS_SEARCH_PARAMETER for mistakes of the caller; else what the store throws. */
  async stats(params: StatsParams, now = Date.now(), signal?: AbortSignal): Promise<StatsAnswer> {
    const started = performance.now();
    const asked = readParameters(params, now);
    const { query, by, metrics, order, limit, zone } = asked;
    const fields = by.map(({ field }) => field);
    const wanted = metricFields(metrics.map(({ metric }) => metric));
    const hintsOf = this.#hints.begin(params.query ?? '', withFields(query, [...fields, ...wanted]));
    const given = { query, from: asked.from, to: asked.to, now };
    const { from, to, tail } = await tailOfTime(this.#store, this.#tail, given, signal);
    const timed =
      params.interval === undefined
        ? undefined
        : timeSteps(params.interval, { from, to, zone, max: STATS_LIMITS.max_steps });
    const count = timed?.steps.reduce((sum, each) => sum + each.count, 0) ?? 1;
    if (count * (by.length === 0 ? 1 : limit) > STATS_LIMITS.max_rows) throw tooManyRows(count, limit);
    const request: StatsRequest = {
      ...{ query: besideTail(this.#store, query, tail), from, to, by: fields, limit },
      metrics: metrics.map(({ metric }) => metric),
      rank: { metric: metrics.indexOf(asked.sort), order },
      steps: timed?.steps,
      beside: tail.events.map(event => besideEvent(event, fields, wanted)),
      excludeChunks: tail.chunks,
      timeoutMs: this.#timeoutMs,
      client: params.client,
    };
    const counting = this.#store.statistics(request, signal);
    const result = await orTailOnly(counting, tail, () => statsOf(request.beside, request));
    const took = performance.now() - started;
    seconds.observe({}, took / 1000);
    const hints = await hintsOf({ hits: [], total: { value: result.events, relation: 'eq' } });
    return {
      ...{ from: isoTime(from), to: isoTime(to) },
      by: by.map(({ name }) => name),
      metrics: metrics.map(({ name }) => name),
      ...(timed === undefined ? {} : { interval: timed.text }),
      events: result.events,
      rows: rowsOf(result, { by: by.map(({ name }) => name), metrics, steps: timed?.steps, from, to }),
      ...(hints.length > 0 ? { hints } : {}),
      took_ms: Math.round(took * 10) / 10,
    };
  }
}

interface Asked {
  readonly query: QueryNode;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly by: readonly { readonly name: string; readonly field: string }[];
  readonly metrics: readonly NamedMetric[];
  readonly sort: NamedMetric;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly zone: Zone;
}

function readParameters(params: StatsParams, now: number): Asked {
  const query = freezeTimes(parseQuery(params.query ?? ''), now);
  const zone = zoneParameter(params.timezone);
  const metrics = parseMetrics(params.metrics);
  const by = parseFields(params.by);
  const wanted = params.sort === undefined ? metrics[0]!.name : parseMetric(params.sort).name;
  const sort = metrics.find(({ name }) => name === wanted);
  if (sort === undefined)
    throw parameterError(
      'sort',
      `${wanted} is none of the metrics.`,
      `Write one of ${metrics.map(({ name }) => name).join(', ')}.`,
    );
  return {
    query,
    zone,
    metrics,
    by,
    sort,
    ...span(params, now),
    order: orderOf(params.order),
    limit: limitOf(params.limit),
  };
}

function limitOf(given: string | number | undefined): number {
  const { default_groups, max_groups } = STATS_LIMITS;
  if (given === undefined || given === '') return default_groups;
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= 1 && limit <= max_groups) return limit;
  queryRefused.inc({ reason: 'size' });
  throw parameterError('limit', `the number of groups is not 1 to ${max_groups}.`, `Write limit=${default_groups}.`);
}

function tooManyRows(steps: number, groups: number): LongshoreError {
  const { max_rows } = STATS_LIMITS;
  queryRefused.inc({ reason: 'buckets' });
  return parameterError(
    'interval',
    `${groups} groups at ${steps} times are more than ${max_rows} rows.`,
    'Use a longer interval, a shorter time range, or a lower limit.',
  );
}

/** Fields of `by` and of metrics are named as those of the query are. */
function withFields(query: QueryNode, fields: readonly string[]): QueryNode {
  return { type: 'and', nodes: [query, ...fields.map((field): QueryNode => ({ type: 'exists', field }))] };
}

interface Shape {
  readonly by: readonly string[];
  readonly metrics: readonly NamedMetric[];
  readonly steps: readonly TimeSteps[] | undefined;
  readonly from: number;
  readonly to: number;
}

/** With empty stretches of time filled in, and counts made rates. */
function rowsOf({ rows }: StatsResult, { by, metrics, steps, from, to }: Shape): StatsAnswerRow[] {
  const valuesOf = (values: readonly (number | null)[] | undefined, ms: number) => {
    const named = Object.create(null) as Record<string, number | null>;
    metrics.forEach(({ name, metric, perSecond }, i) => {
      const value = values?.[i] ?? (metric.kind === 'count' || metric.kind === 'uniq' ? 0 : null);
      named[name] = perSecond && value !== null ? (value * 1000) / Math.max(1, ms) : value;
    });
    return named;
  };
  const group = (row: StatsRow) => {
    if (by.length === 0) return {};
    const texts = Object.create(null) as Record<string, string>;
    by.forEach((name, i) => {
      texts[name] = row.by[i]!;
    });
    return { by: texts };
  };
  const whole = by.length === 0 && rows.length === 0 ? [{ by: [], values: [] }] : rows;
  if (steps === undefined) return whole.map(row => ({ ...group(row), values: valuesOf(row.values, to - from + 1) }));
  const places = [...stretches(steps)];
  const groups = Map.groupBy(rows, row => JSON.stringify(row.by));
  if (by.length === 0 && groups.size === 0) groups.set('[]', []);
  return [...groups.values()].flatMap(found => {
    const bySteps = new Map(found.map(row => [row.step, row]));
    return places.map((place, i) => {
      // Of the first and the last one only a part may be in the time that was asked for.
      const ms = Math.min(place.from + place.ms, to + 1) - Math.max(place.from, from);
      const head = found[0] === undefined ? {} : group(found[0]);
      return { at: isoTime(place.from), ...head, values: valuesOf(bySteps.get(i)?.values, ms) };
    });
  });
}
