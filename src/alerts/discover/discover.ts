import { MINUTE_MS } from '../../base/time/duration.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import type { AlertLinks } from '../alerters/alerter.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import { durationMs } from '../rules/duration.ts';
import { alertFieldsOf, copyFields } from '../text/alert-fields.ts';
import { rison } from './rison.ts';

/** Pages that show the events of an alert: first words of their options, of the field with the link and of the option that wants it. */
type App = 'kibana' | 'opensearch';
const APPS: readonly App[] = ['kibana', 'opensearch'];
const DEFAULT_AROUND_MS = 10 * MINUTE_MS;
/** A longer address is none for most programs. */
const MAX_CHARS = 8000;

/** What of a rule a link is made from. */
export interface DiscoverRule {
  readonly options: Fields;
  readonly queryKey: readonly string[];
  readonly timestampField: string;
}

/**
 * Gives the first match the fields `kibana_discover_url` and `opensearch_discover_url` that the rule asks for. Without
 * the address of such a page the search of our own takes their place; without that, too, there is no field.
 */
export function withDiscoverLinks(rule: DiscoverRule, matches: Fields[], links: AlertLinks | undefined): Fields[] {
  const [first, ...others] = matches;
  const wanted = APPS.filter(app => rule.options[`generate_${app}_discover_url`] === true);
  if (first === undefined || wanted.length === 0) return matches;
  const told = Object.assign(newFields(), first);
  copyFields(alertFieldsOf(first), told);
  for (const app of wanted) {
    const url = discoverUrl(app, rule, first) ?? links?.search;
    if (url !== undefined) told[`${app}_discover_url`] = url;
  }
  return [told, ...others];
}

/** Undefined where the rule does not say where that page is, or the time of the match cannot be read. */
export function discoverUrl(app: App, rule: DiscoverRule, match: Fields): string | undefined {
  const { options } = rule;
  const base = options[`${app}_discover_app_url`];
  const index = options[`${app}_discover_index_pattern_id`];
  const time = readTime(pythonStr(lookup(match, rule.timestampField) ?? ''));
  if (typeof base !== 'string' || base === '' || !index || time === undefined) return undefined;
  const around = (name: string): number => {
    const ms = durationMs(options[`${app}_discover_${name}_timedelta`] ?? options['timeframe']);
    return typeof ms === 'number' ? ms : DEFAULT_AROUND_MS;
  };
  const global = rison({
    filters: [],
    refreshInterval: { pause: true, value: 0 },
    time: { from: timeText(time, -around('from')), to: timeText(time, around('to')) },
  });
  const columns = options[`${app}_discover_columns`] ?? ['_source'];
  const link = `${base}?_g=${quoted(global)}`;
  const full =
    app === 'kibana'
      ? `${link}&_a=${quoted(rison({ columns, filters: filtersOf(app, rule, match), index, interval: 'auto' }))}`
      : `${link}&_a=${quoted(rison(openSearchState(columns, index)))}&_q=${quoted(query(filtersOf(app, rule, match)))}`;
  const url = external(options, app, full);
  return url.length > MAX_CHARS ? undefined : url;
}

const openSearchState = (columns: unknown, indexPattern: unknown): object => ({
  discover: { columns, isDirty: false, sort: [] },
  metadata: { indexPattern, view: 'discover' },
});

/** In OpenSearch the query comes after the filters, whatever the alphabet says. */
const query = (filters: readonly object[]): string =>
  `(filters:${rison(filters)},query:${rison({ language: 'lucene', query: '' })})`;

function filtersOf(app: App, { options, queryKey }: DiscoverRule, match: Fields): object[] {
  const index = options[`${app}_discover_index_pattern_id`];
  const all = Array.isArray(options['filter']) ? options['filter'] : [];
  const must = all.map((filter: unknown) => (isFields(filter) && 'query' in filter ? filter['query'] : filter));
  return [
    ...(must.length === 0 ? [] : [ofRule(app, must, index)]),
    ...queryKey.map(key => ofKey(app, key, app === 'kibana' ? oneOf(lookup(match, key)) : lookup(match, key), index)),
  ];
}

function ofRule(app: App, must: readonly unknown[], index: unknown): object {
  const bool = app === 'kibana' ? { must } : { bool: { must } };
  const key = app === 'kibana' ? 'bool' : 'query';
  return {
    $state: { store: 'appState' },
    [key]: bool,
    meta: { alias: 'filter', disabled: false, index, key, negate: false, type: 'custom', value: asciiJson(bool) },
  };
}

function ofKey(app: App, key: string, value: unknown, index: unknown): object {
  const $state = { store: 'appState' };
  const meta = { alias: null, disabled: false, index, key };
  if (value === undefined || value === null)
    return {
      $state,
      exists: { field: key },
      meta: {
        ...meta,
        ...{ negate: true, type: 'exists', value: 'exists' },
        ...(app === 'opensearch' ? { view: 'discover' } : {}),
      },
    };
  const phrase = { query: value, type: 'phrase' };
  return {
    $state,
    meta: { ...meta, negate: false, params: phrase, type: 'phrase', value: pythonStr(value) },
    query: { match: { [key]: phrase } },
  };
}

/** Fields with one value come as lists, too; what is empty is not there. */
function oneOf(value: unknown): unknown {
  if (value === '') return null;
  if (!Array.isArray(value)) return value;
  const values = value.filter(one => one !== null && one !== undefined && one !== '');
  return values.length === 0 ? null : values.length === 1 ? values[0] : values;
}

/** Without blanks, and ASCII only. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** As Python's `quote`: slashes stay. */
const quoted = (text: string): string =>
  encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/');

/** The whole address, where the rule has only its path; with the tenant that Kibana's security plugin wants. */
function external(options: Fields, app: App, link: string): string {
  const base = options[`${app}_url`];
  const isWhole = /^[a-z][\w+.-]*:/i.test(link);
  const url = !isWhole && typeof base === 'string' && URL.canParse(link, base) ? new URL(link, base).href : link;
  const tenant = app === 'kibana' ? options['kibana_discover_security_tenant'] : undefined;
  if (typeof tenant !== 'string' || tenant === '') return url;
  const [, before = url, fragment = ''] = /^([^#]*)(#.*)?$/s.exec(url) ?? [];
  const pair = new URLSearchParams({ security_tenant: tenant });
  return `${before}${before.includes('?') ? '&' : '?'}${pair}${fragment}`;
}

/** A time with what Python keeps of it. */
interface Time {
  /** Whole seconds since the epoch, as the wall of its zone has them, milliseconds. */
  readonly wallMs: number;
  readonly micros: number;
  /** `Z`, `+09:00` */
  readonly zone: string;
}

function readTime(text: string): Time | undefined {
  const found = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)?$/i.exec(text.trim());
  if (found === null) return undefined;
  const [, day, clock, fraction = '', zone = 'Z'] = found;
  const wallMs = Date.parse(`${day}T${clock}Z`);
  if (Number.isNaN(wallMs)) return undefined;
  const written = zone.toUpperCase().replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2');
  return {
    wallMs,
    micros: Number(fraction.slice(0, 6).padEnd(6, '0')),
    zone: /^[+-]00:00$/.test(written) ? 'Z' : written,
  };
}

/** As ElastAlert writes times: milliseconds where that is all, nothing behind whole seconds. */
function timeText({ wallMs, micros, zone }: Time, byMs: number): string {
  const total = wallMs * 1000 + micros + Math.round(byMs * 1000);
  const rest = ((total % 1_000_000) + 1_000_000) % 1_000_000;
  const seconds = new Date((total - rest) / 1000).toISOString().slice(0, 19);
  const digits = String(rest).padStart(6, '0');
  // Zeros go away only in UTC.
  const fraction = rest === 0 ? '' : `.${zone === 'Z' ? digits.replace(/000$/, '') : digits}`;
  return seconds + fraction + zone;
}
