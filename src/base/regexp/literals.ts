import { fold } from '../text/fold.ts';
import { type CharSet, onlyMember } from './char-set.ts';
import type { RegexpNode } from './tree.ts';

/** At most this many are looked for before the pattern runs. */
const MOST = 2;

/**
 * Texts that every match contains, in this order and without overlap: a line that lacks one needs no matching. The
 * longest are chosen; single characters only when there is nothing else. None begins with a blank: V8 looks for the first
 * character, and blanks are everywhere.
 */
export function requiredLiterals(tree: RegexpNode): string[] {
  const longest = requirementsOf(tree, exactly, '')
    .filter(texts => texts.length === 1)
    .map(([text], at) => ({ text: text!, at }))
    .filter(({ text }) => text.trim() !== '')
    .sort((a, b) => b.text.length - a.text.length)
    .slice(0, MOST);
  const chosen = longest.filter(({ text }, i) => i === 0 || text.length > 1);
  return chosen.sort((a, b) => a.at - b.at).map(({ text }) => text.trimStart());
}

/**
 * Texts in lower case of which every match contains one, in any case; undefined when there are none. `common`: what is in
 * this text tells little, and is not taken where there is something else.
 */
export function requiredOneOf(tree: RegexpNode, common: string): readonly string[] | undefined {
  return mostTelling(requirementsOf(tree, inLowerCase, common), common);
}

/** Sets of folded texts of which every match, folded, contains one each. */
export function requiredParts(tree: RegexpNode): (readonly string[])[] {
  return requirementsOf(tree, folded, '');
}

type Letter = (set: CharSet) => string | undefined;

/** Sets of texts of which every match contains one each, in this order and without overlap. */
function requirementsOf(tree: RegexpNode, letter: Letter, common: string): (readonly string[])[] {
  const found: (readonly string[])[] = [];
  let run = '';
  const close = () => {
    if (run !== '') found.push([run]);
    run = '';
  };
  const walk = (node: RegexpNode): void => {
    switch (node.kind) {
      case 'chars': {
        const text = letter(node.set);
        if (text === undefined) close();
        else run += text;
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
      case 'choice': {
        close();
        const each = node.items.map(item => mostTelling(requirementsOf(item, letter, common), common));
        if (each.every(texts => texts !== undefined)) found.push(each.flat());
        return;
      }
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
  return found;
}

/** The set whose shortest text is the longest; of equals, the smallest. */
function mostTelling(sets: readonly (readonly string[])[], common: string): readonly string[] | undefined {
  const shortest = (texts: readonly string[]): number =>
    Math.min(...texts.map(text => (common.includes(text) ? 0 : text.length)));
  return sets.toSorted((a, b) => shortest(b) - shortest(a) || a.length - b.length)[0];
}

function exactly(set: CharSet): string | undefined {
  const only = onlyMember(set);
  return only < 0 ? undefined : String.fromCodePoint(only);
}

/** The one character that a set is in lower case. */
function inLowerCase(set: CharSet): string | undefined {
  const letters = new Set<string>();
  for (let i = 0; i < set.length; i += 2) {
    if (set[i] !== set[i + 1] || letters.size > 1) return undefined;
    letters.add(String.fromCodePoint(set[i]!).toLowerCase());
  }
  return letters.size === 1 ? [...letters][0] : undefined;
}

/** What all characters of a set are, folded. */
function folded(set: CharSet): string | undefined {
  let one: string | undefined;
  for (let i = 0; i < set.length; i += 2) {
    if (set[i + 1]! - set[i]! > MAX_CASES) return undefined;
    for (let code = set[i]!; code <= set[i + 1]!; code++) {
      const text = fold(String.fromCodePoint(code));
      one ??= text;
      if (text !== one) return undefined;
    }
  }
  return one;
}
/** No character has more forms side by side. */
const MAX_CASES = 4;
