import { metricFields, type StatsMetric, type StatsRequest, type TimeSteps } from '../../core/stats.ts';
import { type QueryDsl, toElasticsearch } from '../query/elasticsearch.ts';
import { planQuery } from '../query/plan.ts';
import { isHolistic } from '../stats/in-memory.ts';
import type { StoredPart } from '../stats/parts.ts';
import type { CountedAs } from './field-kinds.ts';

/*
 * The bodies of statistics and what comes back. First which groups there are (`terms`, or `composite` for several fields), then
 * all numbers of the groups that are wanted: so exact numbers are added up with those of the open tail and of other indices.
 */

export type Kinds = ReadonlyMap<string, CountedAs>;

const COMPOSITE_PAGE = 10_000;
/** Each shard, which is a day, gives so many: what is frequent over all days is seldom far down in one of them. */
const SHARD_SIZE = 5_000;

export interface Asked {
  /** With the time. */
  readonly query: QueryDsl;
  readonly kinds: Kinds;
  readonly request: Pick<StatsRequest, 'by' | 'metrics' | 'rank'>;
  readonly timeoutMs: number;
}

function body(query: QueryDsl, timeoutMs: number, aggs: object): object {
  return { query, size: 0, track_total_hits: true, timeout: `${timeoutMs}ms`, aggs };
}

/** Candidates of one field: the first by the metric among events that have it, and the most frequent. */
export function candidatesBody({ query, kinds, request, timeoutMs }: Asked, size: number): object {
  const field = request.by[0]!;
  const terms = (more: object) => ({ terms: { field, size, shard_size: Math.max(SHARD_SIZE, size), ...more } });
  const metric = request.metrics[request.rank.metric]!;
  const { kind, of } = metric;
  const { order } = request.rank;
  if (of === undefined) return body(query, timeoutMs, { any: terms({ order: [{ _count: order }, { _key: 'asc' }] }) });
  const any = terms({ order: [{ _count: 'desc' }, { _key: 'asc' }] });
  const isCount = kind === 'count';
  if (!isCount && (isHolistic(metric) || kinds.get(of) !== 'number')) return body(query, timeoutMs, { any });
  const place = isCount ? '_count' : `n.${kind}`;
  const aggs = {
    groups: {
      ...terms({ order: [{ [place]: order }, { _key: 'asc' }] }),
      ...(isCount ? {} : { aggs: { n: { stats: { field: of } } } }),
    },
  };
  return body(query, timeoutMs, { any, first: { filter: has(of), aggs } });
}

/** All groups of several fields, a page after the other. */
export function pairsBody({ query, request, timeoutMs }: Asked, after: unknown): object {
  const sources = request.by.map((field, i) => ({ [`by${i}`]: { terms: { field } } }));
  const composite = { size: COMPOSITE_PAGE, sources, ...(after === undefined ? {} : { after }) };
  return body(query, timeoutMs, { pairs: { composite } });
}

/** All numbers of some groups; without `by` of everything. */
export function valuesBody(
  { query, kinds, request: { by, metrics }, timeoutMs }: Asked,
  groups: readonly (readonly string[])[],
  steps: readonly TimeSteps[] | undefined,
  points: boolean,
): object {
  const numbers = numbersOf(metrics, kinds, points);
  let aggs: object = steps === undefined ? numbers : { times: { ...timesOf(steps), aggs: numbers } };
  if (by.length === 0) return body(query, timeoutMs, aggs);
  for (let i = by.length - 1; i >= 0; i--) {
    const field = by[i]!;
    const isNumber = kinds.get(field) === 'number';
    const include = [...new Set(groups.map(group => group[i]!))].map(text => (isNumber ? Number(text) : text));
    const known = include.filter(value => typeof value === 'string' || Number.isFinite(value));
    aggs = { by: { terms: { field, size: Math.max(1, known.length), include: known, min_doc_count: 1 }, aggs } };
  }
  const chosen =
    by.length === 1 ? [] : [{ bool: { should: groups.map(group => both(by, group)), minimum_should_match: 1 } }];
  return body({ bool: { filter: [query, ...chosen] } }, timeoutMs, aggs);
}

const both = (by: readonly string[], group: readonly string[]): QueryDsl => ({
  bool: { filter: by.map((field, i) => ({ term: { [field]: group[i]! } })) },
});

const has = (field: string): QueryDsl =>
  toElasticsearch(planQuery({ type: 'exists', field }), { now: 0, numericIndices: new Map(), flattened: false });

/** Of the distribution, where it has to be put together with others. */
const POINTS = [0, 1, 2, 5, ...Array.from({ length: 17 }, (_, i) => 10 + 5 * i), 95, 98, 99, 99.9, 100];

function numbersOf(metrics: readonly StatsMetric[], kinds: Kinds, points: boolean): object {
  const aggs: { [name: string]: object } = {};
  for (const [i, field] of metricFields(metrics).entries()) {
    const asked = metrics.filter(({ of }) => of === field);
    const kind = kinds.get(field);
    if (kind === undefined) continue;
    aggs[`c${i}`] = { filter: has(field) };
    if (asked.some(each => each.kind === 'uniq') && kind !== 'other')
      aggs[`u${i}`] = { cardinality: { field, precision_threshold: 10_000 } };
    if (kind !== 'number') continue;
    if (asked.some(each => each.kind !== 'uniq' && each.kind !== 'count')) aggs[`n${i}`] = { stats: { field } };
    const percents = asked.flatMap(each => (each.kind === 'percentile' ? [each.percent] : []));
    if (percents.length === 0) continue;
    const all = [...new Set([...percents, ...(points ? POINTS : [])])].sort((a, b) => a - b);
    aggs[`p${i}`] = { percentiles: { field, percents: all, keyed: false } };
  }
  return aggs;
}

function timesOf(steps: readonly TimeSteps[]): object {
  const [only] = steps;
  if (steps.length === 1) {
    const { from, stepMs } = only!;
    const offset = ((from % stepMs) + stepMs) % stepMs;
    return {
      date_histogram: { field: '@timestamp', fixed_interval: `${stepMs}ms`, offset: `${offset}ms`, min_doc_count: 1 },
    };
  }
  const ranges: { key: string; from: number; to: number }[] = [];
  for (const { from, stepMs, count } of steps)
    for (let i = 0; i < count; i++)
      ranges.push({ key: String(ranges.length), from: from + i * stepMs, to: from + (i + 1) * stepMs });
  return { date_range: { field: '@timestamp', format: 'epoch_millis', ranges } };
}

interface Bucket {
  readonly key: unknown;
  readonly key_as_string?: string;
  readonly doc_count: number;
  readonly by?: { readonly buckets: readonly Bucket[] };
  readonly times?: { readonly buckets: readonly Bucket[] };
  readonly [name: string]: unknown;
}

interface Answer {
  readonly hits?: { readonly total?: { readonly value: number } };
  readonly aggregations?: { readonly [name: string]: unknown };
}

export const eventsIn = (answer: unknown): number => (answer as Answer).hits?.total?.value ?? 0;

const textOf = ({ key, key_as_string: text }: Bucket): string => text ?? String(key);

export function readCandidates(answer: unknown): string[][] {
  const { any, first } = (answer as Answer).aggregations as {
    any?: { buckets: readonly Bucket[] };
    first?: { groups: { buckets: readonly Bucket[] } };
  };
  const texts = [...(first?.groups.buckets ?? []), ...(any?.buckets ?? [])].map(textOf);
  return [...new Set(texts)].map(text => [text]);
}

export function readPairs(
  answer: unknown,
  by: readonly string[],
): { groups: { by: string[]; events: number }[]; after: unknown } {
  const { buckets = [], after_key: after } = ((answer as Answer).aggregations?.['pairs'] ?? {}) as {
    buckets?: readonly (Bucket & { key: { [name: string]: unknown } })[];
    after_key?: unknown;
  };
  const groups = buckets.map(({ key, doc_count: events }) => ({ by: by.map((_, i) => String(key[`by${i}`])), events }));
  return { groups, after: buckets.length < COMPOSITE_PAGE ? undefined : after };
}

export interface Found {
  readonly by: readonly string[];
  readonly step: number;
  readonly events: number;
  readonly parts: readonly (StoredPart | undefined)[];
}

export function* readValues(
  answer: unknown,
  { by, metrics }: Pick<StatsRequest, 'by' | 'metrics'>,
  steps: readonly TimeSteps[] | undefined,
): Generator<Found> {
  const fields = metricFields(metrics).length;
  const top = { ...(answer as Answer).aggregations, key: '', doc_count: eventsIn(answer) } as Bucket;
  yield* within(top, []);

  function* within(bucket: Bucket, texts: readonly string[]): Generator<Found> {
    if (texts.length < by.length) {
      for (const inner of bucket.by?.buckets ?? []) yield* within(inner, [...texts, textOf(inner)]);
    } else if (steps === undefined) {
      yield { by: texts, step: 0, events: bucket.doc_count, parts: partsOf(bucket, fields) };
    } else {
      for (const inner of bucket.times?.buckets ?? []) {
        if (inner.doc_count === 0) continue;
        const [{ from, stepMs }] = steps as [TimeSteps];
        const step = steps.length === 1 ? Math.round(((inner.key as number) - from) / stepMs) : Number(inner.key);
        yield { by: texts, step, events: inner.doc_count, parts: partsOf(inner, fields) };
      }
    }
  }
}

function partsOf(bucket: Bucket, fields: number): (StoredPart | undefined)[] {
  return Array.from({ length: fields }, (_, i) => {
    const count = (bucket[`c${i}`] as { doc_count: number } | undefined)?.doc_count;
    if (count === undefined) return undefined;
    const stats = bucket[`n${i}`] as { count: number; sum: number; min: number | null; max: number | null } | undefined;
    const points = (bucket[`p${i}`] as { values: { key: number; value: number | null }[] } | undefined)?.values ?? [];
    const numbers = stats?.count ?? 0;
    return {
      ...{ count, numbers, sum: stats?.sum ?? 0 },
      min: numbers === 0 ? null : stats!.min,
      max: numbers === 0 ? null : stats!.max,
      uniq: (bucket[`u${i}`] as { value: number } | undefined)?.value ?? 0,
      points: points.flatMap(({ key, value }) => (typeof value === 'number' ? [[key, value] as const] : [])),
    };
  });
}
