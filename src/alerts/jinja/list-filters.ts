import { byCodePoint } from '../python/str.ts';
import { numberOf, Tuple } from '../python/types.ts';
import { spend, step, work } from './budget.ts';
import type { JinjaFilter } from './filter.ts';
import { TemplateError } from './lexer.ts';
import { OPERATORS } from './numbers.ts';
import { applyTest, hasTest } from './tests.ts';
import { attributePath, equal, isMapping, iterate, order, text, truthy, UNDEFINED } from './values.ts';

/** Texts are compared without regard to case, unless `case_sensitive`; several attributes stand with commas. */
function sorter(by: unknown, isExact: unknown): (a: unknown, b: unknown) => number {
  const fold = (value: unknown): unknown =>
    typeof value === 'string' && !truthy(isExact) ? value.toLowerCase() : value;
  const paths = by === undefined || by === null ? [undefined] : typeof by === 'string' ? by.split(',') : [by];
  return (a, b) => {
    step();
    for (const path of paths) {
      const [x, y] = [a, b].map(one => fold(path === undefined ? one : attributePath(one, path)));
      const found = typeof x === 'string' && typeof y === 'string' ? byCodePoint(x, y) : order(x, y);
      if (Number.isNaN(found)) throw new TemplateError('sort wants values of one kind');
      if (found !== 0) return found;
    }
    return 0;
  };
}

const sort: JinjaFilter = (value, args, named) => {
  const reverse = truthy(args[0] ?? named.get('reverse'));
  const compare = sorter(args[2] ?? named.get('attribute'), args[1] ?? named.get('case_sensitive'));
  return [...iterate(value)].sort((a, b) => (reverse ? compare(b, a) : compare(a, b)));
};

const dictsort: JinjaFilter = (value, args, named) => {
  if (!isMapping(value)) throw new TemplateError('dictsort wants a mapping');
  const by = text(args[1] ?? named.get('by') ?? 'key') === 'value' ? 1 : 0;
  const compare = sorter(by, args[0] ?? named.get('case_sensitive'));
  const reverse = truthy(args[2] ?? named.get('reverse'));
  const items = Object.entries(value).map(([key, one]) => Tuple.of2(key, one));
  return items.sort((a, b) => (reverse ? compare(b, a) : compare(a, b)));
};

const select =
  (keep: boolean, byAttribute: boolean): JinjaFilter =>
  (value, args) => {
    const [path, name, ...rest] = byAttribute ? args : [undefined, ...args];
    const test = name === undefined ? undefined : text(name);
    if (test !== undefined && !hasTest(test)) throw new TemplateError(`there is no test "${test}"`);
    if (!truthy(value)) return [];
    return iterate(value).filter(one => {
      step();
      const tested = byAttribute ? attributePath(one, path) : one;
      return (test === undefined ? truthy(tested) : applyTest(test, tested, rest)) === keep;
    });
  };

const join: JinjaFilter = (value, args, named) => {
  const by = named.get('attribute') ?? args[1];
  const items = iterate(value).map(one => text(by === undefined ? one : attributePath(one, by)));
  const between = text(args[0] ?? named.get('d') ?? '');
  spend(items.reduce((sum, one) => sum + one.length + between.length, 0));
  return items.join(between);
};

const extreme =
  (sign: number): JinjaFilter =>
  (value, args, named) => {
    const compare = sorter(args[1] ?? named.get('attribute'), args[0] ?? named.get('case_sensitive'));
    const items = iterate(value);
    return items.length === 0 ? UNDEFINED : items.reduce((a, b) => (compare(b, a) * sign > 0 ? b : a));
  };

const sum: JinjaFilter = (value, args, named) => {
  const by = args[0] ?? named.get('attribute');
  const items = iterate(value).map(one => (by === undefined || by === null ? one : attributePath(one, by)));
  work(5 * items.length);
  return items.reduce((total, one) => OPERATORS['+']!(total, one), args[1] ?? named.get('start') ?? 0);
};

const unique: JinjaFilter = (value, args, named) => {
  const by = args[1] ?? named.get('attribute');
  const isExact = truthy(args[0] ?? named.get('case_sensitive'));
  const seen: unknown[] = [];
  return iterate(value).filter(one => {
    const found = by === undefined || by === null ? one : attributePath(one, by);
    const key = typeof found === 'string' && !isExact ? found.toLowerCase() : found;
    work(seen.length);
    if (seen.some(other => equal(other, key))) return false;
    seen.push(key);
    return true;
  });
};

const groupby: JinjaFilter = (value, args, named) => {
  const by = args[0] ?? named.get('attribute');
  const fallback = args[1] ?? named.get('default');
  const isExact = args[2] ?? named.get('case_sensitive');
  const keyOf = (one: unknown): unknown => {
    const found = attributePath(one, by);
    return found === UNDEFINED && fallback !== undefined ? fallback : found;
  };
  const fold = (key: unknown): unknown => (typeof key === 'string' && !truthy(isExact) ? key.toLowerCase() : key);
  const keyed = iterate(value).map(one => Tuple.of2(keyOf(one), one));
  const groups: Group[] = [];
  for (const [key, one] of keyed.sort(sorter(0, isExact))) {
    const last = groups.at(-1);
    if (last !== undefined && equal(fold(last[0]), fold(key))) (last[1] as unknown[]).push(one);
    else groups.push(Group.make(key, one));
  }
  return groups;
};

/** `(grouper, list)`. */
class Group extends Tuple {
  static make(key: unknown, first: unknown): Group {
    const group = new Group();
    group.push(key, [first]);
    return group;
  }
}

/** The names that a group of `groupby` answers to. */
export const groupAttribute = (value: unknown, name: string): unknown =>
  value instanceof Group && (name === 'grouper' || name === 'list') ? value[name === 'grouper' ? 0 : 1] : undefined;

const batch: JinjaFilter = (value, args, named) => {
  const size = numberOf(args[0] ?? named.get('linecount')) ?? 0;
  if (size < 1) throw new TemplateError('batch wants a number above 0');
  const fill = args[1] ?? named.get('fill_with');
  const items = Array.from(iterate(value));
  const rows: unknown[][] = [];
  for (let i = 0; i < items.length; i += size) rows.push(items.slice(i, i + size));
  const last = rows.at(-1);
  if (fill !== undefined && fill !== null && last !== undefined) {
    spend(size);
    while (last.length < size) last.push(fill);
  }
  return rows;
};

const slices: JinjaFilter = (value, args, named) => {
  const count = numberOf(args[0] ?? named.get('slices')) ?? 0;
  if (count < 1) throw new TemplateError('slice wants a number above 0');
  spend(count);
  const fill = args[1] ?? named.get('fill_with');
  const items = Array.from(iterate(value));
  const [each, more] = [Math.floor(items.length / count), items.length % count];
  let at = 0;
  return Array.from({ length: count }, (_, i) => {
    const row = items.slice(at, at + each + (i < more ? 1 : 0));
    at += row.length;
    if (fill !== undefined && fill !== null && i >= more) row.push(fill);
    return row;
  });
};

/** Filters that go over the items of a value. */
export const LIST_FILTERS: Record<string, JinjaFilter> = {
  batch,
  dictsort,
  first: value => (iterate(value).length === 0 ? UNDEFINED : iterate(value)[0]),
  groupby,
  items: value => (isMapping(value) ? Object.entries(value).map(([key, one]) => Tuple.of2(key, one)) : []),
  join,
  last: value => (iterate(value).length === 0 ? UNDEFINED : iterate(value).at(-1)),
  list: value => Array.from(iterate(value)),
  max: extreme(1),
  min: extreme(-1),
  reject: select(false, false),
  rejectattr: select(false, true),
  reverse: value => (typeof value === 'string' ? [...value].reverse().join('') : Array.from(iterate(value)).reverse()),
  select: select(true, false),
  selectattr: select(true, true),
  slice: slices,
  sort,
  sum,
  unique,
};
