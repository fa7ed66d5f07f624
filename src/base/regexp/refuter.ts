import { limitBacktracks, withoutLinearEngine } from './backtrack-limit.ts';
import { onlyMember } from './char-set.ts';
import { itemsOf, mapChildren, type RegexpNode, sequence, some } from './tree.ts';
import { type TextKind, writeV8 } from './write-v8.ts';

/** Longer texts are not looked at. */
export const MAX_REFUTED_CHARS = 1024;

/**
 * Tells quickly that an expression does not match. One that can begin anywhere fails slowly: what fails at its end is tried
 * again from every place where it can begin. But every match contains certain texts; where such a text stands in the line,
 * what belongs behind it must follow, and what belongs before it must stand there. Each is looked at once.
 */
export class Refuter {
  readonly #literal: string;
  /** Each always matches, where it is asked to; group 1 tells a miss. */
  readonly #behind: RegExp;
  readonly #before: RegExp | undefined;

  private constructor(literal: string, behind: RegExp, before: RegExp | undefined) {
    this.#literal = literal;
    this.#behind = behind;
    this.#before = before;
  }

  /** Undefined for an expression without such a text, and for one that refers back to what it captured. */
  static of(tree: RegexpNode, kind: TextKind): Refuter | undefined {
    if (some(tree, node => node.kind === 'reference' || isExact(node))) return undefined;
    const items = itemsOf(looser(tree));
    const cut = longestText(items);
    if (cut === undefined) return undefined;
    const bounded = (source: string, flags: string): RegExp | undefined =>
      limitBacktracks(withoutLinearEngine(`(?:${source}|())`, 1), `${flags}y`, BACKTRACKS);
    const { source, flags } = writeV8(sequence(items.slice(cut.from)), kind);
    const behind = bounded(source, flags);
    if (behind === undefined) return undefined;
    const before = writeV8(sequence(items.slice(0, cut.from)), kind).source;
    return new Refuter(cut.text, behind, cut.from === 0 ? undefined : bounded(`(?<=${before})`, flags));
  }

  /** True: there is no match, for nowhere follows what should. False says nothing. */
  lacksEnd(text: string): boolean {
    return this.#lacks(text, this.#behind);
  }

  /** The same for what should stand before. It takes longer: backwards, an expression is read against its grain. */
  lacksStart(text: string): boolean {
    return this.#before !== undefined && this.#lacks(text, this.#before);
  }

  #lacks(text: string, expression: RegExp): boolean {
    let at = text.indexOf(this.#literal);
    for (let i = 0; i < MAX_PLACES && at >= 0; i++) {
      expression.lastIndex = at;
      const match = expression.exec(text);
      if (match === null || match[1] === undefined) return false;
      at = text.indexOf(this.#literal, at + 1);
    }
    return at < 0;
  }
}

const BACKTRACKS = 1000;
const MAX_PLACES = 3;

/** What must not follow, or stand before, must not be matched more often than it is. */
function isExact(node: RegexpNode): boolean {
  return node.kind === 'look' && node.negate && some(node, inner => inner.kind === 'atomic');
}

/** The same expression without captures; what matched once may be given back, so that it matches more rather than less. */
function looser(node: RegexpNode): RegexpNode {
  if (node.kind === 'capture' || node.kind === 'atomic') return looser(node.body);
  const inner = mapChildren(node, looser);
  return inner.kind === 'loop' && inner.keeps === true ? { ...inner, keeps: false } : inner;
}

/** The longest run of single characters, blanks before it taken off; of equals the first. */
function longestText(items: readonly RegexpNode[]): { text: string; from: number } | undefined {
  let best: { text: string; from: number } | undefined;
  for (let from = 0; from < items.length; from++) {
    let text = '';
    for (let i = from; i < items.length; i++) {
      const item = items[i]!;
      const only = item.kind === 'chars' ? onlyMember(item.set) : -1;
      if (only < 0) break;
      text += String.fromCodePoint(only);
    }
    if (text.trim() === '' || text !== text.trimStart()) continue;
    if (best === undefined || text.length > best.text.length) best = { text, from };
  }
  return best;
}
