import { onlyMember } from './char-set.ts';
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
