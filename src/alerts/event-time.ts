import type { Fields } from '../core/event.ts';
import { lookup } from './lookup.ts';
import { strptime } from './python/time.ts';
import type { Rule } from './rules/rule.ts';

/** Event time by the rule's timestamp field, else `@timestamp`, else `fallback`; epoch milliseconds. */
export function eventTime(rule: Rule, event: Fields, fallback: number): number {
  const { timestampField, timestampType } = rule;
  const raw = timestampField === '@timestamp' ? event['@timestamp'] : lookup(event, timestampField);
  const time = timestampType === 'iso' ? isoMs(raw) : otherMs(rule, raw);
  if (!Number.isNaN(time)) return time;
  const own = isoMs(event['@timestamp']);
  return Number.isNaN(own) ? fallback : own;
}

/** ISO 8601 in any zone; without one, UTC. */
function isoMs(value: unknown): number {
  if (typeof value !== 'string') return Number.NaN;
  const last = value.charCodeAt(value.length - 1);
  if (last === 0x5a || last === 0x7a || /[+-]\d\d:?\d\d$/.test(value)) return Date.parse(value);
  return Date.parse(`${value}Z`);
}

function otherMs(rule: Rule, value: unknown): number {
  if (rule.timestampType === 'custom')
    return typeof value === 'string' ? strptime(value, rule.timestampFormat) : Number.NaN;
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  return rule.timestampType === 'unix' ? Math.round(number * 1000) : Math.round(number);
}
