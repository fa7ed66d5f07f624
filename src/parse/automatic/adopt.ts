import { type Fields, isFields, newFields } from '../../core/event.ts';

// Who an event is from is known from its sender; a line cannot change it.
export const IDENTITY: readonly string[] = [
  'container_id',
  'container_name',
  'image',
  'stream',
  'tag',
  'labels',
  'kubernetes',
];

/** A line's own fields become the event's; those that would change who it is from stand below `json`. */
export function adopt(event: Fields, found: Fields): void {
  let aside: Fields | undefined;
  for (const key of Object.keys(found)) {
    if (Object.hasOwn(event, key) && IDENTITY.includes(key)) {
      aside ??= isFields(event['json']) ? event['json'] : newFields();
      aside[key] = found[key];
    } else event[key] = found[key];
  }
  if (aside !== undefined) event['json'] = aside;
}

/**
 * Names that mean the event itself. In the middle of a text they speak of something else: `level=fatal is no level`, `sent
 * host=db`, `cancelled {"time":...}`.
 */
const OF_THE_EVENT: ReadonlySet<string> = new Set([
  ...IDENTITY,
  ...['@timestamp', '@version', 'message', 'msg', 'log', 'tags', 'json', 'pipeline_error', 'schema_errors'],
  ...['level', 'lvl', 'severity', 'loglevel', 'log_level', 'levelname', 'log.level', 'levelno', 'priority'],
  ...['service', 'service.name', 'container', 'host', 'hostname', 'host.name', 'pid', 'source'],
  ...['time', 'ts', 't', 'timestamp', 'date', 'datetime', 'asctime', 'instant', 'Time', 'Timestamp', 'DateTime'],
  ...['created_at', 'createdAt', 'start_time', 'startTime', 'eventTime', 'event_time', 'dt'],
]);

/**
 * Fields that stand inside a text become the event's where it has none of that name; what would change the event itself
 * stands below `json`.
 */
export function adoptInner(event: Fields, found: Fields): void {
  let aside: Fields | undefined;
  for (const key of Object.keys(found)) {
    const present = event[key];
    if (present !== undefined ? present === found[key] : !OF_THE_EVENT.has(key)) {
      event[key] = found[key];
      continue;
    }
    aside ??= isFields(event['json']) ? event['json'] : newFields();
    if (!Object.hasOwn(aside, key)) aside[key] = found[key];
  }
  if (aside !== undefined) event['json'] = aside;
}
