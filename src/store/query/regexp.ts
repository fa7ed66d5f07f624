import { LongshoreError } from '../../core/errors.ts';
import { caseVariants, charSource, escapeChar } from './text.ts';

/*
 * The regular expressions of queries: what Lucene, RE2 (DuckDB) and V8 all understand, in any case.
 *
 *   alternation  a|b     groups (a) (?:a) (?<name>a)      quantifiers * + ? {n} {n,} {n,m}, each also lazy
 *   any char     .       classes [a-z] [^a-z] [[:alpha:]]  \d \w \s \D \W \S   \b \B
 *   anchors      ^ $     escapes \n \t \r \f \xHH \uHHHH, `\` before punctuation; `"` and `@` are themselves
 *
 * Back-references, look-around, possessive and atomic forms and \p are refused: no engine without backtracking has them.
 * `.` matches a line end, `^` and `$` are the ends of the value.
 *
 * The output has every letter spelled in all its cases and counted repetitions written out, so that one source means the
 * same in RE2 and V8 without flags but `s`, and so that V8 can run it in linear time (see `linear-regexp.ts`).
 */

const MAX_SOURCE_CHARS = 1000;
const MAX_EXPANDED_CHARS = 20_000;
const MAX_REPEAT = 1000;

/** Source for RE2 and V8 (flag `s`). Throws LS_QUERY_REGEXP with the position. */
export function regexpSource(pattern: string): string {
  if (pattern.length > MAX_SOURCE_CHARS) {
    throw refuse(pattern, 0, `is longer than ${MAX_SOURCE_CHARS} characters`, 'Shorten it.');
  }
  const reader: Reader = { pattern, at: 0, depth: 0 };
  const source = readAlternation(reader);
  if (reader.at < pattern.length) throw refuse(pattern, reader.at, 'closes a group that is not open', 'Write \\).');
  return source;
}

interface Reader {
  readonly pattern: string;
  at: number;
  depth: number;
}

function readAlternation(reader: Reader): string {
  if (++reader.depth > 32) throw refuse(reader.pattern, reader.at, 'nests too deeply', 'Simplify it.');
  let source = readSequence(reader);
  while (reader.pattern[reader.at] === '|') {
    reader.at++;
    source += `|${readSequence(reader)}`;
  }
  reader.depth--;
  return source;
}

function readSequence(reader: Reader): string {
  let source = '';
  while (reader.at < reader.pattern.length) {
    const char = reader.pattern[reader.at]!;
    if (char === '|' || char === ')') break;
    const anchor = char === '^' || char === '$' || /^\\[bBAzZ]/.test(reader.pattern.slice(reader.at, reader.at + 2));
    const atom = readAtom(reader);
    source += readQuantifiers(reader, atom, anchor);
    if (source.length > MAX_EXPANDED_CHARS) {
      throw refuse(reader.pattern, reader.at, 'repeats too much', 'Use smaller counts.');
    }
  }
  return source;
}

function readAtom(reader: Reader): string {
  const { pattern } = reader;
  const char = String.fromCodePoint(pattern.codePointAt(reader.at)!);
  if (char === '(') return readGroup(reader);
  if (char === '[') return readClass(reader);
  if (char === '\\') return readEscape(reader);
  if ('*+?'.includes(char) || (char === '{' && COUNTED.test(pattern.slice(reader.at)))) {
    throw refuse(pattern, reader.at, 'has a quantifier with nothing before it', `Write \\${char} for the character.`);
  }
  reader.at += char.length;
  if (char === '.' || char === '^' || char === '$') return char;
  const source = charSource(char);
  // Outside the basic plane a character is two units to V8: they belong together under a quantifier.
  return char.length > 1 ? `(?:${source})` : source;
}

function readGroup(reader: Reader): string {
  const { pattern } = reader;
  const start = reader.at;
  const head = /^\((?:\?(?::|P?<[A-Za-z_]\w*>))?/.exec(pattern.slice(start))![0];
  if (head === '(' && pattern[start + 1] === '?') {
    throw refuse(
      pattern,
      start,
      'has look-around, an atomic group or flags',
      'Use groups (a|b) only; any case is the rule.',
    );
  }
  reader.at += head.length;
  const inner = readAlternation(reader);
  if (pattern[reader.at] !== ')')
    throw refuse(pattern, start, 'opens a group that is not closed', 'Write \\( or add ).');
  reader.at++;
  return `(?:${inner})`;
}

const COUNTED = /^\{(\d+)(?:(,)(\d*))?\}/;

function readQuantifiers(reader: Reader, atom: string, anchor: boolean): string {
  const { pattern } = reader;
  const rest = pattern.slice(reader.at);
  const counted = COUNTED.exec(rest);
  const sign = counted === null ? rest[0] : undefined;
  if (counted === null && (sign === undefined || !'*+?'.includes(sign))) return atom;
  if (anchor) throw refuse(pattern, reader.at, 'repeats an anchor', 'Remove the quantifier.');
  const start = reader.at;
  reader.at += counted?.[0].length ?? 1;
  const next = pattern[reader.at];
  if (next === '+') throw refuse(pattern, reader.at, 'has a possessive quantifier', 'Remove the second +.');
  // Lazy and greedy find the same values.
  if (next === '?') reader.at++;
  else if (next === '*' || COUNTED.test(pattern.slice(reader.at))) {
    throw refuse(pattern, reader.at, 'has two quantifiers in a row', 'Put the first in a group.');
  }
  if (counted === null) return atom + sign;
  const least = Number(counted[1]);
  const most = counted[2] === undefined ? least : counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3]);
  if (most < least || least > MAX_REPEAT || (most > MAX_REPEAT && most !== Number.POSITIVE_INFINITY)) {
    throw refuse(pattern, start, `has a count that is not between 0 and ${MAX_REPEAT}`, 'Correct the count.');
  }
  return repeat(reader, atom, least, most);
}

/** X{2,4} as XX(?:X(?:X)?)?; X{2,} as XXX*. */
function repeat(reader: Reader, atom: string, least: number, most: number): string {
  const optional = most === Number.POSITIVE_INFINITY ? 0 : most - least;
  if (atom.length * (least + optional) > MAX_EXPANDED_CHARS) {
    throw refuse(reader.pattern, reader.at, 'repeats too much', 'Use smaller counts.');
  }
  const required = atom.repeat(least);
  const tail = most === Number.POSITIVE_INFINITY ? `${atom}*` : `${atom}?`.repeat(optional);
  return `(?:${required}${tail})`;
}

function readEscape(reader: Reader): string {
  const { pattern } = reader;
  const start = reader.at;
  const char = pattern[start + 1];
  if (char === undefined) throw refuse(pattern, start, 'ends in a single \\', 'Write \\\\.');
  reader.at += 2;
  if ('dwsDWS'.includes(char)) return CLASSES[char]!;
  if (char === 'b' || char === 'B') return `\\${char}`;
  if (char === 'A') return '^';
  if (char === 'z' || char === 'Z') return '$';
  const literal = readEscapedChar(reader, start, char);
  return literal.length > 1 ? `(?:${charSource(literal)})` : charSource(literal);
}

// Written out: the \s of V8 has more than that of RE2.
const CLASSES: Record<string, string> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[0-9A-Za-z_]',
  W: '[^0-9A-Za-z_]',
  s: '[ \\t\\n\\r\\f]',
  S: '[^ \\t\\n\\r\\f]',
};
const CONTROL: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  '0': '\0',
};

/** The character that an escape stands for; `reader.at` is behind the character after the backslash. */
function readEscapedChar(reader: Reader, start: number, char: string): string {
  const { pattern } = reader;
  if (Object.hasOwn(CONTROL, char)) return CONTROL[char]!;
  const hex = /^\\(?:x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4}))/.exec(pattern.slice(start));
  if (hex !== null) {
    reader.at = start + hex[0].length;
    const code = Number.parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw refuse(pattern, start, 'names no character', '');
    return String.fromCodePoint(code);
  }
  if (/[1-9k]/.test(char)) throw refuse(pattern, start, 'has a back-reference', 'Repeat the expression instead.');
  if (/[A-Za-z]/.test(char)) {
    throw refuse(pattern, start, `has \\${char}, which not every store understands`, 'Use a class such as [a-z].');
  }
  const whole = String.fromCodePoint(pattern.codePointAt(start + 1)!);
  reader.at = start + 1 + whole.length;
  return whole;
}

const POSIX: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: '0-9A-Za-z',
  upper: 'A-Za-z',
  lower: 'A-Za-z',
  space: ' \\t\\n\\v\\f\\r',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  word: '0-9A-Za-z_',
};

function readClass(reader: Reader): string {
  const { pattern } = reader;
  const start = reader.at++;
  const negated = pattern[reader.at] === '^';
  if (negated) reader.at++;
  let source = '';
  const first = reader.at;
  while (pattern[reader.at] !== ']' || reader.at === first) {
    if (reader.at >= pattern.length)
      throw refuse(pattern, start, 'opens a class that is not closed', 'Write \\[ or add ].');
    const posix = /^\[:(\w+):\]/.exec(pattern.slice(reader.at));
    if (posix !== null) {
      const members = Object.hasOwn(POSIX, posix[1]!) ? POSIX[posix[1]!] : undefined;
      if (members === undefined) throw refuse(pattern, reader.at, `has the unknown class ${posix[0]}`, '');
      source += members;
      reader.at += posix[0].length;
      continue;
    }
    if (/^\\[dwsDWS]/.test(pattern.slice(reader.at, reader.at + 2))) {
      const members = CLASSES[pattern[reader.at + 1]!]!;
      if (members.startsWith('[^'))
        throw refuse(pattern, reader.at, 'has a negated class inside a class', 'Write it as [^...].');
      source += members.slice(1, -1);
      reader.at += 2;
      continue;
    }
    source += readRange(reader);
  }
  reader.at++;
  return `[${negated ? '^' : ''}${source}]`;
}

function readRange(reader: Reader): string {
  const { pattern } = reader;
  const low = readClassChar(reader);
  if (pattern[reader.at] !== '-' || pattern[reader.at + 1] === ']' || pattern[reader.at + 1] === undefined) {
    return caseVariants(low).map(escapeChar).join('');
  }
  const at = reader.at++;
  const high = readClassChar(reader);
  const [from, to] = [low.codePointAt(0)!, high.codePointAt(0)!];
  if (to < from) throw refuse(pattern, at, 'has a range that runs backwards', 'Swap its ends.');
  return `${escapeChar(low)}-${escapeChar(high)}${otherCase(from, to, 65, 90, 32)}${otherCase(from, to, 97, 122, -32)}`;
}

/** The part of a range within the ASCII letters again in the other case. */
function otherCase(from: number, to: number, first: number, last: number, distance: number): string {
  const low = Math.max(from, first);
  const high = Math.min(to, last);
  return low > high ? '' : `${String.fromCharCode(low + distance)}-${String.fromCharCode(high + distance)}`;
}

function readClassChar(reader: Reader): string {
  const { pattern } = reader;
  const start = reader.at;
  const char = String.fromCodePoint(pattern.codePointAt(start)!);
  let found = char;
  if (char === '\\') {
    const next = pattern[start + 1];
    if (next === undefined) throw refuse(pattern, start, 'ends in a single \\', 'Write \\\\.');
    reader.at += 2;
    found = next === 'b' ? '\b' : readEscapedChar(reader, start, next);
  } else reader.at += char.length;
  if (found.length > 1) {
    throw refuse(
      pattern,
      start,
      'has a character outside the basic plane in a class',
      'Write it as an alternative (a|b).',
    );
  }
  return found;
}

function refuse(pattern: string, at: number, what: string, fix: string): LongshoreError {
  const shown = pattern.length > 100 ? `${pattern.slice(0, 100)}…` : pattern;
  return new LongshoreError('LS_QUERY_REGEXP', `the regular expression /${shown}/ ${what} at position ${at + 1}.`, {
    fix: fix === '' ? undefined : fix,
  });
}
