import { Double } from '../../../src/base/number/double.ts';
import { isFields } from '../../../src/core/event.ts';
import { CASE_KINDS, VALUE_KINDS } from './decisions/index.ts';
import { type IngestCase, writeExact } from './ingest-case.ts';
import { type Outcome, runCase } from './run-case.ts';

/** `kinds`: the decisions (see known-differences.json) by which the outcomes are the same; none: they agree as they are. */
export interface Comparison {
  readonly got: Outcome;
  readonly verdict: 'agree' | 'decided' | 'differ';
  readonly kinds: readonly string[];
}

export function compareCase(one: IngestCase): Comparison {
  const got = runCase(one);
  const kinds = differences(one, got);
  if (kinds !== undefined) return { got, verdict: kinds.length === 0 ? 'agree' : 'decided', kinds };
  const decided = CASE_KINDS.find(kind => kind.explains(one, got, agrees));
  return decided === undefined
    ? { got, verdict: 'differ', kinds: [] }
    : { got, verdict: 'decided', kinds: [decided.name] };
}

/** True when what Longshore makes of another case is what this one expects. */
function agrees(other: Pick<IngestCase, 'pipeline' | 'pipelines' | 'doc' | 'now'>, expected: IngestCase): boolean {
  return differences(expected, runCase(other)) !== undefined;
}

/** Undefined: they differ. Else the kinds of difference between values. */
function differences({ expect, pipeline, pipelines }: IngestCase, got: Outcome): string[] | undefined {
  if (expect.error !== undefined) {
    const isSame = expect.error.at === 'load' ? 'refused' in got : 'error' in got;
    return isSame ? [] : undefined;
  }
  if (expect.dropped === true) return 'dropped' in got ? [] : undefined;
  if (!('doc' in got)) return undefined;
  const left = new Set(messageFields([pipeline, pipelines]));
  const kinds = new Set<string>();
  return sameValue(expect.doc, got.doc, '', left, kinds) ? [...kinds] : undefined;
}

function sameValue(
  expected: unknown,
  got: unknown,
  path: string,
  left: ReadonlySet<string>,
  kinds: Set<string>,
): boolean {
  if (left.has(path)) return typeof expected === typeof got;
  const [a, b] = [plain(expected), plain(got)];
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => sameValue(item, b[i], `${path}.${i}`, left, kinds));
  if (isFields(a) && isFields(b)) {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every(key => {
      const other = Object.hasOwn(b, key) ? key : otherKey(key, a, b, kinds);
      if (other === undefined) return false;
      return sameValue(a[key], b[other], path === '' ? key : `${path}.${key}`, left, kinds);
    });
  }
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-12 * Math.abs(a)) return true;
  const kind = VALUE_KINDS.find(one => one.isSame(a, b));
  if (kind === undefined) return false;
  kinds.add(kind.name);
  return true;
}

/** The key that stands for one that is not there: templates make keys, too. */
function otherKey(
  key: string,
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  kinds: Set<string>,
): string | undefined {
  for (const other of Object.keys(b)) {
    const kind = Object.hasOwn(a, other) ? undefined : VALUE_KINDS.find(one => one.isSame(key, other));
    if (kind === undefined) continue;
    kinds.add(kind.name);
    return other;
  }
  return undefined;
}

/** A double by its value; an integer that is exact as a number. */
function plain(value: unknown): unknown {
  if (value instanceof Double) return value.value;
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
  return value;
}

/** Fields that keep `_ingest.on_failure_message`: the engine's words. */
function messageFields(source: unknown): string[] {
  if (Array.isArray(source)) return source.flatMap(messageFields);
  if (!isFields(source)) return [];
  return Object.values(source).flatMap(inner => {
    if (!isFields(inner)) return messageFields(inner);
    const { field, value } = inner;
    const keeps = typeof field === 'string' && /on_failure_message/.test(writeExact(value) ?? '');
    return [...(keeps ? [field, `${field}.0`] : []), ...messageFields(inner)];
  });
}
