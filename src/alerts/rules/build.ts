import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { MINUTE_MS } from '../../base/time/duration.ts';
import type { QueryNode } from '../../core/contracts.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { INDEX_PREFIX } from '../../core/schema/fields.ts';
import { parseCron } from '../cron.ts';
import { byCodePoint, pythonStr } from '../python/str.ts';
import { ALERT_FIELDS } from '../text/alert-fields.ts';
import { compileTexts } from '../text/texts.ts';
import { any } from '../types/any.ts';
import type { RuleKind } from '../types/kind.ts';
import { buildAlerters, firstOwnOptions } from './alerters.ts';
import { isSchedule, TIME_ENHANCEMENT } from './check-options.ts';
import { readCompareTo } from './compare-to.ts';
import { durationMs } from './duration.ts';
import { readFilter } from './filter.ts';
import { lifeOf } from './life.ts';
import { readList } from './lists.ts';
import type { LoadDependencies } from './load.ts';
import { readOnlyOn } from './only-on.ts';
import { checkPlaceholders } from './placeholders.ts';
import type { Problems } from './problems.ts';
import { withReferences } from './references.ts';
import type { Aggregation, Rule } from './rule.ts';
import type { RuleOptions } from './sources.ts';
import { checkTemplates } from './templates.ts';

/**
 * A rule from its options; undefined when there are mistakes. Whatever can be said of filter, alerters and texts is said
 * also where options, or even the type, are wrong.
 */
export function buildRule(
  source: RuleOptions,
  kind: RuleKind | undefined,
  deps: LoadDependencies,
  problems: Problems,
  linesOf: (path: string) => string[],
): Rule | undefined {
  const options = withReferences(source.options);
  const aggregation = aggregationOf(options);
  const queryKey = texts(options['query_key']);
  const timeframeMs = duration(options['timeframe'], 0);
  const { realertMs: ofKind = MINUTE_MS } = kind ?? {};
  const realertMs = duration(options['realert'], options['aggregation'] === undefined ? ofKind : 0);
  const timestampField = text(options['timestamp_field'], '@timestamp');
  const topCountKeys = texts(options['top_count_keys']);
  const filter = readFilter(kind?.isFedByRules === true ? [] : source.options['filter'], deps, problems);
  if (filter !== undefined)
    for (const warning of deps.filterWarnings?.(options['filter']) ?? []) problems.warn(warning, { option: 'filter' });
  const filters = Object.fromEntries(
    (kind?.filterOptions ?? []).map(option => [option, readFilter(source.options[option], deps, problems, option)]),
  );
  const lists = Object.fromEntries(
    (kind?.listOptions ?? []).map(option => [option, readList(option, options[option], linesOf, problems)]),
  );
  if (typeof options['index'] === 'string') checkIndex(options['index'], problems);
  checkPlaceholders(options, problems);
  checkTemplates(options, problems);
  const onlyOn = readOnlyOn(options['only_on'], problems);
  const compareTo = readCompareTo(options, kind, problems);
  const textFailure: Rule['textFailure'] = {};
  const onFailure = (what: string): void => {
    textFailure.last = { at: Date.now(), what };
  };
  const shape = { kind: kind ?? any, timeframeMs, timestampField, onFailure };
  const { alerterDefaults: defaults, allowsCommands } = deps;
  const places = { folder: dirname(source.path), defaults, allowsCommands };
  const alerters = buildAlerters(source.options, { ...shape, ...places }, problems);
  if (kind === undefined || filter === undefined || problems.errors.length > 0) return undefined;
  const timestampType = text(options['timestamp_type'], 'iso').trim().toLowerCase() as Rule['timestampType'];
  const timestampFormat = text(options['timestamp_format'], '%Y-%m-%dT%H:%M:%SZ');
  return Object.freeze<Rule>({
    name: text(options['name'], source.path),
    type: kind.type,
    kind,
    where: source.where('name'),
    enabled: options['is_enabled'] !== false,
    options,
    ...filter,
    ...(kind.isFedByRules === true ? NO_EVENT : {}),
    filters: Object.fromEntries(Object.entries(filters).map(([option, one]) => [option, one!.predicate])),
    lists,
    queryKey,
    timestampField,
    timestampType,
    timestampFormat,
    timeframeMs,
    compareTo,
    bufferMs: duration(options['buffer_time'], 15 * 60_000),
    queryDelayMs: duration(options['query_delay'], 0),
    runEveryMs: duration(options['run_every'], 60_000),
    ...lifeOf(options, { timeframeMs, realertMs }),
    realertMs,
    realertKey: text(options['realert_key'], ''),
    exponentialRealertMs:
      options['exponential_realert'] === undefined ? undefined : duration(options['exponential_realert'], 0),
    aggregation,
    activeAt:
      typeof options['limit_execution'] === 'string'
        ? parseCron(options['limit_execution'], text(options['limit_execution_timezone'], 'UTC'))
        : undefined,
    onlyOn,
    activeOnly: options['limit_execution_coverage'] === true,
    include: includeOf(options, queryKey, topCountKeys, timestampField),
    attachRelated: options['attach_related'] === true,
    topCountKeys: options['raw_count_keys'] === false ? topCountKeys : topCountKeys.map(keyword),
    topCountNumber: typeof options['top_count_number'] === 'number' ? options['top_count_number'] : 5,
    ruleParameters: texts(options['include_rule_params_in_matches']),
    ruleParametersInFirstOnly: options['include_rule_params_in_first_match_only'] === true,
    prettyTime: texts(options['match_enhancements']).includes(TIME_ENHANCEMENT),
    texts: compileRuleTexts(options, shape),
    textFailure,
    alerters,
    fields: fieldsOf([filter.query, ...Object.values(filters).map(one => one!.query)], queryKey, kind, options),
    windowFingerprint: fingerprint([
      kind.type,
      filter.query,
      queryKey,
      timestampField,
      timestampType,
      timestampFormat,
      timeframeMs,
      ...(kind.windowOptions ?? []).map(option => [option, options[option] ?? null]),
      ...(kind.windowKey === undefined ? [] : [kind.windowKey]),
      ...(compareTo === undefined ? [] : [{ compare_to: compareTo.days, every: options['run_every'] ?? null }]),
    ]),
  });
}

/** No event passes. */
const NO_EVENT: Pick<Rule, 'query' | 'predicate'> = { query: { type: 'none' }, predicate: () => false };

/** What the log and the list of alerts show: the texts of the rule, or those that only its first alerter has. */
function compileRuleTexts(options: Fields, shape: Parameters<typeof compileTexts>[1]): Rule['texts'] {
  const own = firstOwnOptions(options);
  const all = Object.assign(newFields(), options);
  const ofAlerter = ['alert_subject', 'alert_text'].flatMap(name =>
    options[name] === undefined && own[name] !== undefined
      ? Object.keys(own).filter(option => option.startsWith(name))
      : [],
  );
  for (const option of ofAlerter) all[option] = own[option];
  return compileTexts(all, shape);
}

function aggregationOf(options: Fields): Aggregation | undefined {
  const value = options['aggregation'];
  if (!isFields(value)) return undefined;
  const { schedule: given, ...units } = value;
  const schedule = isSchedule(given) ? parseCron(pythonStr(given)) : undefined;
  const windowMs = schedule === undefined ? duration(units, 0) : undefined;
  if (windowMs === 0) return undefined;
  return {
    windowMs,
    schedule,
    key: texts(options['aggregation_key']),
    byMatchTime: options['aggregate_by_match_time'] === true,
    compareMatchTime: options['aggregation_alert_time_compared_with_timestamp_field'] === true,
  };
}

/** What a match shows: as ElastAlert asks for, with all keys that the rule itself reads. */
function includeOf(
  options: Fields,
  queryKey: readonly string[],
  topCountKeys: readonly string[],
  timestampField: string,
): string[] {
  const compound = queryKey.length > 1 ? [queryKey.join(',')] : [];
  const grouped = texts(options['aggregation_key']);
  const aggregationKey = grouped.length > 1 ? grouped : [];
  const wanted = options['include'] === undefined ? ['*'] : texts(options['include']);
  const compared = texts(options['compare_key']);
  const joined = compared.length > 1 ? [compared.join(',')] : [];
  return [
    ...new Set([
      ...wanted,
      ...compound,
      ...queryKey,
      ...compared,
      ...joined,
      ...aggregationKey,
      ...topCountKeys,
      timestampField,
    ]),
  ].sort(byCodePoint);
}

/** An `index` that means none of our daily indices is pointed out: the rule still sees every event. */
function checkIndex(value: string, problems: Problems): void {
  const patterns = value.split(',').map(part => part.trim());
  const example = `${INDEX_PREFIX}2026.11.20`;
  const matches = patterns.some(pattern => {
    if (pattern.startsWith('-')) return false;
    const source = pattern
      .split(/\*|%[A-Za-z]/)
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*');
    return new RegExp(`^${source}$`).test(example) || pattern.startsWith(INDEX_PREFIX) || pattern === '_all';
  });
  if (matches) return;
  problems.warn(
    `index: ${patterns.join(',')} is none of the daily indices (${INDEX_PREFIX}YYYY.MM.DD); the rule is evaluated on all events.`,
    {
      option: 'index',
      common: `index: it is none of the daily indices (${INDEX_PREFIX}YYYY.MM.DD); the rule is evaluated on all events.`,
    },
  );
}

/** Fields that the filter, the keys and the texts name. */
function fieldsOf(
  queries: readonly QueryNode[],
  queryKey: readonly string[],
  kind: RuleKind,
  options: Fields,
): string[] {
  const named = (kind.fieldOptions ?? []).flatMap(option => [options[option]].flat(2));
  const fields = new Set<string>([...queryKey, ...named.filter(name => typeof name === 'string')]);
  const walk = (node: QueryNode): void => {
    if ('field' in node && node.field !== undefined) fields.add(node.field);
    if ('nodes' in node) node.nodes.forEach(walk);
    if ('node' in node) walk(node.node);
  };
  queries.forEach(walk);
  for (const option of ['alert_subject_args', 'alert_text_args', 'top_count_keys', 'aggregation_key']) {
    for (const name of texts(options[option]))
      if (!Object.hasOwn(options, name) && !isAlertField(name)) fields.add(name);
  }
  if (isFields(options['alert_text_kw']))
    for (const name of Object.keys(options['alert_text_kw'])) if (!isAlertField(name)) fields.add(name);
  return [...fields].map(name => name.replace(/\.keyword$/, '').replace(/\[\d\].*$/, ''));
}

const keyword = (name: string): string => (name.endsWith('.keyword') ? name : `${name}.keyword`);
const isAlertField = (name: string): boolean => ALERT_FIELDS.some(field => field === name);
const text = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback);
const fingerprint = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter(one => typeof one === 'string') : [];
}

function duration(value: unknown, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  const ms = durationMs(value);
  return typeof ms === 'number' ? ms : fallback;
}
