import { isoTime } from '../../base/time/iso.ts';
import type { HistogramBucket, HistogramRequest, ScannedEvent, SortKey, StoredEvent } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { DECLARED_FIELDS } from '../../core/schema/fields.ts';
import { type QueryDsl, UNMAPPED } from '../query/elasticsearch.ts';
import { kindOf, storedField } from '../query/fields.ts';
import { moveBack } from './move-aside.ts';

/*
 * The bodies of searches and what comes back. Elasticsearch does not sort by `_id`; events are sorted there by
 * (`@timestamp`, `seq`), which only events of two processes in the same microsecond share, and those are put in order here.
 */

/** The query together with the time range. */
export function filtered(
  query: QueryDsl,
  { from, to }: { from?: number | undefined; to?: number | undefined },
): QueryDsl {
  // Documents without a time, which only other people's indices have, have no place in a list of events.
  const time =
    from === undefined && to === undefined
      ? { exists: { field: '@timestamp' } }
      : {
          range: {
            '@timestamp': {
              ...(from === undefined ? {} : { gte: from }),
              ...(to === undefined ? {} : { lte: to }),
              format: 'epoch_millis',
            },
          },
        };
  return { bool: { filter: [time, query] } };
}

export interface PageRequest {
  readonly query: QueryDsl;
  readonly size: number;
  readonly order: 'asc' | 'desc';
  /** `@timestamp` and `seq` behind which the page begins. */
  readonly after: readonly [number, number] | undefined;
  readonly timeoutMs: number;
  /** See `sourceOf`; undefined: whole documents. */
  readonly source?: readonly string[] | undefined;
}

/** What has to be read of documents for the values of these fields, also where they were moved aside. */
export function sourceOf(fields: readonly string[]): string[] {
  const names = new Set([UNMAPPED]);
  for (const field of fields) {
    const [head] = field.split('.');
    // An object with all that is in it, and keys with dots.
    for (const name of [head!, `${head}.*`, storedField(field)]) names.add(name);
  }
  return [...names];
}

export function pageBody({ query, size, order, after, timeoutMs, source }: PageRequest): unknown {
  return {
    query,
    size,
    ...(source === undefined ? {} : { _source: source }),
    sort: [
      { '@timestamp': { order, unmapped_type: 'date', numeric_type: 'date' } },
      { seq: { order, unmapped_type: 'long', missing: 0 } },
    ],
    ...(after === undefined ? {} : { search_after: after }),
    track_total_hits: false,
    timeout: `${timeoutMs}ms`,
  };
}

/** The first position that has the events of `key` itself behind it: those that share its time and `seq` are wanted. */
export function before([time, seq]: SortKey | readonly [number, number], order: 'asc' | 'desc'): [number, number] {
  return [time, order === 'desc' ? seq + 1 : seq - 1];
}

export interface FoundEvent {
  _id: string;
  _index: string;
  _source?: unknown;
  sort: [number, number];
}

export const keyOf = (hit: FoundEvent): SortKey => [hit.sort[0], hit.sort[1], hit._id];

/** A stored event as it is given back. */
export function eventOfFound(found: FoundEvent): StoredEvent {
  const source = isFields(found._source) ? found._source : newFields();
  const hit = newFields();
  hit['_id'] = found._id;
  hit['_index'] = found._index;
  hit['seq'] = found.sort[1];
  hit['@timestamp'] = isoTime(found.sort[0]);
  for (const name of Object.keys(DECLARED_FIELDS)) if (Object.hasOwn(source, name)) hit[name] = source[name];
  for (const name of Object.keys(source)) {
    if (!Object.hasOwn(hit, name)) hit[name] = source[name];
  }
  moveBack(hit);
  return hit as StoredEvent;
}

type Row = readonly [id: string, seq: number, time: number, event: Fields];

/** Events for `eventsOfDocuments`. */
export function textOfDocuments(events: readonly StoredEvent[]): string {
  const rows = events.map(
    ({ _id, _index, seq, ...event }): Row => [_id, seq, Date.parse(event['@timestamp'] as string), event],
  );
  return JSON.stringify(rows);
}

export function* eventsOfDocuments(text: string): Generator<ScannedEvent> {
  for (const [id, seq, time, event] of JSON.parse(text) as Row[])
    yield { id, seq, time, event: Object.assign(newFields(), event) as ScannedEvent['event'] };
}

const MAX_BUCKETS = 10_000;
/** Values of `by` that get numbers of their own, the most frequent; the rest is only part of `count`. */
const MAX_VALUES = 50;
/** `search.max_buckets` is 65,536 by default. */
const MAX_GROUPS = 60_000;

export function histogramBody(request: HistogramRequest, query: QueryDsl, timeoutMs: number): unknown {
  const { from, to, intervalMs, by } = request;
  const buckets = (to - from) / intervalMs;
  if (!(intervalMs >= 1) || !(buckets <= MAX_BUCKETS)) {
    throw new LongshoreError('LS_STORE_TOO_MANY_BUCKETS', `more than ${MAX_BUCKETS} buckets.`, {
      fix: 'Use a longer interval or a shorter time range.',
    });
  }
  const values = Math.max(1, Math.min(MAX_VALUES, Math.floor(MAX_GROUPS / (buckets + 2)) - 1));
  return {
    query: filtered(query, request),
    size: 0,
    track_total_hits: false,
    timeout: `${timeoutMs}ms`,
    aggs: {
      times: {
        date_histogram: { field: '@timestamp', fixed_interval: `${Math.trunc(intervalMs)}ms`, min_doc_count: 1 },
        ...(by === undefined ? {} : { aggs: { values: { terms: { field: splitField(by), size: values } } } }),
      },
    },
  };
}

export function splitField(by: string): string {
  if (kindOf(by) !== 'text' && kindOf(by) !== 'exact') return by;
  throw new LongshoreError('LS_STORE_SPLIT', `Elasticsearch cannot split by ${by}.`, {
    fix: 'Split by a field with fewer values, such as level or service.',
  });
}

interface AggregationAnswer {
  aggregations?: {
    times?: {
      buckets?: { key: number; doc_count: number; values?: { buckets?: { key: unknown; doc_count: number }[] } }[];
    };
  };
}

export function readHistogram(body: unknown, withValues: boolean): HistogramBucket[] {
  const buckets = (body as AggregationAnswer).aggregations?.times?.buckets ?? [];
  return buckets.map(({ key, doc_count: count, values }) => {
    if (!withValues) return { at: key, count };
    const by = newFields() as Record<string, number>;
    for (const value of values?.buckets ?? []) by[String(value.key)] = value.doc_count;
    return { at: key, count, by };
  });
}
