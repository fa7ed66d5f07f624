import { ANY, type CharSet, DIGIT, foldCase, negate, SPACE, union, WORD } from '../../base/regexp/char-set.ts';
import { posixSet } from '../../base/regexp/classes.ts';
import {
  assertion,
  chars,
  choice,
  loop,
  optional,
  type RegexpNode,
  sequence,
  TEXT_END,
  TEXT_START,
} from '../../base/regexp/tree.ts';
import { writeRe2 } from '../../base/regexp/write-linear.ts';
import { LongshoreError } from '../../core/errors.ts';
import { anyCase } from './text.ts';

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
 * The tree has every letter in all its cases and counted repetitions written out: so it means the same in each dialect
 * without flags, and V8 can run it in linear time.
 */

const MAX_SOURCE_CHARS = 1000;
const MAX_EXPANDED_CHARS = 20_000;
const MAX_REPEAT = 1000;

/** The tree of an expression. Throws LS_QUERY_REGEXP with the position in it. */
export function readExpression(pattern: string): RegexpNode {
  if (pattern.length > MAX_SOURCE_CHARS) {
    throw refuse(pattern, 0, `is longer than ${MAX_SOURCE_CHARS} characters`, 'Shorten it.');
  }
  const reader: Reader = { pattern, at: 0, depth: 0 };
  const tree = readAlternation(reader);
  if (reader.at < pattern.length) throw refuse(pattern, reader.at, 'closes a group that is not open', 'Write \\).');
  return tree;
}

interface Reader {
  readonly pattern: string;
  at: number;
  depth: number;
}

function readAlternation(reader: Reader): RegexpNode {
  if (++reader.depth > 32) throw refuse(reader.pattern, reader.at, 'nests too deeply', 'Simplify it.');
  const alternatives = [readSequence(reader)];
  while (reader.pattern[reader.at] === '|') {
    reader.at++;
    alternatives.push(readSequence(reader));
  }
  reader.depth--;
  return choice(alternatives);
}

function readSequence(reader: Reader): RegexpNode {
  const items: RegexpNode[] = [];
  let size = 0;
  while (reader.at < reader.pattern.length) {
    const char = reader.pattern[reader.at]!;
    if (char === '|' || char === ')') break;
    const anchor = char === '^' || char === '$' || /^\\[bBAzZ]/.test(reader.pattern.slice(reader.at, reader.at + 2));
    const item = readQuantifiers(reader, readAtom(reader), anchor);
    items.push(item);
    size += writeRe2(item).length;
    if (size > MAX_EXPANDED_CHARS) throw refuse(reader.pattern, reader.at, 'repeats too much', 'Use smaller counts.');
  }
  return sequence(items);
}

function readAtom(reader: Reader): RegexpNode {
  const { pattern } = reader;
  const char = String.fromCodePoint(pattern.codePointAt(reader.at)!);
  if (char === '(') return readGroup(reader);
  if (char === '[') return chars(readClass(reader));
  if (char === '\\') return readEscape(reader);
  if ('*+?'.includes(char) || (char === '{' && COUNTED.test(pattern.slice(reader.at)))) {
    throw refuse(pattern, reader.at, 'has a quantifier with nothing before it', `Write \\${char} for the character.`);
  }
  reader.at += char.length;
  if (char === '.') return chars(ANY);
  if (char === '^') return TEXT_START;
  return char === '$' ? TEXT_END : chars(anyCase(char));
}

function readGroup(reader: Reader): RegexpNode {
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
  return inner;
}

const COUNTED = /^\{(\d+)(?:(,)(\d*))?\}/;

function readQuantifiers(reader: Reader, atom: RegexpNode, anchor: boolean): RegexpNode {
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
  if (counted === null)
    return sign === '?' ? optional(atom) : loop(atom, sign === '+' ? 1 : 0, Number.POSITIVE_INFINITY);
  const least = Number(counted[1]);
  const most = counted[2] === undefined ? least : counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3]);
  if (most < least || least > MAX_REPEAT || (most > MAX_REPEAT && most !== Number.POSITIVE_INFINITY)) {
    throw refuse(pattern, start, `has a count that is not between 0 and ${MAX_REPEAT}`, 'Correct the count.');
  }
  return repeat(reader, atom, least, most);
}

/** X{2,4} as XXX?X?; X{2,} as XXX*. */
function repeat(reader: Reader, atom: RegexpNode, least: number, most: number): RegexpNode {
  const isEndless = most === Number.POSITIVE_INFINITY;
  const rest = isEndless ? 1 : most - least;
  if (writeRe2(atom).length * (least + rest) > MAX_EXPANDED_CHARS) {
    throw refuse(reader.pattern, reader.at, 'repeats too much', 'Use smaller counts.');
  }
  const more = loop(atom, 0, isEndless ? most : 1);
  return sequence([...new Array<RegexpNode>(least).fill(atom), ...new Array<RegexpNode>(rest).fill(more)]);
}

function readEscape(reader: Reader): RegexpNode {
  const { pattern } = reader;
  const start = reader.at;
  const char = pattern[start + 1];
  if (char === undefined) throw refuse(pattern, start, 'ends in a single \\', 'Write \\\\.');
  reader.at += 2;
  if (Object.hasOwn(CLASSES, char)) return chars(CLASSES[char]!);
  if (Object.hasOwn(ANCHORS, char)) return ANCHORS[char]!;
  return chars(anyCase(readEscapedChar(reader, start, char)));
}

const CLASSES: Record<string, CharSet> = {
  d: DIGIT,
  D: negate(DIGIT),
  w: WORD,
  W: negate(WORD),
  s: SPACE,
  S: negate(SPACE),
};
const ANCHORS: Record<string, RegexpNode> = {
  b: assertion('ascii_boundary'),
  B: assertion('not_ascii_boundary'),
  A: TEXT_START,
  z: TEXT_END,
  Z: TEXT_END,
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

function readClass(reader: Reader): CharSet {
  const { pattern } = reader;
  const start = reader.at++;
  const negated = pattern[reader.at] === '^';
  if (negated) reader.at++;
  const members: CharSet[] = [];
  const first = reader.at;
  while (pattern[reader.at] !== ']' || reader.at === first) {
    if (reader.at >= pattern.length)
      throw refuse(pattern, start, 'opens a class that is not closed', 'Write \\[ or add ].');
    const posix = /^\[:(\w+):\]/.exec(pattern.slice(reader.at));
    if (posix !== null) {
      const set = posixSet(posix[1]!, true);
      if (set === undefined) throw refuse(pattern, reader.at, `has the unknown class ${posix[0]}`, '');
      members.push(foldCase(set));
      reader.at += posix[0].length;
    } else if (/^\\[dwsDWS]/.test(pattern.slice(reader.at, reader.at + 2))) {
      members.push(CLASSES[pattern[reader.at + 1]!]!);
      reader.at += 2;
    } else members.push(readRange(reader));
  }
  reader.at++;
  const set = union(...members);
  return negated ? negate(set) : set;
}

function readRange(reader: Reader): CharSet {
  const { pattern } = reader;
  const low = readClassChar(reader);
  if (pattern[reader.at] !== '-' || pattern[reader.at + 1] === ']' || pattern[reader.at + 1] === undefined)
    return anyCase(low);
  const at = reader.at++;
  const range = [low.codePointAt(0)!, readClassChar(reader).codePointAt(0)!] as const;
  if (range[1] < range[0]) throw refuse(pattern, at, 'has a range that runs backwards', 'Swap its ends.');
  // Of a range, the letters of ASCII only.
  return foldCase(range, 0);
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
    position: at,
  });
}
