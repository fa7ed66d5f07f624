import {
  type CharSet,
  DIGIT,
  intersect,
  MAX_CODE_POINT,
  negate,
  SPACE,
  single,
  union,
  VERTICAL,
  WORD,
} from './char-set.ts';
import { membersOf, posixSet, unicodeSet } from './classes.ts';

/** POSIX names as Java spells them; ASCII. */
const POSIX = /^(?:Lower|Upper|Alpha|Digit|Alnum|Punct|Graph|Print|Blank|Cntrl|XDigit|Space|ASCII)$/;

/** Java's own names, and those of Unicode that ECMAScript spells otherwise. */
const PROPERTIES: Record<string, string> = {
  javaLowerCase: '\\p{Lowercase}',
  javaUpperCase: '\\p{Uppercase}',
  javaAlphabetic: '\\p{Alphabetic}',
  javaLetter: '\\p{L}',
  javaDigit: '\\p{Nd}',
  javaLetterOrDigit: '\\p{L}\\p{Nd}',
  javaWhitespace: '\\x20\\t\\n\\x0b\\f\\r\\x1c-\\x1f\\u1680\\u2000-\\u2006\\u2008-\\u200a\\u2028\\u2029\\u205f\\u3000',
  javaSpaceChar: '\\p{Z}',
  IsAlphabetic: '\\p{Alphabetic}',
  IsLetter: '\\p{L}',
  IsDigit: '\\p{Nd}',
  IsLowercase: '\\p{Lowercase}',
  IsUppercase: '\\p{Uppercase}',
  IsPunctuation: '\\p{P}',
  IsControl: '\\p{Cc}',
  IsWhite_Space: '\\p{White_Space}',
  IsWhiteSpace: '\\p{White_Space}',
  IsIdeographic: '\\p{Ideographic}',
  IsAssigned: '\\p{Assigned}',
  IsEmoji: '\\p{Emoji}',
  L1: '\\x00-\\xff',
};

const SHORT: Record<string, CharSet> = {
  d: DIGIT,
  w: WORD,
  s: SPACE,
  h: [
    9, 9, 32, 32, 0xa0, 0xa0, 0x1680, 0x1680, 0x180e, 0x180e, 0x2000, 0x200a, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000,
    0x3000,
  ],
  v: VERTICAL,
};

const CHARS: Record<string, number> = { t: 0x09, n: 0x0a, r: 0x0d, f: 0x0c, a: 0x07, e: 0x1b };

/** A set, and where it ends in the source. */
export interface ReadSet {
  readonly set: CharSet;
  readonly end: number;
}

const MAX_DEPTH = 50;

/** The class that begins at `at` with its `[`. `fold` adds the other case where `(?i)` is set. */
export function readClass(
  source: string,
  at: number,
  isExtended: boolean,
  fold: (set: CharSet) => CharSet,
  depth = 0,
): ReadSet {
  if (depth > MAX_DEPTH) throw new SyntaxError('classes are nested too deeply');
  let i = at + 1;
  const isNegated = source[i] === '^';
  if (isNegated) i++;
  const first = i;
  /** What stands before each `&&`, and what follows the last. */
  const parts: CharSet[] = [];
  let part: CharSet | undefined;
  for (;;) {
    const char = source[i];
    if (char === undefined) throw new SyntaxError('a class is not closed');
    if (char === ']' && (i > first || depth > 0)) break;
    if (isExtended && /\s/.test(char)) i++;
    else if (source.startsWith('&&', i)) {
      while (source[i] === '&') i++;
      if (part !== undefined) parts.push(part);
      part = undefined;
    } else {
      const inner = char === '[' ? readClass(source, i, isExtended, fold, depth + 1) : readItem(source, i, fold);
      part = part === undefined ? inner.set : union(part, inner.set);
      i = inner.end;
    }
  }
  if (part !== undefined) parts.push(part);
  const set = parts.length === 0 ? [] : parts.reduce(intersect);
  return { set: isNegated ? negate(set) : set, end: i + 1 };
}

/** A set (`\d`, `\p{L}`) that is escaped at `at`; undefined when there is none. */
export function readEscapedSet(source: string, at: number): ReadSet | undefined {
  if (source[at] !== '\\') return undefined;
  const letter = source[at + 1] ?? '';
  const short = SHORT[letter.toLowerCase()];
  if (short !== undefined) return { set: letter < 'a' ? negate(short) : short, end: at + 2 };
  if (letter !== 'p' && letter !== 'P') return undefined;
  PROPERTY.lastIndex = at;
  const named = PROPERTY.exec(source);
  if (named === null) return undefined;
  const set = propertyOf((named[2] ?? named[3]!).trim());
  return { set: named[1] === 'P' ? negate(set) : set, end: PROPERTY.lastIndex };
}

const PROPERTY = /\\([pP])(?:\{([\w=. -]+)\}|([A-Z]))/y;

/** The character that is escaped at `at`; undefined for letters and digits that mean something else (anchors, references). */
export function readEscapedChar(source: string, at: number): { code: number; end: number } | undefined {
  CODE.lastIndex = at;
  const code = CODE.exec(source);
  if (code !== null) {
    const [, short, long, unit, octal, control] = code;
    const hex = short ?? long ?? unit;
    let point = control === undefined ? Number.parseInt(octal ?? '0', 8) : control.charCodeAt(0) ^ 64;
    if (hex !== undefined) point = Number.parseInt(hex, 16);
    if (point > MAX_CODE_POINT) throw new SyntaxError(`${code[0]} is no character`);
    return { code: point, end: CODE.lastIndex };
  }
  const char = source.codePointAt(at + 1);
  if (char === undefined) return undefined;
  const text = String.fromCodePoint(char);
  if (Object.hasOwn(CHARS, text)) return { code: CHARS[text]!, end: at + 2 };
  return /^[A-Za-z0-9]$/.test(text) ? undefined : { code: char, end: at + 1 + text.length };
}

const CODE = /\\(?:x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|0([0-3]?[0-7]{1,2})|c([@-_]))/y;

/** What `\Q` and `\E` keep as it is, from `at` on; undefined when nothing is quoted there. */
export function readQuoted(source: string, at: number): { text: string; end: number } | undefined {
  if (!source.startsWith('\\Q', at)) return undefined;
  const close = source.indexOf('\\E', at);
  return close < 0
    ? { text: source.slice(at + 2), end: source.length }
    : { text: source.slice(at + 2, close), end: close + 2 };
}

/** A range, a set or a character inside of a class. */
function readItem(source: string, at: number, fold: (set: CharSet) => CharSet): ReadSet {
  const escaped = readEscapedSet(source, at);
  if (escaped !== undefined) return { set: fold(escaped.set), end: escaped.end };
  const quoted = readQuoted(source, at);
  if (quoted !== undefined) {
    const members = [...quoted.text].map(char => single(char.codePointAt(0)!));
    return { set: fold(union(...members)), end: quoted.end };
  }
  const low = readMember(source, at);
  const next = source[low.end + 1];
  const isRange =
    source[low.end] === '-' &&
    next !== undefined &&
    !'[]'.includes(next) &&
    readEscapedSet(source, low.end + 1) === undefined;
  if (!isRange) return { set: fold(single(low.code)), end: low.end };
  const high = readMember(source, low.end + 1);
  if (high.code < low.code) throw new SyntaxError(`the range ${source.slice(at, high.end)} runs backwards`);
  return { set: fold([low.code, high.code]), end: high.end };
}

function readMember(source: string, at: number): { code: number; end: number } {
  if (source[at] === '\\') {
    const char = readEscapedChar(source, at);
    if (char === undefined) throw new SyntaxError(`${source.slice(at, at + 2)} is not allowed in a class`);
    return char;
  }
  const code = source.codePointAt(at)!;
  return { code, end: at + (code > 0xffff ? 2 : 1) };
}

/** Members of a class by name: POSIX, Java's own, a category, a script. */
function propertyOf(name: string): CharSet {
  if (POSIX.test(name)) return posixSet(name, true)!;
  if (Object.hasOwn(PROPERTIES, name)) return membersOf(PROPERTIES[name]!);
  const [, key, value] = /^(\w+)=(\w+)$/.exec(name) ?? [];
  if (key !== undefined && /^(?:blk|block)$/.test(key)) throw new SyntaxError(`blocks are not supported: \\p{${name}}`);
  const isScript = key === 'sc' || key === 'script';
  const set = unicodeSet(value ?? name.replace(/^Is/, ''), isScript ? ['Script='] : ['', 'Script=']);
  if (set === undefined) throw new SyntaxError(`\\p{${name}} is not supported`);
  return set;
}
