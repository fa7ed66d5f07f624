import { dayOf } from '../base/time/iso.ts';
import type { ScannedEvent, ScannedPage, StoredEvent } from '../core/contracts.ts';
import { newFields } from '../core/event.ts';
import { INDEX_PREFIX } from '../core/schema/fields.ts';
import { eventsOfDocuments } from './elasticsearch/search-request.ts';
import { eventsOfScan } from './embedded/stored-event.ts';

/** What a store has read for a program, in order: to be called where it is worked with. */
export function scannedEvents({ form, text, fields }: ScannedPage): Iterable<ScannedEvent> {
  return form === 'embedded' ? eventsOfScan(text, fields) : eventsOfDocuments(text);
}

export function storedEventsOf(page: ScannedPage): StoredEvent[] {
  return Array.from(scannedEvents(page), ({ id, seq, time, event }) =>
    Object.assign(newFields(), { _id: id, _index: INDEX_PREFIX + dayOf(time), seq }, event),
  );
}
