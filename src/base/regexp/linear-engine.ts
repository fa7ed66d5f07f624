import { setFlagsFromString } from 'node:v8';
import { TooSlow, tooSlowReason } from './bounded-regexp.ts';
import { type LineBudgets, TIGHT } from './line-budgets.ts';
import type { RegexpNode } from './tree.ts';
import { writeUnits } from './write-linear.ts';

/*
 * V8 has an engine without backtracking, to which it turns by itself after 50,000 steps back once this flag is set (for
 * the whole process), if the expression has nothing but what that engine knows: no flags `i`, `u`, `v`, no counted
 * repetition, no look-around. That is what `writeUnits` writes. Expressions that V8 cannot treat so keep their ordinary
 * engine.
 */
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** Characters of source times characters of text: about 20 and 0.5 milliseconds. */
const MAX_WORK = 1_000_000;
const MAX_TIGHT_WORK = 25_000;

/**
 * An expression that always runs in the engine without backtracking: slow, but it never takes longer than source times
 * text. It cannot be stopped, so the work is bounded before.
 */
export class LinearRegExp {
  readonly #expression: RegExp;
  readonly #size: number;
  readonly #budgets: LineBudgets;

  /** `budgets` pay for the texts. Throws SyntaxError, also for what that engine does not take. */
  constructor(tree: RegexpNode, budgets: LineBudgets) {
    setFlagsFromString('--enable-experimental-regexp-engine');
    const { source, flags } = writeUnits(tree);
    this.#expression = new RegExp(source, `${flags}l`);
    this.#size = source.length;
    this.#budgets = budgets;
  }

  /** Throws TooSlow for more work than there is time for. */
  test(text: string): boolean {
    const start = performance.now();
    const isTight = this.#budgets.standing(start) >= TIGHT;
    if (this.#size * text.length > (isTight ? MAX_TIGHT_WORK : MAX_WORK))
      throw new TooSlow(tooSlowReason('the regular expression', isTight ? 'budget' : 'time'));
    const isFound = this.#expression.test(text);
    const end = performance.now();
    this.#budgets.charge(end - start, end);
    return isFound;
  }
}
