import { pythonFormat } from '../python/format.ts';
import { pythonRepr } from '../python/str.ts';
import { DictView, numberOf, Tuple } from '../python/types.ts';
import { spend, step, workOn } from './budget.ts';
import { TemplateError } from './lexer.ts';
import { type Arguments, attribute, type Callable, equal, isMapping, isUndefined, iterate, text } from './values.ts';

/** `value.name(args)`: the methods of Python's texts, lists and dicts that only read. Throws TemplateError for others. */
export function callMethod(value: unknown, name: string, call: Arguments): unknown {
  step();
  workOn(value);
  if (typeof value === 'string') {
    if (!Object.hasOwn(TEXT, name)) throw new TemplateError(`a text has no method "${name}"`);
    return TEXT[name]!(value, call.args, call.named);
  }
  if (Array.isArray(value) && Object.hasOwn(LIST, name)) return LIST[name]!(value, call.args);
  const own = attribute(value, name);
  if (typeof own === 'function') return (own as Callable)(call);
  if (isMapping(value) && Object.hasOwn(DICT, name)) return DICT[name]!(value, call.args);
  const what = isUndefined(value) ? 'a field that is not there' : pythonRepr(value).slice(0, 60);
  throw new TemplateError(`${what} has no method "${name}"`);
}

type Named = ReadonlyMap<string, unknown>;

const pairs = (value: object): Tuple[] => Object.entries(value).map(([key, one]) => Tuple.of2(key, one));

const DICT: Record<string, (value: Record<string, unknown>, args: readonly unknown[]) => unknown> = {
  items: value => DictView.make('dict_items', pairs(value)),
  keys: value => DictView.make('dict_keys', Object.keys(value)),
  values: value => DictView.make('dict_values', Object.values(value)),
  get: (value, args) => {
    const key = text(args[0]);
    return Object.hasOwn(value, key) ? value[key] : (args[1] ?? null);
  },
};

const LIST: Record<string, (value: unknown[], args: readonly unknown[]) => unknown> = {
  count: (value, args) => value.filter(one => equal(one, args[0])).length,
  index: (value, args) => {
    const at = value.findIndex(one => equal(one, args[0]));
    if (at < 0) throw new TemplateError('the list does not have that value');
    return at;
  },
};

/** A text where Python wants one. */
function need(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw new TemplateError(`${name}() wants a text`);
}

const anyOf = (value: unknown, name: string): string[] =>
  (Array.isArray(value) ? value : [value]).map(one => need(one, name));

const WHITE = ' \\t\\n\\r\\x0b\\f\\x1c-\\x1f\\x85\\p{Z}';

function strip(value: string, chars: unknown, sides: 'left' | 'right' | 'both'): string {
  const set = chars === undefined || chars === null ? WHITE : need(chars, 'strip').replace(/[\\\]^-]/g, '\\$&');
  if (set === '') return value;
  const from = sides === 'right' ? value : value.replace(new RegExp(`^[${set}]+`, 'u'), '');
  if (sides === 'left') return from;
  // From the end backwards: an expression for the end would try every run of blanks inside the text.
  const isIn = new RegExp(`^[${set}]$`, 'u');
  const characters = [...from];
  let end = characters.length;
  while (end > 0 && isIn.test(characters[end - 1]!)) end--;
  return characters.slice(0, end).join('');
}

function split(value: string, args: readonly unknown[], named: Named): string[] {
  const separator = args[0] ?? named.get('sep');
  const most = numberOf(args[1] ?? named.get('maxsplit')) ?? -1;
  if (separator === undefined || separator === null) {
    const words = value.match(/\S+/g) ?? [];
    spend(words.length);
    if (most < 0 || words.length <= most + 1) return words;
    const head = words.slice(0, most);
    let rest = value.trimStart();
    for (const word of head) rest = rest.slice(word.length).trimStart();
    return [...head, rest];
  }
  const by = need(separator, 'split');
  if (by === '') throw new TemplateError('split() wants a separator that is not empty');
  const parts = value.split(by);
  spend(parts.length);
  if (most < 0 || parts.length <= most + 1) return parts;
  return [...parts.slice(0, most), parts.slice(most).join(by)];
}

function rsplit(value: string, args: readonly unknown[], named: Named): string[] {
  const separator = args[0] ?? named.get('sep');
  const most = numberOf(args[1] ?? named.get('maxsplit')) ?? -1;
  const parts = split(value, [separator], new Map());
  if (most < 0 || parts.length <= most + 1) return parts;
  const by = separator === undefined || separator === null ? ' ' : need(separator, 'rsplit');
  return [parts.slice(0, parts.length - most).join(by), ...parts.slice(parts.length - most)];
}

function partition(value: string, separator: unknown, last: boolean): Tuple {
  const by = need(separator, 'partition');
  const at = last ? value.lastIndexOf(by) : value.indexOf(by);
  if (at < 0) return last ? Tuple.of2('', '', value) : Tuple.of2(value, '', '');
  return Tuple.of2(value.slice(0, at), by, value.slice(at + by.length));
}

function pad(value: string, args: readonly unknown[], align: 'left' | 'right' | 'center'): string {
  const width = numberOf(args[0]) ?? 0;
  const fill = args[1] === undefined ? ' ' : need(args[1], 'ljust');
  const missing = width - [...value].length;
  if (missing <= 0) return value;
  spend(missing);
  if (align === 'left') return value + fill.repeat(missing);
  if (align === 'right') return fill.repeat(missing) + value;
  // Python puts the odd one to the left when the width is odd.
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return fill.repeat(left) + value + fill.repeat(missing - left);
}

/** How often Python finds it: without overlaps, and an empty text around each character. */
function countOf(value: string, part: string): number {
  return part === '' ? [...value].length + 1 : value.split(part).length - 1;
}

export function replaceText(value: string, old: string, other: string, most: number): string {
  const times = most < 0 ? countOf(value, old) : Math.min(most, countOf(value, old));
  spend(value.length + times * other.length);
  if (most < 0) return value.replaceAll(old, () => other);
  let left = times;
  return value.replaceAll(old, found => (left-- > 0 ? other : found));
}

export const titleCase = (value: string): string =>
  value.replace(/\p{L}+/gu, word => word[0]!.toUpperCase() + word.slice(1).toLowerCase());

export const capitalized = (value: string): string => value.slice(0, 1).toUpperCase() + value.slice(1).toLowerCase();

export const hasCase = (value: string): boolean => value.toUpperCase() !== value.toLowerCase();

const TEXT: Record<string, (value: string, args: readonly unknown[], named: Named) => unknown> = {
  upper: value => value.toUpperCase(),
  lower: value => value.toLowerCase(),
  casefold: value => value.toLowerCase(),
  swapcase: value => [...value].map(c => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join(''),
  strip: (value, args) => strip(value, args[0], 'both'),
  lstrip: (value, args) => strip(value, args[0], 'left'),
  rstrip: (value, args) => strip(value, args[0], 'right'),
  title: titleCase,
  capitalize: capitalized,
  startswith: (value, args) => anyOf(args[0], 'startswith').some(start => value.startsWith(start)),
  endswith: (value, args) => anyOf(args[0], 'endswith').some(end => value.endsWith(end)),
  removeprefix: (value, args) => {
    const prefix = need(args[0], 'removeprefix');
    return value.startsWith(prefix) ? value.slice(prefix.length) : value;
  },
  removesuffix: (value, args) => {
    const suffix = need(args[0], 'removesuffix');
    return suffix !== '' && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value;
  },
  replace: (value, args) =>
    replaceText(value, need(args[0], 'replace'), need(args[1], 'replace'), numberOf(args[2]) ?? -1),
  split,
  rsplit,
  splitlines: value => {
    const lines = value.split(/\r\n|\r|\n/);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  },
  partition: (value, args) => partition(value, args[0], false),
  rpartition: (value, args) => partition(value, args[0], true),
  join: (value, args) => {
    const items = iterate(args[0]).map(one => need(one, 'join'));
    spend(items.reduce((sum, one) => sum + one.length + value.length, 0));
    return items.join(value);
  },
  find: (value, args) => value.indexOf(need(args[0], 'find')),
  rfind: (value, args) => value.lastIndexOf(need(args[0], 'rfind')),
  index: (value, args) => {
    const at = value.indexOf(need(args[0], 'index'));
    if (at < 0) throw new TemplateError('the text does not have that part');
    return at;
  },
  count: (value, args) => countOf(value, need(args[0], 'count')),
  ljust: (value, args) => pad(value, args, 'left'),
  rjust: (value, args) => pad(value, args, 'right'),
  center: (value, args) => pad(value, args, 'center'),
  zfill: (value, args) => {
    const missing = (numberOf(args[0]) ?? 0) - value.length;
    if (missing <= 0) return value;
    spend(missing);
    return /^[-+]/.test(value) ? value[0] + '0'.repeat(missing) + value.slice(1) : '0'.repeat(missing) + value;
  },
  format: (value, args, named) => {
    const names = Object.assign(Object.create(null), Object.fromEntries(named)) as Record<string, unknown>;
    return pythonFormat(value, { positional: args, named: names });
  },
  isdigit: value => /^\p{Nd}+$/u.test(value),
  isnumeric: value => /^\p{N}+$/u.test(value),
  isalpha: value => /^\p{L}+$/u.test(value),
  isalnum: value => /^[\p{L}\p{N}]+$/u.test(value),
  isspace: value => /^\s+$/u.test(value),
  isupper: value => hasCase(value) && value === value.toUpperCase(),
  islower: value => hasCase(value) && value === value.toLowerCase(),
};
