// The reference ran in UTC, and alert texts print local times.
process.env['TZ'] = 'UTC';

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { queryKeyOf } from '../../src/alerts/document.ts';
import { AlertEngine } from '../../src/alerts/engine.ts';
import { eventTime } from '../../src/alerts/event-time.ts';
import { FileStateStore } from '../../src/alerts/file-state.ts';
import { compileMatcher } from '../../src/alerts/match.ts';
import { pythonStr } from '../../src/alerts/python/str.ts';
import type { Rule } from '../../src/alerts/rules/rule.ts';
import { alertSettings } from '../../src/alerts/settings.ts';
import type { Match } from '../../src/alerts/types/kind.ts';
import type { StoredEvent } from '../../src/core/contracts.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { load } from './support.ts';

// Runs cases in the format of the reference results: `{id, mode, rule_yaml, events, expected_...}`, one a line.

// biome-ignore lint/suspicious/noExplicitAny: cases hold JSON of many forms
type Json = Record<string, any>;

/** `agrees`, or `differs` with what came instead. */
export type Verdict = { is: 'agrees' } | { is: 'differs'; got: unknown; want: unknown };

export async function runCase(one: Json): Promise<Verdict> {
  if (one['mode'] === 'load') return compare(...runLoad(one));
  if (one['mode'] === 'render') return compare(...runRender(one));
  if (one['mode'] === 'ruletype') return compare(...runRuleType(one));
  if (one['mode'] === 'ops') return compare(...runQueries(one));
  if (one['mode'] === 'engine') {
    const atGivenTicks = compare(...(await runEngine(one, false)));
    // Here ticks come each second.
    return atGivenTicks.is === 'agrees' ? compare(...(await runEngine(one, true))) : atGivenTicks;
  }
  throw new Error(`there is no mode ${one['mode']}`);
}

function compare(got: unknown, want: unknown): Verdict {
  return canonical(got) === canonical(want) ? { is: 'agrees' } : { is: 'differs', got, want };
}

/** A missing key is told as nothing, or as the text of it. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (name, inner) =>
    name === 'key' && inner === null
      ? 'None'
      : typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
  );
}

function loadCase(one: Json, env: Record<string, string> = {}): ReturnType<typeof load> {
  const others = Object.entries((one['files'] ?? {}) as Record<string, string>).map(([path, text]) => ({
    path: `rules/${path}`,
    text,
  }));
  return load([{ path: 'rules/case.yaml', text: one['rule_yaml'] }, ...others], { env });
}

function onlyRule(one: Json): Rule {
  const { rules, errors } = loadCase(one);
  if (rules[0] === undefined) throw errors[0] ?? new Error('no rule');
  return rules[0];
}

function runLoad(one: Json): [unknown, unknown] {
  const want = one['expected_load'] as Json;
  const { rules, errors } = loadCase(one);
  const rule = rules[0];
  if (rule === undefined || errors.length > 0) return [{ ok: false }, { ok: want['ok'] }];
  const got: Json = { ok: true, enabled: rule.enabled };
  if (want['normalized'] !== undefined) {
    const all: Json = {
      ...rule.options,
      realert: rule.realertMs / 1000,
      timeframe: rule.timeframeMs / 1000,
      aggregation: (rule.aggregation?.windowMs ?? 0) / 1000,
      query_delay: rule.queryDelayMs / 1000,
      buffer_time: rule.bufferMs / 1000,
      run_every: rule.runEveryMs / 1000,
      timestamp_field: rule.timestampField,
      timestamp_type: rule.timestampType,
      filter: rule.options['filter'] ?? [],
      ...compound('query_key', rule.options['query_key']),
      ...compound('aggregation_key', rule.options['aggregation_key']),
      ...compound('compare_key', rule.options['compare_key']),
      include: rule.include,
      top_count_keys: rule.topCountKeys,
      name: rule.name.replace('rules/', '<rules_folder>/'),
      realert_key: rule.realertKey.replace('rules/', '<rules_folder>/'),
    };
    got['normalized'] = Object.fromEntries(Object.keys(want['normalized']).map(key => [key, all[key]]));
  }
  const { ok, enabled, normalized } = want;
  return [got, { ok, enabled, ...(normalized === undefined ? {} : { normalized }) }];
}

/** The reference keeps the parts of a key, and all of them in one name. */
function compound(option: string, value: unknown): Json {
  if (!Array.isArray(value) && option !== 'compare_key') return { [option]: value };
  const parts = [value].flat();
  return { [option]: parts.join(','), [`compound_${option}`]: parts };
}

function runRender(one: Json): [unknown, unknown] {
  const rule = onlyRule(one);
  const matches = (one['matches'] as Json[]).map(fieldsOf);
  for (const match of matches) for (const name of rule.ruleParameters) match[`rule_param_${name}`] = rule.options[name];
  return [{ title: rule.texts.title(matches), body: rule.texts.body(matches) }, one['expected_text']];
}

interface Arrival {
  readonly id: string;
  readonly at: number;
  readonly event: Fields & { '@timestamp': string };
}

function arrivals(rule: Rule, events: Json[]): Arrival[] {
  let latest = Number.NEGATIVE_INFINITY;
  return events.map((raw, i) => {
    const { _id, _arrival, ...fields } = raw;
    const event = fieldsOf(fields) as Arrival['event'];
    latest = Math.max(latest, eventTime(rule, event, 0));
    return { id: _id ?? `e${i}`, at: _arrival === undefined ? latest : Date.parse(_arrival), event };
  });
}

function runRuleType(one: Json): [unknown, unknown] {
  const rule = onlyRule(one);
  const window = rule.kind.open(rule, alertSettings());
  for (const { _id: id, ...fields } of baseline(one, rule)) {
    const event = fieldsOf(fields);
    window.add({ id, time: eventTime(rule, event, 0), key: queryKeyOf(rule, event), event });
  }
  const ticks = ticksOf(one);
  const got: Json[] = [];
  const tickUntil = (end: number): void => {
    while (ticks.length > 0 && ticks[0]! < end) {
      const tick = ticks.shift()!;
      for (const match of window.tick(tick)) got.push(view(rule, match, { tick: new Date(tick).toISOString() }));
    }
  };
  for (const { id, at, event } of arrivals(rule, one['events'])) {
    tickUntil(at);
    const found = window.add({ id, time: eventTime(rule, event, 0), key: queryKeyOf(rule, event), event });
    for (const match of found === undefined ? [] : [found].flat()) got.push(view(rule, match, { event: id }));
  }
  tickUntil(Number.POSITIVE_INFINITY);
  const want = targetOf(one, rule).map(match => expectedMatch(match, rule));
  return rule.type === 'flatline' ? [atTicks(got), atTicks(want)] : [byTick(got), byTick(want)];
}

/** Those that are listed, or `{ from, to, seconds }`, both ends in. */
function ticksOf(one: Json): number[] {
  const { tick_every: every } = one;
  if (every === undefined) return ((one['ticks'] ?? []) as string[]).map(text => Date.parse(text));
  const ticks: number[] = [];
  for (let at = Date.parse(every['from']); at <= Date.parse(every['to']); at += every['seconds'] * 1000) ticks.push(at);
  return ticks;
}

/** The past that a new rule finds in the store. */
function baseline(one: Json, rule: Rule): Json[] {
  const first = one['events']?.[0]?.['@timestamp'] ?? one['ops']?.[0]?.['terms']?.['ts'];
  const start = Date.parse(one['start'] ?? one['conf']?.['start'] ?? first);
  const from = start - rule.kind.fillMs(rule);
  const isPast = (event: Json): boolean => {
    const time = Date.parse(event['@timestamp']);
    return time >= from && time < start;
  };
  return ((one['baseline'] ?? []) as Json[]).filter(isPast);
}

/** Keys of one tick come in any order. */
const byTick = (matches: Json[]): Json[] =>
  matches.toSorted((a, b) => {
    const [one, other] = [a['emit']['tick'] ?? '', b['emit']['tick'] ?? ''];
    return one === '' || one !== other ? 0 : String(a['key'] ?? 'None') < String(b['key'] ?? 'None') ? -1 : 1;
  });

/**
 * Flatline: what is found at a tick, at the time of that tick. The reference also checks one key at the end of each batch
 * of events, with the time of its last event or a second time at the tick; a stream has no batches. Keys of one tick
 * come in any order.
 */
function atTicks(matches: Json[]): Json[] {
  const found = new Map<string, Json>();
  for (const match of matches) {
    if (match['emit']?.['tick'] === undefined || Date.parse(match['emit']['tick']) !== match['at']) continue;
    found.set(`${match['at']} ${match['key'] ?? 'None'}`, match);
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, match]) => match);
}

/** For flatline what production does is the target (checks at ticks only); for all others one event at a time. */
function targetOf(one: Json, rule: Rule): Json[] {
  if (rule.type !== 'flatline') return one['expected_matches'];
  const variant = one['variants']?.['polled'] ?? one['variants']?.['batch'];
  return variant === undefined || variant['same'] === true ? one['expected_matches'] : variant['matches'];
}

/**
 * Cases of queries that only count, and of aggregations: what such a query answers becomes events of the time at which it
 * was asked, which an engine on the stream would have seen one by one.
 */
function runQueries(one: Json): [unknown, unknown] {
  const given = onlyRule(one);
  const isSliding = SLIDING.includes(given.type);
  // Each answer is about its own moment.
  const isMoment = isSliding && given.options['bucket_interval'] === undefined;
  const rule: Rule = isMoment ? { ...given, bufferMs: 1000, runEveryMs: 1000 } : given;
  let window = rule.kind.open(rule, alertSettings());
  for (const { _id: id, ...fields } of baseline(one, rule)) {
    const event = fieldsOf(fields);
    window.add({ id, time: eventTime(rule, event, 0), key: queryKeyOf(rule, event), event });
  }
  const got: Json[] = [];
  for (const [op, query] of (one['ops'] as Json[]).entries()) {
    const keep = (matches: readonly Match[]): void => {
      for (const match of matches) got.push(queryView(rule, match, op));
    };
    const tell = (time: number, fields: Json): void => {
      const event = fieldsOf({ ...fields, '@timestamp': new Date(time).toISOString() });
      const found = window.add({ id: '', time, key: queryKeyOf(rule, event), event });
      keep(found === undefined ? [] : [found].flat());
    };
    if (query['gc'] !== undefined) keep(window.tick(Date.parse(query['gc'])));
    const { count, terms, agg } = query;
    for (let i = 0; i < count?.['n']; i++) tell(Date.parse(count['ts']), {});
    // A count of nothing moves the time, as a tick does.
    if (count?.['n'] === 0) keep(window.tick(Date.parse(count['ts'])));
    for (const { key, doc_count: n } of terms?.['buckets'] ?? [])
      for (let i = 0; i < n; i++) tell(Date.parse(terms['ts']), nested(rule.queryKey[0]!, key));
    if (agg === undefined) continue;
    if (rule.type !== 'spike_aggregation') window = rule.kind.open(rule, alertSettings());
    const time = Date.parse(agg['ts']);
    for (const fields of eventsOf(rule, agg['payload'], {})) tell(fields['at'] ?? time, fields['event']);
    keep(window.tick(time));
  }
  const want = (one['expected_matches'] as Json[]).map(match => {
    const { at, emit, event_id: _, ...rest } = expectedMatch(match, rule);
    return { at, emit, ...rest };
  });
  return [byOp(got), byOp(want)];
}

const byOp = (matches: Json[]): Json[] =>
  matches
    .map(match => {
      const { fields, ...rest } = match;
      return fields === undefined || Object.keys(fields).length === 0 ? rest : match;
    })
    .toSorted((a, b) => a['emit']['op'] - b['emit']['op'] || (String(a['key']) < String(b['key']) ? -1 : 1));

/** Events with whose values an aggregation gives this answer. */
function eventsOf(rule: Rule, payload: Json, fields: Json): { at?: number; event: Json }[] {
  for (const { key, ...inner } of (payload['bucket_aggs']?.['buckets'] ?? []) as Json[]) {
    const rest = (payload['bucket_aggs']['buckets'] as Json[]).slice(1);
    const own = eventsOf(rule, inner, { ...fields, ...nested(rule.queryKey[0]!, key) });
    return [...own, ...(rest.length === 0 ? [] : eventsOf(rule, { bucket_aggs: { buckets: rest } }, fields))];
  }
  const intervals = (payload['interval_aggs']?.['buckets'] ?? []) as Json[];
  if (intervals.length > 0)
    return intervals.flatMap(one =>
      eventsOf(rule, one, fields).map(found => ({ ...found, at: Date.parse(one['key_as_string']) })),
    );
  const shares = payload['percentage_match_aggs']?.['buckets'];
  if (shares !== undefined) {
    const many = (n: number, more: Json) => Array.from({ length: n }, () => ({ event: { ...fields, ...more } }));
    return [
      ...many(shares['match_bucket']['doc_count'], { level: 'error' }),
      ...many(shares['_other_']['doc_count'], {}),
    ];
  }
  const metric = payload[`metric_${rule.options['metric_agg_key']}_${rule.options['metric_agg_type']}`] as Json;
  const value = metric?.['value'] ?? Object.values(metric?.['values'] ?? {})[0] ?? null;
  return value === null ? [] : [{ event: { ...fields, [String(rule.options['metric_agg_key'])]: value } }];
}

const nested = (name: string, value: unknown): Json => {
  const [head, ...rest] = name.split('.');
  return { [head!]: rest.length === 0 ? value : nested(rest.join('.'), value) };
};

function queryView(rule: Rule, match: Match, op: number): Json {
  const out = view(rule, match, { op });
  delete out['event_id'];
  // The answer to a query has the key and nothing else of an event.
  if (match.event !== undefined && rule.queryKey.length === 1)
    out['fields'] = { ...nested(rule.queryKey[0]!, match.key), ...out['fields'] };
  return out;
}

function view(rule: Rule, match: Match, emit: Json): Json {
  const out: Json = { at: match.time, emit };
  if (rule.type === 'flatline' || rule.queryKey.length > 0) out['key'] = keyText(match.key);
  if (match.id !== undefined) out['event_id'] = match.id;
  if (match.fields !== undefined) out['fields'] = { ...match.fields };
  if (match.related !== undefined) out['fields'] = { related_ids: match.related.map(related => related.id) };
  return out;
}

const keyText = (key: unknown): string | null => (key === undefined || key === null ? null : pythonStr(key));

function expectedMatch(match: Json, rule: Rule): Json {
  const { at, emit, event_id: eventId, ...rest } = match;
  const out: Json = { at: Date.parse(at), ...rest };
  // What a tick finds without an event has a stand-in for one there.
  if (rest['fields']?.['placeholder'] === true) {
    const { placeholder, ...fields } = rest['fields'];
    for (const key of rule.queryKey) delete fields[key];
    delete fields[rule.queryKey.join(',')];
    out['fields'] = fields;
  }
  if (rule.type === 'cardinality') delete out['fields'];
  // A tick finds absence: it carries no event here.
  if (eventId !== undefined && rule.type !== 'flatline') out['event_id'] = eventId;
  if (emit !== undefined)
    out['emit'] = emit['tick'] === undefined ? emit : { tick: new Date(emit['tick']).toISOString() };
  return out;
}

/**
 * With a tick each second what time alone brings is found up to one tick of the case earlier: such times are taken for
 * that tick, and silences are not compared.
 */
async function runEngine(one: Json, eachSecond: boolean): Promise<[unknown, unknown]> {
  let now = Date.parse(one['conf']['start']);
  const alerts: Json[] = [];
  const rules = loadCase(one).rules.map(rule => recording(rule, one, () => now, alerts));
  const dir = mkdtempSync(join(tmpdir(), 'longshore-alerts-'));
  const settings = { blind_after_ms: Number.MAX_SAFE_INTEGER };
  const past = rules[0] === undefined ? [] : (baseline(one, rules[0]) as StoredEvent[]);
  const deps = { store: new FileStateStore(dir), rules, now: () => now, settings, fill: async () => past };
  let engine = new AlertEngine(deps);
  const silences = new Map<string, Json>();
  try {
    await engine.start();
    await setImmediate();
    const match = compileMatcher(rules);
    const queue = rules[0] === undefined ? [] : arrivals(rules[0], one['events']).toSorted((a, b) => a.at - b.at);
    const actions = [...((one['conf']['actions'] ?? []) as Json[])];
    let position = 0;
    for (const tick of one['stream_ticks'] as string[]) {
      if (eachSecond) for (now += 1000; now < Date.parse(tick); now += 1000) engine.advance(now);
      now = Date.parse(tick);
      if (actions[0] !== undefined && Date.parse(actions[0]['at']) <= now) {
        actions.shift();
        await engine.stop(AbortSignal.abort());
        engine = new AlertEngine({ ...deps, store: new FileStateStore(dir) });
        await engine.start();
        await setImmediate();
      }
      const arrived = queue.splice(
        0,
        queue.findIndex(one => one.at > now) < 0 ? queue.length : queue.findIndex(one => one.at > now),
      );
      const hits = arrived
        .toSorted((a, b) => eventTime(rules[0]!, a.event, 0) - eventTime(rules[0]!, b.event, 0))
        .flatMap(({ id, event }) => (match(event) ?? []).map(rule => ({ rule, id, event })));
      engine.consume(hits, ++position);
      engine.advance(now);
      for (const status of engine.rulesStatus()) {
        for (const { key, until } of status.silenced) {
          const rule = rules.find(rule => rule.name === status.name)!;
          const full = key === '' ? rule.realertKey : `${rule.realertKey}.${key}`;
          silences.set(`${full} ${until}`, { key: full, until: Date.parse(until) });
        }
      }
    }
    await engine.stop(AbortSignal.abort());
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  if (eachSecond) {
    const ticks = (one['stream_ticks'] as string[]).map(tick => Date.parse(tick));
    const atTick = (time: number): number => ticks.find(tick => tick >= time) ?? time;
    const rounded = (list: Json[]): Json[] =>
      list.map(({ at, num_hits: _, ...rest }) => ({
        ...rest,
        at: atTick(at),
        matches: rest['matches'].map((match: Json) => ({
          ...match,
          at: match['event_id'] === undefined ? atTick(match['at']) : match['at'],
        })),
      }));
    const want = (alertsOf(one, rules[0]) as Json[]).map(alert => expectedAlert(alert, rules[0]));
    return [rounded(alerts), rounded(want)];
  }
  const wantedSilences = (one['expected_silences'] as Json[]).map(({ key, until }) => ({
    key,
    until: Date.parse(until),
  }));
  return [
    { alerts, silences: bySilence([...silences.values()]) },
    {
      alerts: (alertsOf(one, rules[0]) as Json[]).map(alert => expectedAlert(alert, rules[0])),
      silences: bySilence(wantedSilences),
    },
  ];
}

/** What is computed of a sliding window is judged as often in production: once in `run_every` for each key. */
const alertsOf = (one: Json, rule: Rule | undefined): Json[] =>
  SLIDING.includes(rule?.type ?? '') ? one['polled']['alerts'] : one['expected_alerts'];

const SLIDING = ['metric_aggregation', 'percentage_match', 'spike_aggregation'];

const bySilence = (list: Json[]): Json[] =>
  list.toSorted((a, b) => a['until'] - b['until'] || (a['key'] < b['key'] ? -1 : 1));

/** The rule with one alerter, which writes down what it is told. */
function recording(rule: Rule, one: Json, now: () => number, alerts: Json[]): Rule {
  const texts = one['record_text'] === true;
  return {
    ...rule,
    alerters: [
      {
        type: 'debug',
        missing: undefined,
        queue: () => 'debug',
        send: () => Promise.resolve({ ok: true }),
        render: ({ matches }) => {
          const alert: Json = { at: now(), n: matches.length, matches: matches.map(match => matchView(rule, match)) };
          alert['num_hits'] = matches[0]!['num_hits'];
          if (texts) Object.assign(alert, textView(rule, matches));
          alerts.push(alert);
          return [];
        },
      },
    ],
  };
}

/** Our indices have their own names, and times always have milliseconds. */
const textView = (rule: Rule, matches: readonly Fields[]): Json => ({
  title: rule.texts.title(matches),
  body: rule.texts.body(matches).replace(/^_index: .*$/gm, '_index: logs'),
});

/** What types and options add to a match. */
const ADDED =
  /^(?:top_events_|rule_param_|spike_count$|reference_count$|old_value$|new_value$|new_field$|missing_field$|percentage|denominator$|metric_)/;

function matchView(rule: Rule, match: Fields): Json {
  const out: Json = { at: timeOrText(match[rule.timestampField]) };
  const flat = rule.type === 'flatline';
  if (flat) out['key'] = keyText(match['key']);
  else if (rule.queryKey.length > 0) out['key'] = keyText(match[rule.queryKey.join(',')]);
  if (match['_id'] !== undefined) out['event_id'] = match['_id'];
  const fields: Json = {};
  for (const name of flat ? ['key', 'count', 'threshold'] : Object.keys(match).filter(key => ADDED.test(key)))
    fields[name] = match[name];
  if (SLIDING.includes(rule.type) && rule.queryKey.length === 1) fields[rule.queryKey[0]!] = match[rule.queryKey[0]!];
  if (Array.isArray(match['related_events']))
    fields['related_ids'] = match['related_events'].map((related: Fields) => related['_id']);
  if (Object.keys(fields).length > 0) out['fields'] = fields;
  return out;
}

function expectedAlert(alert: Json, rule: Rule | undefined): Json {
  const { at, n, matches, num_hits, title, body } = alert;
  const shown = matches.map((match: Json) => {
    const { at: time, event_id: eventId, ...rest } = match;
    return {
      at: timeOrText(time),
      ...rest,
      ...(eventId === undefined || rule?.type === 'flatline' ? {} : { event_id: eventId }),
    };
  });
  return { at: Date.parse(at), n, matches: shown, num_hits, ...(title === undefined ? {} : { title, body }) };
}

function timeOrText(value: unknown): unknown {
  const time = typeof value === 'string' && value.includes('T') ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? value : time;
}

function fieldsOf(value: Json): Fields {
  return Object.assign(newFields(), value);
}
