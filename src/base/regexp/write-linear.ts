import { type CharSet, clamp, MAX_CODE_POINT, negate, onlyMember } from './char-set.ts';
import type { RegexpNode } from './tree.ts';
import { classText, writeTree } from './write.ts';
import type { Written } from './write-v8.ts';

/*
 * For the engines without backtracking: RE2, and the one that V8 has beside its ordinary one. Both know alternation,
 * classes, `* + ?`, `^ $` as the ends of the text and the `\b \B` of ASCII; the dot is for all characters (flag s).
 */

/** The tree in RE2's syntax. */
export function writeRe2(tree: RegexpNode): string {
  return writeLinear(tree, classOf);
}

/**
 * The tree for V8 without the flag u, whose engine without backtracking does not know it. A character outside the basic
 * plane is two there: what can be one takes both, as in RE2. Atomic groups are only for V8's ordinary engine.
 */
export function writeUnits(tree: RegexpNode): Written {
  let groups = 0;
  const source = writeLinear(tree, unitsOf, body => {
    const group = ++groups;
    return `(?:(?=(${body()}))\\${group})`;
  });
  return { source, flags: 's', groups };
}

function writeLinear(
  tree: RegexpNode,
  charsText: (set: CharSet, isEndless: boolean) => string,
  atomic?: (body: () => string) => string,
): string {
  return writeTree(tree, {
    open: '(?:',
    empty: '',
    leaf(node, write, isEndless) {
      if (node.kind === 'chars') return charsText(node.set, isEndless);
      if (node.kind === 'assertion' && Object.hasOwn(ASSERTIONS, node.what)) return ASSERTIONS[node.what]!;
      if (node.kind === 'atomic' && atomic !== undefined) return atomic(() => write(node.body));
      throw new Error(`an expression without backtracking has no ${node.kind}`);
    },
  });
}

const ASSERTIONS: Record<string, string> = {
  text_start: '^',
  text_end: '$',
  ascii_boundary: '\\b',
  not_ascii_boundary: '\\B',
};

function classOf(set: CharSet): string {
  if (set.at(-1) === MAX_CODE_POINT) return excluding(negate(set), '');
  const only = onlyMember(set);
  return only < 0 ? `[${classText(set, escaped)}]` : escaped(only);
}

function excluding(members: CharSet, more: string): string {
  return members.length === 0 && more === '' ? '.' : `[^${classText(members, escaped)}${more}]`;
}

const HIGH_SURROGATES = '\\ud800-\\udbff';
const PAIR = `[${HIGH_SURROGATES}][\\udc00-\\udfff]`;

/** Under `*` and `+` it makes no difference whether a pair is taken as one. */
function unitsOf(set: CharSet, isEndless: boolean): string {
  if (set.at(-1) === MAX_CODE_POINT) {
    const rest = negate(set);
    return isEndless ? excluding(rest, '') : `(?:${excluding(rest, HIGH_SURROGATES)}|${PAIR})`;
  }
  const units = clamp(set, 0xffff);
  const pairs = set.slice(units.length);
  if (pairs.length === 0) return classOf(units);
  const alternatives = units.length === 0 ? [] : [classOf(units)];
  for (let i = 0; i < pairs.length; i += 2)
    for (let code = pairs[i]!; code <= pairs[i + 1]!; code++) alternatives.push(String.fromCodePoint(code));
  return `(?:${alternatives.join('|')})`;
}

/** One character, outside and inside of brackets. */
function escaped(code: number): string {
  if (code < 32 || code === 127) return `\\x${code.toString(16).padStart(2, '0')}`;
  const char = String.fromCodePoint(code);
  return '\\^$.*+?()[]{}|/-'.includes(char) ? `\\${char}` : char;
}
