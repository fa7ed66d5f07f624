import type { CharSet } from './char-set.ts';
import type { RegexpNode } from './tree.ts';

/**
 * What the first characters of a text must be, a set for each place: bit c for each ASCII character c, one bit for all beyond, one
 * for the end of the text. Places behind the last set may hold anything. Always too much rather than too little.
 */
export type Prefix = readonly bigint[];

/** Bits of a set. */
export const BEYOND_ASCII = 128;
export const END_OF_TEXT = 129;

const MAX_STEPS = 5000;

/**
 * The first `places` characters of the texts that the expression matches from their start, one prefix for each of the forms
 * that it begins with; one that is empty if it may match anywhere.
 */
export function prefixesOf(tree: RegexpNode, places: number): readonly Prefix[] {
  const prefixes = forms([{ node: tree, next: undefined }]).map(list => new Walk().prefix(list, places));
  return prefixes.some(prefix => prefix.length === 0) ? [[]] : prefixes;
}

const MAX_FORMS = 6;

/** The alternatives at the start, as expressions of their own. */
function forms(lists: readonly (List | undefined)[]): readonly (List | undefined)[] {
  const split = lists.flatMap(first => {
    // What takes no character stands before the alternatives, too.
    const held: RegexpNode[] = [];
    let list = first;
    while (list !== undefined) {
      const { node, next } = list;
      const put = (...nodes: RegexpNode[]): List | undefined => listOf([...held, ...nodes], next);
      if (node.kind === 'choice') return node.items.map(item => put(item));
      if (node.kind === 'loop' && node.min === 0 && node.max === 1) return [put(node.body), put()];
      if (node.kind === 'sequence' || node.kind === 'capture' || node.kind === 'atomic') {
        list = listOf(node.kind === 'sequence' ? node.items : [node.body], next);
        continue;
      }
      if (node.kind !== 'assertion' && node.kind !== 'look') break;
      held.push(node);
      list = next;
    }
    return [first];
  });
  if (split.length === lists.length || split.length > MAX_FORMS) return lists;
  return forms(split);
}

/** The same of a text that begins with `literal`. */
export const prefixOfText = (literal: string, places: number): Prefix =>
  Array.from({ length: Math.min(places, literal.length) }, (_, i) => bitOf(literal.charCodeAt(i)));

/** What both allow. */
export function bothPrefixes(a: Prefix, b: Prefix): Prefix {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  return long.map((set, i) => (i < short.length ? set & short[i]! : set));
}

type Chars = Extract<RegexpNode, { kind: 'chars' }>;

interface List {
  readonly node: RegexpNode;
  readonly next: List | undefined;
}

/** Walks all ways through an expression at once, a character at a time. */
class Walk {
  #steps = MAX_STEPS;
  /** What may stand for a list without a character between. Rounds of a loop are the same list again. */
  readonly #ways = new Map<List, readonly (List | undefined)[]>();
  /** Lists that begin with a character. */
  #heads: List[] = [];
  readonly #seen = new Set<List>();
  readonly #seenStarted = new Set<List>();
  /** Some way says nothing of the next place. */
  #isOpen = false;
  /** Some way ends there with the text. */
  #isEnd = false;

  prefix(first: List | undefined, places: number): Prefix {
    const masks: bigint[] = [];
    this.#reach(first, false);
    while (!this.#isOpen && masks.length < places) {
      const heads = this.#heads;
      let mask = this.#isEnd ? 1n << BigInt(END_OF_TEXT) : 0n;
      for (const { node } of heads) mask |= maskOf((node as Chars).set);
      masks.push(mask);
      if (this.#isEnd) break;
      this.#heads = [];
      this.#seen.clear();
      this.#seenStarted.clear();
      for (const { next } of heads) this.#reach(next, true);
    }
    return masks;
  }

  /** Finds what the next character may be. `isStarted`: the start of the text has been asked for. */
  #reach(list: List | undefined, isStarted: boolean): void {
    if (this.#isOpen) return;
    if (list === undefined || --this.#steps < 0) {
      this.#isOpen = true;
      return;
    }
    const seen = isStarted ? this.#seenStarted : this.#seen;
    if (seen.has(list)) return;
    seen.add(list);
    const { node, next } = list;
    if (node.kind === 'chars' || node.kind === 'reference') {
      if (node.kind === 'chars' && isStarted) this.#heads.push(list);
      else this.#isOpen = true;
    } else if (node.kind === 'assertion') {
      if (node.what === 'text_end' && isStarted) this.#isEnd = true;
      else if (node.what === 'text_end_newline' || node.what === 'line_end') this.#isOpen = true;
      else this.#reach(next, isStarted || node.what === 'text_start');
    } else {
      for (const way of this.#waysOf(list)) this.#reach(way, isStarted);
    }
  }

  #waysOf(list: List): readonly (List | undefined)[] {
    let ways = this.#ways.get(list);
    if (ways === undefined) {
      ways = waysOf(list);
      this.#ways.set(list, ways);
    }
    return ways;
  }
}

function waysOf(list: List): readonly (List | undefined)[] {
  const { node, next } = list;
  switch (node.kind) {
    case 'sequence':
      return [listOf(node.items, next)];
    case 'choice':
      return node.items.map(item => ({ node: item, next }));
    case 'capture':
    case 'atomic':
      return [{ node: node.body, next }];
    case 'loop': {
      if (node.max === 0) return [next];
      const isSame = node.min === 0 && node.max === Number.POSITIVE_INFINITY;
      const again = isSame ? list : { node: { ...node, min: Math.max(0, node.min - 1), max: node.max - 1 }, next };
      const round = { node: node.body, next: again };
      return node.min > 0 ? [round] : [next, round];
    }
    default:
      return [next];
  }
}

const listOf = (nodes: readonly RegexpNode[], next: List | undefined): List | undefined =>
  nodes.reduceRight<List | undefined>((rest, item) => ({ node: item, next: rest }), next);

const bitOf = (code: number): bigint => 1n << BigInt(Math.min(code, BEYOND_ASCII));

function maskOf(set: CharSet): bigint {
  let mask = 0n;
  for (let i = 0; i < set.length; i += 2) {
    const [low, high] = [set[i]!, set[i + 1]!];
    const last = Math.min(high, BEYOND_ASCII - 1);
    if (low <= last) mask |= ((1n << BigInt(last - low + 1)) - 1n) << BigInt(low);
    if (high >= BEYOND_ASCII) mask |= 1n << BigInt(BEYOND_ASCII);
  }
  return mask;
}
