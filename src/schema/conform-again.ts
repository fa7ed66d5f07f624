import type { EventMeta, Fields, LogEvent } from '../core/event.ts';

const MAX_NOTES = 32;
const MAX_NOTE_LENGTH = 1000;
const MAX_OVERFLOW_LENGTH = 1_000_000;

/** What `createConform` writes of its own accord, under names that records may not bring, and what it may look like. */
const OWN: readonly (readonly [name: string, isSuch: (value: unknown) => boolean])[] = [
  ['schema_errors', value => Array.isArray(value) && value.length <= MAX_NOTES && value.every(isNote)],
  ['event_time_original', isNote],
  ['fields_overflow', value => typeof value === 'string' && value.length <= MAX_OVERFLOW_LENGTH],
];

/**
 * Conforms a document that has been conformed elsewhere, by another longshore, and comes in again: what that one noted
 * stays as it is. Whoever says so may be anybody, hence everything is judged as for any other record.
 */
export function conformAgain(
  conform: (fields: Fields, meta: EventMeta) => LogEvent,
  fields: Fields,
  meta: EventMeta,
): LogEvent {
  let noted: [string, unknown][] | undefined;
  for (const [name, isSuch] of OWN) {
    const value = fields[name];
    if (value === undefined || !isSuch(value)) continue;
    noted ??= [];
    noted.push([name, value]);
    fields[name] = undefined;
  }
  const event = conform(fields, meta);
  if (noted === undefined) return event;
  for (const [name, value] of noted) {
    const now = event.fields[name];
    if (now === undefined) event.fields[name] = value;
    else if (Array.isArray(now)) event.fields[name] = [...(value as unknown[]), ...now].slice(0, MAX_NOTES);
  }
  return event;
}

function isNote(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_NOTE_LENGTH;
}
