import { type CharSet, intersect, negate, onlyMember, sameSet, WORD } from './char-set.ts';
import { isNullable } from './first.ts';
import { ANY_STAR, chars, choice, isAny, loop, optional, type RegexpNode, sequence, some } from './tree.ts';
import { writeTree } from './write.ts';

/*
 * Lucene compares an expression with the whole term, has no anchors and no `\b`: what is not anchored gets `.*`, and what
 * stands at a word boundary gets the character before or behind it spelled out.
 */

/** What an expression asks of Lucene that it cannot do. */
export class NotInLucene extends Error {}

/** A sequence without assertions; `before` and `after` are what stands for the rest of the value. */
export interface WholeValue {
  readonly before: readonly RegexpNode[];
  readonly nodes: readonly RegexpNode[];
  readonly after: readonly RegexpNode[];
}

/**
 * The whole values in which the expression is found, as alternatives; none if nothing can match. For trees with the loops
 * `* + ?` and boundaries of ASCII. @throws NotInLucene
 */
export function wholeValues(tree: RegexpNode): WholeValue[] {
  return alternatives(tree)
    .map(wholeValue)
    .filter(found => found !== undefined);
}

/** In Lucene's syntax, with any flags. @throws NotInLucene */
export function writeLucene(values: readonly WholeValue[]): string {
  return values
    .map(({ before, nodes, after }) => writeTree(sequence([...before, ...nodes, ...after]), DIALECT))
    .join('|');
}

/** Every character that means something to Lucene with any flags gets a backslash. */
export function escapeLucene(text: string): string {
  return text.replace(/[.?+*|{}[\]()"\\#@&<>~^$-]/g, '\\$&');
}

const MAX_ALTERNATIVES = 64;

/** Sequences that have assertions at their own level only. */
function alternatives(node: RegexpNode): (readonly RegexpNode[])[] {
  if (!hasAssertion(node)) return node.kind === 'sequence' ? [node.items] : [[node]];
  switch (node.kind) {
    case 'choice':
      return limited(node.items.flatMap(alternatives));
    case 'sequence': {
      let found: (readonly RegexpNode[])[] = [[]];
      for (const inner of node.items) {
        const choices = hasAssertion(inner) ? alternatives(inner) : [[inner]];
        found = limited(found.flatMap(head => choices.map(tail => [...head, ...tail])));
      }
      return found;
    }
    case 'loop':
      if (node.max === 1) return [[], ...alternatives(node.body)];
      throw new NotInLucene('repeats an anchor or a word boundary');
    default:
      return [[node]];
  }
}

function limited(found: (readonly RegexpNode[])[]): (readonly RegexpNode[])[] {
  if (found.length > MAX_ALTERNATIVES)
    throw new NotInLucene('has too many alternatives with anchors or word boundaries');
  return found;
}

const hasAssertion = (node: RegexpNode): boolean => some(node, inner => inner.kind === 'assertion');

/** Takes the assertions out; undefined when they contradict the rest. */
function wholeValue(given: readonly RegexpNode[]): WholeValue | undefined {
  let nodes = given;
  let before: readonly RegexpNode[] = [ANY_STAR];
  let after: readonly RegexpNode[] = [ANY_STAR];
  const start = nodes.findLastIndex(isStart);
  if (start >= 0) {
    if (!nodes.slice(0, start).every(isNullable)) return undefined;
    nodes = [...assertions(nodes.slice(0, start)), ...nodes.slice(start + 1)];
    before = [];
  }
  const end = nodes.findIndex(isEnd);
  if (end >= 0) {
    if (!nodes.slice(end + 1).every(isNullable)) return undefined;
    nodes = [...nodes.slice(0, end), ...assertions(nodes.slice(end + 1))];
    after = [];
  }
  for (let i = nodes.findIndex(isBoundary); i >= 0; i = nodes.findIndex(isBoundary)) {
    const wantsChange = isAssertion(nodes[i]!, 'ascii_boundary');
    const left = [...before, ...nodes.slice(0, i)];
    const right = [...nodes.slice(i + 1), ...after];
    const kept = [true, false].flatMap(wordLeft => {
      const wordRight = wantsChange ? !wordLeft : wordLeft;
      const newLeft = narrowedAt('last', left, wordLeft);
      const newRight = narrowedAt('first', right, wordRight);
      return newLeft === undefined || newRight === undefined ? [] : [[...newLeft, ...newRight]];
    });
    if (kept.length === 0) return undefined;
    // Both sides of the boundary are possible: an alternation of the two.
    if (kept.length > 1 && right.some(isBoundary))
      throw new NotInLucene('has word boundaries beside characters of any kind');
    nodes = kept.length === 1 ? kept[0]! : [choice(kept.map(sequence))];
    before = [];
    after = [];
  }
  return { before, nodes, after };
}

const isAssertion = (node: RegexpNode, what: string): boolean => node.kind === 'assertion' && node.what === what;
const isStart = (node: RegexpNode): boolean => isAssertion(node, 'text_start');
const isEnd = (node: RegexpNode): boolean => isAssertion(node, 'text_end');
const isBoundary = (node: RegexpNode): boolean => node.kind === 'assertion' && !isStart(node) && !isEnd(node);
/** What is left of nodes that have no character: `^` and `$` of the other end hold or not by what else there is. */
const assertions = (nodes: readonly RegexpNode[]): RegexpNode[] =>
  nodes.filter(node => isBoundary(node) || isEnd(node));

const OTHER = negate(WORD);
const restricted = (isWord: boolean): CharSet => (isWord ? WORD : OTHER);

type End = 'first' | 'last';

/** The nodes, their first or last character restricted to those of words or to the others (or no character at all). */
function narrowedAt(end: End, nodes: readonly RegexpNode[], isWord: boolean): readonly RegexpNode[] | undefined {
  if (nodes.length === 0) return isWord ? undefined : [];
  const [edge, rest] = end === 'first' ? [nodes[0]!, nodes.slice(1)] : [nodes.at(-1)!, nodes.slice(0, -1)];
  if (edge === ANY_STAR && rest.length === 0) {
    const found = inOrder(end, [ANY_STAR], [chars(restricted(isWord))]);
    return isWord ? found : [optional(sequence(found))];
  }
  if (edge.kind === 'loop' && edge.min === 0) {
    const inner = narrowed(edge.body, isWord, end);
    const more = edge.max === 1 ? [] : [edge];
    return either(narrowedAt(end, rest, isWord), inner && inOrder(end, rest, more, inner));
  }
  const inner = narrowed(edge, isWord, end);
  return inner && inOrder(end, rest, inner);
}

/** The parts, from the middle to that end of the value, as they stand in it. */
function inOrder(end: End, ...parts: (readonly RegexpNode[])[]): readonly RegexpNode[] {
  return (end === 'first' ? parts.reverse() : parts).flat();
}

function either(
  a: readonly RegexpNode[] | undefined,
  b: readonly RegexpNode[] | undefined,
): readonly RegexpNode[] | undefined {
  return a === undefined || b === undefined ? (a ?? b) : [choice([sequence(a), sequence(b)])];
}

/** Undefined when it has no such character at that end. */
function narrowed(node: RegexpNode, isWord: boolean, end: End): readonly RegexpNode[] | undefined {
  switch (node.kind) {
    case 'chars': {
      const set = intersect(node.set, restricted(isWord));
      return set.length === 0 ? undefined : [sameSet(set, node.set) ? node : chars(set)];
    }
    case 'loop': {
      if (node.min === 0) break;
      const { body } = node;
      if (body.kind === 'chars' && sameSet(intersect(body.set, restricted(isWord)), body.set)) return [node];
      const inner = narrowed(body, isWord, end);
      return inner && inOrder(end, [loop(body, 0, Number.POSITIVE_INFINITY)], inner);
    }
    case 'sequence': {
      if (node.items.length === 0 || isNullable(end === 'first' ? node.items[0]! : node.items.at(-1)!)) break;
      return narrowedAt(end, node.items, isWord);
    }
    case 'choice': {
      const kept = node.items.map(item => narrowed(item, isWord, end)).filter(items => items !== undefined);
      return kept.length === 0 ? undefined : [choice(kept.map(sequence))];
    }
  }
  throw new NotInLucene('has a word boundary beside something that may be missing');
}

const DIALECT = {
  open: '(',
  empty: '()',
  leaf(node: RegexpNode): string {
    if (node.kind !== 'chars') throw new NotInLucene('has an anchor in a place where it cannot hold');
    if (isAny(node)) return '.';
    const only = onlyMember(node.set);
    return only < 0 ? `[${classText(node.set)}]` : escapeLucene(String.fromCodePoint(only));
  },
};

function classText(set: CharSet): string {
  let text = '';
  for (let i = 0; i < set.length; i += 2) text += rangeText(set[i]!, set[i + 1]!);
  return text;
}

/** An escaped character is no end of a range to Lucene: it stands beside the range. */
function rangeText(from: number, to: number): string {
  if (from > to) return '';
  const low = String.fromCodePoint(from);
  const high = String.fromCodePoint(to);
  if (from === to) return SPECIAL_IN_CLASS.test(low) ? `\\${low}` : low;
  if (SPECIAL_IN_CLASS.test(low)) return `\\${low}${rangeText(from + 1, to)}`;
  if (SPECIAL_IN_CLASS.test(high)) return `${rangeText(from, to - 1)}\\${high}`;
  return `${low}-${high}`;
}

const SPECIAL_IN_CLASS = /[[\]\\^"-]/;
