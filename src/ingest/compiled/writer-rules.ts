import type { DocumentForm } from '../../core/contracts.ts';
import { EventTime } from '../../schema/event-time.ts';
import { KnownKeys } from '../../schema/names.ts';
import { Notes } from '../../schema/notes.ts';
import type { EventOptions } from '../../schema/options.ts';
import { ValueCleaner } from '../../schema/values.ts';
import type { WriterRules } from './line-writer.ts';

/** What writers of documents know of the schema. */
export function writerRules(options: EventOptions, form: DocumentForm): WriterRules {
  const notes = new Notes();
  const keys = new KnownKeys(options.max_name_bytes, options.max_depth);
  return {
    ...{ form, hidesSecrets: options.hide_secrets, infoOf: (key: string) => keys.of(key) },
    shortKeyword: Math.floor(options.max_keyword_bytes / 3),
    eventTime: new EventTime(options, notes, new ValueCleaner(options, notes)),
    shortText: Math.floor(options.max_string_bytes / 3),
    shortEvent: Math.floor(options.max_event_bytes / 3),
    mostFields: options.max_fields,
  };
}
