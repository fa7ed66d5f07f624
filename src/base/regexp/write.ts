import type { CharSet } from './char-set.ts';
import type { Alternation, Loop, RegexpNode, Sequence } from './tree.ts';

/** How a dialect writes what the dialects do not have in common. */
export interface RegexpDialect {
  /** Opens a group that only holds its content together. */
  readonly open: string;
  /** Matches the empty text. */
  readonly empty: string;
  /** `write`: for what is in it. `isEndless`: it stands under `*` or `+`. */
  leaf(
    node: Exclude<RegexpNode, Sequence | Alternation | Loop>,
    write: (node: RegexpNode) => string,
    isEndless: boolean,
  ): string;
  /** Something that stands before a loop, and has opened a group around it. */
  openLoop?(node: Loop): string;
}

/** The tree in the syntax of a dialect. */
export function writeTree(tree: RegexpNode, dialect: RegexpDialect): string {
  const { open, empty } = dialect;

  const alternation = (node: RegexpNode): string =>
    node.kind === 'choice' ? node.items.map(concatenation).join('|') : concatenation(node);

  const concatenation = (node: RegexpNode): string => {
    if (node.kind === 'sequence')
      return node.items.map(item => (item.kind === 'choice' ? term(item) : concatenation(item))).join('') || empty;
    return node.kind === 'loop' ? loop(node) : term(node);
  };

  /** Something that a quantifier can follow. */
  const term = (node: RegexpNode, isEndless = false): string => {
    if (node.kind === 'sequence' || node.kind === 'choice' || node.kind === 'loop')
      return `${open}${alternation(node)})`;
    return dialect.leaf(node, alternation, isEndless);
  };

  const loop = (node: Loop): string => {
    const opened = dialect.openLoop?.(node) ?? '';
    const { body, min, max, lazy } = node;
    const isEndless = max === Number.POSITIVE_INFINITY;
    const isWidthless = body.kind === 'look' || body.kind === 'assertion';
    const inner = isWidthless ? `${open}${term(body)})` : term(body, isEndless && min <= 1);
    let quantifier = min === max ? `{${min}}` : `{${min},${isEndless ? '' : max}}`;
    if (min === 0 && max === 1) quantifier = '?';
    else if (isEndless && min <= 1) quantifier = min === 0 ? '*' : '+';
    return `${opened}${inner}${quantifier}${lazy ? '?' : ''}${opened === '' ? '' : ')'}`;
  };

  return alternation(tree);
}

/** The inside of a class; `escaped` is a code point as it is written there. */
export function classText(set: CharSet, escaped: (code: number) => string): string {
  let text = '';
  for (let i = 0; i < set.length; i += 2) {
    const low = set[i]!;
    const high = set[i + 1]!;
    text += escaped(low);
    if (high > low) text += `${high > low + 1 ? '-' : ''}${escaped(high)}`;
  }
  return text;
}
