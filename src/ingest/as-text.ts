import { messageOf } from '../core/errors.ts';
import { type EventMeta, type Fields, type LogEvent, newFields } from '../core/event.ts';
import { jsonText } from '../core/json-text.ts';

/**
 * An event that breaks our own code is still an event: its record as text, with the reason. One that cannot even be
 * shown is an event without its text.
 */
export function asText(
  record: Fields,
  meta: EventMeta,
  error: unknown,
  admit: (record: Fields, meta: EventMeta) => Fields,
  conform: (fields: Fields, meta: EventMeta) => LogEvent,
): LogEvent {
  const eventOf = (text: string): LogEvent => {
    const fields = admit(newFields(), meta);
    fields['message'] = text;
    fields['error'] = { message: messageOf(error), type: 'parse' };
    fields['tags'] = ['_parsefailure'];
    return conform(fields, meta);
  };
  try {
    return eventOf(jsonText(record));
  } catch {
    return eventOf('(an event that cannot be shown)');
  }
}
