import type { CountRow, CountsRequest } from '../../core/contracts.ts';
import type { QueryDsl } from '../query/elasticsearch.ts';
import { filtered, splitField } from './search-request.ts';

/** Buckets of one answer; `search.max_buckets` is 65,536 by default. */
const PAGE = 10_000;

/** `after`: where the page before ended. */
export function countsBody(request: CountsRequest, query: QueryDsl, timeoutMs: number, after: unknown): unknown {
  const { from, stretchMs, stretches, by, of } = request;
  const stretch = {
    date_histogram: {
      field: '@timestamp',
      fixed_interval: `${Math.trunc(stretchMs)}ms`,
      offset: `${from % stretchMs}ms`,
    },
  };
  const values = by.map((field, i) => ({ [`by${i}`]: { terms: { field: splitField(field) } } }));
  const sources = [{ stretch }, ...values];
  const { field = '', as } = of ?? {};
  const sums = as === undefined ? {} : { sums: { [as === 'values' ? 'value_count' : 'stats']: { field } } };
  return {
    query: filtered(query, { from, to: from + stretchMs * stretches - 1 }),
    size: 0,
    track_total_hits: false,
    timeout: `${timeoutMs}ms`,
    aggs: {
      counts: {
        composite: { size: PAGE, sources, ...(after === undefined ? {} : { after }) },
        ...(as === undefined ? {} : { aggs: sums }),
      },
    },
  };
}

interface CountsAnswer {
  readonly aggregations?: {
    readonly counts?: { readonly after_key?: unknown; readonly buckets?: readonly Bucket[] };
  };
}

interface Bucket {
  readonly key: { readonly stretch: number; readonly [by: string]: unknown };
  readonly doc_count: number;
  /** Of `value_count`, or of `stats`. */
  readonly sums?: { value?: number; count?: number; sum?: number; min?: number | null; max?: number | null };
}

/** `after`: undefined when there is nothing more. */
export function readCounts(
  body: unknown,
  { from, stretchMs, by }: CountsRequest,
): { rows: CountRow[]; after: unknown } {
  const { buckets = [], after_key: after } = (body as CountsAnswer).aggregations?.counts ?? {};
  const rows = buckets.map(({ key, doc_count: events, sums = {} }): CountRow => {
    const values = sums.count ?? sums.value ?? 0;
    const some = (value: number | null | undefined): number | null => (values === 0 ? null : (value ?? null));
    return {
      stretch: Math.round((key.stretch - from) / stretchMs),
      by: by.map((_, i) => String(key[`by${i}`])),
      events,
      values,
      sum: some(sums.sum),
      min: some(sums.min),
      max: some(sums.max),
    };
  });
  return { rows, after: buckets.length < PAGE ? undefined : after };
}
