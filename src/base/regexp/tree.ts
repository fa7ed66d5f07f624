import { ANY, type CharSet, sameSet, single } from './char-set.ts';

/**
 * An expression after parsing, of whatever dialect: flags, comments, possessive quantifiers and names are resolved, every
 * set of characters is explicit. Nodes are never changed, only replaced.
 */
export type RegexpNode = Chars | Sequence | Alternation | Loop | Capture | Atomic | Look | Assertion | Reference;

/** One code point of a set. */
export interface Chars {
  readonly kind: 'chars';
  readonly set: CharSet;
}

export interface Sequence {
  readonly kind: 'sequence';
  readonly items: readonly RegexpNode[];
}

/** Alternatives, tried in order. */
export interface Alternation {
  readonly kind: 'choice';
  readonly items: readonly RegexpNode[];
}

export interface Loop {
  readonly kind: 'loop';
  readonly body: RegexpNode;
  readonly min: number;
  /** May be Infinity. */
  readonly max: number;
  readonly lazy: boolean;
  /** Captures in it take part in some rounds only, and keep what the last of those gave them. */
  readonly keeps?: boolean;
}

/** A capture that somebody reads: a field, or a back-reference. */
export interface Capture {
  readonly kind: 'capture';
  /** Number of the group in the pattern as it was written. */
  readonly id: number;
  readonly body: RegexpNode;
}

/** What matched once is not given back. */
export interface Atomic {
  readonly kind: 'atomic';
  readonly body: RegexpNode;
}

export interface Look {
  readonly kind: 'look';
  readonly behind: boolean;
  readonly negate: boolean;
  readonly body: RegexpNode;
}

export type AssertionKind =
  | 'text_start'
  | 'text_end'
  /** At the end or before a final newline. */
  | 'text_end_newline'
  | 'line_start'
  | 'line_end'
  /** Where a word of Unicode begins or ends. */
  | 'boundary'
  | 'not_boundary'
  /** The same for words of ASCII. */
  | 'ascii_boundary'
  | 'not_ascii_boundary'
  /** A word character (Unicode) is / is not before / after; what is left of `\b` where the other side is known. */
  | 'word_before'
  | 'no_word_before'
  | 'word_after'
  | 'no_word_after';

export interface Assertion {
  readonly kind: 'assertion';
  readonly what: AssertionKind;
}

/** The text of the last of these captures that took part. */
export interface Reference {
  readonly kind: 'reference';
  readonly ids: readonly number[];
  /** The capture always took part when the reference is reached. */
  readonly certain: boolean;
  readonly anyCase?: boolean;
}

export const EMPTY: Sequence = { kind: 'sequence', items: [] };
/** Matches nowhere. */
export const NEVER: Chars = { kind: 'chars', set: [] };

export const TEXT_START = assertion('text_start');
export const TEXT_END = assertion('text_end');

export function chars(set: CharSet): Chars {
  return { kind: 'chars', set };
}

/** The text itself. */
export function plain(text: string): RegexpNode {
  return sequence(Array.from(text, char => chars(single(char.codePointAt(0)!))));
}

export function assertion(what: AssertionKind): Assertion {
  return { kind: 'assertion', what };
}

export function loop(body: RegexpNode, min: number, max: number, lazy = false): Loop {
  return { kind: 'loop', body, min, max, lazy };
}

export function optional(body: RegexpNode): Loop {
  return loop(body, 0, 1);
}

/** Any text. */
export const ANY_STAR = loop(chars(ANY), 0, Number.POSITIVE_INFINITY);

export function isAnyStar(node: RegexpNode): boolean {
  return node.kind === 'loop' && node.min === 0 && node.max === Number.POSITIVE_INFINITY && isAny(node.body);
}

/** True for one character, whatever it is. */
export function isAny(node: RegexpNode): boolean {
  return node.kind === 'chars' && sameSet(node.set, ANY);
}

/** The alternatives, or the only one. */
export function choice(items: readonly RegexpNode[]): RegexpNode {
  return items.length === 1 ? items[0]! : { kind: 'choice', items };
}

/** A sequence without sequences in it. */
export function sequence(items: readonly RegexpNode[]): RegexpNode {
  const flat: RegexpNode[] = [];
  for (const item of items) {
    if (item.kind === 'sequence') flat.push(...item.items);
    else flat.push(item);
  }
  return flat.length === 1 ? flat[0]! : { kind: 'sequence', items: flat };
}

/** The items of a sequence, or the node alone. */
export function itemsOf(node: RegexpNode): readonly RegexpNode[] {
  return node.kind === 'sequence' ? node.items : [node];
}

export function childrenOf(node: RegexpNode): readonly RegexpNode[] {
  switch (node.kind) {
    case 'sequence':
    case 'choice':
      return node.items;
    case 'loop':
    case 'capture':
    case 'atomic':
    case 'look':
      return [node.body];
    default:
      return [];
  }
}

/** The node with its children replaced; the same node when nothing changed. */
export function mapChildren(node: RegexpNode, change: (child: RegexpNode) => RegexpNode): RegexpNode {
  switch (node.kind) {
    case 'sequence':
    case 'choice': {
      const items = node.items.map(change);
      if (items.every((item, index) => item === node.items[index])) return node;
      return node.kind === 'sequence' ? sequence(items) : { kind: 'choice', items };
    }
    case 'loop':
    case 'capture':
    case 'atomic':
    case 'look': {
      const body = change(node.body);
      return body === node.body ? node : { ...node, body };
    }
    default:
      return node;
  }
}

/** True when the node or one below it satisfies the test. */
export function some(node: RegexpNode, test: (node: RegexpNode) => boolean): boolean {
  return test(node) || childrenOf(node).some(child => some(child, test));
}
