import { type Fields, isFields, newFields } from '../../../core/event.ts';

/** The event of a document, for those who ask for it. */
export function eventOf(document: string, isEmbedded: boolean): Fields {
  // Whole numbers are exact, or were worked out as they are.
  const found = JSON.parse(isEmbedded ? document : document.slice(document.indexOf('\n') + 1)) as Fields;
  const event = newFields();
  const { fields } = found;
  for (const key in found) {
    if (key === 'seq' || (isEmbedded && (key === '_id' || key === 'fields'))) continue;
    event[key] = bare(found[key]);
  }
  if (isEmbedded && isFields(fields)) for (const key in fields) event[key] = bare(fields[key]);
  return event;
}

/** The value with field maps for objects. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (!isFields(value)) return value;
  const fields = newFields();
  for (const key in value) fields[key] = bare(value[key]);
  return fields;
}
