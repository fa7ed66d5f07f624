import { DECLARED_FIELDS } from '../../../core/schema/fields.ts';
import { checkField, isObjectField, spellings } from '../../query/fields.ts';
import { type FoundColumns, foundColumn, foundText, mayBeInFields } from '../../query/found-columns.ts';
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
  const isThere = column !== 'fields' || mayBeInFields(field, found);
  const paths = new Set(isThere ? spellings(name).map(jsonPath) : []);
  const parts = [...paths].map(() => `json_extract_string(${identifier(column)}, ?)`);
  // Where it is a column, most events have it there.
  const type = found.get(field);
  if (type !== undefined) parts.unshift(foundText(field, type));
  if (parts.length === 0) return { sql: 'NULL::VARCHAR', params: [] };
  return { sql: parts.length === 1 ? parts[0]! : `coalesce(${parts.join(', ')})`, params: [...paths] };
}

/** The number of a field as DOUBLE, NULL where it has none; a column of numbers never becomes text. */
export function fieldNumber(field: string, found: FoundColumns): { sql: string; params: string[] } {
  const type = found.get(field);
  if ((type === 'long' || type === 'double') && !mayBeInFields(field, found))
    return { sql: `CAST(${identifier(foundColumn(field))} AS DOUBLE)`, params: [] };
  const { sql, params } = fieldText(field, found);
  return { sql: `try_cast(${sql} AS DOUBLE)`, params };
}

function jsonPath(keys: readonly string[]): string {
  return `$${keys.map(key => `."${key.replaceAll('"', '\\"')}"`).join('')}`;
}
