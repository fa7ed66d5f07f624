import { Double } from '../core/double.ts';
import { type Fields, isFields } from '../core/event.ts';
import { inMilliseconds } from '../core/schema/aliases.ts';
import { isLossy, levelOf } from '../core/schema/levels.ts';
import type { LevelScale, Mapping } from '../core/schema/mapping.ts';
import { renderTemplate } from './message-template.ts';
import type { Row } from './names.ts';

/**
 * Applies the rows of the mapping table whose sources were seen, in the order of the table. Sources that moved are set
 * to undefined at the top (deleting a key makes an object slow) and deleted within nested objects.
 */
export function mapFields(fields: Fields, rows: Row[]): void {
  if (rows.length > 1) rows.sort((a, b) => a.rank - b.rank);
  for (const row of rows) {
    const found = row.isLiteral ? fields[row.path] : within(fields, row.path);
    if (found === undefined || found === null) continue;
    if (row.mapping.beside?.every(name => fields[name] === undefined)) continue;
    let value = usable(found, row.mapping);
    if (value === undefined) continue;
    if (row.mapping.isTemplate === true) value = renderTemplate(String(value), fields);
    const { to } = row.mapping;
    const present = fields[to];
    if (present === undefined || present === null || present === '') fields[to] = value;
    else if (to === 'message' && isRawJson(present, row.path)) fields[to] = value;
    else if (!isSame(present, value)) continue;
    // A word that says more than the level it becomes (notice, trace) stays.
    if (row.mapping.keep !== true && !(to === 'level' && isLossy(found))) remove(fields, row.path);
  }
}

/** What the declared field gets from a source; undefined when the source is no such thing. */
export function usable(value: unknown, { to, as }: Mapping): unknown {
  switch (to) {
    case 'level': {
      const level = levelOf(value, as as LevelScale | undefined);
      // notice and info are what senders of syslog say who know nothing of the text, which may show its level.
      if (as === 'syslog' && level === 'INFO') return undefined;
      return as === undefined && level !== undefined ? value : level;
    }
    case 'response_time':
      return milliseconds(value, as);
    case 'ip_address':
      return typeof value === 'string' && ADDRESS.test(value) ? value : undefined;
    case 'message':
      return typeof value === 'string' ? value : undefined;
    case 'user_id':
    case 'service':
    case 'trace_id':
      if (isNumeric(value)) return String(value);
      break;
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** True for what may be an address of the internet. */
export const isAddress = (text: string): boolean => ADDRESS.test(text);
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)$/i;

/** A number of whatever type pipelines have it. */
function isNumeric(value: unknown): value is number | bigint | Double {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Double;
}

/** A duration in milliseconds; a text may name its unit. Undefined when it is none or beyond all numbers. */
export function milliseconds(value: unknown, unit: Mapping['as']): number | undefined {
  let scaledValue = Number.NaN;
  if (isNumeric(value)) scaledValue = unit === 'named' ? Number.NaN : inMilliseconds(Number(value), unit);
  else if (typeof value === 'string' && value.length <= 40) {
    const m = DURATION.exec(value);
    const own = m?.[2] === undefined ? undefined : UNITS[m[2].toLowerCase()];
    if (m === null) scaledValue = inParts(value);
    else if (own !== undefined || unit !== 'named') scaledValue = inMilliseconds(Number(m[1]), own ?? unit);
  }
  return Number.isFinite(scaledValue) ? scaledValue : undefined;
}
const DURATION = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(ns|us|µs|μs|ms|msec|s|sec|secs|seconds?)?\s*$/i;
/** `1m30.5s` as Go writes it, `PT1M30.5S` of ISO 8601; NaN for anything else. */
function inParts(text: string): number {
  const m = PARTS.exec(text);
  if (m === null || (m[1] ?? m[2] ?? m[3]) === undefined) return Number.NaN;
  const [, hours = 0, minutes = 0, seconds = 0] = m;
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1e9) / 1e6;
}
const PARTS = /^\s*(?:PT)?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?\s*$/i;

const UNITS: Readonly<Record<string, Mapping['as']>> = {
  ns: 'ns',
  us: 'us',
  µs: 'us',
  μs: 'us',
  ms: 'ms',
  msec: 'ms',
  s: 's',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
};

/** True when the message is the JSON text that this field was read from: the field then says it better. */
export function isRawJson(message: unknown, path: string): boolean {
  const key = path.slice(path.lastIndexOf('.') + 1);
  return (
    typeof message === 'string' &&
    message.charCodeAt(0) === 123 &&
    message.includes(`"${key}"`) &&
    message.trimEnd().endsWith('}')
  );
}

export function isSame(present: unknown, value: unknown): boolean {
  if (present === value) return true;
  const level = levelOf(present);
  return level !== undefined && level === levelOf(value);
}

/** The value at a path that has a dot, below an object at the top; undefined if nothing is there. */
export function within(fields: Fields, path: string): unknown {
  const dot = path.indexOf('.');
  for (let at = dot; at > 0; at = path.indexOf('.', at + 1)) {
    const inner = fields[path.slice(0, at)];
    if (inner === undefined || !isFields(inner)) continue;
    const rest = path.slice(at + 1);
    const found = inner[rest] ?? within(inner, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Takes the value at a path away, and the objects that are empty then. */
function remove(fields: Fields, path: string, isTop = true): boolean {
  if (fields[path] !== undefined) {
    if (isTop) fields[path] = undefined;
    else delete fields[path];
    return true;
  }
  for (let at = path.indexOf('.'); at > 0; at = path.indexOf('.', at + 1)) {
    const key = path.slice(0, at);
    const inner = fields[key];
    if (inner === undefined || !isFields(inner) || !remove(inner, path.slice(at + 1), false)) continue;
    if (isEmpty(inner)) {
      if (isTop) fields[key] = undefined;
      else delete fields[key];
    }
    return true;
  }
  return false;
}

function isEmpty(fields: Fields): boolean {
  for (const _ in fields) return false;
  return true;
}
