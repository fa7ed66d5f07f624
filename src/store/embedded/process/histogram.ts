import type { HistogramBucket, HistogramRequest } from '../../../core/contracts.ts';
import { LongshoreError } from '../../../core/errors.ts';
import type { Source } from './catalogue.ts';
import { fieldText } from './field-text.ts';
import type { QueryTurn } from './query-gate.ts';
import { type Condition, condition, isInside } from './search.ts';
import { Sieve } from './sieve.ts';
import { batches, guarded, relation, rowsOf } from './sources.ts';
import { Edges, TalliedQuery } from './tallied.ts';

const MAX_BUCKETS = 10_000;
/** Values of `by` that get numbers of their own, the most frequent; the rest is only part of `count`. */
const MAX_VALUES = 50;
/** Rows (bucket and value) that one histogram may bring. */
const MAX_GROUPS = 200_000;
const FIRST_ROWS = 200_000;

/** Buckets start at multiples of the interval since 1970; empty ones are left out. */
export async function histogram(
  turn: QueryTurn,
  sources: readonly Source[],
  request: HistogramRequest,
): Promise<HistogramBucket[]> {
  const { from, to, intervalMs, by, query } = request;
  if (!(intervalMs >= 1) || !((to - from) / intervalMs <= MAX_BUCKETS)) {
    throw new LongshoreError('LS_STORE_TOO_MANY_BUCKETS', `more than ${MAX_BUCKETS} buckets.`, {
      fix: 'Use a longer interval or a shorter time range.',
    });
  }
  if (query.type === 'none') return [];
  const interval = Math.trunc(intervalMs);
  const counts = new Counts(interval);
  const rest: Source[] = [];
  const edges = new Edges();
  const tallied = new TalliedQuery(query, by);
  const sieve = new Sieve(query);
  for await (const source of sieve.of(sources)) {
    const oneBucket = Math.floor(source.minTime / interval) === Math.floor(source.maxTime / interval);
    if (
      query.type === 'all' &&
      by === undefined &&
      source.kind === 'segment' &&
      oneBucket &&
      isInside(source, request)
    ) {
      counts.add(Math.floor(source.minTime / interval), undefined, source.rows);
      continue;
    }
    const known = await tallied.of(source, request, interval);
    known?.each((time, value, events) => counts.add(Math.floor(time / interval), value, events));
    if (known === undefined) rest.push(source);
    else edges.add(source, known);
  }

  // A floor of the quotient and not `//`, which cuts towards zero before 1970.
  const bucket = `floor(epoch_ms("@timestamp")::DOUBLE / ${interval})`;
  let groups = 0;
  const count = async (batch: readonly Source[], matching: Condition): Promise<void> => {
    const { sql: from, params } = relation(batch, found => {
      const value = by === undefined ? { sql: 'NULL::VARCHAR', params: [] } : fieldText(by, found);
      const where = matching(found);
      return {
        columns: `${bucket} AS bucket, ${value.sql} AS value`,
        where: where.sql,
        params: [...value.params, ...where.params],
      };
    });
    const sql = `SELECT bucket, value, count(*) FROM ${from} GROUP BY bucket, value`;
    await guarded(batch, () =>
      turn.session.each(sql, params, row => {
        if (++groups > MAX_GROUPS) return false;
        counts.add(row[0] as number, row[1] as string | null, row[2] as number);
        return true;
      }),
    );
    if (groups > MAX_GROUPS) {
      throw new LongshoreError(
        'LS_STORE_TOO_MANY_VALUES',
        `the field ${by} has too many different values to split by.`,
        {
          fix: 'Narrow the query, or split by a field with fewer values.',
        },
      );
    }
  };
  for (const { span, sources } of edges) {
    await turn.ready(0);
    await count(sources, condition(query, span.from, span.to));
  }
  const matching = condition(query, from, to);
  for await (const batch of batches(rest, FIRST_ROWS, () => turn.mostRows)) {
    await turn.ready(rowsOf(batch));
    await count(batch, matching);
  }
  return counts.buckets(by !== undefined);
}

class Counts {
  readonly #interval: number;
  readonly #all = new Map<number, number>();
  readonly #values = new Map<string, { total: number; buckets: Map<number, number> }>();

  constructor(interval: number) {
    this.#interval = interval;
  }

  /** `value` null or undefined: counted in the bucket only. */
  add(bucket: number, value: string | null | undefined, count: number): void {
    increase(this.#all, bucket, count);
    if (value === null || value === undefined) return;
    let entry = this.#values.get(value);
    if (entry === undefined) {
      entry = { total: 0, buckets: new Map() };
      this.#values.set(value, entry);
    }
    entry.total += count;
    increase(entry.buckets, bucket, count);
  }

  buckets(split: boolean): HistogramBucket[] {
    const result: HistogramBucket[] = [];
    const top = [...this.#values].sort((a, b) => b[1].total - a[1].total).slice(0, MAX_VALUES);
    for (const [bucket, count] of [...this.#all].sort((a, b) => a[0] - b[0])) {
      const entry: HistogramBucket = { at: bucket * this.#interval, count };
      if (split) {
        const by: [string, number][] = [];
        for (const [value, { buckets }] of top) if (buckets.has(bucket)) by.push([value, buckets.get(bucket)!]);
        entry.by = Object.fromEntries(by);
      }
      result.push(entry);
    }
    return result;
  }
}

function increase(counts: Map<number, number>, key: number, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
