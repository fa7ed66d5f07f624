import { type Mismatch, MismatchExplainer } from './explain.ts';
import { GAVE_UP, Grok, type GrokOptions, type Located, NO_MATCH } from './grok.ts';

/** What patterns see in a text. */
export interface GrokLook {
  readonly text: string;
  readonly match?: Located;
  /** Where no pattern matches: how far the best of them fits. */
  readonly mismatch?: Mismatch;
  /** Each by itself. */
  readonly patterns: readonly PatternLook[];
}

export interface PatternLook {
  readonly pattern: string;
  readonly outcome: 'match' | 'no_match' | 'time_limit';
  readonly took_us: number;
}

/** Longer texts are not looked at. */
const MAX_CHARS = 16_384;
const SHORT_MS = 0.2;
const TIMES = 5;

/** Shows of texts which parts patterns match, and what each pattern takes. */
export class GrokLooker {
  readonly #patterns: readonly string[];
  readonly #all: Grok;
  readonly #each: readonly Grok[];
  readonly #explainer: MismatchExplainer;

  /** Throws as `Grok` does. */
  constructor(patterns: readonly string[], options: GrokOptions) {
    this.#patterns = patterns;
    this.#all = new Grok(patterns, options);
    this.#each = patterns.map(pattern => new Grok([pattern], options));
    this.#explainer = new MismatchExplainer(patterns, options);
  }

  /** `clock`: milliseconds, only forward. */
  look(text: string, clock: () => number): GrokLook | undefined {
    if (text.length > MAX_CHARS) return undefined;
    const patterns = this.#each.map((grok, i) => ({ pattern: this.#patterns[i]!, ...timed(grok, text, clock) }));
    const match = this.#all.locate(text);
    if (match !== undefined) return { text, match, patterns };
    const isSlow = patterns.some(({ outcome }) => outcome === 'time_limit');
    return { text, patterns, ...(isSlow ? {} : { mismatch: this.#explainer.explain(text) }) };
  }
}

/** The median of several runs where that costs nothing; the first makes the expression, and does not count. */
function timed(grok: Grok, text: string, clock: () => number): Pick<PatternLook, 'outcome' | 'took_us'> {
  const run = (): { found: number; ms: number } => {
    const start = clock();
    const found = grok.search(text);
    return { found, ms: clock() - start };
  };
  const { found, ms } = run();
  if (found === GAVE_UP) return { outcome: 'time_limit', took_us: microseconds(ms) };
  const times = [run().ms];
  if (times[0]! < SHORT_MS) while (times.length < TIMES) times.push(run().ms);
  times.sort((a, b) => a - b);
  return { outcome: found === NO_MATCH ? 'no_match' : 'match', took_us: microseconds(times[times.length >> 1]!) };
}

/** Ordinary patterns take less than one. */
const microseconds = (ms: number): number => Math.round(ms * 10_000) / 10;
