import { GoTemplateError } from './errors.ts';
import { sprintf } from './printf.ts';
import { matches, replaceAll } from './regexps.ts';
import {
  argumentCount,
  GoFloat,
  GoHtml,
  GoMap,
  GoSlice,
  type Method,
  numberArgument,
  shown,
  textArgument,
  isTrue as truth,
  typeOf,
  type Value,
} from './values.ts';

/** One text in, one text out. */
const ofText =
  (name: string, work: (text: string) => string): Method =>
  (...args) => {
    argumentCount(args, 1, 1, name);
    return work(textArgument(args[0], name));
  };

const isAny = (value: Value): boolean => value !== undefined;

/** Go's own functions, and Alertmanager's. `and` and `or` are with the evaluation: they do not look at all arguments. */
export const FUNCTIONS: Readonly<Record<string, Method>> = {
  // Alertmanager's
  toUpper: ofText('toUpper', text => text.toUpperCase()),
  toLower: ofText('toLower', text => text.toLowerCase()),
  title: ofText('title', title),
  trimSpace: ofText('trimSpace', text => text.trim()),
  join: (...args) => {
    argumentCount(args, 2, 2, 'join');
    const [separator, list] = args;
    if (!(list instanceof GoSlice))
      throw new GoTemplateError(`join: wrong type of argument: []string wanted, ${typeOf(list)} given`);
    return list.items.map(item => textArgument(item, 'join')).join(textArgument(separator, 'join'));
  },
  match: (...args) => {
    argumentCount(args, 2, 2, 'match');
    return matches(textArgument(args[0], 'match'), textArgument(args[1], 'match'));
  },
  safeHtml: (...args) => {
    argumentCount(args, 1, 1, 'safeHtml');
    return new GoHtml(textArgument(args[0], 'safeHtml'));
  },
  reReplaceAll: (...args) => {
    argumentCount(args, 3, 3, 'reReplaceAll');
    const [pattern, replacement, text] = args.map(arg => textArgument(arg, 'reReplaceAll'));
    return replaceAll(pattern!, replacement!, text!);
  },
  stringSlice: (...args) => new GoSlice(args.map(arg => textArgument(arg, 'stringSlice'))),
  // Go's
  len: (...args) => {
    argumentCount(args, 1, 1, 'len');
    const [value] = args;
    if (typeof value === 'string') return Buffer.byteLength(value);
    if (value instanceof GoHtml) return Buffer.byteLength(value.text);
    if (value instanceof GoMap) return value.entries.size;
    if (value instanceof GoSlice) return value.items.length;
    throw new GoTemplateError(`len of type ${typeOf(value)}`);
  },
  index: (...args) => {
    argumentCount(args, 1, 100, 'index');
    return args.slice(1).reduce(at, args[0]);
  },
  slice: (...args) => {
    argumentCount(args, 1, 3, 'slice');
    const [value, ...ends] = args;
    if (!(value instanceof GoSlice) && typeof value !== 'string')
      throw new GoTemplateError(`slice of type ${typeOf(value)}`);
    const bytes = typeof value === 'string' ? Buffer.from(value) : value.items;
    const [from = 0, to = bytes.length] = ends.map(end => numberArgument(end, 'slice'));
    if (from < 0 || to > bytes.length || from > to)
      throw new GoTemplateError(`slice: index out of range: ${Math.max(from, to)}`);
    return typeof value === 'string'
      ? (bytes.slice(from, to) as Buffer).toString()
      : new GoSlice(value.items.slice(from, to), value.type, value.methods);
  },
  not: (...args) => {
    argumentCount(args, 1, 1, 'not');
    return !truth(args[0]);
  },
  print: (...args) => sprint(args),
  println: (...args) => `${args.map(shownArgument).join(' ')}\n`,
  printf: (...args) => {
    argumentCount(args, 1, 1000, 'printf');
    return sprintf(textArgument(args[0], 'printf'), args.slice(1));
  },
  html: (...args) => escapeHtml(sprint(args)),
  urlquery: (...args) =>
    encodeURIComponent(sprint(args))
      .replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+'),
  js: (...args) => escapeJs(sprint(args)),
  eq: (...args) => {
    argumentCount(args, 2, 100, 'eq');
    const [first, ...others] = args;
    for (const other of others) if (isEqual(first, other)) return true;
    return false;
  },
  ne: (...args) => {
    argumentCount(args, 2, 2, 'ne');
    return !isEqual(args[0], args[1]);
  },
  lt: (...args) => order('lt', args) < 0,
  le: (...args) => order('le', args) <= 0,
  gt: (...args) => order('gt', args) > 0,
  ge: (...args) => order('ge', args) >= 0,
};

function at(value: Value, key: Value): Value {
  if (value instanceof GoMap) {
    if (typeof key !== 'string') throw new GoTemplateError(`index: value has type ${typeOf(key)}; should be string`);
    return value.entries.get(key) ?? '';
  }
  if (!(value instanceof GoSlice) && typeof value !== 'string')
    throw new GoTemplateError(
      value === undefined || value === null ? 'index of untyped nil' : `index of type ${typeOf(value)}`,
    );
  const items: ArrayLike<Value> = typeof value === 'string' ? Buffer.from(value) : value.items;
  if (typeof key !== 'number') throw new GoTemplateError(`index: cannot index slice/array with type ${typeOf(key)}`);
  if (key < 0 || key >= items.length) throw new GoTemplateError(`index: index out of range: ${key}`);
  return items[key];
}

const shownArgument = (value: Value): string => (value === undefined ? '<nil>' : shown(value));

/** A blank between two of which neither is a text. */
export function sprint(args: readonly Value[]): string {
  let out = '';
  for (const [i, arg] of args.entries()) {
    if (i > 0 && !isText(arg) && !isText(args[i - 1])) out += ' ';
    out += shownArgument(arg);
  }
  return out;
}

const isText = (value: Value): boolean => typeof value === 'string' || value instanceof GoHtml;

type Basic = string | number | boolean | GoFloat;

function basic(value: Value): Basic {
  if (value instanceof GoHtml) return value.text;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof GoFloat)
    return value;
  throw new GoTemplateError(`values of type ${typeOf(value)} cannot be compared`);
}

function isEqual(a: Value, b: Value): boolean {
  if (!isAny(a) || a === null || !isAny(b) || b === null) return (a ?? null) === (b ?? null);
  const [left, right] = [basic(a), basic(b)];
  if (typeOf(left) !== typeOf(right)) throw new GoTemplateError('incompatible types for comparison');
  return left instanceof GoFloat ? left.value === (right as GoFloat).value : left === right;
}

function order(name: string, args: readonly Value[]): number {
  argumentCount(args, 2, 2, name);
  const [left, right] = [basic(args[0]), basic(args[1])];
  if (typeOf(left) !== typeOf(right)) throw new GoTemplateError('incompatible types for comparison');
  if (typeof left === 'boolean') throw new GoTemplateError('invalid type for comparison');
  if (typeof left === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right as string));
  const [x, y] = [left, right].map(one => (one instanceof GoFloat ? one.value : (one as number)));
  return x! < y! ? -1 : x! > y! ? 1 : 0;
}

/** What Unicode takes for a word, as far as texts of alerts go. */
const WORD = /[\p{L}\p{M}\p{N}_]+(?:(?:(?<=\p{L})['’.:·](?=\p{L})|(?<=\p{N})['’.,;](?=\p{N}))[\p{L}\p{M}\p{N}_]+)*/gu;

/** The first letter of each word large, the others small. */
function title(text: string): string {
  return text.replace(WORD, word => {
    const at = word.search(/\p{L}/u);
    if (at < 0) return word;
    const first = String.fromCodePoint(word.codePointAt(at)!);
    return word.slice(0, at) + first.toUpperCase() + word.slice(at + first.length).toLowerCase();
  });
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  '\0': '\ufffd',
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"'\0]/g, char => HTML[char]!);

function escapeJs(text: string): string {
  return text.replace(/[\\'"<>&=\x00-\x1f\u2028\u2029]/g, char => {
    if (char === '\\') return '\\\\';
    if (char === "'" || char === '"') return `\\${char}`;
    return `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
}
