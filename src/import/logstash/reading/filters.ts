import { findZone } from '../../../base/time/zone.ts';
import { type Fields, isFields, newFields } from '../../../core/event.ts';
import { Grok } from '../../../parse/grok/grok.ts';
import type { Plugin } from '../ast.ts';
import { rubyExpression } from './conditions.ts';
import { readJoda } from './dates.ts';
import { asText, type LogstashEvent, pathOf } from './event.ts';
import { mutateEvent } from './mutate.ts';
import type { PluginOptions } from './options.ts';
import { bytes, cidr, eachText, prune, range, truncate } from './whole-event.ts';

/** What the filters of the reading know of the world. */
export interface ReadingContext {
  readonly timezone: string;
  readonly ecs: 'disabled' | 'v1';
  readonly receivedAt: number;
  readonly patterns: (dirs: readonly string[]) => Record<string, string>;
  /** What stands in a file, cut. */
  readonly lines: (path: string, separator: string) => string[];
  readonly groks: Map<Plugin, (readonly [string[], Grok[]])[]>;
}

/** True: it did its work, and `add_field` and its like follow. */
export type ReadFilter = (
  event: LogstashEvent,
  options: PluginOptions,
  context: ReadingContext,
  plugin: Plugin,
) => boolean;

const grok: ReadFilter = (event, options, context, plugin) => {
  const breaks = options.text('break_on_match') !== 'false';
  const overwrite = new Set(options.list('overwrite').map(name => pathOf(name).join('.')));
  const compiled = context.groks.get(plugin) ?? compile(options, context);
  context.groks.set(plugin, compiled);
  let matched = false;
  for (const [field, groks] of compiled) {
    const value = event.get(field);
    const texts = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
    for (const text of texts) {
      for (const one of groks) {
        const captured = newFields();
        if (one.match(asText(text), captured) !== 'match') continue;
        matched = true;
        mergeCaptures(event, captured, overwrite, options.text('target'));
        if (breaks) break;
      }
    }
    if (matched && breaks) break;
  }
  if (!matched)
    for (const tag of options.has('tag_on_failure') ? options.list('tag_on_failure') : ['_grokparsefailure'])
      event.tag(tag);
  return matched;
};

function compile(options: PluginOptions, context: ReadingContext): (readonly [string[], Grok[]])[] {
  const own = Object.fromEntries(options.hash('pattern_definitions').map(([name, values]) => [name, values[0] ?? '']));
  const definitions = { ...context.patterns(options.list('patterns_dir')), ...own };
  const mode = options.text('ecs_compatibility') ?? context.ecs;
  const ecs = mode === 'disabled' ? 'disabled' : 'v1';
  return options
    .hash('match')
    .map(([field, patterns]) => [
      pathOf(field),
      patterns.map(pattern => new Grok([pattern], { definitions, ecs, dialect: 'logstash' })),
    ]);
}

function mergeCaptures(
  event: LogstashEvent,
  captured: Fields,
  overwrite: ReadonlySet<string>,
  target: string | undefined,
): void {
  const walk = (fields: Fields, path: readonly string[]): void => {
    for (const [name, value] of Object.entries(fields)) {
      const at = [...path, name];
      if (isFields(value)) {
        walk(value, at);
        continue;
      }
      const present = event.get(at);
      if (present === undefined || present === null || overwrite.has(at.join('.'))) event.set(at, value);
      else if (Array.isArray(present)) event.set(at, present.concat(value));
      else if (typeof present === 'string') event.set(at, [present].concat(value as string));
    }
  };
  walk(captured, target === undefined ? [] : pathOf(target));
}

const date: ReadFilter = (event, options, context) => {
  const [field = '', ...formats] = options.list('match');
  const found = event.get(pathOf(field));
  const value = Array.isArray(found) ? found[0] : found;
  if (value === undefined || value === null) return false;
  const zone = findZone(event.sprintf(options.text('timezone') ?? context.timezone));
  if (zone !== undefined)
    for (const format of formats) {
      const time = readJoda(asText(value), format, zone, context.receivedAt);
      if (Number.isNaN(time)) continue;
      const target = pathOf(options.text('target') ?? '@timestamp');
      if (target.join('.') === '@timestamp') event.time = time;
      else event.set(target, new Date(time).toISOString());
      return true;
    }
  for (const tag of options.has('tag_on_failure') ? options.list('tag_on_failure') : ['_dateparsefailure'])
    event.tag(tag);
  return false;
};

const json: ReadFilter = (event, options) => {
  const text = event.get(pathOf(options.text('source') ?? 'message'));
  if (text === undefined || text === null) return false;
  const target = options.text('target');
  try {
    const value: unknown = JSON.parse(asText(text), (_, inner) =>
      isFields(inner) ? Object.assign(newFields(), inner) : inner,
    );
    if (target === undefined && !isFields(value)) throw new Error('no object');
    if (target !== undefined) event.set(pathOf(target), value);
    else for (const [name, inner] of Object.entries(value as Fields)) event.set([name], inner);
    return true;
  } catch {
    if (options.text('skip_on_invalid_json') === 'true') return false;
    for (const tag of options.has('tag_on_failure') ? options.list('tag_on_failure') : ['_jsonparsefailure'])
      event.tag(tag);
    return false;
  }
};

/** Character by character: key, separator, a value that may stand in quotes or brackets. */
const kv: ReadFilter = (event, options) => {
  const text = event.get(pathOf(options.text('source') ?? 'message'));
  if (text !== undefined && typeof text !== 'string') return false;
  const line = text ?? '';
  const ends = new Set(options.text('field_split') ?? ' ');
  const splits = new Set(options.text('value_split') ?? '=');
  const closing: Record<string, string> = { '"': '"', "'": "'", '(': ')', '[': ']', '<': '>' };
  const include = options.list('include_keys');
  const exclude = options.list('exclude_keys');
  const prefix = event.sprintf(options.text('prefix') ?? '');
  const trimmed = (value: string, name: string): string => {
    const set = new Set((options.text(name) ?? '').replace(/\\(.)/g, '$1'));
    let [from, to] = [0, value.length];
    while (from < to && set.has(value[from]!)) from++;
    while (to > from && set.has(value[to - 1]!)) to--;
    return value.slice(from, to);
  };
  const found = new Map<string, unknown>();
  for (const [, name] of options.hash('default_keys').map(([key, [value]]) => [value, key] as const))
    found.set(name, options.hash('default_keys').find(([key]) => key === name)?.[1][0]);
  const seen = new Set<string>();
  let at = 0;
  while (at < line.length) {
    let end = at;
    while (end < line.length && !ends.has(line[end]!) && !splits.has(line[end]!)) end++;
    let split = end;
    while (line[split] === ' ') split++;
    if (end === at || !splits.has(line[split] ?? '')) {
      at = end + 1;
      continue;
    }
    const key = trimmed(line.slice(at, end), 'trim_key');
    let start = split + 1;
    while (line[start] === ' ') start++;
    const close = closing[line[start] ?? ''];
    const quoted = close === undefined ? -1 : line.indexOf(close, start + 1);
    let value: string;
    if (quoted > 0 && (quoted + 1 === line.length || ends.has(line[quoted + 1]!))) {
      value = line.slice(start + 1, quoted);
      at = quoted + 2;
    } else {
      let stop = start;
      while (stop < line.length && !ends.has(line[stop]!)) stop++;
      value = line.slice(start, stop);
      at = stop + 1;
    }
    if (value === '' || (include.length > 0 && !include.includes(key)) || exclude.includes(key)) continue;
    const name = prefix + key;
    const made = trimmed(value, 'trim_value');
    const before = found.get(name);
    if (!seen.has(name)) found.set(name, made);
    else found.set(name, Array.isArray(before) ? [...before, made] : [before, made]);
    seen.add(name);
  }
  if (found.size === 0) return false;
  const target = options.text('target');
  if (target === undefined) for (const [name, value] of found) event.set([name], value);
  else event.set(pathOf(target), Object.assign(newFields(), Object.fromEntries(found)));
  return true;
};

const drop: ReadFilter = event => {
  event.isCancelled = true;
  return false;
};

const urldecode: ReadFilter = (event, options) => {
  const path = pathOf(options.text('field') ?? 'message');
  const value = event.get(path);
  if (options.text('all_fields') === 'true') eachText(event.fields, decoded);
  else if (typeof value === 'string') event.set(path, decoded(value));
  return true;
};

const decoded = (text: string): string =>
  text
    .replaceAll('+', ' ')
    .replace(/(?:%[0-9a-f]{2})+/gi, run => Buffer.from(run.replaceAll('%', ''), 'hex').toString());

const translate: ReadFilter = (event, options) => {
  const value = event.get(pathOf(options.text('source') ?? options.text('field') ?? 'message'));
  const target = pathOf(options.text('target') ?? options.text('destination') ?? 'translation');
  const overrides = options.has('override') ? options.text('override') === 'true' : options.has('target');
  if (value === undefined || (event.has(target) && !overrides)) return false;
  const found = options
    .hash('dictionary')
    .find(([key]) =>
      options.text('regex') === 'true'
        ? rubyExpression(key).test(asText(value))
        : options.text('exact') === 'false'
          ? asText(value).includes(key)
          : key === asText(value),
    );
  const result = found?.[1][0] ?? options.text('fallback');
  if (result === undefined) return false;
  event.set(target, found === undefined ? event.sprintf(result) : result);
  return true;
};

const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'];
const FACILITIES =
  'kernel,user-level,mail,daemon,security/authorization,syslogd,line printer,network news,uucp,clock,security/authorization,ftp,ntp,log audit,log alert,clock'.split(
    ',',
  );

const syslogPri: ReadFilter = (event, options, context) => {
  const isEcs = (options.text('ecs_compatibility') ?? context.ecs) !== 'disabled';
  const at = (legacy: string, ecs: string): string[] => (isEcs ? ['log', 'syslog', ...ecs.split('.')] : [legacy]);
  const named = options.text('syslog_pri_field_name');
  const value = event.get(named === undefined ? at('syslog_pri', 'priority') : pathOf(named));
  const priority = Number(value ?? 13);
  if (!Number.isInteger(priority)) return false;
  const facility = priority >> 3;
  event.set(at('syslog_facility_code', 'facility.code'), facility);
  event.set(at('syslog_severity_code', 'severity.code'), priority & 7);
  if (options.text('use_labels') === 'false') return true;
  event.set(at('syslog_facility', 'facility.name'), FACILITIES[facility] ?? `local${facility - 16}`);
  event.set(at('syslog_severity', 'severity.name'), SEVERITIES[priority & 7]);
  return true;
};

/** One delimiter after the other. */
const dissect: ReadFilter = (event, options) => {
  let isDone = true;
  for (const [name, [pattern = '']] of options.hash('mapping')) {
    const text = event.get(pathOf(name));
    if (text === undefined || text === null) continue;
    const found = typeof text === 'string' ? dissected(text, pattern) : undefined;
    if (found === undefined) {
      isDone = false;
      for (const tag of options.has('tag_on_failure') ? options.list('tag_on_failure') : ['_dissectfailure'])
        event.tag(tag);
    } else for (const [key, value] of found) event.set(pathOf(key), value);
  }
  for (const [name, [type]] of options.hash('convert_datatype')) {
    const value = Number(event.get(pathOf(name)));
    if (event.has(pathOf(name)) && !Number.isNaN(value))
      event.set(pathOf(name), type === 'int' ? Math.trunc(value) : value);
  }
  return isDone;
};

function dissected(text: string, pattern: string): Map<string, string> | undefined {
  const parts = pattern.split(/%\{([^}]*)\}/);
  const found = new Map<string, string>();
  const names = new Map<string, string>();
  if (!text.startsWith(parts[0]!)) return undefined;
  let at = parts[0]!.length;
  for (let i = 1; i < parts.length; i += 2) {
    const padded = parts[i]!.endsWith('->');
    const key = padded ? parts[i]!.slice(0, -2) : parts[i]!;
    const delimiter = parts[i + 1]!;
    const end = delimiter === '' ? text.length : text.indexOf(delimiter, at);
    if (end < 0) return undefined;
    const value = text.slice(at, end);
    at = end + delimiter.length;
    if (padded && delimiter !== '') while (text.startsWith(delimiter, at)) at += delimiter.length;
    const before = parts[i - 1]!;
    if (key.startsWith('+'))
      found.set(key.slice(1), found.has(key.slice(1)) ? `${found.get(key.slice(1))}${before}${value}` : value);
    else if (key.startsWith('?')) names.set(key.slice(1), value);
    else if (key.startsWith('&')) found.set(names.get(key.slice(1)) ?? '', value);
    else if (key !== '') found.set(key, value);
  }
  return found;
}

/** Filters that are read; any other one is named. */
export const READ_FILTERS: Readonly<Record<string, ReadFilter>> = {
  bytes,
  cidr,
  grok,
  date,
  mutate: mutateEvent,
  json,
  kv,
  drop,
  prune,
  range,
  truncate,
  urldecode,
  translate,
  dissect,
  syslog_pri: syslogPri,
};
