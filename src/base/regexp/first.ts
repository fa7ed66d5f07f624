import { type CharSet, clamp, MAX_CODE_POINT } from './char-set.ts';
import { LATIN1_WORD } from './classes.ts';
import type { Loop, RegexpNode } from './tree.ts';

/**
 * What can stand at a place: bit c for each Latin-1 character c, one bit for all characters beyond, one for the end of
 * the text. Always too much rather than too little.
 */
export type CharMask = bigint;

/** What a continuation can begin with. `accepts`: it can also succeed at once, whatever follows. */
export interface First {
  readonly mask: CharMask;
  readonly accepts: boolean;
}

const BEYOND = 1n << 256n;
const END = 1n << 257n;
const ALL = (1n << 258n) - 1n;
const NEWLINE_BIT = 1n << 10n;

/** Nothing follows: a match is complete here. */
export const ACCEPT: First = { mask: 0n, accepts: true };
/** Anything may follow, and it may fail. */
export const UNKNOWN: First = { mask: ALL, accepts: false };

export function maskOf(set: CharSet): CharMask {
  const known = masks.get(set);
  if (known !== undefined) return known;
  let mask = 0n;
  for (let i = 0; i < set.length; i += 2) {
    const low = set[i]!;
    const high = Math.min(set[i + 1]!, 255);
    if (low <= high) mask |= ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
    if (set[i + 1]! > 255) mask |= BEYOND;
  }
  masks.set(set, mask);
  return mask;
}

const masks = new WeakMap<CharSet, CharMask>();

/** Characters that a set excludes for sure when it must not match. */
function coverOf(set: CharSet): CharMask {
  const last = set.length - 2;
  const all = last >= 0 && set[last]! <= 256 && set[last + 1] === MAX_CODE_POINT;
  return maskOf(all ? set : clamp(set, 255));
}

const WORD_MASK = maskOf(LATIN1_WORD);

/** What `node` followed by `follow` can begin with. */
export function firstOf(node: RegexpNode, follow: First): First {
  switch (node.kind) {
    case 'chars':
      return { mask: maskOf(node.set), accepts: false };
    case 'sequence':
      return node.items.reduceRight((rest, item) => firstOf(item, rest), follow);
    case 'choice':
      return node.items.map(item => firstOf(item, follow)).reduce(either);
    case 'loop': {
      if (node.max === 0) return follow;
      let body = firstOf(node.body, follow);
      if (node.max > 1) body = firstOf(node.body, either(body, follow));
      return node.min === 0 ? either(body, follow) : body;
    }
    case 'capture':
    case 'atomic':
      return firstOf(node.body, follow);
    case 'look': {
      if (node.behind) return filter(follow, ALL);
      if (!node.negate) return filter(follow, open(firstOf(node.body, { mask: ALL, accepts: false })));
      return filter(follow, node.body.kind === 'chars' ? ALL & ~coverOf(node.body.set) : ALL);
    }
    case 'assertion':
      switch (node.what) {
        case 'text_end':
          return filter(follow, END);
        case 'text_end_newline':
        case 'line_end':
          return filter(follow, END | NEWLINE_BIT);
        case 'word_after':
          return filter(follow, WORD_MASK | BEYOND);
        case 'no_word_after':
          return filter(follow, ALL & ~WORD_MASK);
        default:
          return filter(follow, ALL);
      }
    case 'reference':
      return UNKNOWN;
  }
}

export function either(a: First, b: First): First {
  return { mask: a.mask | b.mask, accepts: a.accepts || b.accepts };
}

function open(first: First): CharMask {
  return first.accepts ? ALL : first.mask;
}

/** A zero-width condition on the next character before `follow`: it can fail, so nothing is accepted at once any more. */
function filter(follow: First, allowed: CharMask): First {
  return { mask: open(follow) & allowed, accepts: false };
}

/**
 * True when the next character alone decides every choice inside `node` (alternatives, one more round or not), given
 * what follows, and the engine's order of trying agrees with it. There is then one way at most to match, it is the one
 * that is found first, and giving back never helps.
 */
export function isDeterministic(node: RegexpNode, follow: First): boolean {
  switch (node.kind) {
    case 'sequence': {
      let rest = follow;
      for (let i = node.items.length - 1; i >= 0; i--) {
        if (!isDeterministic(node.items[i]!, rest)) return false;
        rest = firstOf(node.items[i]!, rest);
      }
      return true;
    }
    case 'choice': {
      let seen = 0n;
      // What can be empty matches before anything after it is tried, whatever the next character.
      if (node.items.some((item, i) => i < node.items.length - 1 && isNullable(item))) return false;
      for (const item of node.items) {
        const { mask } = firstOf(item, follow);
        if ((mask & seen) !== 0n || !isDeterministic(item, follow)) return false;
        seen |= mask;
      }
      return true;
    }
    case 'loop': {
      const body = firstOf(node.body, follow);
      if (node.min !== node.max && (node.lazy || (body.mask & follow.mask) !== 0n || body.accepts)) return false;
      return isDeterministic(node.body, node.max > 1 ? either(body, follow) : follow);
    }
    case 'capture':
      return isDeterministic(node.body, follow);
    default:
      // Characters and conditions have one way; an atomic group keeps to its first.
      return true;
  }
}

/** What can stand before the end of `node` when `before` can stand before its start. */
export function lastOf(node: RegexpNode, before: CharMask): CharMask {
  switch (node.kind) {
    case 'chars':
      return maskOf(node.set);
    case 'sequence':
      return node.items.reduce((mask, item) => lastOf(item, mask), before);
    case 'choice':
      return node.items.reduce((mask, item) => mask | lastOf(item, before), 0n);
    case 'loop': {
      const after = lastOf(node.body, before);
      return node.min === 0 ? before | lastOf(node.body, before | after) : lastOf(node.body, before | after);
    }
    case 'capture':
    case 'atomic':
      return lastOf(node.body, before);
    case 'reference':
      return ALL;
    default:
      return before;
  }
}

/** Whether the places that a mask tells of have a word character: `yes` and `no` for sure. */
export function wordiness(mask: CharMask): 'yes' | 'no' | 'unknown' {
  if ((mask & BEYOND) !== 0n) return 'unknown';
  if ((mask & WORD_MASK) === 0n) return 'no';
  return (mask & ~WORD_MASK) === 0n ? 'yes' : 'unknown';
}

/**
 * `(X)?` where X can be empty is X. JavaScript alone thinks otherwise: it refuses a round that matches nothing, so that
 * `(.*?)?` takes a character at least.
 */
export function isOptionalForNothing({ body, min, max, lazy }: Loop): boolean {
  return min === 0 && max === 1 && !lazy && yieldsEmpty(body);
}

/** True when the empty text is among what the node matches anywhere, so that leaving it out adds nothing. */
function yieldsEmpty(node: RegexpNode): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.items.every(yieldsEmpty);
    case 'choice':
      return node.items.some(yieldsEmpty);
    case 'loop':
      return node.min === 0 || yieldsEmpty(node.body);
    case 'capture':
      return yieldsEmpty(node.body);
    default:
      return false;
  }
}

/** True when the node can match the empty text. */
export function isNullable(node: RegexpNode): boolean {
  switch (node.kind) {
    case 'chars':
      return false;
    case 'sequence':
      return node.items.every(isNullable);
    case 'choice':
      return node.items.some(isNullable);
    case 'loop':
      return node.min === 0 || isNullable(node.body);
    case 'capture':
    case 'atomic':
      return isNullable(node.body);
    default:
      return true;
  }
}
