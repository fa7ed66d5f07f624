import { ANY, type CharSet, foldCase, negate, single, VERTICAL } from './char-set.ts';
import { isOptionalForNothing } from './first.ts';
import { readClass, readEscapedChar, readEscapedSet, readQuoted } from './java-classes.ts';
import { assertion, chars, choice, loop, plain, type RegexpNode, sequence, TEXT_END, TEXT_START } from './tree.ts';

/** An expression in Java's syntax, read. */
export interface JavaExpression {
  readonly tree: RegexpNode;
  /** How many groups it has: their numbers are the ids of its captures. */
  readonly groups: number;
  /** Group numbers by name. */
  readonly names: ReadonlyMap<string, number>;
}

/**
 * Reads an expression of java.util.regex; `flags` are those that `(?...)` takes (i, m, s, u, x; d changes nothing, U is u). Without
 * u only ASCII letters have another case.
 * `\G`, `\X` and blocks (`\p{InGreek}`) are not supported. @throws SyntaxError
 */
export function readJava(source: string, flags = ''): JavaExpression {
  const reader = new Reader(source);
  const tree = reader.alternatives({
    anyCase: flags.includes('i'),
    unicodeCase: flags.includes('u'),
    multiline: flags.includes('m'),
    dotAll: flags.includes('s'),
    extended: flags.includes('x'),
  });
  if (!reader.isAtEnd) throw new SyntaxError('a ) closes a group that is not open');
  return { tree, groups: reader.groups, names: reader.names };
}

/** What `(?i)` and the like have set, up to the end of the group around. */
interface Flags {
  anyCase: boolean;
  unicodeCase: boolean;
  multiline: boolean;
  dotAll: boolean;
  extended: boolean;
}

const FLAG_NAMES: Record<string, keyof Flags> = {
  i: 'anyCase',
  u: 'unicodeCase',
  U: 'unicodeCase',
  m: 'multiline',
  s: 'dotAll',
  x: 'extended',
};

class Reader {
  groups = 0;
  readonly names = new Map<string, number>();
  readonly #source: string;
  #at = 0;
  /** Groups that have taken part for sure when the place is reached. */
  readonly #certain = new Set<number>();

  constructor(source: string) {
    this.#source = source;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  /** Up to the `)` of the group around, or the end. `flags` is changed by what is in there. */
  alternatives(flags: Flags): RegexpNode {
    const before = this.groups;
    const items = [this.#sequence(flags)];
    while (this.#source[this.#at] === '|') {
      this.#at++;
      this.#uncertainSince(before);
      items.push(this.#sequence(flags));
    }
    if (items.length > 1) this.#uncertainSince(before);
    return choice(items);
  }

  #sequence(flags: Flags): RegexpNode {
    const items: RegexpNode[] = [];
    let before = this.groups;
    // Whether the last item can be repeated.
    let isAtom = false;
    for (;;) {
      if (flags.extended) this.#match(COMMENTS);
      const char = this.#source[this.#at];
      if (char === undefined || char === '|' || char === ')') return sequence(items);
      const quantifier = isAtom && '*+?{'.includes(char) ? this.#match(QUANTIFIER) : null;
      if (quantifier !== null) {
        items.push(this.#repeated(items.pop()!, quantifier, before));
        isAtom = false;
        continue;
      }
      if ('*+?'.includes(char)) throw new SyntaxError(`nothing stands before the quantifier ${char}`);
      before = this.groups;
      const found = this.#item(flags);
      items.push(...found);
      isAtom = found.length > 0;
    }
  }

  /** What the expression with the flag y finds here, which is behind it then. */
  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#source);
    if (match !== null) this.#at = expression.lastIndex;
    return match;
  }

  #repeated(
    body: RegexpNode,
    [, sign, least, comma, most, kind]: readonly (string | undefined)[],
    before: number,
  ): RegexpNode {
    let min = sign === '+' ? 1 : 0;
    let max = sign === '?' ? 1 : Number.POSITIVE_INFINITY;
    if (least !== undefined) {
      min = Math.min(Number(least), MAX_COUNT);
      if (comma === undefined) max = min;
      else if (most !== '') max = Math.min(Number(most), MAX_COUNT);
      if (max < min) throw new SyntaxError(`the count {${least},${most}} runs backwards`);
    }
    if (min === 0) this.#uncertainSince(before);
    const written = loop(body, min, max, kind === '?');
    const repeated = isOptionalForNothing(written) ? body : written;
    return kind === '+' ? { kind: 'atomic', body: repeated } : repeated;
  }

  /** What stands here, its last part being what a quantifier behind it repeats; nothing for flags. */
  #item(flags: Flags): RegexpNode[] {
    const char = this.#source[this.#at]!;
    const fold = flags.anyCase ? (flags.unicodeCase ? foldCase : foldAscii) : same;
    if (char === '(') return this.#group(flags);
    if (char === '\\') return this.#escape(flags, fold);
    if (char === '[') {
      const { set, end } = readClass(this.#source, this.#at, flags.extended, fold);
      this.#at = end;
      return [chars(set)];
    }
    const code = this.#source.codePointAt(this.#at)!;
    this.#at += code > 0xffff ? 2 : 1;
    if (char === '^') return [flags.multiline ? LINE_START : TEXT_START];
    if (char === '$') return [flags.multiline ? LINE_END : LAST_LINE_END];
    if (char === '.') return [flags.dotAll ? chars(ANY) : NOT_LINE_BREAK];
    return [chars(fold(single(code)))];
  }

  #group(flags: Flags): RegexpNode[] {
    const start = this.#at;
    const [whole, on, off, end, name, look] = this.#match(GROUP)!;
    if (whole === '(' && this.#source[this.#at] === '?')
      throw new SyntaxError(`the group ${this.#source.slice(start, start + 4)} is not known`);
    if (end === ')') {
      change(flags, on!, off);
      return [];
    }
    const inner = { ...flags };
    if (end === ':') change(inner, on!, off);
    const before = this.groups;
    const number = end === undefined && look === undefined ? ++this.groups : undefined;
    if (name !== undefined) {
      if (this.names.has(name)) throw new SyntaxError(`two groups are called ${name}`);
      this.names.set(name, number!);
    }
    const body = this.alternatives(inner);
    if (this.#source[this.#at] !== ')') throw new SyntaxError('a group is not closed');
    this.#at++;
    if (number !== undefined) {
      this.#certain.add(number);
      return [{ kind: 'capture', id: number, body }];
    }
    if (look === undefined) return [body];
    if (look === '>') return [{ kind: 'atomic', body }];
    if (look.endsWith('!')) this.#uncertainSince(before);
    return [{ kind: 'look', behind: look.startsWith('<'), negate: look.endsWith('!'), body }];
  }

  #uncertainSince(groups: number): void {
    for (let number = groups + 1; number <= this.groups; number++) this.#certain.delete(number);
  }

  #escape(flags: Flags, fold: (set: CharSet) => CharSet): RegexpNode[] {
    const set = readEscapedSet(this.#source, this.#at);
    if (set !== undefined) {
      this.#at = set.end;
      return [chars(fold(set.set))];
    }
    const quoted = readQuoted(this.#source, this.#at);
    if (quoted !== undefined) {
      this.#at = quoted.end;
      return [...quoted.text].map(char => chars(fold(single(char.codePointAt(0)!))));
    }
    const char = readEscapedChar(this.#source, this.#at);
    if (char !== undefined) {
      this.#at = char.end;
      return [chars(fold(single(char.code)))];
    }
    const start = this.#at;
    const reference = this.#match(REFERENCE);
    if (reference !== null) return [this.#reference(start, reference, flags)];
    const letter = this.#source[this.#at + 1];
    this.#at += 2;
    if (letter === undefined) throw new SyntaxError('it ends in a single \\');
    if (letter === 'E') throw new SyntaxError('\\E ends what no \\Q began');
    if (!Object.hasOwn(ESCAPES, letter)) throw new SyntaxError(`\\${letter} is not supported`);
    return [ESCAPES[letter]!];
  }

  /** By name, or by as many digits as there are groups; the others stand for themselves. */
  #reference(start: number, [, name, digits = '']: readonly (string | undefined)[], flags: Flags): RegexpNode {
    let length = 1;
    while (length < digits.length && Number(digits.slice(0, length + 1)) <= this.groups) length++;
    const number = name === undefined ? Number(digits.slice(0, length)) : this.names.get(name);
    if (number === undefined || number > this.groups)
      throw new SyntaxError(`there is no group ${name ?? number} before`);
    if (name === undefined) this.#at = start + 1 + length;
    return { kind: 'reference', ids: [number], certain: this.#certain.has(number), anyCase: flags.anyCase };
  }
}

const MAX_COUNT = 2 ** 31 - 1;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})([?+]?)/y;
const COMMENTS = /(?:\s|#[^\n]*)*/y;
const GROUP = /\((?:\?(?:([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])|<([a-zA-Z]\w*)>|(<?[=!]|>)))?/y;
const REFERENCE = /\\(?:k<(\w+)>|([1-9]\d*))/y;

/** `(?im-s)`: `off` wins. */
function change(flags: Flags, on: string, off = ''): void {
  const unknown = /[^imsxduU]/.exec(on + off);
  if (unknown !== null) throw new SyntaxError(`the flag ${unknown[0]} is not known`);
  for (const [letter, flag] of Object.entries(FLAG_NAMES)) {
    if (off.includes(letter)) flags[flag] = false;
    else if (on.includes(letter)) flags[flag] = true;
  }
}

const same = (set: CharSet): CharSet => set;
const foldAscii = (set: CharSet): CharSet => foldCase(set, 0);
const look = (body: RegexpNode, behind = false, negate = false): RegexpNode => ({ kind: 'look', behind, negate, body });

const LINE_BREAK: CharSet = [0x0a, 0x0a, 0x0d, 0x0d, 0x85, 0x85, 0x2028, 0x2029];
const CRLF = plain('\r\n');
const NOT_LINE_BREAK = chars(negate(LINE_BREAK));
const NOT_WITHIN_CRLF = look(sequence([plain('\r'), look(plain('\n'))]), true, true);
/** `$` and `\Z`: the end, or before a last line break. */
const LAST_LINE_END = choice([
  TEXT_END,
  sequence([look(sequence([choice([CRLF, chars(LINE_BREAK)]), TEXT_END])), NOT_WITHIN_CRLF]),
]);
const LINE_START = choice([
  TEXT_START,
  sequence([look(chars(LINE_BREAK), true), NOT_WITHIN_CRLF, look(TEXT_END, false, true)]),
]);
const LINE_END = choice([TEXT_END, sequence([look(chars(LINE_BREAK)), NOT_WITHIN_CRLF])]);

/** What a letter behind a backslash means that is no character and no set. */
const ESCAPES: Record<string, RegexpNode> = {
  b: assertion('ascii_boundary'),
  B: assertion('not_ascii_boundary'),
  A: TEXT_START,
  z: TEXT_END,
  Z: LAST_LINE_END,
  R: choice([CRLF, chars(VERTICAL)]),
};
