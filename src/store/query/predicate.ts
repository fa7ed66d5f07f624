import { isoTime } from '../../base/time/iso.ts';
import type { Predicate, QueryNode } from '../../core/contracts.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { INDEX_PREFIX } from '../../core/schema/fields.ts';
import { compileTest } from './bounded-test.ts';
import { type Plan, planQuery, type RangeBounds, resolveBound, type Test, type TimeBound } from './plan.ts';
import { compareText, exactNumberOf, fold } from './text.ts';

/** A test of one value: never called with arrays, objects or null. */
type ValueTest = (value: unknown) => boolean;

/**
 * Compiles a query for events in memory: alert rules, the live tail, the open tail of the spool. All work that does not
 * depend on the event is done here. `now`: epoch milliseconds for `now-1h`; a function is asked for each event. Throws LongshoreError for what cannot be searched; the predicate itself never throws.
 */
export function compilePredicate(node: QueryNode, now: number | (() => number)): Predicate {
  return compile(planQuery(node), typeof now === 'number' ? () => now : now);
}

function compile(plan: Plan, now: () => number): Predicate {
  switch (plan.op) {
    case 'true':
      return () => true;
    case 'false':
      return () => false;
    case 'not': {
      const inner = compile(plan.node, now);
      return event => !inner(event);
    }
    case 'and':
      return all(plan.nodes.map(node => compile(node, now)));
    case 'or':
      return any(plan.nodes.map(node => compile(node, now)));
    case 'leaf':
      return compileLeaf(plan.field, plan.test, now);
  }
}

function all(tests: Predicate[]): Predicate {
  if (tests.length === 2) {
    const [first, second] = tests as [Predicate, Predicate];
    return event => first(event) && second(event);
  }
  return event => {
    for (const test of tests) if (!test(event)) return false;
    return true;
  };
}

function any(tests: Predicate[]): Predicate {
  return event => {
    for (const test of tests) if (test(event)) return true;
    return false;
  };
}

function compileLeaf(field: string, test: Test, now: () => number): Predicate {
  if (test.type === 'span') return compileSpan(reader(field), test.from, test.to, now);
  if (test.type === 'exists' && test.ofItsOwn !== true && field !== '_index') return event => existsAt(event, field);
  const holds = test.type === 'exists' ? hasScalar : ofAnyElement(valueTest(test));
  if (field.includes('.')) return event => anyAt(event, field, holds);
  const read = reader(field);
  return event => holds(read(event));
}

/** A value of an array holds if one of its elements does; objects and null never do. */
function ofAnyElement(matches: ValueTest): (value: unknown) => boolean {
  const holds = (value: unknown): boolean => {
    if (typeof value === 'string' || typeof value === 'number') return matches(value);
    if (value === undefined || value === null) return false;
    if (Array.isArray(value)) return value.some(holds);
    return typeof value !== 'object' && matches(value);
  };
  return holds;
}

/**
 * True if a value at the path holds: however nested objects and literal dotted keys spell it, and in any object of the
 * lists on the way, as Elasticsearch flattens them.
 */
function anyAt(fields: Fields, path: string, holds: (value: unknown) => boolean): boolean {
  if (Object.hasOwn(fields, path) && holds(fields[path])) return true;
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const key = path.slice(0, dot);
    if (Object.hasOwn(fields, key) && anyBelow(fields[key], path.slice(dot + 1), holds)) return true;
  }
  return false;
}

function anyBelow(value: unknown, path: string, holds: (value: unknown) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(element => anyBelow(element, path, holds));
  return isFields(value) && anyAt(value, path, holds);
}

function reader(field: string): (event: Fields) => unknown {
  if (field === '_index') return event => event['_index'] ?? indexOf(event['@timestamp']);
  // hasOwn: an event that came out of JSON.parse inherits `constructor` and the like.
  return event => (Object.hasOwn(event, field) ? event[field] : undefined);
}

function indexOf(timestamp: unknown): string | undefined {
  return typeof timestamp === 'string' ? INDEX_PREFIX + timestamp.slice(0, 10).replaceAll('-', '.') : undefined;
}

/** Something is at the path, or below it: `a.b` exists where `a.b.c` does. */
function existsAt(fields: Fields, path: string): boolean {
  if (anyAt(fields, path, exists)) return true;
  const start = `${path}.`;
  for (const key in fields) if (key.startsWith(start) && exists(fields[key])) return true;
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot);
    if (Object.hasOwn(fields, key) && existsBelow(fields[key], path.slice(dot + 1))) return true;
  }
  return false;
}

function existsBelow(value: unknown, path: string): boolean {
  if (Array.isArray(value)) return value.some(element => existsBelow(element, path));
  return isFields(value) && existsAt(value, path);
}

/** A list or an object exists if something in it does. */
function exists(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.some(exists);
  if (!isFields(value)) return true;
  for (const key in value) if (exists(value[key])) return true;
  return false;
}

function hasScalar(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasScalar);
  return value !== undefined && value !== null && !isFields(value);
}

function valueTest(test: Exclude<Test, { type: 'exists' | 'span' }>): ValueTest {
  switch (test.type) {
    case 'folded':
      return foldedTest(test.values);
    case 'exact': {
      const strings = new Set(test.strings);
      const numbers = new Set(test.numbers);
      return value => (typeof value === 'number' ? numbers.has(value) : strings.has(String(value)));
    }
    case 'pattern': {
      const expression = compileTest(test.expression);
      return value => expression.test(typeof value === 'string' ? value : String(value));
    }
    case 'value': {
      const expression = compileTest(test.expression);
      const { number } = test;
      return value => {
        if (number !== undefined) {
          const found = asNumber(value);
          // Not `===`: a whole number is a bigint when it has many digits.
          if (found !== undefined) return found >= number && found <= number;
        }
        return expression.test(typeof value === 'string' ? value : String(value));
      };
    }
    case 'numbers': {
      const within = numberWithin(test.bounds);
      return value => {
        const number = asNumber(value);
        return number !== undefined && within(number);
      };
    }
    case 'ordered': {
      const within = textWithin(test.texts);
      return value => within(fold(String(value)));
    }
  }
}

function foldedTest(values: string[]): ValueTest {
  if (values.length === 1) {
    const wanted = values[0]!;
    // Folding keeps the length: most values are told apart without it.
    return value => {
      const text = typeof value === 'string' ? value : String(value);
      return text.length === wanted.length && (text === wanted || fold(text) === wanted);
    };
  }
  const wanted = new Set(values);
  return value => wanted.has(fold(String(value)));
}

function asNumber(value: unknown): number | bigint | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' ? exactNumberOf(value) : undefined;
}

function numberWithin(bounds: RangeBounds<number | bigint>): (value: number | bigint) => boolean {
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = bounds;
  return value => value > gt && value >= gte && value < lt && value <= lte;
}

function textWithin({ gt, gte, lt, lte }: RangeBounds<string>): (value: string) => boolean {
  return value =>
    (gt === undefined || compareText(value, gt) > 0) &&
    (gte === undefined || compareText(value, gte) >= 0) &&
    (lt === undefined || compareText(value, lt) < 0) &&
    (lte === undefined || compareText(value, lte) <= 0);
}

function compileSpan(read: (event: Fields) => unknown, from: TimeBound, to: TimeBound, now: () => number): Predicate {
  if (typeof from === 'object' || typeof to === 'object') {
    return event => {
      const time = timeOf(read(event));
      const at = now();
      return time >= (resolveBound(from, at) ?? -Infinity) && time <= (resolveBound(to, at) ?? Infinity);
    };
  }
  const low = from ?? -Infinity;
  const high = to ?? Infinity;
  const plain = (from === undefined || isPlain(from)) && (to === undefined || isPlain(to));
  const lowText = plain && from !== undefined ? isoTime(from) : '';
  const highText = plain && to !== undefined ? isoTime(to) : ':';
  return event => {
    const value = read(event);
    // ISO texts of one length have the order of their times.
    if (plain && typeof value === 'string' && value.length === 24 && value.endsWith('Z')) {
      return value >= lowText && value <= highText;
    }
    const time = timeOf(value);
    return time >= low && time <= high;
  };
}

/** True for the times whose ISO text has a year of four digits. */
const isPlain = (time: number): boolean => time >= 0 && time < 253_402_300_800_000;

/** NaN, which is in no span, for what is not a time. */
function timeOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : typeof value === 'number' ? value : Number.NaN;
}
