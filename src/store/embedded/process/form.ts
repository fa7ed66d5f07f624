import {
  doubleText,
  type FoundColumns,
  type FoundType,
  foundColumn,
  foundText,
  SQL_TYPES,
} from '../../query/found-columns.ts';
import { MADE } from './message-form.ts';
import { identifier, literal } from './quote.ts';
import type { Member } from './usual-members.ts';

/*
 * A segment has columns for the undeclared fields that many of its events share; `fields` keeps the rest. What of a field goes
 * into its column is exactly what comes out of it again: a value whose JSON text the column does not give back stays in `fields`.
 */

/** SQL for the text of all undeclared fields, as it came: what is in columns and what is not. */
export function wholeFields(found: FoundColumns): string {
  if (found.size === 0) return 'fields';
  const members = [...found].map(([key, type]) => {
    const value = type === 'text' ? jsonText(identifier(foundColumn(key))) : foundText(key, type);
    return `${literal(`${JSON.stringify(key)}:`)} || ${value}`;
  });
  const rest = `nullif(CAST(fields AS VARCHAR)[2:-2], '')`;
  return `CAST('{' || nullif(concat_ws(',', ${members.join(', ')}, ${rest}), '') || '}' AS JSON)`;
}

/** All that a segment of this form has, as it is. */
export const partedColumns = (others: readonly string[], found: FoundColumns): string => {
  const columns = [...others, ...[...found.keys()].map(foundColumn), 'fields'].map(identifier);
  return [...columns, ...(found.message === undefined ? [] : [MADE])].join(', ');
};

/**
 * A relation with `fields` as it came: the columns are taken out of it, and what does not fit into one is left. `usual`: the
 * members that most events have.
 */
export function partFields(
  from: string,
  others: readonly string[],
  found: FoundColumns,
  usual: readonly Member[] = [],
): string {
  if (found.size === 0) return `SELECT ${others.map(identifier).join(', ')}, fields FROM ${from}`;
  return usual.length === 0 ? partEach(from, others, found) : partAtOnce(from, others, found, usual);
}

const READ = identifier('fields:read');
const SAME = identifier('fields:same');
const UNLIKE = identifier('fields:unlike');

/**
 * Reads the usual members with the types of their columns and writes them as JSON again. Where that is the text that came,
 * nothing was lost and nothing else was there; only other events are looked at member by member.
 */
function partAtOnce(from: string, others: readonly string[], found: FoundColumns, usual: readonly Member[]): string {
  const kept = others.map(identifier).join(', ');
  const shape = Object.fromEntries(usual.map(({ key, type }) => [key, type === 'other' ? 'JSON' : SQL_TYPES[type]]));
  const read = `SELECT ${kept}, fields, from_json(fields, ${literal(JSON.stringify(shape))}) AS ${READ} FROM ${from}`;
  const same = `fields IS NULL OR CAST(fields AS VARCHAR) = ${written(usual)}`;
  const compared = `SELECT ${kept}, fields, ${READ}, ${same} AS ${SAME} FROM (${read})`;
  // Only what a CASE comes to is computed.
  const unlike = `SELECT ${kept}, fields, ${READ}, ${SAME}, CASE WHEN ${SAME} THEN NULL ELSE ${eachMember(found)} END AS ${UNLIKE} FROM (${compared})`;
  const known = new Set(usual.map(({ key }) => key));
  const columns = [...found.keys()].map(
    (key, i) =>
      `CASE WHEN ${SAME} THEN ${known.has(key) ? readValue(key) : 'NULL'} ELSE ${UNLIKE}.parts.c${i} END AS ${identifier(foundColumn(key))}`,
  );
  const rest = restOf(usual.filter(({ type }) => type === 'other'));
  return `SELECT ${kept}, ${columns.join(', ')}, CASE WHEN ${SAME} THEN ${rest} ELSE ${UNLIKE}.rest END AS fields FROM (${unlike})`;
}

const readValue = (key: string): string => `${READ}.${identifier(key)}`;
const jsonText = (value: string): string => `CAST(to_json(${value}) AS VARCHAR)`;

/** SQL for the members as JSON, in their order; those that an event does not have are left out. */
function written(members: readonly Member[]): string {
  const parts: string[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push(literal(text));
    text = '';
  };
  const [first] = members;
  members.forEach(({ key, type, isAlways, isEscaped }, i) => {
    // What is written without its escapes is not what came: such an event is another one.
    const quote = type === 'text' && !isEscaped ? '"' : '';
    const head = `${i === 0 && isAlways ? '{' : ','}${JSON.stringify(key)}:${quote}`;
    const value = readValue(key);
    if (isAlways) text += head;
    flush();
    if (!isAlways) parts.push(`CASE WHEN ${value} IS NOT NULL THEN ${literal(head)} END`);
    parts.push(textOf(value, type, quote === ''));
    if (isAlways) text += quote;
    else if (quote !== '') parts.push(`CASE WHEN ${value} IS NOT NULL THEN ${literal(quote)} END`);
  });
  text += '}';
  flush();
  const all = `concat(${parts.join(', ')})`;
  return first?.isAlways === true ? all : `('{' || ${all}[2:])`;
}

function textOf(value: string, type: Member['type'], isJson: boolean): string {
  if (type === 'text') return isJson ? jsonText(value) : value;
  return type === 'double' ? doubleText(value) : `CAST(${value} AS VARCHAR)`;
}

/** SQL for the JSON of members without a column; NULL without any. */
function restOf(members: readonly Member[]): string {
  if (members.length === 0) return 'CAST(NULL AS JSON)';
  const parts = members.map(
    ({ key }) =>
      `CASE WHEN ${readValue(key)} IS NOT NULL THEN ${literal(`,${JSON.stringify(key)}:`)} END, CAST(${readValue(key)} AS VARCHAR)`,
  );
  return `CAST('{' || nullif(concat(${parts.join(', ')}), '')[2:] || '}' AS JSON)`;
}

/** Member by member: what is of the type of its column goes there. */
function partEach(from: string, others: readonly string[], found: FoundColumns): string {
  const kept = others.map(identifier).join(', ');
  const columns = [...found.keys()].map(key => identifier(foundColumn(key)));
  const raw = `SELECT ${kept}, fields, ${members(found)} AS ${READ} FROM ${from}`;
  const values = valuesOf(READ, found).map((value, i) => `${value} AS ${columns[i]}`);
  const typed = `SELECT ${kept}, fields, ${values.join(', ')} FROM (${raw})`;
  return `SELECT ${kept}, ${columns.join(', ')}, ${without(columns, found)} AS fields FROM (${typed})`;
}

/** The same for few events, as one expression of `fields`: `{ parts: { c0, c1, ... }, rest }`. */
function eachMember(found: FoundColumns): string {
  const values = valuesOf('m', found).map((value, i) => `c${i} := ${value}`);
  const parts = named('m', members(found), `struct_pack(${values.join(', ')})`);
  const rest = without(
    values.map((_, i) => `p.c${i}`),
    found,
  );
  return named('p', parts, `struct_pack(parts := p, rest := ${rest})`);
}

/** A struct of what stands in `fields` for columns, as JSON. */
const members = (found: FoundColumns): string =>
  `from_json(fields, ${literal(JSON.stringify(Object.fromEntries([...found.keys()].map(key => [key, 'JSON']))))})`;

const valuesOf = (struct: string, found: FoundColumns): string[] =>
  [...found].map(([key, type]) => valueFrom(`CAST(${struct}.${identifier(key)} AS VARCHAR)`, type));

/** `fields` without what is in the columns; NULL when that is all. */
function without(columns: readonly string[], found: FoundColumns): string {
  const taken = columns.map(column => `CAST(${column} IS NOT NULL AS INTEGER)`).join(' + ');
  const gone = [...found.keys()].map(
    (key, i) => `CASE WHEN ${columns[i]} IS NOT NULL THEN ${literal(`${JSON.stringify(key)}:null`)} END`,
  );
  // A merge takes out what the patch has null for.
  const patch = `CAST('{' || concat_ws(',', ${gone.join(', ')}) || '}' AS JSON)`;
  return `CASE WHEN fields IS NULL OR len(json_keys(fields)) = ${taken} THEN NULL ELSE json_merge_patch(fields, ${patch}) END`;
}

/** A list of one element and a lambda give an expression a name: it is computed once. */
const named = (name: string, value: string, inside: string): string =>
  `list_transform([${value}], lambda ${name}: ${inside})[1]`;

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
