/** The members of classes by name, for ASCII. */
const POSIX: Record<string, string> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  Graph: '\\x21-\\x7e',
  Print: '\\x20-\\x7e',
  Blank: '\\x20\\t',
  Cntrl: '\\x00-\\x1f\\x7f',
  XDigit: '0-9a-fA-F',
  Space: '\\x20\\t\\n\\x0b\\f\\r',
  ASCII: '\\x00-\\x7f',
};

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

const SHORT: Record<string, string> = {
  d: '0-9',
  w: 'a-zA-Z_0-9',
  s: '\\x20\\t\\n\\x0b\\f\\r',
  h: '\\x20\\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000',
  v: '\\n\\x0b\\f\\r\\x85\\u2028\\u2029',
};

const CHARS: Record<string, string> = { t: '\\t', n: '\\n', r: '\\r', f: '\\f', a: '\\x07', e: '\\x1b' };

/** Character classes and escapes of characters, in Java's syntax, written for ECMAScript's flag v. */
export class JavaClasses {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  /** The class that begins at `at` with its `[`, and where it ends. */
  read(at: number, isExtended: boolean, depth = 0): { text: string; end: number } {
    if (depth > 50) throw new SyntaxError('classes are nested too deeply');
    const source = this.#source;
    let i = at + 1;
    const isNegated = source[i] === '^';
    if (isNegated) i++;
    const parts: string[] = [];
    let part = '';
    const first = i;
    for (;;) {
      const char = source[i];
      if (char === undefined) throw new SyntaxError('a class is not closed');
      if (char === ']' && (i > first || depth > 0)) break;
      if (isExtended && /\s/.test(char)) i++;
      else if (source.startsWith('&&', i)) {
        while (source[i] === '&') i++;
        if (part !== '') parts.push(part);
        part = '';
      } else if (char === '[') {
        const inner = this.read(i, isExtended, depth + 1);
        part += inner.text;
        i = inner.end;
      } else {
        const item = this.#item(i);
        part += item.text;
        i = item.end;
      }
    }
    if (part !== '') parts.push(part);
    const members = parts.length < 2 ? (parts[0] ?? '') : parts.map(one => `[${one}]`).join('&&');
    return { text: `[${isNegated ? '^' : ''}${members}]`, end: i + 1 };
  }

  /** A set or a character after `\`; no text for what is neither (anchors, references, quotes). */
  escape(at: number): { text: string | undefined; end: number } {
    const set = this.#set(at);
    if (set !== undefined) return { text: `[${set.isNegated ? '^' : ''}${set.members}]`, end: set.end };
    const char = this.#char(at);
    return char ?? { text: undefined, end: at };
  }

  /** A range, a set or a character inside of a class. */
  #item(at: number): { text: string; end: number } {
    const set = this.#set(at);
    if (set !== undefined) return { text: set.isNegated ? `[^${set.members}]` : set.members, end: set.end };
    const low = this.#member(at);
    const source = this.#source;
    const next = source[low.end + 1];
    if (source[low.end] !== '-' || next === ']' || next === '[' || next === undefined) return low;
    if (this.#set(low.end + 1) !== undefined) return low;
    const high = this.#member(low.end + 1);
    return { text: `${low.text}-${high.text}`, end: high.end };
  }

  #member(at: number): { text: string; end: number } {
    if (this.#source[at] === '\\') {
      const quoted = /^\\Q([\s\S]*?)(?:\\E|$)/.exec(this.#source.slice(at));
      if (quoted !== null) return { text: [...quoted[1]!].map(coded).join(''), end: at + quoted[0].length };
      const char = this.#char(at);
      if (char === undefined) throw new SyntaxError(`${this.#source.slice(at, at + 2)} is not allowed in a class`);
      return char;
    }
    const char = String.fromCodePoint(this.#source.codePointAt(at)!);
    return { text: coded(char), end: at + char.length };
  }

  #set(at: number): { members: string; isNegated: boolean; end: number } | undefined {
    if (this.#source[at] !== '\\') return undefined;
    const letter = this.#source[at + 1] ?? '';
    const short = SHORT[letter.toLowerCase()];
    if (short !== undefined) return { members: short, isNegated: letter < 'a', end: at + 2 };
    const named = /^\\([pP])(?:\{\^?([\w=. -]+)\}|([A-Z]))/.exec(this.#source.slice(at, at + 60));
    if (named === null) return undefined;
    return { members: property(named[2] ?? named[3]!), isNegated: named[1] === 'P', end: at + named[0].length };
  }

  #char(at: number): { text: string; end: number } | undefined {
    const rest = this.#source.slice(at, at + 12);
    const code = /^\\(?:x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|0([0-3]?[0-7]{1,2})|c([@-_]))/.exec(
      rest,
    );
    if (code !== null) {
      const [whole, short, long, unit, octal, control] = code;
      const hex = short ?? long ?? unit;
      const point =
        hex !== undefined
          ? Number.parseInt(hex, 16)
          : octal !== undefined
            ? Number.parseInt(octal, 8)
            : control!.charCodeAt(0) ^ 64;
      return { text: `\\u{${point.toString(16)}}`, end: at + whole.length };
    }
    const next = this.#source.codePointAt(at + 1);
    if (next === undefined) return undefined;
    const char = String.fromCodePoint(next);
    const known = Object.hasOwn(CHARS, char) ? CHARS[char] : undefined;
    if (known !== undefined) return { text: known, end: at + 2 };
    if (/^[A-Za-z0-9]$/.test(char)) return undefined;
    return { text: coded(char), end: at + 1 + char.length };
  }
}

/** A character by its number where it could be taken for a sign. */
function coded(char: string): string {
  return /^[\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]$/.test(char)
    ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
    : char;
}

/** Members of a class by name: POSIX, Java's own, a category, a script. */
function property(written: string): string {
  const name = written.trim();
  for (const table of [POSIX, PROPERTIES]) if (Object.hasOwn(table, name)) return table[name]!;
  const [, key, value] = /^(\w+)=(\w+)$/.exec(name) ?? [];
  if (key !== undefined && /^(?:blk|block)$/.test(key)) throw new SyntaxError(`blocks are not supported: \\p{${name}}`);
  const bare = value ?? name.replace(/^Is/, '');
  const isScript = key === 'sc' || key === 'script';
  for (const form of isScript ? [`Script=${bare}`] : [bare, `Script=${bare}`]) {
    if (isKnown(form)) return `\\p{${form}}`;
  }
  throw new SyntaxError(`\\p{${name}} is not supported`);
}

function isKnown(form: string): boolean {
  try {
    return new RegExp(`\\p{${form}}`, 'v') !== undefined;
  } catch {
    return false;
  }
}
