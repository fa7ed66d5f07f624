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
  const prefixes = forms([{ node: tree, next: undefined }]).map(list => new Walk().heads(list, places, false));
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

/** What either of both allows. */
const eitherPrefix = (a: Prefix, b: Prefix): Prefix =>
  Array.from({ length: Math.min(a.length, b.length) }, (_, i) => a[i]! | b[i]!);

/** What both allow. */
export function bothPrefixes(a: Prefix, b: Prefix): Prefix {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  return long.map((set, i) => (i < short.length ? set & short[i]! : set));
}

interface List {
  readonly node: RegexpNode;
  readonly next: List | undefined;
}

class Walk {
  #steps = MAX_STEPS;
  /** What is known of a list, by the number of places. Rounds of a loop are the same list again. */
  readonly #known = new Map<List, (Prefix | undefined)[]>();
  readonly #rounds = new Map<List, List>();

  heads(list: List | undefined, places: number, isStarted: boolean): Prefix {
    if (list === undefined || places === 0) return [];
    const index = places * 2 + (isStarted ? 1 : 0);
    const known = this.#known.get(list)?.[index];
    if (known !== undefined) return known;
    if (--this.#steps < 0) return [];
    const found = this.#heads(list, places, isStarted);
    const row = this.#known.get(list) ?? [];
    row[index] = found;
    this.#known.set(list, row);
    return found;
  }

  /** `isStarted`: the start of the text has been asked for. */
  #heads(list: List, places: number, isStarted: boolean): Prefix {
    const { node, next } = list;
    switch (node.kind) {
      case 'chars':
        return isStarted ? [maskOf(node.set), ...this.heads(next, places - 1, true)] : [];
      case 'sequence':
        return this.heads(listOf(node.items, next), places, isStarted);
      case 'choice':
        return node.items.map(item => this.heads({ node: item, next }, places, isStarted)).reduce(eitherPrefix);
      case 'capture':
      case 'atomic':
        return this.heads({ node: node.body, next }, places, isStarted);
      case 'loop': {
        if (node.max === 0) return this.heads(next, places, isStarted);
        const rest = node.min > 0 ? undefined : this.heads(next, places, isStarted);
        if (rest?.length === 0) return rest;
        let round = this.#rounds.get(list);
        if (round === undefined) {
          const isSame = node.min === 0 && node.max === Number.POSITIVE_INFINITY;
          const again = isSame ? list : { node: { ...node, min: Math.max(0, node.min - 1), max: node.max - 1 }, next };
          round = { node: node.body, next: again };
          this.#rounds.set(list, round);
        }
        const other = this.heads(round, places, isStarted);
        return rest === undefined ? other : eitherPrefix(other, rest);
      }
      case 'look':
        return this.heads(next, places, isStarted);
      case 'assertion':
        if (node.what === 'text_start') return this.heads(next, places, true);
        if (node.what === 'text_end' && isStarted) return [1n << BigInt(END_OF_TEXT)];
        return node.what === 'text_end_newline' || node.what === 'line_end' ? [] : this.heads(next, places, isStarted);
      case 'reference':
        return [];
    }
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
