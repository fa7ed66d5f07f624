import { type Fields, isFields, newFields } from '../core/event.ts';
import { DECLARED_FIELDS } from '../core/schema/fields.ts';

/*
 * A stored document from one form (see `serialise.ts`) to the other: for what was written before the store was changed.
 * Each gives the same document that `serialise` would have written in that form.
 */

/** One line of the embedded form as the two lines of the other, ending in a line feed. Throws a SyntaxError. */
export function toElasticsearchForm(line: string): string {
  const { _id, fields, ...declared } = JSON.parse(line) as Fields;
  const rest = isFields(fields) ? fields : newFields();
  for (const name of Object.keys(rest)) if (Object.hasOwn(declared, name)) delete rest[name];
  return `${JSON.stringify({ create: { _id } })}\n${joined(JSON.stringify(declared), JSON.stringify(rest))}\n`;
}

/** The action line and the document as one line of the embedded form, ending in a line feed. Throws a SyntaxError. */
export function toEmbeddedForm(action: string, document: string): string {
  const { create } = JSON.parse(action) as { create: { _id: string } };
  const all = JSON.parse(document) as Fields;
  const line = newFields();
  const rest = newFields();
  line['_id'] = create._id;
  for (const name of Object.keys(all)) {
    const isOwn = name === 'seq' || name === '@timestamp' || Object.hasOwn(DECLARED_FIELDS, name);
    (isOwn ? line : rest)[name] = all[name];
  }
  if (Object.keys(rest).length > 0) line['fields'] = rest;
  return `${JSON.stringify(line)}\n`;
}

/** Two JSON objects without a key in common as one. */
export function joined(first: string, second: string): string {
  if (second === '{}') return first;
  return first === '{}' ? second : `${first.slice(0, -1)},${second.slice(1)}`;
}
