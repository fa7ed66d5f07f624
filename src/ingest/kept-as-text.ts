import { messageOf } from '../core/errors.ts';
import { type EventMeta, type Fields, type LogEvent, newFields } from '../core/event.ts';
import { jsonText } from '../core/json-text.ts';

export interface Form {
  readonly admit: (record: Fields, meta: EventMeta) => Fields;
  readonly conform: (fields: Fields, meta: EventMeta) => LogEvent;
}

/**
 * An event that breaks our own code is still an event: its record as text, with the reason. Throws for nothing that the
 * record is or says; one that cannot even be shown is an event without its text.
 */
export function keptAsText(form: Form, record: Fields, meta: EventMeta, error: unknown): LogEvent {
  const eventOf = (text: string): LogEvent => {
    const fields = form.admit(newFields(), meta);
    fields['message'] = text;
    fields['error'] = { message: messageOf(error), type: 'parse' };
    fields['tags'] = ['_parsefailure'];
    return form.conform(fields, meta);
  };
  try {
    return eventOf(jsonText(record));
  } catch {
    return eventOf('(an event that cannot be shown)');
  }
}
