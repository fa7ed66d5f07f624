import { Double } from '../../base/number/double.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';

/** What became of one field. */
export interface Change {
  /** Its path, with dots. */
  readonly field: string;
  readonly kind: 'added' | 'changed' | 'removed';
  readonly before?: unknown;
  readonly after?: unknown;
}

const MAX_DEPTH = 64;

/** A copy of a value that nobody changes any more. What holds undefined is not there. */
export function frozenCopy(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Double) return value;
  if (depth > MAX_DEPTH) return '(nested too deeply)';
  if (Array.isArray(value)) return value.map(item => frozenCopy(item, depth + 1));
  if (!isFields(value)) return value;
  const out: Fields = newFields();
  for (const key of Object.keys(value)) if (value[key] !== undefined) out[key] = frozenCopy(value[key], depth + 1);
  return out;
}

/** What is different in `after`, field by field: objects are gone into, lists are compared as a whole. */
export function changesBetween(before: Fields, after: Fields): Change[] {
  const changes: Change[] = [];
  compare(before, after, '', changes, 0);
  return changes;
}

function compare(before: Fields, after: Fields, prefix: string, changes: Change[], depth: number): void {
  for (const key of Object.keys(before)) {
    const [old, now] = [before[key], after[key]];
    if (old === undefined || now !== undefined) continue;
    changes.push({ field: prefix + key, kind: 'removed', before: old });
  }
  for (const key of Object.keys(after)) {
    const [old, now] = [before[key], after[key]];
    if (now === undefined || isSame(old, now, depth)) continue;
    const field = prefix + key;
    if (old === undefined) changes.push({ field, kind: 'added', after: now });
    else if (isMap(old) && isMap(now) && depth < MAX_DEPTH) compare(old, now, `${field}.`, changes, depth + 1);
    else changes.push({ field, kind: 'changed', before: old, after: now });
  }
}

const isMap = (value: unknown): value is Fields => isFields(value) && !(value instanceof Double);

/** Equal in every part; `5` and the double `5.0` are not. */
function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || depth > MAX_DEPTH) return false;
  if (a instanceof Double || b instanceof Double)
    return a instanceof Double && b instanceof Double && Object.is(a.value, b.value);
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => isSame(item, b[i], depth + 1))
    );
  if (!isFields(a) || !isFields(b)) return false;
  const [ours, theirs] = [keysOf(a), keysOf(b)];
  return ours.length === theirs.length && ours.every(key => isSame(a[key], (b as Fields)[key], depth + 1));
}

const keysOf = (fields: Fields): string[] => Object.keys(fields).filter(key => fields[key] !== undefined);
