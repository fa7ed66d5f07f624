import { backoffMs } from '../../base/flow/backoff.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { AskPast, Comparison } from './comparison.ts';

const log = logger('alerts');

const RETRY = { baseMs: 10_000, capMs: 300_000 };

/** Asks for what rules compare with before they need it. */
export class Comparisons {
  readonly #ask: AskPast | undefined;
  readonly #now: () => number;
  readonly #asking = new WeakSet<Comparison>();
  /** What failed, and is not asked again before some time, epoch milliseconds. */
  readonly #failures = new WeakMap<Comparison, { readonly count: number; readonly notBefore: number }>();

  constructor(ask: AskPast | undefined, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  /** Windows that end at `time` and later will be compared. */
  prepare(comparison: Comparison | undefined, time: number): void {
    if (comparison === undefined || this.#asking.has(comparison)) return;
    if (this.#ask === undefined) {
      comparison.failed('there is no store here that could say what was before');
      return;
    }
    if (this.#now() < (this.#failures.get(comparison)?.notBefore ?? 0)) return;
    const question = comparison.question(time);
    if (question === undefined) return;
    const answer = this.#ask(question);
    if (!(answer instanceof Promise)) {
      comparison.answered(question, answer);
      return;
    }
    this.#asking.add(comparison);
    answer
      .then(
        known => {
          comparison.answered(question, known);
          this.#failures.delete(comparison);
        },
        (error: unknown) => this.#failed(comparison, error),
      )
      .finally(() => this.#asking.delete(comparison));
  }

  #failed(comparison: Comparison, error: unknown): void {
    const count = (this.#failures.get(comparison)?.count ?? 0) + 1;
    const pauseMs = backoffMs(count, RETRY);
    this.#failures.set(comparison, { count, notBefore: this.#now() + pauseMs });
    const reason = messageOf(error);
    comparison.failed(`the store could not say what was then: ${reason}`);
    log.warn(
      { rule: comparison.rule, error: reason, failures: count, again_in_s: Math.round(pauseMs / 1000) },
      'a rule cannot be compared with the past; it raises nothing until it can',
    );
  }
}
