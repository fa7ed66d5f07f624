import { type CharSet, clamp, DIGIT, negate, onlyMember, sameSet, WORD } from './char-set.ts';
import { LATIN1_WORD, posixSet, WORD_PROPERTIES } from './classes.ts';
import { isNullable } from './first.ts';
import type { AssertionKind, Reference, RegexpNode } from './tree.ts';
import { classText, writeTree } from './write.ts';

/** What the texts are like that a regular expression is made for: the less they can hold, the quicker it is. */
export interface TextKind {
  /** The highest code point: 0xff, 0xffff without surrogates, or 0x10ffff. */
  readonly max: number;
  /** Whether there may be newlines. Without them, lines are texts. */
  readonly newlines: boolean;
}

/** A regular expression of JavaScript. */
export interface Written {
  readonly source: string;
  readonly flags: string;
  /** How many groups it has. */
  readonly groups: number;
}

export interface WrittenV8 extends Written {
  /** Group number of the regular expression for each capture id. */
  readonly groupOf: ReadonlyMap<number, number>;
  /** The loops whose captures must be kept over the rounds. */
  readonly kept: readonly KeptLoop[];
}

/** A loop that has to be run again, round by round, to know what its captures were set to last. */
export interface KeptLoop {
  readonly body: RegexpNode;
  /** Group with the rest of the text where the loop began: tells the place. */
  readonly restGroup: number;
  /** Group with what the loop matched. */
  readonly textGroup: number;
}

/** Writes the tree as a JavaScript regular expression with numbered groups only. */
export function writeV8(tree: RegexpNode, kind: TextKind): WrittenV8 {
  const groupOf = new Map<number, number>();
  const kept: KeptLoop[] = [];
  const nullable = new Set<number>();
  findNullable(tree, nullable);
  let groups = 0;

  // JavaScript lets a reference to a group that took no part match the empty text; here it must fail. Where it is not
  // certain that it took part, it has to move: the rest of the text before it must not be the rest after it. Only a
  // group that can be empty escapes that: it matches the empty text where it took no part.
  const referenceText = (node: Reference): string => {
    const group = groupOf.get(node.ids[0]!);
    if (group === undefined) return '[]';
    const reference = `(?${node.anyCase === true ? 'i' : ''}:\\${group})`;
    if (node.certain || nullable.has(node.ids[0]!)) return reference;
    const rest = ++groups;
    return `(?:(?=([^]*))${node.anyCase === true ? reference : `\\${group}`}(?!\\${rest}$))`;
  };

  const source = writeTree(tree, {
    open: '(?:',
    empty: '',
    leaf(node, write) {
      switch (node.kind) {
        case 'chars':
          return charsText(node.set, kind.max);
        case 'capture': {
          const group = ++groups;
          groupOf.set(node.id, group);
          return `(${write(node.body)})`;
        }
        case 'atomic': {
          const group = ++groups;
          return `(?:(?=(${write(node.body)}))\\${group})`;
        }
        case 'look':
          return `(?${node.behind ? '<' : ''}${node.negate ? '!' : '='}${write(node.body)})`;
        case 'assertion':
          return assertionText(node.what, kind);
        case 'reference':
          return referenceText(node);
      }
    },
    openLoop(node) {
      if (node.keeps !== true) return '';
      const restGroup = ++groups;
      const textGroup = ++groups;
      kept.push({ body: node.body, restGroup, textGroup });
      return '(?=([^]*))(';
    },
  });
  return { source, flags: kind.max > 0xffff ? 'u' : '', groups, groupOf, kept };
}

/**
 * The source of an expression that always matches: where the one of the tree does not, the group behind its last takes
 * part, empty, at the end of the text. So a plain null is left for "gave up".
 */
export function withMiss({ source }: Written, isAnchored: boolean): string {
  return isAnchored ? `^(?:${source}|())` : `${source}|$()`;
}

/** The tree as such an expression. */
export function writeAlways(tree: RegexpNode, kind: TextKind): WrittenV8 {
  const written = writeV8(tree, kind);
  return { ...written, source: withMiss(written, isAnchored(tree, kind.newlines)) };
}

function findNullable(node: RegexpNode, found: Set<number>): void {
  if (node.kind === 'capture' && isNullable(node.body)) found.add(node.id);
  if ('items' in node) for (const item of node.items) findNullable(item, found);
  else if ('body' in node) findNullable(node.body, found);
}

/** True when a match can only begin where the text begins. */
export function isAnchored(node: RegexpNode, newlines = true): boolean {
  switch (node.kind) {
    case 'assertion':
      return node.what === 'text_start' || (node.what === 'line_start' && !newlines);
    case 'sequence':
      return node.items.length > 0 && isAnchored(node.items[0]!, newlines);
    case 'choice':
      return node.items.every(item => isAnchored(item, newlines));
    case 'capture':
    case 'atomic':
      return isAnchored(node.body, newlines);
    default:
      return false;
  }
}

function assertionText(what: AssertionKind, kind: TextKind): string {
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
    case 'ascii_boundary':
      return '\\b';
    case 'not_ascii_boundary':
      return '\\B';
    default:
      return wordAssertionText(what, kind.max);
  }
}

type WordAssertion = Extract<AssertionKind, `${string}word_${string}` | 'boundary' | 'not_boundary'>;

function wordAssertionText(what: WordAssertion, max: number): string {
  const [wordBefore, wordAfter] = wordTests(max);
  switch (what) {
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
  if (max <= 0xff) tests = [`[${classText(LATIN1_WORD, inClass)}]`, `[${classText(LATIN1_WORD, inClass)}]`];
  else if (max <= 0xffff) tests = bySteps(classText(clamp(posixSet('word')!, 0xffff), inClass));
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
  if (part.length > 0 && part.at(-1) === max) return `[^${classText(rest, inClass)}]`;
  return `[${classText(part, inClass)}]`;
}

const SYNTAX = new Set('^$\\.*+?()[]{}|/');
const CLASS_SYNTAX = new Set('\\]^[-');
const inClass = (code: number): string => escaped(code, CLASS_SYNTAX);

function escaped(code: number, syntax: ReadonlySet<string>): string {
  const character = String.fromCodePoint(code);
  if (syntax.has(character)) return `\\${character}`;
  if (code === 0x0a) return '\\n';
  if (code >= 0x20 && code < 0x7f) return character;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}
