import { seeded } from '../../../src/cli/demo/containers.ts';

/** A pattern in Onigmo's syntax whose groups have names, and texts for it. */
export interface RandomPattern {
  readonly pattern: string;
  readonly texts: readonly string[];
}

/** A part of a pattern; `mayBeEmpty`: it may match nothing. */
interface Part {
  readonly text: string;
  readonly mayBeEmpty: boolean;
}

const ATOMS = [
  ...['a', 'b', 'c', '0', '1', ' ', '-', 'é', '가', '😀', '.', '\\.', '\\n', '\\t'],
  ...['\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\h', '\\H'],
  ...['[ab]', '[^a]', '[a-c0]', '[[:alpha:]]', '[[:digit:]&&[^0]]', '[^[:space:]]', '[\\w&&[^b]]', '[é가]'],
];
const PLACES = ['^', '$', '\\A', '\\z', '\\Z', '\\b', '\\B', '(?<=a)', '(?<!b)', '(?<=\\d|b)', '(?<![ac])'];
const QUANTIFIERS = ['', '', '', '', '?', '*', '+', '*?', '+?', '??', '++', '?+', '*+', '{1,2}', '{,2}', '{2}', '{1,}'];
const GROUPS = ['(?:', '(?:', '(?>', '(?i:', '(?-m:'];
const LOOKS = ['(?=', '(?!'];
const TEXT = ['a', 'b', 'c', 'A', 'B', '0', '1', ' ', '-', 'é', 'É', '가', '😀', '\n', '\t', '_', 'F'];
const TEXTS = 5;

/**
 * The same for the same seed. Two things are left out, which JavaScript cannot say: what a loop captures in a turn that
 * matches nothing, and a reference to a group that took no part.
 */
export function randomPatterns(seed: number, count: number): RandomPattern[] {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  return Array.from({ length: count }, () => {
    let names = 0;
    /** Groups that have taken part wherever a reference to them stands. */
    const sure: string[] = [];
    const quantified = ({ text, mayBeEmpty }: Part): Part => {
      const quantifier = mayBeEmpty ? '' : pick(QUANTIFIERS);
      return { text: text + quantifier, mayBeEmpty: mayBeEmpty || /^(?:[?*]|\{,)/.test(quantifier) };
    };
    const inside = (open: string, { text, mayBeEmpty }: Part): Part => ({ text: `${open}${text})`, mayBeEmpty });
    const piece = (depth: number, isSure: boolean): Part => {
      const kind = random();
      if (kind < 0.55 || depth === 0) return quantified({ text: pick(ATOMS), mayBeEmpty: false });
      if (kind < 0.66) return { text: pick(PLACES), mayBeEmpty: true };
      if (kind < 0.7 && sure.length > 0) return { text: `\\k<${pick(sure)}>`, mayBeEmpty: true };
      if (kind < 0.75) return { ...inside(pick(LOOKS), choice(depth - 1, false)), mayBeEmpty: true };
      if (kind > 0.88) return quantified(inside(pick(GROUPS), choice(depth - 1, false)));
      const name = `g${names++}`;
      const group = inside(`(?<${name}>`, choice(depth - 1, false));
      if (!isSure) return quantified(group);
      sure.push(name);
      return group;
    };
    const sequence = (depth: number, isSure: boolean): Part => {
      const pieces = Array.from({ length: 1 + Math.floor(random() * 3) }, () => piece(depth, isSure));
      return {
        text: pieces.map(({ text }) => text).join(''),
        mayBeEmpty: pieces.every(({ mayBeEmpty }) => mayBeEmpty),
      };
    };
    const choice = (depth: number, isSure: boolean): Part => {
      if (random() > 0.25) return sequence(depth, isSure);
      const [a, b] = [sequence(depth, false), sequence(depth, false)];
      return { text: `${a.text}|${b.text}`, mayBeEmpty: a.mayBeEmpty || b.mayBeEmpty };
    };
    const pattern = inside('(?<all>', choice(3, true)).text;
    const texts = Array.from({ length: TEXTS }, () =>
      Array.from({ length: Math.floor(random() * 9) }, () => pick(TEXT)).join(''),
    );
    return { pattern, texts };
  });
}
