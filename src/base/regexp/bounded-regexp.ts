import { limitBacktracks, withoutLinearEngine } from './backtrack-limit.ts';
import { LimitedRegExp } from './limited-regexp.ts';
import type { LineBudgets } from './line-budgets.ts';
import type { Replacement } from './replacement.ts';
import type { RegexpNode } from './tree.ts';
import { isAnchored, type Written, withMiss } from './write-v8.ts';

/** Thrown by an expression that was given up on a text. No stack: a flood of lines may cause it. */
export class TooSlow {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** What is said of an event on which an expression was given up; also for grok's patterns. */
export function tooSlowReason(what: string, why: 'time' | 'budget'): string {
  return why === 'time'
    ? `${what} took longer than the time limit on this text`
    : `${what} is slow on this text, and its container has used up its time for slow lines`;
}

/** After this long an execution of one expression on one text is given up. */
const TIME_LIMIT_MS = 50;

export interface BoundedOptions {
  /** What pays for slow texts. Default: the container of the line that is worked on. */
  readonly budgets?: LineBudgets;
  /** The group here that each group of its writer is, by its number there; 0 is the whole match. */
  readonly groupOf?: readonly number[];
  /** Its writer's numbers of groups, by name. */
  readonly names?: ReadonlyMap<string, number>;
}

/**
 * A regular expression that somebody wrote. It never takes "given up" for "no match": where it is given up on a text
 * (`LimitedRegExp`), each of these methods throws `TooSlow`.
 */
export class BoundedRegExp {
  readonly groupOf: readonly number[];
  readonly names: ReadonlyMap<string, number>;
  readonly #groups: number;
  /** Always matches; the group behind the last tells a miss. */
  readonly #limited: LimitedRegExp;
  readonly #isSimple: boolean;
  readonly #isAnchored: boolean;
  /** Itself if it is simple, else bounded by count; undefined where this Node does not bound. Flag g. */
  readonly #quick: RegExp | undefined;
  /** The last text had it. */
  #isExpected = false;

  /** `written`: what the tree is in JavaScript. @throws SyntaxError as `new RegExp` does. */
  constructor(tree: RegexpNode, written: Written, options: BoundedOptions = {}) {
    const { source, flags, groups } = written;
    this.#groups = groups;
    this.groupOf = options.groupOf ?? [0];
    this.names = options.names ?? new Map();
    this.#isSimple = isSimple(tree);
    this.#isAnchored = isAnchored(tree);
    const always = withMiss(written, this.#isAnchored);
    this.#limited = new LimitedRegExp(always, `${flags}g`, TIME_LIMIT_MS, true, options.budgets);
    this.#quick = this.#isSimple
      ? new RegExp(source, `${flags}g`)
      : limitBacktracks(withoutLinearEngine(source, groups), `${flags}g`, QUICK_BACKTRACKS);
  }

  test(text: string): boolean {
    const quick = this.#quickFor(text);
    if (quick === undefined) return this.find(text) !== null;
    quick.lastIndex = 0;
    if (this.#isSimple) return quick.test(text);
    // A yes needs no clock: where it is expected, only a no is asked for again with one.
    if (this.#isExpected) {
      if (quick.test(text)) return true;
      this.#isExpected = false;
      quick.lastIndex = 0;
    }
    const start = performance.now();
    if (quick.test(text)) {
      this.#isExpected = true;
      return true;
    }
    if (performance.now() - start < QUICK_MS) return false;
    const found = this.find(text) !== null;
    this.#spend(text, start);
    return found;
  }

  /** The leftmost match that begins at `at` or later; null if there is none. Behind its groups the match has one more. */
  find(text: string, at = 0): RegExpExecArray | null {
    if (this.#isAnchored && at > 0) return null;
    const match = this.#exec(text, at);
    return match[this.#groups + 1] === undefined ? match : null;
  }

  /** Replaces every match. */
  replace(text: string, replacement: Replacement): string {
    const quick = this.#quickFor(text);
    if (quick !== undefined) {
      const start = this.#isSimple ? 0 : performance.now();
      const replaced = text.replace(quick, replacement.es);
      if (this.#isSimple || performance.now() - start < QUICK_MS) return replaced;
    }
    let out = '';
    let from = 0;
    this.each(text, match => {
      out += text.slice(from, match.index) + replacement.expand(match);
      from = match.index + match[0].length;
    });
    return out + text.slice(from);
  }

  /** The parts between the matches, as Java's `split` makes them with a limit below zero: groups add nothing. */
  split(text: string): string[] {
    const parts: string[] = [];
    let from = 0;
    this.each(text, match => {
      const end = match.index + match[0].length;
      // A match of nothing at the start makes no empty part.
      if (end === 0) return;
      parts.push(text.slice(from, match.index));
      from = end;
    });
    parts.push(text.slice(from));
    return parts;
  }

  /** Calls `take` with every match, from left to right. */
  each(text: string, take: (match: RegExpExecArray) => void): void {
    const start = performance.now();
    const wasWatched = this.#limited.isWatched;
    let rounds = 0;
    for (let at = 0; at <= text.length; ) {
      const match = this.find(text, at);
      if (match === null) break;
      take(match);
      const end = match.index + match[0].length;
      at = match[0] === '' ? end + (text.codePointAt(end)! > 0xffff ? 2 : 1) : end;
      if (++rounds % 64 === 0 && performance.now() - start > TIME_LIMIT_MS)
        throw new TooSlow(tooSlowReason('the regular expression', 'time'));
    }
    if (!wasWatched) this.#spend(text, start);
  }

  /** What the first tries took is only known here, when nothing was slow before. */
  #spend(text: string, start: number): void {
    if (!this.#limited.isWatched) this.#limited.spend(text, start);
  }

  #quickFor(text: string): RegExp | undefined {
    return this.#isSimple || (text.length <= QUICK_CHARS && !this.#limited.isShort) ? this.#quick : undefined;
  }

  #exec(text: string, at: number): RegExpExecArray {
    const match = this.#limited.exec(text, at);
    if (match === null) throw new TooSlow(tooSlowReason('the regular expression', this.#limited.gaveUp));
    return match;
  }
}

/*
 * "No match" of an expression with a limit may mean "given up". An answer that comes sooner than so many steps back can be
 * taken is a real one; only a later one is looked at again. 0.3 ns for a step back is faster than any processor.
 */
const QUICK_BACKTRACKS = 20_000;
const QUICK_MS = 0.006;
const QUICK_CHARS = 1024;

/** True when there is next to nothing to try again: no loop, no reference back, few choices. */
function isSimple(tree: RegexpNode): boolean {
  const alternatives = tree.kind === 'choice' ? tree.items : [tree];
  return alternatives.every(node => waysOf(node) <= MAX_WAYS);
}

/** So many ways to match are tried in no time. */
const MAX_WAYS = 64;

/** In how many ways the engine may try to match a node at one place. */
function waysOf(node: RegexpNode): number {
  switch (node.kind) {
    case 'sequence':
      return node.items.reduce((ways, item) => ways * waysOf(item), 1);
    case 'choice':
      return node.items.reduce((ways, item) => ways + waysOf(item), 0);
    case 'loop':
      if (node.min === 0 && node.max === 1) return 1 + waysOf(node.body);
      return node.min === node.max && node.max < 1000 ? waysOf(node.body) ** node.max : Number.POSITIVE_INFINITY;
    case 'reference':
      return Number.POSITIVE_INFINITY;
    default:
      return 'body' in node ? waysOf(node.body) : 1;
  }
}
