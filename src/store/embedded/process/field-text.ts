import { DECLARED_FIELDS } from '../../../core/schema/fields.ts';
import { checkField, isObjectField, spellings } from '../../query/fields.ts';
import { type FoundColumns, foundText } from '../../query/found-columns.ts';
import { identifier } from './quote.ts';

/** The text of a field: a column, or a path of literal or nested keys inside a JSON column. */
export function fieldText(field: string, found: FoundColumns): { sql: string; params: string[] } {
  if (field === '_id' || field === 'seq' || Object.hasOwn(DECLARED_FIELDS, field)) {
    return { sql: `${identifier(field)}::VARCHAR`, params: [] };
  }
  const dot = field.indexOf('.');
  const head = dot === -1 ? '' : field.slice(0, dot);
  const column = isObjectField(head) ? head : 'fields';
  const name = column === 'fields' ? field : field.slice(dot + 1);
  checkField(name);
  const paths = new Set(spellings(name).map(jsonPath));
  const parts = [...paths].map(() => `json_extract_string(${identifier(column)}, ?)`);
  // Where it is a column, most events have it there.
  const type = found.get(field);
  if (type !== undefined) parts.unshift(foundText(field, type));
  return { sql: parts.length === 1 ? parts[0]! : `coalesce(${parts.join(', ')})`, params: [...paths] };
}

function jsonPath(keys: readonly string[]): string {
  return `$${keys.map(key => `."${key.replaceAll('"', '\\"')}"`).join('')}`;
}
