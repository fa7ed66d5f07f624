import { LEVELS } from '../base/levels.ts';
import { fieldTerm } from './query-text.ts';
import { momentOf } from './time-range.ts';

export const QUICK_RANGES = ['5m', '15m', '1h', '3h', '6h', '24h', '7d', '30d'] as const;
export type QuickRange = (typeof QUICK_RANGES)[number];

/** What is searched and how it is shown: all of it stands in the address. */
export interface Search {
  readonly query: string;
  /** Up to now; `from` and `to` win. */
  readonly range: QuickRange;
  /** ISO, or relative as `now-2h`. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly levels: readonly string[];
  /** Of which alerts are shown beside the events; undefined: of all. */
  readonly rule: string | undefined;
  readonly order: 'desc' | 'asc';
  /** What the histogram is split by. */
  readonly by: string;
  /** Fields that are shown as columns; none: service and message. */
  readonly columns: readonly string[];
  readonly live: boolean;
  /** Id of the event whose surroundings are shown, and its time (ISO). */
  readonly event: string | undefined;
  readonly at: string | undefined;
  /** Whether the surroundings are those in its container. */
  readonly scope: 'container' | 'all';
  /** Metrics that are counted, as `GET /api/stats` takes them; undefined: events are shown. */
  readonly stats: string | undefined;
  /** Field that they are counted by; ``: none. */
  readonly group: string;
  /** Stretch of time that they are counted for: `auto`, `1h`; `all`: the whole time. */
  readonly every: string;
}

const FIRST: Search = {
  query: '',
  range: '1h',
  from: undefined,
  to: undefined,
  levels: [],
  rule: undefined,
  order: 'desc',
  by: 'level',
  columns: [],
  live: false,
  event: undefined,
  at: undefined,
  scope: 'container',
  stats: undefined,
  group: '',
  every: 'auto',
};

/** Of an address; what it does not say is as at the start. */
export function readSearch(params: URLSearchParams): Search {
  const text = (name: string): string | undefined => params.get(name) || undefined;
  const [from, to] = [text('from'), text('to')];
  const isRange = from !== undefined || to !== undefined;
  return {
    query: params.get('query') ?? '',
    range: QUICK_RANGES.find(range => range === params.get('range')) ?? FIRST.range,
    from: isRange ? from : undefined,
    to: isRange ? (to ?? 'now') : undefined,
    levels: listOf(params.get('levels')).filter(level => (LEVELS as readonly string[]).includes(level)),
    rule: text('rule'),
    order: params.get('order') === 'asc' ? 'asc' : 'desc',
    by: text('by') ?? FIRST.by,
    columns: listOf(params.get('columns')),
    live: params.get('live') === '1',
    event: text('event'),
    at: text('at'),
    scope: params.get('scope') === 'all' ? 'all' : FIRST.scope,
    stats: text('stats'),
    group: text('group') ?? FIRST.group,
    every: text('every') ?? FIRST.every,
  };
}

/** Without what is as at the start. */
export function searchParams(search: Search): URLSearchParams {
  const params = new URLSearchParams();
  const add = (name: string, value: string | undefined, first?: string): void => {
    if (value !== undefined && value !== '' && value !== first) params.set(name, value);
  };
  add('query', search.query);
  add('range', search.range, FIRST.range);
  add('from', search.from);
  add('to', search.to);
  add('levels', search.levels.join(','));
  add('rule', search.rule);
  add('order', search.order, FIRST.order);
  add('by', search.by, FIRST.by);
  add('columns', search.columns.join(','));
  add('live', search.live ? '1' : undefined);
  add('event', search.event);
  add('at', search.at);
  add('scope', search.scope, FIRST.scope);
  add('stats', search.stats);
  add('group', search.group);
  add('every', search.every, FIRST.every);
  return params;
}

/** The typed query, narrowed to the chosen levels. */
export function fullQuery({ query, levels }: Pick<Search, 'query' | 'levels'>): string {
  if (levels.length === 0) return query;
  const chosen = `level:(${levels.join(' OR ')})`;
  return query.trim() === '' ? chosen : `(${query}) AND ${chosen}`;
}

/** `from` and `to` of a request. */
export function spanOf(search: Pick<Search, 'range' | 'from' | 'to'>): { from: string | undefined; to: string } {
  if (search.to !== undefined) return { from: search.from, to: search.to };
  return { from: `now-${search.range}`, to: 'now' };
}

/** The same search with the times that it has now, so that it finds the same tomorrow; what only the server can read stays. */
export function frozen(search: Search, now: number): Search {
  const span = spanOf(search);
  const [from, to] = [momentOf(span.from, now), momentOf(span.to, now)];
  const iso = (at: number | undefined, text: string | undefined): string | undefined =>
    at === undefined ? text : new Date(at).toISOString();
  return { ...search, from: iso(from, span.from), to: iso(to, span.to), live: false };
}

/** Only events that also match the term. */
export function narrowed(query: string, term: string): string {
  if (query.trim() === '') return term;
  return `${/\bor\b|\|\|/i.test(query) ? `(${query})` : query} AND ${term}`;
}

export type FilterKind = 'for' | 'out' | 'exists';

/** The term of a filter on a field. */
export function filterTerm(kind: FilterKind, name: string, value: unknown): string {
  if (kind === 'exists') return `${fieldTerm(name)}:*`;
  const term = `${fieldTerm(name)}:${valueTerm(value)}`;
  return kind === 'out' ? `NOT ${term}` : term;
}

function valueTerm(value: unknown): string {
  return typeof value === 'string' ? `"${value.replace(/[\\"]/g, '\\$&')}"` : String(value);
}

function listOf(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}
