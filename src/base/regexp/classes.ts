import { ANY, type CharSet, negate } from './char-set.ts';

/** What a POSIX bracket stands for, in JavaScript's property syntax; Unicode, as Onigmo has it. */
const POSIX: Readonly<Record<string, string>> = {
  alnum: '\\p{Alphabetic}\\p{Nd}',
  alpha: '\\p{Alphabetic}',
  ascii: '\\x00-\\x7f',
  blank: '\\p{Zs}\\t',
  cntrl: '\\p{Cc}',
  digit: '\\p{Nd}',
  graph: '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}',
  lower: '\\p{Lowercase}',
  print: '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}\\p{Zs}',
  punct: '\\p{P}$+<=>^`|~',
  space: '\\p{White_Space}',
  upper: '\\p{Uppercase}',
  word: '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}',
  xdigit: '0-9A-Fa-f',
};

/** What `\b` calls a word character beyond Latin-1, in JavaScript's property syntax. */
export const WORD_PROPERTIES = POSIX['word']!;
/** The Latin-1 part of it. */
export const LATIN1_WORD: CharSet = [
  0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a, 0xaa, 0xaa, 0xb5, 0xb5, 0xba, 0xba, 0xc0, 0xd6, 0xd8, 0xf6, 0xf8,
  0xff,
];

/** The members of `[:name:]`, or those in ASCII; undefined when there is no such bracket. */
export function posixSet(name: string, isAscii = false): CharSet | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(POSIX, key) ? membersOf(POSIX[key]!, isAscii) : undefined;
}

/** The members of `\p{name}`: a POSIX name, a general category, a binary property or a script; undefined when there is none. */
export function propertySet(name: string): CharSet | undefined {
  const inverted = name.startsWith('^');
  const plain = inverted ? name.slice(1) : name;
  const posix = posixSet(plain);
  if (posix !== undefined) return inverted ? negate(posix) : posix;
  if (/^any$/i.test(plain)) return ANY;
  const set = unicodeSet(plain, ['', 'Script=', 'General_Category=']);
  return inverted && set !== undefined ? negate(set) : set;
}

/** The members of Unicode's property of that name, behind the first of the prefixes under which it is known. */
export function unicodeSet(name: string, prefixes: readonly string[]): CharSet | undefined {
  for (const prefix of prefixes) {
    try {
      return membersOf(`\\p{${prefix}${name}}`);
    } catch {
      // Not known under this spelling.
    }
  }
  return undefined;
}

/**
 * Members of a class in JavaScript's syntax, found by running it over all of Unicode (some 10 ms, once for each class in
 * use) or over ASCII. @throws SyntaxError for a property that is not known.
 */
export function membersOf(classSource: string, isAscii = false): CharSet {
  const key = `${isAscii} ${classSource}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const set: number[] = [];
  let last = -2;
  const text = isAscii ? ASCII : everything();
  // The text runs through the code points in order, without a gap except at the surrogates.
  for (const [run] of text.matchAll(new RegExp(`[${classSource}]+`, 'gu'))) {
    for (const character of run) {
      const code = character.codePointAt(0)!;
      if (code === last + 1) set[set.length - 1] = code;
      else set.push(code, code);
      last = code;
    }
  }
  cache.set(key, set);
  return set;
}

const ASCII = String.fromCharCode(...Array.from({ length: 0x80 }, (_, code) => code));
const cache = new Map<string, CharSet>();
let allText: string | undefined;

function everything(): string {
  if (allText !== undefined) return allText;
  const parts: string[] = [];
  for (let start = 0; start <= 0x10ffff; start += 0x1000) {
    if (start >= 0xd000 && start < 0xe000) {
      const codes = Array.from({ length: 0x800 }, (_, i) => 0xd000 + i);
      parts.push(String.fromCodePoint(...codes));
      continue;
    }
    // Beyond the assigned planes there is nothing but private use.
    if (start >= 0x40000 && start < 0xe0000) continue;
    parts.push(String.fromCodePoint(...Array.from({ length: 0x1000 }, (_, i) => start + i)));
  }
  allText = parts.join('');
  return allText;
}
