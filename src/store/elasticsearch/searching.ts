import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CountRow,
  CountsRequest,
  HistogramBucket,
  HistogramRequest,
  QueryNode,
  ScannedPage,
  ScanRequest,
  SearchRequest,
  SearchResult,
  SortKey,
  StoredEvent,
} from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { DECLARED_FIELDS } from '../../core/schema/fields.ts';
import { metricFields, type StatsRequest, type StatsResult } from '../../core/stats.ts';
import { tooManyRows } from '../counts.ts';
import { compareKeys } from '../query/cursor.ts';
import type { QueryDsl } from '../query/elasticsearch.ts';
import { comparedWithNumbers, FOLDED, toElasticsearch, UNMAPPED, UNMAPPED_TERMS } from '../query/elasticsearch.ts';
import { planQuery } from '../query/plan.ts';
import type { Elastic, ElasticRequest } from './client.ts';
import { countsBody, readCounts } from './counts-request.ts';
import { askable, askFieldCaps, type FieldCaps, NUMERIC } from './field-caps.ts';
import { sectionsOf } from './field-kinds.ts';
import { partialSearches } from './metrics.ts';
import type { ElasticsearchStoreSettings } from './options.ts';
import type { Dialect } from './product.ts';
import {
  before,
  eventOfFound,
  type FoundEvent,
  filtered,
  histogramBody,
  keyOf,
  pageBody,
  readHistogram,
  sourceOf,
  textOfDocuments,
} from './search-request.ts';
import { statistics } from './statistics.ts';
import { errorOfBody } from './verdict.ts';

const log = logger('store');
const DEFAULT_TIMEOUT_MS = 10_000;
/** Time that counting all matches may take; after it the total is a lower bound. */
const TOTAL_BUDGET_MS = 1_000;
/** Beyond the time that Elasticsearch is given: for the way there and back. */
const GRACE_MS = 2_000;
/** A new index has its shard within this time, unless something is wrong. */
const STARTING_MS = 2_000;
/** `index.max_result_window`. */
const MAX_WINDOW = 10_000;
/** Events with the time and `seq` of the last one of a page, beyond it. */
const SLACK = 16;
const FRESH_MS = 10_000;

/** Reads from our indices and from those that the operator named beside them. */
export class Searching {
  readonly #elastic: Elastic;
  readonly #target: string;
  /** Indices with events that Elasticsearch does not find before a refresh. */
  readonly #written = new Set<string>();
  #refreshing: Promise<void> | undefined;
  readonly #numeric = new Map<string, { at: number; indices: readonly string[] }>();

  readonly #dialect: () => Dialect;

  constructor(elastic: Elastic, options: ElasticsearchStoreSettings, dialect: () => Dialect) {
    this.#elastic = elastic;
    this.#dialect = dialect;
    const names = [`${options.index.prefix}*`, ...options.search_indices];
    this.#target = `/${encodeURIComponent(names.join(','))}`;
  }

  /** Events have gone into this index: the next search makes them visible first. */
  wrote(index: string): void {
    this.#written.add(index);
  }

  async search(
    request: SearchRequest,
    signal?: AbortSignal,
    onHits?: (hits: StoredEvent[]) => void,
  ): Promise<SearchResult> {
    const order = request.order ?? 'desc';
    const query = await this.#query(request, signal);
    const { hits: found, exhausted, partial } = await this.#page(query, request, order, signal);
    const hits = found.slice(0, request.size).map(eventOfFound);
    onHits?.(hits);
    const known = exhausted && request.after === undefined;
    const total =
      known || request.withoutTotal === true
        ? { value: found.length, relation: known ? ('eq' as const) : ('gte' as const) }
        : await this.#total(query, found.length, signal);
    return { total: partial ? { value: total.value, relation: 'gte' } : total, hits };
  }

  async scan(request: ScanRequest, signal?: AbortSignal): Promise<ScannedPage> {
    const { fields, size } = request;
    const query = await this.#query(request, signal);
    const { hits } = await this.#page(query, { ...request, source: sourceOf(fields) }, 'asc', signal);
    const events = hits.slice(0, size).map(eventOfFound);
    const last = hits[events.length - 1];
    return {
      form: 'elasticsearch',
      events: events.length,
      last: last && keyOf(last),
      fields,
      text: textOfDocuments(events),
    };
  }

  async histogram(request: HistogramRequest, signal?: AbortSignal): Promise<HistogramBucket[]> {
    await this.#refresh(signal);
    const dsl = await this.#dsl(request.query, signal);
    const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const { body } = await this.#ask('_search', histogramBody(request, dsl, timeoutMs), timeoutMs, signal);
    return readHistogram(body, request.by !== undefined);
  }

  async counts(request: CountsRequest, signal?: AbortSignal): Promise<CountRow[]> {
    await this.#refresh(signal);
    const dsl = await this.#dsl(request.query, signal);
    const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const rows: CountRow[] = [];
    for (let after: unknown; ; ) {
      const { body, partial } = await this.#ask(
        '_search',
        countsBody(request, dsl, timeoutMs, after),
        timeoutMs,
        signal,
      );
      // Too few are worse than none.
      if (partial) throw readError(503, { error: { reason: 'some shards did not answer' } });
      const page = readCounts(body, request);
      rows.push(...page.rows);
      if (rows.length > request.maxRows) throw tooManyRows(request);
      if (page.after === undefined) return rows;
      after = page.after;
    }
  }

  async statistics(request: StatsRequest, signal?: AbortSignal): Promise<StatsResult> {
    const query = await this.#query(request, signal);
    const fields = [...new Set([...request.by, ...metricFields(request.metrics)])];
    const dialect = this.#dialect();
    const sections = await sectionsOf(this.#elastic, { target: this.#target, dialect, fields, signal });
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = request;
    const ask = async (body: object, indices: readonly string[] | undefined): Promise<unknown> => {
      const target = indices && `/${encodeURIComponent(indices.join(','))}`;
      const answer = await this.#ask('_search', body, timeoutMs, signal, target);
      // Too few are worse than none.
      if (answer.partial) throw readError(503, { error: { reason: 'some shards did not answer' } });
      return answer.body;
    };
    return statistics(request, { query, sections, timeoutMs, ask });
  }

  async fieldNames(signal?: AbortSignal): Promise<string[]> {
    // Without filters it tells more, all of which is left out below.
    const filters = this.#dialect() === 'current' ? '&filters=-metadata,-multifield' : '';
    const path = `${this.#target}/_field_caps?fields=*${filters}&ignore_unavailable=true&allow_no_indices=true`;
    const { status, body } = await this.#elastic.request({ method: 'GET', path, signal });
    if (status !== 200) throw readError(status, body);
    const { fields } = body as { fields: { [name: string]: { [type: string]: unknown } } };
    const names = Object.keys(fields).filter(
      name =>
        name !== UNMAPPED &&
        name !== UNMAPPED_TERMS &&
        name !== 'seq' &&
        !name.startsWith('_') &&
        !name.endsWith(`.${FOLDED}`) &&
        !('object' in fields[name]!),
    );
    return [...new Set(['@timestamp', ...Object.keys(DECLARED_FIELDS), ...names])];
  }

  async #query(
    request: Pick<SearchRequest, 'query' | 'from' | 'to'>,
    signal: AbortSignal | undefined,
  ): Promise<QueryDsl> {
    await this.#refresh(signal);
    return filtered(await this.#dsl(request.query, signal), request);
  }

  async #dsl(query: QueryNode, signal: AbortSignal | undefined): Promise<QueryDsl> {
    const plan = planQuery(query);
    const numericIndices = await this.#numericIndices(comparedWithNumbers(plan), signal);
    return toElasticsearch(plan, { now: Date.now(), numericIndices, flattened: this.#dialect() === 'current' });
  }

  /** At least the events of the page if there are so many, in order. */
  async #page(
    query: QueryDsl,
    {
      size,
      after,
      timeoutMs = DEFAULT_TIMEOUT_MS,
      source,
    }: Pick<SearchRequest, 'size' | 'after' | 'timeoutMs'> & { readonly source?: readonly string[] },
    order: 'asc' | 'desc',
    signal?: AbortSignal,
  ) {
    const direction = order === 'asc' ? 1 : -1;
    const found = new Map<string, { key: SortKey; hit: FoundEvent }>();
    let position = after === undefined ? undefined : before(after, order);
    let partial = false;
    let exhausted = size === 0 ? false : undefined;
    let window = Math.min(MAX_WINDOW, size + SLACK);
    while (exhausted === undefined) {
      const body = pageBody({ query, size: window, order, after: position, timeoutMs, source });
      const answer = await this.#ask('_search', body, timeoutMs, signal);
      partial ||= answer.partial;
      const page = (answer.body as { hits?: { hits?: FoundEvent[] } }).hits?.hits ?? [];
      const known = found.size;
      for (const hit of page) {
        const key = keyOf(hit);
        if (after === undefined || compareKeys(key, after) * direction > 0)
          found.set(`${hit._index}\n${hit._id}`, { key, hit });
      }
      const last = page.at(-1)?.sort;
      if (last === undefined || page.length < window) exhausted = true;
      else {
        const edge = found.size >= size ? [...found.values()][size - 1]!.hit.sort : undefined;
        if (edge !== undefined && (edge[0] !== last[0] || edge[1] !== last[1])) exhausted = false;
        else if (found.size > known) position = before(last, order);
        // More events share one time and one `seq` than the window holds. (Other people's logs: without `seq`, in whole seconds.)
        else if (window < MAX_WINDOW) window = Math.min(MAX_WINDOW, window * 8);
        else position = last;
      }
    }
    const hits = [...found.values()].sort((a, b) => compareKeys(a.key, b.key) * direction).map(({ hit }) => hit);
    return { hits, exhausted, partial };
  }

  async #total(query: QueryDsl, least: number, signal?: AbortSignal): Promise<SearchResult['total']> {
    const body = { query, size: 0, track_total_hits: true, timeout: `${TOTAL_BUDGET_MS}ms` };
    try {
      const path = `${this.#target}/_search?${SEARCH}`;
      const answer = await this.#elastic.request({
        method: 'POST',
        path,
        body,
        timeoutMs: TOTAL_BUDGET_MS + GRACE_MS,
        signal,
      });
      const {
        timed_out: late,
        hits,
        _shards: shards,
      } = answer.body as {
        timed_out?: boolean;
        hits?: { total?: { value: number } };
        _shards?: { failed?: number };
      };
      const value = hits?.total?.value;
      if (answer.status !== 200 || value === undefined) return { value: least, relation: 'gte' };
      const partial = late === true || (shards?.failed ?? 0) > 0;
      return { value: Math.max(value, least), relation: partial ? 'gte' : 'eq' };
    } catch (error) {
      if (signal?.aborted) throw error;
      return { value: least, relation: 'gte' };
    }
  }

  /** The day's index is there a moment before its shard; a search in between fails for that alone. */
  async #askStarted(request: ElasticRequest) {
    const until = performance.now() + STARTING_MS;
    for (;;) {
      const answer = await this.#elastic.request(request);
      const isStarting =
        answer.status === 503 && JSON.stringify(answer.body).includes('no_shard_available_action_exception');
      if (!isStarting || performance.now() > until || request.signal?.aborted === true) return answer;
      await sleep(100);
    }
  }

  async #ask(what: string, body: unknown, timeoutMs: number, signal?: AbortSignal, target = this.#target) {
    const path = `${target}/${what}?${SEARCH}`;
    const request: ElasticRequest = { method: 'POST', path, body, timeoutMs: timeoutMs + GRACE_MS, signal };
    const answer = await this.#askStarted(request);
    if (answer.status !== 200) throw readError(answer.status, answer.body);
    const { timed_out: late, _shards: shards } = answer.body as {
      timed_out?: boolean;
      _shards?: { failed?: number; failures?: { reason?: unknown }[] };
    };
    if (late === true) {
      throw new LongshoreError('LS_STORE_QUERY_TIMEOUT', 'the search did not finish in time.', {
        fix: 'Narrow the time range or the query.',
        retryable: true,
      });
    }
    const partial = (shards?.failed ?? 0) > 0;
    if (partial) {
      partialSearches.inc();
      log.warn(
        { failed: shards?.failed, reason: errorOfBody({ error: shards?.failures?.[0]?.reason })?.reason },
        'some shards did not answer a search',
      );
    }
    return { body: answer.body, partial };
  }

  /** What this process has stored is found by its next search. */
  async #refresh(signal?: AbortSignal): Promise<void> {
    if (this.#written.size === 0) return this.#refreshing;
    const indices = [...this.#written];
    this.#written.clear();
    const earlier = this.#refreshing;
    const refreshing = (async () => {
      await earlier;
      const path = `/${encodeURIComponent(indices.join(','))}/_refresh?ignore_unavailable=true&allow_no_indices=true`;
      const answer = await this.#elastic.request({ method: 'POST', path, timeoutMs: DEFAULT_TIMEOUT_MS });
      if (answer.status !== 200) throw readError(answer.status, answer.body);
    })().catch(error => {
      // The events come with the refresh that Elasticsearch does by itself; the next search tries again.
      for (const index of indices) this.#written.add(index);
      log.debug({ err: error }, 'indices could not be refreshed before a search');
    });
    this.#refreshing = refreshing;
    await refreshing;
    if (this.#refreshing === refreshing) this.#refreshing = undefined;
    if (signal?.aborted)
      throw new LongshoreError('LS_STORE_QUERY_CANCELLED', 'the search was cancelled.', { retryable: true });
  }

  /** Where undeclared fields are numbers. Types in an index never change, so what is remembered can only be incomplete. */
  async #numericIndices(
    fields: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const result = new Map<string, readonly string[]>();
    const now = performance.now();
    const unknown = fields.filter(field => {
      const known = this.#numeric.get(field);
      if (known !== undefined && now - known.at < FRESH_MS) result.set(field, known.indices);
      return !result.has(field);
    });
    const asked = askable(unknown);
    if (asked.length === 0) return result;
    const dialect = this.#dialect();
    const answer = await askFieldCaps(this.#elastic, {
      ...{ target: this.#target, dialect, signal },
      fields: dialect === 'current' ? asked : thatFitInUrl(asked),
    });
    if (answer.status !== 200) return result;
    const { indices, fields: types } = answer.body as FieldCaps;
    if (this.#numeric.size > 1_000) this.#numeric.clear();
    for (const field of asked) {
      const byType = types?.[field] ?? {};
      const found = NUMERIC.flatMap(type =>
        byType[type] === undefined ? [] : (byType[type].indices ?? indices ?? []),
      );
      this.#numeric.set(field, { at: now, indices: found });
      result.set(field, found);
    }
    return result;
  }
}

const SEARCH = 'ignore_unavailable=true&allow_no_indices=true&allow_partial_search_results=true&request_cache=false';

/** As many of them as the first line of a request takes (4,096 bytes, with the names of the indices). */
function thatFitInUrl(names: readonly string[]): string[] {
  let bytes = 0;
  return names.filter(name => {
    const { length } = encodeURIComponent(name);
    if (bytes + length >= MAX_LIST_BYTES) return false;
    bytes += bytes === 0 ? length : length + 1;
    return true;
  });
}

const MAX_LIST_BYTES = 2_500;

function readError(status: number, body: unknown): LongshoreError {
  const reason = errorOfBody(body)?.reason ?? `status ${status}`;
  return new LongshoreError('LS_STORE_READ_FAILED', `the search failed: ${reason.slice(0, 500)}.`, {
    retryable: status !== 400,
  });
}
