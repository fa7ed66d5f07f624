import { LongshoreError } from '../../core/errors.ts';
import { MAX_RANKED_GROUPS, metricFields, type StatsRequest, type StatsResult } from '../../core/stats.ts';
import type { QueryDsl } from '../query/elasticsearch.ts';
import { groupable, isHolistic, ranked, rowsBy } from '../stats/in-memory.ts';
import { Groups } from '../stats/parts.ts';
import { stepOf } from '../stats/time-steps.ts';
import type { Section } from './field-kinds.ts';
import { splitField } from './search-request.ts';
import {
  type Asked,
  candidatesBody,
  eventsIn,
  pairsBody,
  readCandidates,
  readPairs,
  readValues,
  valuesBody,
} from './stats-request.ts';

/** Groups of several fields that are looked through: five pages. */
const MAX_PAIRS = 50_000;
/** Groups beside those that are wanted: what one index has few of another may have many of. */
const SPARE_GROUPS = 50;

export interface StatsDeps {
  /** With the time. */
  readonly query: QueryDsl;
  readonly sections: readonly Section[];
  readonly timeoutMs: number;
  /** Asks these indices, or all. */
  ask(body: object, indices: readonly string[] | undefined): Promise<unknown>;
}

/** Throws LS_STORE_SPLIT, LS_STORE_TOO_MANY_VALUES, LS_SEARCH_PARAMETER, else what `ask` throws. */
export async function statistics(request: StatsRequest, deps: StatsDeps): Promise<StatsResult> {
  const { by, metrics, limit, steps } = request;
  for (const field of by) splitField(field);
  checkNumbers(request, deps.sections);
  const beside = request.beside.map(groupable);
  const whole = new Groups(metrics);
  for (const event of beside) whole.add(event, 0);
  let events = request.beside.length;
  const needed = isHolistic(metrics[request.rank.metric]!) ? Math.max(limit, MAX_RANKED_GROUPS) : limit + SPARE_GROUPS;
  // Those of the tail, as far as there are few enough to ask for.
  const wanted = new Map(
    ranked(whole, request)
      .slice(0, MAX_RANKED_GROUPS)
      .map(({ by: texts }) => [JSON.stringify(texts), texts]),
  );
  const hasPoints = request.beside.length > 0 || deps.sections.length > 1;
  const asked = deps.sections.map(section => ({
    section,
    asked: { query: deps.query, kinds: section.kinds, request, timeoutMs: deps.timeoutMs } satisfies Asked,
  }));
  if (by.length > 0) {
    for (const { section, asked: each } of asked) {
      const found = await candidates(each, section, deps, needed);
      events += found.events;
      for (const texts of found.groups) wanted.set(JSON.stringify(texts), texts);
    }
    if (wanted.size === 0) return { events, rows: [] };
  }
  const groups = [...wanted.values()];
  for (const { section, asked: each } of asked) {
    for (const part of slices(groups)) {
      const answer = await deps.ask(valuesBody(each, part, undefined, hasPoints), section.indices);
      if (by.length === 0) events += eventsIn(answer);
      for (const { by: texts, step, events: count, parts } of readValues(answer, request, undefined))
        if (by.length === 0 || wanted.has(JSON.stringify(texts))) whole.part(texts, step).addStored(count, parts);
    }
  }
  const rows = ranked(whole, request).slice(0, limit);
  if (steps === undefined) return { events, rows };

  const timed = new Groups(metrics);
  const chosen = new Set(rows.map(row => JSON.stringify(row.by)));
  for (const event of beside) {
    const step = stepOf(steps, event.time);
    if (step !== undefined && chosen.has(JSON.stringify(event.by))) timed.add(event, step);
  }
  const texts = rows.map(row => row.by);
  for (const { section, asked: each } of asked) {
    const answer = await deps.ask(valuesBody(each, texts, steps, hasPoints), section.indices);
    for (const { by: found, step, events: count, parts } of readValues(answer, request, steps))
      if (chosen.has(JSON.stringify(found))) timed.part(found, step).addStored(count, parts);
  }
  return { events, rows: rowsBy(timed, rows, metrics) };
}

async function candidates(
  asked: Asked,
  { indices, kinds }: Section,
  deps: StatsDeps,
  needed: number,
): Promise<{ events: number; groups: readonly (readonly string[])[] }> {
  const { by } = asked.request;
  // Where a field is not mapped, or cannot be counted, there are no groups.
  const isThere = by.every(field => ['number', 'keyword'].includes(kinds.get(field) ?? ''));
  if (by.length === 1 || !isThere) {
    const answer = await deps.ask(isThere ? candidatesBody(asked, needed) : onlyTotal(asked), indices);
    return { events: eventsIn(answer), groups: isThere ? readCandidates(answer) : [] };
  }
  const all: { by: string[]; events: number }[] = [];
  let events = 0;
  for (let after: unknown, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const answer = await deps.ask(pairsBody(asked, after), indices);
    if (isFirst) events = eventsIn(answer);
    const page = readPairs(answer, by);
    all.push(...page.groups);
    after = page.after;
    if (all.length > MAX_PAIRS || (all.length === MAX_PAIRS && after !== undefined)) throw tooManyGroups(by);
  }
  const { metrics, rank } = asked.request;
  const byCount = metrics[rank.metric]!.of === undefined || isHolistic(metrics[rank.metric]!);
  // By another number all of them have to be looked at.
  if (!byCount && all.length > MAX_RANKED_GROUPS) throw tooManyGroups(by);
  const sign = rank.order === 'asc' && metrics[rank.metric]!.of === undefined ? 1 : -1;
  const sorted = all.sort((a, b) => (a.events - b.events) * sign);
  return { events, groups: (byCount ? sorted.slice(0, needed) : sorted).map(({ by: texts }) => texts) };
}

const onlyTotal = ({ query, timeoutMs }: Asked): object => ({
  ...{ query, size: 0, track_total_hits: true, timeout: `${timeoutMs}ms` },
});

/** Clauses that one request takes without a blink. */
const MAX_CLAUSES = 500;

function* slices<T>(all: readonly T[]): Generator<readonly T[]> {
  if (all.length === 0) yield all;
  for (let i = 0; i < all.length; i += MAX_CLAUSES) yield all.slice(i, i + MAX_CLAUSES);
}

/** Elasticsearch makes no numbers of what it holds as text everywhere. */
function checkNumbers({ metrics }: StatsRequest, sections: readonly Section[]): void {
  for (const field of metricFields(metrics)) {
    const kinds = sections.flatMap(({ kinds: each }) => each.get(field) ?? []);
    if (kinds.length === 0) continue;
    const needsNumber = metrics.some(({ kind, of }) => of === field && kind !== 'count' && kind !== 'uniq');
    if (needsNumber && !kinds.includes('number')) throw isText(field, `make numbers of ${field}`);
    if (metrics.some(({ kind, of }) => of === field && kind === 'uniq')) splitField(field);
  }
}

function isText(field: string, what: string): LongshoreError {
  return new LongshoreError('LS_STORE_SPLIT', `Elasticsearch cannot ${what}: it came as text.`, {
    where: 'metrics',
    fix: `Convert it in the pipeline: { convert: { field: ${field}, type: double } }. From the next day on it is a number.`,
  });
}

function tooManyGroups(by: readonly string[]): LongshoreError {
  return new LongshoreError('LS_STORE_TOO_MANY_VALUES', `too many groups by ${by.join(' and ')}.`, {
    where: 'by',
    fix: 'Narrow the query, split by one field, or by fields with fewer values.',
  });
}
