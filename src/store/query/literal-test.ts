import { sameSet } from '../../base/regexp/char-set.ts';
import { isAnyStar, itemsOf, type RegexpNode } from '../../base/regexp/tree.ts';
import type { TextTest } from './bounded-test.ts';
import { anyCase, fold } from './text.ts';

/** Folds to a letter of ASCII, and is none in any case (see `anyCase`). */
const UNLIKE = /[\u0130\u212a]/;

/** Pieces of folded text that follow one another, with anything between them. */
interface Pieces {
  /** What the text begins with; empty when it may begin with anything. */
  readonly head: string;
  readonly middle: readonly string[];
  /** What it ends with; undefined when it may end with anything. */
  readonly tail: string | undefined;
}

/**
 * The test for an expression that is nothing but words and `*` in between: looks for the words in the folded text, which
 * takes a part of the time, and never long. Undefined for other expressions. `slow`: for the texts that it cannot judge.
 */
export function literalTest(expression: RegexpNode, slow: () => TextTest): TextTest | undefined {
  const pieces = piecesOf(expression);
  if (pieces === undefined) return undefined;
  let other: TextTest | undefined;
  const isPart = pieces.head === '' && pieces.tail === undefined && pieces.middle.length === 1;
  const holds = isPart ? part(pieces.middle[0]!) : inTurn(pieces);
  return {
    test(text) {
      const known = folded(text);
      if (known !== undefined) return holds(known);
      other ??= slow();
      return other.test(text);
    },
  };
}

const part = (wanted: string) => (text: string) => text.includes(wanted);

/** A piece is right where it is found first. */
function inTurn({ head, middle, tail }: Pieces): (text: string) => boolean {
  return text => {
    if (!text.startsWith(head)) return false;
    let at = head.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return tail === undefined || (text.length - tail.length >= at && text.endsWith(tail));
  };
}

function piecesOf(expression: RegexpNode): Pieces | undefined {
  const items = itemsOf(expression);
  const [first, last] = [items[0], items.at(-1)];
  const isStarted = first?.kind === 'assertion' && first.what === 'text_start';
  const isEnded = last?.kind === 'assertion' && last.what === 'text_end';
  const pieces = [''];
  for (const item of items.slice(isStarted ? 1 : 0, isEnded ? -1 : undefined)) {
    if (isAnyStar(item)) pieces.push('');
    else {
      const char = item.kind === 'chars' ? charOf(item.set) : undefined;
      if (char === undefined) return undefined;
      pieces[pieces.length - 1] += char;
    }
  }
  // The whole text is one piece.
  if (isStarted && isEnded && pieces.length === 1) return undefined;
  const head = isStarted ? pieces.shift()! : '';
  const tail = isEnded ? pieces.pop()! : undefined;
  return { head, middle: pieces.filter(piece => piece !== ''), tail };
}

/** The folded character that the set has in all cases. */
function charOf(set: readonly number[]): string | undefined {
  const char = fold(String.fromCodePoint(set.at(-1) ?? 0));
  // Not halves of pairs, nor whole ones.
  if (char.length !== 1 || /[\ud800-\udfff]/.test(char)) return undefined;
  return sameSet(set, anyCase(char)) ? char : undefined;
}

/** Folded texts; the next filter asks for the same ones. */
const SLOTS = 16;
const MAX_CHARS = 65_536;
const texts = new Array<string>(SLOTS).fill('');
const foldedTexts = new Array<string | undefined>(SLOTS).fill('');

/** Undefined when folding is not what "any case" means for a character of it. */
function folded(text: string): string | undefined {
  const slot = text.length % SLOTS;
  if (texts[slot] === text) return foldedTexts[slot];
  const made = UNLIKE.test(text) ? undefined : fold(text);
  if (text.length > MAX_CHARS) return made;
  texts[slot] = text;
  foldedTexts[slot] = made;
  return made;
}
