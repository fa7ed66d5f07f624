import { limitBacktracks, withoutLinearEngine } from './backtrack-limit.ts';
import { type GaveUp, LimitedRegExp } from './limited-regexp.ts';
import { MAX_REFUTED_CHARS, Refuter } from './refuter.ts';
import type { RegexpNode } from './tree.ts';
import { isAnchored, type TextKind, type WrittenV8, withMiss, writeV8 } from './write-v8.ts';

/**
 * Searches texts of one kind for one expression. Most lines begin with their match, or do not match for a reason that is
 * quickly told: that is tried first, and what told it last is asked first. Only then comes the search from every place.
 */
export class Search {
  readonly written: WrittenV8;
  /** Why the last null was given. */
  gaveUp: GaveUp = 'time';
  readonly #literals: readonly string[];
  readonly #isAnchored: boolean;
  /** A short try at the start of the text; what it does not match may yet match. */
  readonly #quick: RegExp | undefined;
  readonly #refuter: Refuter | undefined;
  readonly #whole: LimitedRegExp;
  /** A group of `#quick` and `#whole` that tells a miss. */
  readonly #missGroup: number;
  /** How the last text without a match was told, and how many of the next are expected to be like it. */
  #reason: Reason = LACKS_LITERAL;
  // Many patterns see only lines of others: those that lack a text need no regular expression.
  #expected = MANY;
  /** How many matches are found by the whole search before the short try is worth another one. */
  #passes = 0;

  /** `literals`: what every match contains, in this order. @throws SyntaxError as `new RegExp` does. */
  constructor(tree: RegexpNode, literals: readonly string[], kind: TextKind, time_limit_ms: number) {
    this.written = writeV8(tree, kind);
    const { source, flags, groups } = this.written;
    this.#literals = literals;
    this.#missGroup = groups + 1;
    this.#isAnchored = isAnchored(tree, kind.newlines);
    this.#whole = new LimitedRegExp(withMiss(this.written, this.#isAnchored), flags, time_limit_ms, kind.max > 0xff);
    this.#quick = limitBacktracks(withoutLinearEngine(`(?:${source}|())`, groups + 1), `${flags}y`, QUICK_BACKTRACKS);
    this.#refuter = Refuter.of(tree, kind);
  }

  /** The leftmost match; undefined: there is none; null: given up. */
  find(text: string): RegExpExecArray | null | undefined {
    const expected = this.#expected > 0 ? this.#reason : NONE;
    if (expected !== NONE && this.#lacks(text, expected)) return undefined;
    const quick = this.#quick;
    if (this.#passes === 0 && quick !== undefined && text.length <= MAX_REFUTED_CHARS) {
      quick.lastIndex = 0;
      const match = quick.exec(text);
      if (match !== null) {
        if (match[this.#missGroup] === undefined) {
          this.#expected--;
          return match;
        }
        if (this.#isAnchored) return undefined;
      }
    }
    if (expected !== LACKS_LITERAL && this.#lacks(text, LACKS_LITERAL)) return undefined;
    if (expected !== LACKS_END && this.#lacks(text, LACKS_END)) return undefined;
    if (expected !== LACKS_START && !this.#isAnchored && this.#lacks(text, LACKS_START)) return undefined;
    const match = this.#whole.exec(text);
    if (match === null) {
      this.gaveUp = this.#whole.gaveUp;
      return null;
    }
    if (match[this.#missGroup] !== undefined) return undefined;
    this.#expected--;
    if (match.index > 0) this.#passes = 1;
    else if (this.#passes > 0) this.#passes--;
    else this.#passes = MANY;
    return match;
  }

  #lacks(text: string, reason: Reason): boolean {
    if (!(reason === LACKS_LITERAL ? this.#lacksLiteral(text) : this.#isRefuted(text, reason))) return false;
    this.#reason = reason;
    // To look for the start takes longer than a match: it is only expected where it was to blame just now.
    this.#expected = reason === LACKS_START ? 1 : MANY;
    return true;
  }

  #lacksLiteral(text: string): boolean {
    const literals = this.#literals;
    let from = 0;
    for (let i = 0; i < literals.length; i++) {
      const literal = literals[i]!;
      const at = text.indexOf(literal, from);
      if (at < 0) return true;
      from = at + literal.length;
    }
    return false;
  }

  #isRefuted(text: string, reason: Reason): boolean {
    const refuter = this.#refuter;
    if (refuter === undefined || text.length > MAX_REFUTED_CHARS) return false;
    const start = performance.now();
    const isRefuted = reason === LACKS_END ? refuter.lacksEnd(text) : refuter.lacksStart(text);
    this.#whole.spend(text, start);
    return isRefuted;
  }
}

type Reason = typeof LACKS_LITERAL | typeof LACKS_END | typeof LACKS_START;
const NONE = 0;
const LACKS_LITERAL = 1;
const LACKS_END = 2;
const LACKS_START = 3;

const MANY = 16;
/** Several times what ordinary lines need. */
const QUICK_BACKTRACKS = 50;
