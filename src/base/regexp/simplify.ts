import { sameSet, union } from './char-set.ts';
import {
  ACCEPT,
  type CharMask,
  either,
  type First,
  firstOf,
  isDeterministic,
  lastOf,
  UNKNOWN,
  wordiness,
} from './first.ts';
import { childrenOf, EMPTY, itemsOf, type Loop, mapChildren, NEVER, type RegexpNode, sequence, some } from './tree.ts';
import { unrollLoops } from './unroll.ts';

/**
 * The same pattern, for an engine that backtracks and has no atomic groups of its own:
 * 1. loops in loops become one (`(?:a+)+` takes exponential time to fail), alternatives of single characters a class,
 *    and what alternatives have in common at their start is matched once;
 * 2. `\b` becomes a look at one side where the other side is known;
 * 3. atomic groups go where the next character decides everything anyway;
 * 4. loops over single characters and something else run over the characters in one go.
 */
export function simplify(tree: RegexpNode): RegexpNode {
  const folded = fold(tree);
  const bounded = resolveBoundaries(folded, UNKNOWN.mask, ACCEPT).node;
  return markKeeping(unrollLoops(loosen(bounded, ACCEPT)));
}

/** JavaScript forgets captures at each round of a loop, the reference doesn't: the outermost loops where that shows. */
function markKeeping(node: RegexpNode): RegexpNode {
  if (node.kind === 'loop' && node.max > 1 && hasOptionalCapture(node.body)) return { ...node, keeps: true };
  return mapChildren(node, markKeeping);
}

function hasOptionalCapture(node: RegexpNode): boolean {
  const optional = node.kind === 'choice' || (node.kind === 'loop' && node.min === 0);
  return optional ? hasCapture(node) : childrenOf(node).some(hasOptionalCapture);
}

function fold(node: RegexpNode): RegexpNode {
  const inner = mapChildren(node, fold);
  if (inner.kind === 'loop') return foldLoop(inner);
  if (inner.kind === 'choice') return foldChoice(inner.items);
  return inner;
}

function foldLoop(node: Loop): RegexpNode {
  if (node.min === 1 && node.max === 1) return node.body;
  const { body } = node;
  // (?:X+)+ is X+; with a star or a question mark on either it is X*.
  if (body.kind === 'loop' && !node.lazy && !body.lazy && node.min <= 1 && body.min <= 1) {
    const endless = node.max === Number.POSITIVE_INFINITY || body.max === Number.POSITIVE_INFINITY;
    if (endless && (node.max > 1 || body.max > 1) && !hasCapture(body)) {
      return {
        kind: 'loop',
        body: body.body,
        min: Math.min(node.min, body.min),
        max: Number.POSITIVE_INFINITY,
        lazy: false,
      };
    }
  }
  if (node.max === Number.POSITIVE_INFINITY && node.min <= 1 && !node.lazy)
    return { ...node, body: withoutInnerLoops(body) };
  return node;
}

/** Body of an endless loop: an alternative that is itself a loop over single characters need not be one. */
function withoutInnerLoops(body: RegexpNode): RegexpNode {
  if (body.kind !== 'choice') return body;
  const masks = body.items.map(item => firstOf(item, UNKNOWN).mask);
  const apart = masks.every((mask, i) => masks.every((other, k) => i === k || (mask & other) === 0n));
  if (!apart) return body;
  const items = body.items.map(item => {
    const plain = item.kind === 'loop' && item.min === 1 && item.max === Number.POSITIVE_INFINITY && !item.lazy;
    return plain && item.body.kind === 'chars' ? item.body : item;
  });
  return foldChoice(items);
}

/** Merges neighbours that are single characters, and what neighbours have in common at their start. */
function foldChoice(alternatives: readonly RegexpNode[]): RegexpNode {
  const items: RegexpNode[] = [];
  for (const alternative of alternatives.flatMap(item => (item.kind === 'choice' ? item.items : [item]))) {
    const previous = items.at(-1);
    const merged =
      previous === undefined ? undefined : (mergeChars(previous, alternative) ?? mergePrefix(previous, alternative));
    if (merged === undefined) items.push(alternative);
    else items[items.length - 1] = merged;
  }
  return items.length === 1 ? items[0]! : { kind: 'choice', items };
}

function mergeChars(a: RegexpNode, b: RegexpNode): RegexpNode | undefined {
  return a.kind === 'chars' && b.kind === 'chars' ? { kind: 'chars', set: union(a.set, b.set) } : undefined;
}

/** `XA|XB` is `X(?:A|B)` when there is one way at most to match X. */
function mergePrefix(a: RegexpNode, b: RegexpNode): RegexpNode | undefined {
  const itemsA = unrolled(a);
  const itemsB = unrolled(b);
  let shared = 0;
  while (shared < itemsA.length && shared < itemsB.length && sameNode(itemsA[shared]!, itemsB[shared]!)) shared++;
  for (; shared > 0; shared--) {
    const head = sequence(itemsA.slice(0, shared));
    if (hasCapture(head) || !isDeterministic(head, UNKNOWN)) continue;
    const restA = sequence(itemsA.slice(shared));
    const last = restA.kind === 'choice' ? restA.items : [restA];
    return sequence([head, foldChoice([...last, sequence(itemsB.slice(shared))])]);
  }
  return undefined;
}

/** The items of a sequence; of `X{3}` at its start, X and `X{2}`. */
function unrolled(node: RegexpNode): readonly RegexpNode[] {
  const items = itemsOf(node);
  const head = items[0];
  if (head?.kind !== 'loop' || head.min !== head.max || head.min < 2 || head.min > 16 || hasCapture(head)) return items;
  const less: RegexpNode = head.min === 2 ? head.body : { ...head, min: head.min - 1, max: head.max - 1 };
  return itemsOf(sequence([...unrolled(head.body), less, ...items.slice(1)]));
}

function sameNode(a: RegexpNode, b: RegexpNode): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'chars' && b.kind === 'chars') return sameSet(a.set, b.set);
  return JSON.stringify(a, endless) === JSON.stringify(b, endless);
}

function endless(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? 'endless' : value;
}

function hasCapture(node: RegexpNode): boolean {
  return some(node, inner => inner.kind === 'capture');
}

/** Walks from left to right with what can stand before, and knows what can follow. */
function resolveBoundaries(node: RegexpNode, before: CharMask, follow: First): { node: RegexpNode; after: CharMask } {
  switch (node.kind) {
    case 'sequence': {
      const follows: First[] = [];
      let rest = follow;
      for (let i = node.items.length - 1; i >= 0; i--) {
        follows[i] = rest;
        rest = firstOf(node.items[i]!, rest);
      }
      let mask = before;
      const items = node.items.map((item, i) => {
        const resolved = resolveBoundaries(item, mask, follows[i]!);
        mask = resolved.after;
        return resolved.node;
      });
      return { node: sequence(items), after: mask };
    }
    case 'assertion':
      return { node: resolveBoundary(node, before, follow), after: before };
    case 'loop': {
      const body = firstOf(node.body, follow);
      const inner = node.max > 1 ? before | lastOf(node.body, before) : before;
      return {
        node: mapChildren(
          node,
          child => resolveBoundaries(child, inner, node.max > 1 ? either(body, follow) : follow).node,
        ),
        after: lastOf(node, before),
      };
    }
    case 'look':
      // Within look-behinds and after look-aheads the neighbours are others; boundaries there stay as they are.
      return { node, after: before };
    default:
      return {
        node: mapChildren(node, child => resolveBoundaries(child, before, follow).node),
        after: lastOf(node, before),
      };
  }
}

function resolveBoundary(node: RegexpNode, before: CharMask, follow: First): RegexpNode {
  if (node.kind !== 'assertion' || (node.what !== 'boundary' && node.what !== 'not_boundary')) return node;
  const wanted = node.what === 'boundary';
  const left = wordiness(before);
  const right = follow.accepts ? 'unknown' : wordiness(follow.mask);
  if (left !== 'unknown' && right !== 'unknown') return (left !== right) === wanted ? EMPTY : NEVER;
  if (left !== 'unknown')
    return { kind: 'assertion', what: (left === 'yes') === wanted ? 'no_word_after' : 'word_after' };
  if (right !== 'unknown')
    return { kind: 'assertion', what: (right === 'yes') === wanted ? 'no_word_before' : 'word_before' };
  return node;
}

/** Takes atomic groups away where that changes nothing. */
function loosen(node: RegexpNode, follow: First): RegexpNode {
  if (!some(node, inner => inner.kind === 'atomic')) return node;
  // A look has one way to match, and yet it tells what the atomic group in it does not give back.
  if (!some(node, inner => inner.kind === 'look' && some(inner.body, below => below.kind === 'atomic'))) {
    const plain = fold(withoutAtomic(node));
    if (isDeterministic(plain, follow)) return plain;
  }
  switch (node.kind) {
    case 'atomic':
      // At the end of a pattern nothing can fail any more and come back.
      if (follow.accepts && follow.mask === 0n) return loosen(node.body, ACCEPT);
      return { kind: 'atomic', body: loosen(node.body, ACCEPT) };
    case 'sequence': {
      const items: RegexpNode[] = [];
      let rest = follow;
      for (let i = node.items.length - 1; i >= 0; i--) {
        items.unshift(loosen(node.items[i]!, rest));
        rest = firstOf(node.items[i]!, rest);
      }
      return sequence(items);
    }
    case 'loop': {
      const round = node.max > 1 ? either(firstOf(node.body, follow), follow) : follow;
      return { ...node, body: loosen(node.body, round) };
    }
    case 'look':
      // A look-behind runs backwards, where an atomic group can't be had; what it gives back matters to nobody there.
      return { ...node, body: node.behind ? withoutAtomic(node.body) : loosen(node.body, ACCEPT) };
    default:
      return mapChildren(node, child => loosen(child, follow));
  }
}

function withoutAtomic(node: RegexpNode): RegexpNode {
  return node.kind === 'atomic' ? withoutAtomic(node.body) : mapChildren(node, withoutAtomic);
}
