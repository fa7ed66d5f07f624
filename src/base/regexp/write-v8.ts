import { type CharSet, clamp, DIGIT, negate, onlyMember, sameSet, WORD } from './char-set.ts';
import { LATIN1_WORD, posixSet, WORD_PROPERTIES } from './classes.ts';
import { isNullable } from './first.ts';
import type { AssertionKind, Loop, Node, Reference } from './tree.ts';

/** What the texts are like that a regular expression is made for: the less they can hold, the quicker it is. */
export interface TextKind {
  /** The highest code point: 0xff, 0xffff without surrogates, or 0x10ffff. */
  readonly max: number;
  /** Whether there may be newlines. Without them, lines are texts. */
  readonly newlines: boolean;
}

export interface Generated {
  readonly source: string;
  readonly flags: '' | 'u';
  /** Group number of the regular expression for each capture id. */
  readonly groupOf: ReadonlyMap<number, number>;
  /** The group that takes part (empty) when the pattern matches nowhere: a plain null is left for "gave up". */
  readonly missGroup: number;
  /** The loops whose captures must be kept over the rounds. */
  readonly kept: readonly KeptLoop[];
}

/** A loop that has to be run again, round by round, to know what its captures were set to last. */
export interface KeptLoop {
  readonly body: Node;
  /** Group with the rest of the text where the loop began: tells the place. */
  readonly restGroup: number;
  /** Group with what the loop matched. */
  readonly textGroup: number;
}

/**
 * Writes the tree as a JavaScript regular expression with numbered groups only. It always matches: when the pattern
 * does not, the last alternative does, at the end of the text.
 */
export function generate(tree: Node, kind: TextKind): Generated {
  const groupOf = new Map<number, number>();
  const kept: KeptLoop[] = [];
  let groups = 0;

  const alternation = (node: Node): string => {
    if (node.kind === 'choice') return node.items.map(concatenation).join('|');
    return concatenation(node);
  };

  const concatenation = (node: Node): string => {
    if (node.kind === 'sequence')
      return node.items.map(item => (item.kind === 'choice' ? term(item) : concatenation(item))).join('');
    if (node.kind === 'choice') return term(node);
    if (node.kind === 'loop') return quantified(node);
    return term(node);
  };

  /** Something that a quantifier can follow. */
  const term = (node: Node): string => {
    switch (node.kind) {
      case 'chars':
        return charsText(node.set, kind.max);
      case 'capture': {
        const group = ++groups;
        groupOf.set(node.id, group);
        return `(${alternation(node.body)})`;
      }
      case 'atomic': {
        const group = ++groups;
        return `(?:(?=(${alternation(node.body)}))\\${group})`;
      }
      case 'look':
        return `(?${node.behind ? '<' : ''}${node.negate ? '!' : '='}${alternation(node.body)})`;
      case 'assertion':
        return assertionText(node.what, kind);
      case 'reference':
        return referenceText(node);
      default:
        return `(?:${alternation(node)})`;
    }
  };

  const quantified = (node: Loop): string => {
    if (node.keeps === true) {
      const restGroup = ++groups;
      const textGroup = ++groups;
      kept.push({ body: node.body, restGroup, textGroup });
      return `(?=([^]*))(${quantified({ ...node, keeps: false })})`;
    }
    const { body, min, max, lazy } = node;
    const zeroWidth = body.kind === 'look' || body.kind === 'assertion';
    const inner = zeroWidth ? `(?:${term(body)})` : term(body);
    let quantifier = `{${min},${max === Number.POSITIVE_INFINITY ? '' : max}}`;
    if (min === max) quantifier = `{${min}}`;
    else if (min === 0 && max === 1) quantifier = '?';
    else if (max === Number.POSITIVE_INFINITY && min <= 1) quantifier = min === 0 ? '*' : '+';
    return `${inner}${quantifier}${lazy ? '?' : ''}`;
  };

  // JavaScript lets a reference to a group that took no part match the empty text; here it must fail. Where it is not
  // certain that it took part, it has to move: the rest of the text before it must not be the rest after it. Only a
  // group that can be empty escapes that: it matches the empty text where it took no part.
  const referenceText = (node: Reference): string => {
    const group = groupOf.get(node.ids[0]!);
    if (group === undefined) return '[]';
    if (node.certain || nullable.has(node.ids[0]!)) return `(?:\\${group})`;
    const rest = ++groups;
    return `(?:(?=([^]*))\\${group}(?!\\${rest}$))`;
  };

  const nullable = new Set<number>();
  findNullable(tree, nullable);
  const body = alternation(tree);
  const source = isAnchored(tree, kind) ? `^(?:${body}|())` : `${body}|$()`;
  return { source, flags: kind.max > 0xffff ? 'u' : '', groupOf, missGroup: groups + 1, kept };
}

function findNullable(node: Node, found: Set<number>): void {
  if (node.kind === 'capture' && isNullable(node.body)) found.add(node.id);
  if ('items' in node) for (const item of node.items) findNullable(item, found);
  else if ('body' in node) findNullable(node.body, found);
}

/** True when a match can only begin where the text begins. */
function isAnchored(node: Node, kind: TextKind): boolean {
  switch (node.kind) {
    case 'assertion':
      return node.what === 'text_start' || (node.what === 'line_start' && !kind.newlines);
    case 'sequence':
      return node.items.length > 0 && isAnchored(node.items[0]!, kind);
    case 'choice':
      return node.items.every(item => isAnchored(item, kind));
    case 'capture':
    case 'atomic':
      return isAnchored(node.body, kind);
    default:
      return false;
  }
}

function assertionText(what: AssertionKind, kind: TextKind): string {
  const [wordBefore, wordAfter] = wordTests(kind.max);
  switch (what) {
    case 'text_start':
      return '^';
    case 'text_end':
      return '$';
    case 'text_end_newline':
      return kind.newlines ? '(?=\\n?$)' : '$';
    case 'line_start':
      // Not after a newline that ends the text.
      return kind.newlines ? '(?:^|(?<=\\n)(?=[^]))' : '^';
    case 'line_end':
      return kind.newlines ? '(?=\\n|$)' : '$';
    case 'word_before':
      return `(?<=${wordBefore})`;
    case 'no_word_before':
      return `(?<!${wordBefore})`;
    case 'word_after':
      return `(?=${wordAfter})`;
    case 'no_word_after':
      return `(?!${wordAfter})`;
    case 'boundary':
      return `(?:(?<=${wordBefore})(?!${wordAfter})|(?<!${wordBefore})(?=${wordAfter}))`;
    case 'not_boundary':
      return `(?:(?<=${wordBefore})(?=${wordAfter})|(?<!${wordBefore})(?!${wordAfter}))`;
  }
}

/** A word character (Unicode) as the inside of a look-behind and of a look-ahead. */
function wordTests(max: number): readonly [string, string] {
  const known = wordTestsByMax.get(max);
  if (known !== undefined) return known;
  let tests: readonly [string, string] = bySteps(WORD_PROPERTIES);
  if (max <= 0xff) tests = [`[${classText(LATIN1_WORD)}]`, `[${classText(LATIN1_WORD)}]`];
  else if (max <= 0xffff) tests = bySteps(classText(clamp(posixSet('word')!, 0xffff)));
  wordTestsByMax.set(max, tests);
  return tests;
}

const wordTestsByMax = new Map<number, readonly [string, string]>();

/** ASCII first: V8 looks a class of hundreds of ranges up by a call. A look-behind runs from right to left. */
function bySteps(members: string): readonly [string, string] {
  return [`\\w|[${members}](?<=[^\\x00-\\x7f])`, `\\w|(?=[^\\x00-\\x7f])[${members}]`];
}

function charsText(set: CharSet, max: number): string {
  const part = clamp(set, max);
  const only = onlyMember(part);
  if (only >= 0) return escaped(only, SYNTAX);
  if (sameSet(part, DIGIT)) return '\\d';
  if (sameSet(part, WORD)) return '\\w';
  const rest = negate(part, max);
  // A set that goes beyond the text's characters is best told by what it leaves out.
  if (part.length > 0 && part.at(-1) === max) return `[^${classText(rest)}]`;
  return `[${classText(part)}]`;
}

function classText(set: CharSet): string {
  let text = '';
  for (let i = 0; i < set.length; i += 2) {
    const low = set[i]!;
    const high = set[i + 1]!;
    text += escaped(low, CLASS_SYNTAX);
    if (high > low) text += `${high > low + 1 ? '-' : ''}${escaped(high, CLASS_SYNTAX)}`;
  }
  return text;
}

const SYNTAX = new Set('^$\\.*+?()[]{}|/');
const CLASS_SYNTAX = new Set('\\]^[-');

function escaped(code: number, syntax: ReadonlySet<string>): string {
  const character = String.fromCodePoint(code);
  if (syntax.has(character)) return `\\${character}`;
  if (code === 0x0a) return '\\n';
  if (code >= 0x20 && code < 0x7f) return character;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}
