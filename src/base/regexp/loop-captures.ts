import { LimitedRegExp } from './limited-regexp.ts';
import { type KeptLoop, type TextKind, writeAlways } from './write-v8.ts';

/**
 * A capture in a loop keeps what its last taking part gave it: `(?:(?<a>x)|y)*` on `xy` gives a = `x`. JavaScript
 * forgets it at the start of each round, so the rounds are run once more, one by one, over what the loop matched.
 */
export class LoopCaptures {
  readonly #round: LimitedRegExp;
  readonly #missGroup: number;
  readonly #loop: KeptLoop;
  /** Group of one round and group of the whole pattern, in turn. */
  readonly #pairs: readonly number[];

  constructor(loop: KeptLoop, groupOf: ReadonlyMap<number, number>, kind: TextKind, time_limit_ms: number) {
    const written = writeAlways(loop.body, kind);
    this.#round = new LimitedRegExp(written.source, `${written.flags}y`, time_limit_ms, kind.max > 0xff);
    this.#missGroup = written.groups + 1;
    this.#loop = loop;
    this.#pairs = [...written.groupOf].flatMap(([id, group]) => [group, groupOf.get(id) ?? 0]);
  }

  /** Fills the captures of the loop into a match of the whole pattern. */
  restore(text: string, match: (string | undefined)[]): void {
    const rest = match[this.#loop.restGroup];
    const matched = match[this.#loop.textGroup];
    if (rest === undefined || matched === undefined || matched === '') return;
    let at = text.length - rest.length;
    const end = at + matched.length;
    while (at < end) {
      const round = this.#round.exec(text, at);
      // Rounds that don't add up (the loop had to give something back) leave what is known so far.
      if (round === null || round[this.#missGroup] !== undefined || round[0] === '') return;
      at += round[0].length;
      if (at > end) return;
      for (let i = 0; i < this.#pairs.length; i += 2) {
        const value = round[this.#pairs[i]!];
        if (value !== undefined) match[this.#pairs[i + 1]!] = value;
      }
    }
  }
}
