import { type CharSet, onlyMember } from './char-set.ts';
import type { Node } from './tree.ts';

/** At most this many are looked for before the pattern runs. */
const MOST = 2;

/**
 * Texts that every match contains, in this order and without overlap: a line that lacks one needs no matching. The
 * longest are chosen; single characters only when there is nothing else, and never a blank.
 */
export function requiredLiterals(tree: Node): string[] {
  const runs: string[] = [];
  let run = '';
  const close = () => {
    if (run !== '') runs.push(run);
    run = '';
  };
  const walk = (node: Node): void => {
    switch (node.kind) {
      case 'chars': {
        const only = onlyMember(node.set);
        if (only >= 0) run += String.fromCodePoint(only);
        else close();
        return;
      }
      case 'sequence':
        for (const item of node.items) walk(item);
        return;
      case 'capture':
      case 'atomic':
        walk(node.body);
        return;
      case 'loop':
        close();
        if (node.min > 0) {
          walk(node.body);
          close();
        }
        return;
      case 'choice':
      case 'reference':
        close();
        return;
      default:
        // Conditions take no room: what is around them stays together.
        return;
    }
  };
  walk(tree);
  close();
  const longest = runs
    .map((text, at) => ({ text, at }))
    .filter(({ text }) => text.trim() !== '')
    .sort((a, b) => b.text.length - a.text.length)
    .slice(0, MOST);
  const chosen = longest.filter(({ text }, i) => i === 0 || text.length > 1);
  return chosen.sort((a, b) => a.at - b.at).map(({ text }) => text);
}

/** So many texts of one node are worth knowing. */
const FEW = 64;

/** What is known of the texts that a node matches, in lower case. */
interface Texts {
  /** All of them, if they are few. */
  readonly all?: readonly string[] | undefined;
  /** Each of them contains one of these. */
  readonly oneOf?: readonly string[] | undefined;
}

/**
 * Texts in lower case of which every match contains one, in any case; undefined when there are none. `common`: what is in
 * this text tells nothing, and is not taken where there is something else.
 */
export function requiredOneOf(tree: Node, common: string): readonly string[] | undefined {
  const textsOf = (node: Node): Texts => {
    switch (node.kind) {
      case 'chars':
        return { all: membersOf(node.set) };
      case 'capture':
      case 'atomic':
        return textsOf(node.body);
      case 'loop': {
        const body = textsOf(node.body);
        if (node.min > 0) return node.max === 1 ? body : { oneOf: telling(body) };
        return node.max === 1 && body.all !== undefined ? { all: ['', ...body.all] } : {};
      }
      case 'choice': {
        const items = node.items.map(textsOf);
        const all = items.every(item => item.all !== undefined) ? items.flatMap(item => item.all!) : undefined;
        const each = items.map(telling);
        return {
          all: all !== undefined && all.length <= FEW ? all : undefined,
          oneOf: each.every(texts => texts !== undefined) ? each.flat() : undefined,
        };
      }
      case 'sequence':
        return textsOfSequence(node.items.map(textsOf));
      case 'reference':
        return {};
      default:
        // Conditions take no room.
        return { all: [''] };
    }
  };

  const textsOfSequence = (items: readonly Texts[]): Texts => {
    let run: readonly string[] = [''];
    let isWhole = true;
    let oneOf: readonly string[] | undefined;
    for (const item of items) {
      const { all } = item;
      if (all !== undefined && run.length * all.length <= FEW) {
        run = run.flatMap(head => all.map(tail => head + tail));
        continue;
      }
      isWhole = false;
      oneOf = better(better(oneOf, run), item.oneOf);
      run = all ?? [''];
    }
    return { all: isWhole ? run : undefined, oneOf: better(oneOf, run) };
  };

  const telling = ({ all, oneOf }: Texts): readonly string[] | undefined => better(oneOf, all);

  /** The set whose shortest text is longer; of equals, the smaller one. */
  const better = (
    a: readonly string[] | undefined,
    b: readonly string[] | undefined,
  ): readonly string[] | undefined => {
    if (a === undefined || b === undefined) return a ?? b;
    const difference = shortest(a) - shortest(b);
    return difference > 0 || (difference === 0 && a.length <= b.length) ? a : b;
  };

  const shortest = (texts: readonly string[]): number =>
    Math.min(...texts.map(text => (common.includes(text) ? 0 : text.length)));

  return telling(textsOf(tree));
}

/** The characters of a set in lower case, if they are few. */
function membersOf(set: CharSet): readonly string[] | undefined {
  const members = new Set<string>();
  for (let i = 0; i < set.length; i += 2) {
    if (set[i + 1]! - set[i]! > FEW) return undefined;
    for (let code = set[i]!; code <= set[i + 1]!; code++) members.add(String.fromCodePoint(code).toLowerCase());
  }
  return members.size > FEW ? undefined : [...members];
}
