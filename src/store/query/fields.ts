import { LongshoreError } from '../../core/errors.ts';
import { aliasOf } from '../../core/schema/aliases.ts';
import { DECLARED_FIELDS, type DeclaredField } from '../../core/schema/fields.ts';
import { MAX_FIELD_PARTS } from './limits.ts';

/**
 * How a field is searched:
 * `time`     `@timestamp`: dates, date math, ranges.
 * `exact`    `_id`: the whole value as it is written.
 * `keyword`  the whole value, any case.
 * `text`     any part of the value, any case.
 * `number`   numerically; `seq`, `response_time`.
 * `dynamic`  an undeclared field or a path into a declared object: by the type of each value.
 */
export type FieldKind = 'time' | 'exact' | 'keyword' | 'text' | 'number' | 'dynamic';

/** Searched when a query names no field: the message and every declared keyword. */
export const DEFAULT_FIELDS: readonly string[] = [
  'message',
  ...Object.entries(DECLARED_FIELDS)
    .filter(([, type]) => type === 'keyword')
    .map(([name]) => name),
];

/** The name under which a field is stored: `timestamp` is `@timestamp`; Elasticsearch's `.keyword` copies are the field itself. */
export function canonicalField(name: string): string {
  const bare = name.length > 8 && name.endsWith('.keyword') ? name.slice(0, -8) : name;
  return bare === 'timestamp' ? '@timestamp' : bare;
}

/** The kind of the field that a name means: `service.name` is searched as `service` is. */
export const meantKind = (name: string): FieldKind => kindOf(storedField(name));

/** The field under which the value of a name is stored, see core/schema/aliases.ts. */
export function storedField(name: string): string {
  const field = canonicalField(name);
  return aliasOf(field)?.to ?? field;
}

export function kindOf(field: string): FieldKind {
  if (field === '@timestamp') return 'time';
  if (field === '_id') return 'exact';
  if (field === '_index') return 'keyword';
  if (field === 'seq') return 'number';
  if (!Object.hasOwn(DECLARED_FIELDS, field)) return 'dynamic';
  const type = DECLARED_FIELDS[field as DeclaredField];
  return type === 'object' ? 'dynamic' : type;
}

/** True for a declared field that holds an object (`labels`): a column of its own in the embedded store. */
export function isObjectField(field: string): boolean {
  return Object.hasOwn(DECLARED_FIELDS, field) && DECLARED_FIELDS[field as DeclaredField] === 'object';
}

/**
 * Every way in which the keys of nested objects can spell the path, the longest literal key first: the order of
 * `fieldAt`. `a.b.c` gives [a.b.c], [a.b, c], [a, b.c], [a, b, c].
 */
export function spellings(path: string): string[][] {
  return spell(path.split('.'));
}

/** Throws LS_QUERY_FIELD for a path that has too many spellings. */
export function checkField(path: string): void {
  if (path.split('.', MAX_FIELD_PARTS + 1).length <= MAX_FIELD_PARTS) return;
  throw new LongshoreError(
    'LS_QUERY_FIELD',
    `the field ${path.slice(0, 200)} has more than ${MAX_FIELD_PARTS} parts.`,
    { fix: 'Search for a shorter path.' },
  );
}

function spell(parts: string[]): string[][] {
  const found: string[][] = [];
  for (let length = parts.length; length > 0; length--) {
    const key = parts.slice(0, length).join('.');
    if (length === parts.length) found.push([key]);
    else for (const rest of spell(parts.slice(length))) found.push([key, ...rest]);
  }
  return found;
}
