import { durationText } from '../../base/time/duration.ts';
import { isoTime } from '../../base/time/iso.ts';
import type { Fields } from '../../core/event.ts';
import type { Alert } from '../alerters/alerter.ts';

/** What texts and payloads may name beside the fields of a match. */
export const ALERT_FIELDS = [
  'alert_state',
  'alert_starts_at',
  'alert_ends_at',
  'alert_duration',
  'alert_matches',
  'search_url',
  'rule_url',
  'silence_url',
  'first_message',
  'first_time',
] as const;

/**
 * Lets texts name what an alert knows beside its matches: found by name, and left out of lists of all fields. A field of
 * the event, or an option of the rule, wins over one of these.
 */
export function setAlertFields(matches: readonly Fields[], { resolved, links }: Alert, options: Fields): void {
  const fields: Readonly<Partial<Record<(typeof ALERT_FIELDS)[number], unknown>>> = {
    alert_state: resolved === undefined ? 'firing' : 'resolved',
    alert_starts_at: resolved && isoTime(resolved.startsAt),
    alert_ends_at: resolved && isoTime(resolved.endsAt),
    alert_duration: resolved && durationText(resolved.endsAt - resolved.startsAt),
    alert_matches: resolved?.matches,
    search_url: links?.search,
    rule_url: links?.rule,
    silence_url: links?.silence,
  };
  const free = Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.hasOwn(options, name)));
  for (const match of matches) copyFields(free, match);
}

/** Those of a match that are not among its own fields. */
export function alertFieldsOf(match: Fields): Fields {
  const fields: Fields = Object.create(null);
  for (const name of ALERT_FIELDS)
    if (Object.hasOwn(match, name) && !Object.prototype.propertyIsEnumerable.call(match, name))
      fields[name] = match[name];
  return fields;
}

/** For a copy of a match. */
export function copyFields(fields: Readonly<Record<string, unknown>>, into: Fields): void {
  for (const [name, value] of Object.entries(fields)) {
    const isOwn = Object.prototype.propertyIsEnumerable.call(into, name);
    if (value !== undefined && !isOwn)
      Object.defineProperty(into, name, { value, enumerable: false, configurable: true, writable: true });
  }
}
