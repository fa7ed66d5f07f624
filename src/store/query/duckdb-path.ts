import { isObjectField, spellings } from './fields.ts';

/*
 * The values at a path of the JSON columns, in SQL. As in `predicate.ts`: however nested objects and literal dotted keys
 * spell the path, and through the lists on the way.
 */

type Bind = (value: string) => string;

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A list of the JSON values that the path leads to, NULL among them where a spelling leads to nothing. `withMembers`: also
 * the values at longer keys (`a.b.c` for `a.b`), which make it exist.
 */
export function valuesAt(field: string, bind: Bind, withMembers = false): string {
  const columns = new Map<string, string[]>();
  for (const keys of spellings(field)) {
    const inColumn = isObjectField(keys[0]!);
    const column = inColumn ? keys[0]! : 'fields';
    // DuckDB has no path for an empty key.
    if (keys.includes('')) continue;
    const path = `$${(inColumn ? keys.slice(1) : keys).map(quoteKey).join('')}`;
    columns.set(column, [...(columns.get(column) ?? []), path]);
  }
  if (columns.size === 0) return '[NULL]';
  // `json_extract` with a list reads the document once for all spellings.
  const lists = [...columns].map(([column, paths]) =>
    column === field
      ? `[${quoteIdentifier(column)}]`
      : `json_extract(${quoteIdentifier(column)}, [${paths.map(bind).join(', ')}])`,
  );
  const plain = lists.length === 1 ? lists[0]! : `list_concat(${lists.join(', ')})`;
  const guards = [...new Set([...columns.keys(), 'fields'])].flatMap(column =>
    unusual(column, field, bind, withMembers),
  );
  return guards.length === 0
    ? plain
    : `list_concat(${plain}, CASE WHEN ${guards.join(' OR ')} THEN ${inSteps(field, bind, withMembers)} END)`;
}

const quoteKey = (key: string): string => `."${key.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** What the text of a column has in it when it can hold values that plain paths do not reach. */
function unusual(column: string, field: string, bind: Bind, withMembers: boolean): string[] {
  const text = `CAST(${quoteIdentifier(column)} AS VARCHAR)`;
  const found = field.includes('.') ? [`contains(${text}, '[{')`, `contains(${text}, ',{')`] : [];
  if (!withMembers) return found;
  const last = JSON.stringify(field.slice(field.lastIndexOf('.') + 1)).slice(1, -1);
  return [...found, `contains(${text}, ${bind(`${last}.`)})`];
}

/**
 * All values at the path. One step for each part: `p2` are the values at its first two parts, found from the document by
 * `"a.b"` and from `p1` by `"b"`; the last step is the result.
 */
function inSteps(field: string, bind: Bind, withMembers: boolean): string {
  const parts = field.split('.');
  const steps: string[] = [];
  for (let end = 1; end <= parts.length; end++) {
    const found: string[] = [];
    if (end === 1 && isObjectField(parts[0]!)) found.push(`[${quoteIdentifier(parts[0]!)}]`);
    for (let start = 0; start < end; start++) {
      const key = parts.slice(start, end).join('.');
      const list = start === 0 ? '[fields]' : `p${start}`;
      if (key !== '') found.push(members(list, key, bind));
      if (withMembers && end === parts.length) found.push(membersBelow(list, `${key}.`, bind));
    }
    steps.push(
      found.length === 0 ? 'CAST([] AS JSON[])' : found.length === 1 ? found[0]! : `list_concat(${found.join(', ')})`,
    );
  }
  // A list of one element and a lambda give an expression a name.
  return steps.reduceRight((rest, step, i) => `list_transform([${step}], lambda p${i + 1}: ${rest})[1]`);
}

/** Lists within lists are looked into as deep as this. */
const LIST_DEPTH = 3;

/** The values of a key in the objects of a list, and in those of lists within it. */
function members(list: string, key: string, bind: Bind): string {
  const own = `json_extract(o, [${bind(`$${quoteKey(key)}`)}])`;
  const inner = depths().map(depth => `json_extract(o, ${bind(`$${depth}${quoteKey(key)}`)})`);
  return `flatten(list_transform(${list}, lambda o: CASE json_type(o) WHEN 'OBJECT' THEN ${own} WHEN 'ARRAY' THEN list_concat(${inner.join(', ')}) END))`;
}

/** The values of all keys with such a beginning. */
function membersBelow(list: string, start: string, bind: Bind): string {
  const objects = `flatten(list_transform(${list}, lambda l: CASE json_type(l) WHEN 'ARRAY' THEN ${elements('l')} ELSE [l] END))`;
  const keys = `list_filter(json_keys(o), lambda k: starts_with(k, ${bind(start)}))`;
  const value = `json_extract(o, '$."' || replace(replace(k, '\\', '\\\\'), '"', '\\"') || '"')`;
  return `flatten(list_transform(${objects}, lambda o: list_transform(${keys}, lambda k: ${value})))`;
}

/** The elements of a JSON array, and those of arrays within it. */
export function elements(array: string): string {
  return `list_concat(${depths()
    .map(depth => `json_extract(${array}, '$${depth}')`)
    .join(', ')})`;
}

const depths = (): string[] => Array.from({ length: LIST_DEPTH }, (_, depth) => '[*]'.repeat(depth + 1));

/** An object or array is empty if its text has nothing but keys (text before a colon), nulls and brackets. */
export function jsonExists(value: string): string {
  const empty = `regexp_full_match(CAST(${value} AS VARCHAR), '(?:[][{},\\s]|null|"(?:[^"\\\\]|\\\\.)*"\\s*:)*', 's')`;
  return `CASE coalesce(json_type(${value}), 'NULL') WHEN 'NULL' THEN FALSE WHEN 'OBJECT' THEN NOT ${empty} WHEN 'ARRAY' THEN NOT ${empty} ELSE TRUE END`;
}

/** True for what is no object, no null and no list of nothing else. */
export function jsonHasScalar(value: string): string {
  const any = `len(list_filter(${elements(value)}, lambda x: json_type(x) NOT IN ('NULL', 'OBJECT', 'ARRAY'))) > 0`;
  return `CASE coalesce(json_type(${value}), 'NULL') WHEN 'NULL' THEN FALSE WHEN 'OBJECT' THEN FALSE WHEN 'ARRAY' THEN ${any} ELSE TRUE END`;
}
