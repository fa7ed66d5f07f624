import { isFields } from '../../core/event.ts';
import { formatValue } from '../python/format.ts';
import { byCodePoint, pythonJson } from '../python/str.ts';
import { attribute, call, equal, isUndefined, iterate, text, truthy, UNDEFINED } from './values.ts';

type Named = ReadonlyMap<string, unknown>;
type Filter = (value: unknown, args: readonly unknown[], named: Named) => unknown;
type Test = (value: unknown, args: readonly unknown[]) => boolean;

export const hasFilter = (name: string): boolean => Object.hasOwn(FILTERS, name);
export const hasTest = (name: string): boolean => Object.hasOwn(TESTS, name);

export function applyFilter(name: string, value: unknown, args: readonly unknown[], named: Named): unknown {
  return FILTERS[name]!(value, args, named);
}

export function applyTest(name: string, value: unknown, args: readonly unknown[]): boolean {
  return TESTS[name]!(value, args);
}

const method =
  (name: string): Filter =>
  value =>
    call(text(value), name, []);

const fallback: Filter = (value, args, named) => {
  const other = args[0] ?? named.get('default_value') ?? '';
  const falsyToo = truthy(args[1] ?? named.get('boolean'));
  return isUndefined(value) || (falsyToo && !truthy(value)) ? other : value;
};

/** Jinja cuts at `length` and the end mark counts; a text that is at most `leeway` longer stays whole. */
const truncate: Filter = (value, args, named) => {
  const chars = [...text(value)];
  const length = Number(args[0] ?? named.get('length') ?? 255);
  const killWords = truthy(args[1] ?? named.get('killwords') ?? false);
  const end = text(args[2] ?? named.get('end') ?? '...');
  const leeway = Number(args[3] ?? named.get('leeway') ?? 5);
  if (chars.length <= length + leeway) return chars.join('');
  const cut = chars.slice(0, Math.max(0, length - [...end].length)).join('');
  if (killWords) return cut + end;
  const space = cut.lastIndexOf(' ');
  return (space < 0 ? cut : cut.slice(0, space)) + end;
};

/** Half to even, as Python; then a float, so that whole numbers print with `.0`: `|int` follows where that matters. */
const round: Filter = (value, args, named) => {
  const number = Number(value);
  const digits = Number(args[0] ?? named.get('precision') ?? 0);
  const how = text(args[1] ?? named.get('method') ?? 'common');
  const scale = 10 ** digits;
  const scaled = number * scale;
  if (how === 'ceil') return Math.ceil(scaled) / scale;
  if (how === 'floor') return Math.floor(scaled) / scale;
  const low = Math.floor(scaled);
  const rest = scaled - low;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  return (low + (up ? 1 : 0)) / scale;
};

const toInt: Filter = (value, args) => {
  const number =
    typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : Number.parseFloat(text(value));
  return Number.isFinite(number) ? Math.trunc(number) : (args[0] ?? 0);
};

const length: Filter = value => (isFields(value) ? Object.keys(value).length : iterate(value).length);

const sort: Filter = (value, args, named) => {
  const by = named.get('attribute');
  const pick = (one: unknown): unknown => (by === undefined ? one : attribute(one, text(by)));
  const sorted = [...iterate(value)].sort((a, b) => {
    const [x, y] = [pick(a), pick(b)];
    return typeof x === 'number' && typeof y === 'number'
      ? x - y
      : byCodePoint(text(x).toLowerCase(), text(y).toLowerCase());
  });
  return truthy(args[0] ?? named.get('reverse')) ? sorted.reverse() : sorted;
};

const select =
  (keep: boolean): Filter =>
  (value, args) =>
    iterate(value).filter(
      one => (args.length === 0 ? truthy(one) : (TESTS[text(args[0])]?.(one, args.slice(1)) ?? false)) === keep,
    );

const map: Filter = (value, args, named) => {
  const by = named.get('attribute');
  if (by !== undefined) return iterate(value).map(one => attribute(one, text(by)));
  const name = text(args[0]);
  return hasFilter(name) ? iterate(value).map(one => applyFilter(name, one, args.slice(1), named)) : iterate(value);
};

const join: Filter = (value, args, named) => {
  const by = named.get('attribute') ?? args[1];
  const items = iterate(value).map(one => (by === undefined ? one : attribute(one, text(by))));
  return items.map(text).join(text(args[0] ?? named.get('d') ?? ''));
};

const escapeHtml: Filter = value =>
  text(value).replace(
    /[&<>"']/g,
    char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' })[char]!,
  );

/** Safe inside HTML as Jinja does it: `<`, `>`, `&` and `'` as escapes. */
const toJson: Filter = (value, args, named) => {
  const indent = args[0] ?? named.get('indent');
  const options = typeof indent === 'number' ? { indent, sortKeys: true } : { sortKeys: true };
  return pythonJson(isUndefined(value) ? null : value, options).replace(
    /[<>&']/g,
    char => `\\u00${char.charCodeAt(0).toString(16)}`,
  );
};

const indent: Filter = (value, args, named) => {
  const pad = ' '.repeat(Math.min(100, Number(args[0] ?? named.get('width') ?? 4)));
  const first = truthy(args[1] ?? named.get('first') ?? false);
  const body = text(value).replace(/\n(?!\n|$)/g, `\n${pad}`);
  return first ? pad + body : body;
};

const format: Filter = (value, args) => {
  let next = 0;
  return text(value).replace(/%(?:(%)|(?:\.(\d+))?([sdf]))/g, (_, percent, digits, type: string) => {
    if (percent !== undefined) return '%';
    const one = args[next++];
    if (type === 's') return text(one);
    return formatValue(Number(one), type === 'd' ? 'd' : `.${digits ?? 6}f`);
  });
};

const FILTERS: Record<string, Filter> = {
  abs: value => Math.abs(Number(value)),
  capitalize: method('capitalize'),
  count: length,
  d: fallback,
  default: fallback,
  dictsort: value => (isFields(value) ? Object.entries(value).sort((a, b) => byCodePoint(a[0], b[0])) : []),
  e: escapeHtml,
  escape: escapeHtml,
  first: value => iterate(value)[0] ?? UNDEFINED,
  float: (value, args) => (Number.isFinite(Number(value)) ? Number(value) : (args[0] ?? 0)),
  format,
  indent,
  int: toInt,
  items: value => (isFields(value) ? Object.entries(value) : []),
  join,
  last: value => iterate(value).at(-1) ?? UNDEFINED,
  length,
  list: iterate,
  lower: method('lower'),
  map,
  max: value => iterate(value).reduce((a, b) => (Number(b) > Number(a) ? b : a), iterate(value)[0] ?? UNDEFINED),
  min: value => iterate(value).reduce((a, b) => (Number(b) < Number(a) ? b : a), iterate(value)[0] ?? UNDEFINED),
  reject: select(false),
  replace: (value, args) => text(value).replaceAll(text(args[0]), () => text(args[1])),
  reverse: value => (typeof value === 'string' ? [...value].reverse().join('') : [...iterate(value)].reverse()),
  round,
  safe: value => value,
  select: select(true),
  sort,
  string: value => text(value),
  striptags: value =>
    text(value)
      .replace(/<[^>]*>/g, '')
      .replace(/\s+/g, ' ')
      .trim(),
  sum: value => iterate(value).reduce<number>((total, one) => total + Number(one), 0),
  title: method('title'),
  tojson: toJson,
  trim: method('strip'),
  truncate,
  unique: value => iterate(value).filter((one, i, all) => all.findIndex(other => equal(one, other)) === i),
  upper: method('upper'),
  urlencode: value => encodeURIComponent(text(value)),
  wordcount: value => (text(value).match(/\w+/g) ?? []).length,
};

const TESTS: Record<string, Test> = {
  boolean: value => typeof value === 'boolean',
  defined: value => !isUndefined(value),
  divisibleby: (value, args) => Number(value) % Number(args[0]) === 0,
  eq: (value, args) => equal(value, args[0]),
  equalto: (value, args) => equal(value, args[0]),
  even: value => Number(value) % 2 === 0,
  false: value => value === false,
  float: value => typeof value === 'number' && !Number.isInteger(value),
  in: (value, args) =>
    iterate(args[0]).some(one => equal(one, value)) || (typeof args[0] === 'string' && args[0].includes(text(value))),
  integer: value => Number.isInteger(value),
  iterable: value => typeof value === 'string' || Array.isArray(value) || isFields(value),
  lower: value => text(value) === text(value).toLowerCase(),
  mapping: value => isFields(value),
  ne: (value, args) => !equal(value, args[0]),
  none: value => value === null,
  number: value => typeof value === 'number',
  odd: value => Math.abs(Number(value) % 2) === 1,
  sequence: value => typeof value === 'string' || Array.isArray(value),
  string: value => typeof value === 'string',
  true: value => value === true,
  undefined: value => isUndefined(value),
  upper: value => text(value) === text(value).toUpperCase(),
};
