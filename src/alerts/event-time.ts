import { isoMs } from '../base/time/iso.ts';
import { readTime } from '../base/time/text.ts';
import { zoneOf } from '../base/time/zone.ts';
import type { Fields } from '../core/event.ts';
import { lookup } from './lookup.ts';
import { strptime } from './python/strptime.ts';
import type { Rule } from './rules/rule.ts';

const UTC = zoneOf('UTC');

/** Event time by the rule's timestamp field, else `@timestamp`, else `fallback`; epoch milliseconds. */
export function eventTime(rule: Rule, event: Fields, fallback: number): number {
  const { timestampField, timestampType } = rule;
  const raw = timestampField === '@timestamp' ? event['@timestamp'] : lookup(event, timestampField);
  const time = timestampType === 'iso' ? textMs(raw, fallback) : otherMs(rule, raw);
  if (!Number.isNaN(time)) return time;
  const own = textMs(event['@timestamp'], fallback);
  return Number.isNaN(own) ? fallback : own;
}

/** A time as events are read (time/text.ts), in UTC where it names no zone. */
function textMs(value: unknown, now: number): number {
  if (typeof value !== 'string') return Number.NaN;
  const ms = isoMs(value);
  if (!Number.isNaN(ms)) return ms;
  return Math.floor(readTime(value, now, UTC));
}

function otherMs(rule: Rule, value: unknown): number {
  if (rule.timestampType === 'custom')
    return typeof value === 'string' ? strptime(value, rule.timestampFormat) : Number.NaN;
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  return rule.timestampType === 'unix' ? Math.round(number * 1000) : Math.round(number);
}
