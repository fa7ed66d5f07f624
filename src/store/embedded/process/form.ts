import {
  doubleText,
  type FoundColumns,
  type FoundType,
  foundColumn,
  foundText,
  SQL_TYPES,
} from '../../query/found-columns.ts';
import { identifier, literal } from './quote.ts';

/*
 * A segment has columns for the undeclared fields that many of its events share; `fields` keeps the rest. What of a field goes
 * into its column is exactly what comes out of it again: a value whose JSON text the column does not give back stays in `fields`.
 */

/** SQL for the text of all undeclared fields, as it came: what is in columns and what is not. */
export function wholeFields(found: FoundColumns): string {
  if (found.size === 0) return 'fields';
  const members = [...found].map(([key, type]) => {
    const value = type === 'text' ? `CAST(to_json(${identifier(foundColumn(key))}) AS VARCHAR)` : foundText(key, type);
    return `${literal(`${JSON.stringify(key)}:`)} || ${value}`;
  });
  const rest = `nullif(CAST(fields AS VARCHAR)[2:-2], '')`;
  return `CAST('{' || nullif(concat_ws(',', ${members.join(', ')}, ${rest}), '') || '}' AS JSON)`;
}

/** All that a segment of this form has, as it is. */
export const partedColumns = (others: readonly string[], found: FoundColumns): string =>
  [...others, ...[...found.keys()].map(foundColumn), 'fields'].map(identifier).join(', ');

/** A relation with `fields` as it came: the columns are taken out of it, and what does not fit into one is left. */
export function partFields(from: string, others: readonly string[], found: FoundColumns): string {
  const kept = others.map(identifier).join(', ');
  if (found.size === 0) return `SELECT ${kept}, fields FROM ${from}`;
  const keys = [...found.keys()];
  const shape = literal(JSON.stringify(Object.fromEntries(keys.map(key => [key, 'JSON']))));
  const raw = `SELECT ${kept}, fields, from_json(fields, ${shape}) AS found FROM ${from}`;
  const values = [...found].map(([key, type]) => {
    const text = `CAST(found.${identifier(key)} AS VARCHAR)`;
    return `${valueFrom(text, type)} AS ${identifier(foundColumn(key))}`;
  });
  const typed = `SELECT ${kept}, fields, ${values.join(', ')} FROM (${raw})`;
  const columns = keys.map(key => identifier(foundColumn(key)));
  const taken = columns.map(column => `CAST(${column} IS NOT NULL AS INTEGER)`).join(' + ');
  const without = keys.map(
    (key, i) => `CASE WHEN ${columns[i]} IS NOT NULL THEN ${literal(`${JSON.stringify(key)}:null`)} END`,
  );
  // A merge takes out what the patch has null for.
  const patch = `CAST('{' || concat_ws(',', ${without.join(', ')}) || '}' AS JSON)`;
  const rest = `CASE WHEN fields IS NULL OR len(json_keys(fields)) = ${taken} THEN NULL ELSE json_merge_patch(fields, ${patch}) END`;
  return `SELECT ${kept}, ${columns.join(', ')}, ${rest} AS fields FROM (${typed})`;
}

/** The value for the column of what is text of JSON; NULL for what would not come back as it is. */
function valueFrom(text: string, type: FoundType): string {
  if (type === 'text') {
    const plain = `CASE WHEN contains(${text}, '\\') THEN json_extract_string(${text}, '$') ELSE ${text}[2:-2] END`;
    return `CASE WHEN starts_with(${text}, '"') THEN ${plain} END`;
  }
  const value = `TRY_CAST(${text} AS ${SQL_TYPES[type]})`;
  const back = type === 'double' ? doubleText(value) : `CAST(${value} AS VARCHAR)`;
  return `CASE WHEN ${back} = ${text} THEN ${value} END`;
}
