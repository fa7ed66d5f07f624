import { type Context, createContext, Script } from 'node:vm';
import { counter } from '../../core/metrics.ts';
import { countGroups, limitBacktracks, regexpsAreBounded, withoutLinearEngine } from './backtrack-limit.ts';
import { LineBudgets, lineBudgets, NOTHING, SHORT, type Standing, TIGHT, WELL } from './line-budgets.ts';

const limited = counter(
  'longshore_parse_regexp_limit_total',
  'Executions of a regular expression that were given up: `time`, one took longer than it may; `budget`, the time of its container or of all of them was used up.',
  ['reason'],
);

export type GaveUp = 'time' | 'budget';

/**
 * A regular expression that gives up instead of holding everybody up.
 *
 * The first try counts backtracks: it costs nothing beside the match, is enough for ordinary lines, and ends after well
 * below a millisecond. A line that needs more is slow: it gets a longer try, at last by the clock (`vm`, some 0.2 ms for a
 * call), and the time is taken from the account of its container (`line-budgets.ts`). When that is used up, lines get the
 * first try only; when more than that is owed, a shorter one, or none. It recovers by itself.
 *
 * Write the expression so that it always matches: null stands for "gave up".
 */
export class LimitedRegExp {
  /** Why the last null was given. */
  gaveUp: GaveUp = 'time';
  readonly #source: string;
  readonly #flags: string;
  readonly #timeLimit: number;
  readonly #wide: boolean;
  readonly #given: LineBudgets | undefined;
  /** For texts that are nobody's line. */
  #own: LineBudgets | undefined;
  readonly #unlimited: RegExp;
  #isCompiled = false;
  readonly #first: (RegExp | undefined)[] = [];
  readonly #tight: (RegExp | undefined)[] = [];
  readonly #longer: (RegExp | undefined)[] = [];
  /** The first try of short texts. */
  readonly #ordinary: RegExp | undefined;
  /** It was slow not long before this time; 0: it was not. */
  #watchedUntil = 0;

  /**
   * `wide`: its texts may have characters beyond Latin-1. `budgets`: what pays for slow texts; default: the container of
   * the line that is worked on.
   * @throws SyntaxError as `new RegExp` does.
   */
  constructor(source: string, flags: string, time_limit_ms: number, wide: boolean, budgets?: LineBudgets) {
    this.#given = budgets;
    this.#flags = flags;
    this.#wide = wide;
    this.#timeLimit = Math.min(MAX_TIME_LIMIT_MS, Math.max(1, Math.ceil(time_limit_ms) || 1));
    // First, because V8's own constructor ends the process over flags that it does not know.
    this.#unlimited = new RegExp(source, flags);
    this.#source = withoutLinearEngine(source, countGroups(source, flags));
    this.#ordinary = limitBacktracks(this.#source, flags, FIRST[0]!);
    this.#first[0] = this.#ordinary;
  }

  /** True within a second of a slow line, when what may be spent on more of them is used up. */
  get isShort(): boolean {
    return this.#watchedUntil !== 0 && this.#budgets().standing(performance.now()) !== WELL;
  }

  /** True within a second of a slow line: each execution is timed. */
  get isWatched(): boolean {
    return this.#watchedUntil !== 0;
  }

  /** `at`: where an expression with the flag y matches, or one with the flag g begins to search. */
  exec(text: string, at = 0): RegExpExecArray | null {
    if (this.#watchedUntil !== 0) return this.#execWatched(text, at);
    const { length } = text;
    // V8 does not count every step: for the longest texts the clock is as good, and one run is enough.
    const expression =
      length <= SIZES[0]!
        ? this.#ordinary
        : length <= LONG_CHARS
          ? this.#limited(this.#first, FIRST, length)
          : undefined;
    if (expression !== undefined) {
      expression.lastIndex = at;
      const match = expression.exec(text);
      if (match !== null) return match;
    }
    this.#compile();
    const now = performance.now();
    return this.#execSlowly(text, at, now, this.#budgets().standing(now));
  }

  /** Takes what something else cost that was done since `start` with the same expression and text. */
  spend(text: string, start: number): void {
    const end = performance.now();
    const took = end - start - freeMs(text);
    if (took > 0) this.#charge(Math.min(took, MOST_SHORT_MS), end);
  }

  #execWatched(text: string, at: number): RegExpExecArray | null {
    const start = performance.now();
    const standing = this.#budgets().standing(start);
    if (standing === NOTHING) return this.#giveUp('budget');
    const { length } = text;
    const expression =
      standing === TIGHT
        ? this.#limited(this.#tight, TIGHTER, length)
        : standing === SHORT || length <= LONG_CHARS
          ? this.#limited(this.#first, FIRST, length)
          : undefined;
    if (expression !== undefined) {
      expression.lastIndex = at;
      const match = expression.exec(text);
      if (match !== null) {
        const end = performance.now();
        const took = end - start - freeMs(text);
        if (took > 0) this.#charge(Math.min(took, MOST_SHORT_MS), end);
        else if (end > this.#watchedUntil) this.#watchedUntil = 0;
        return match;
      }
    }
    return this.#execSlowly(text, at, start, standing);
  }

  #execSlowly(text: string, at: number, start: number, standing: Standing): RegExpExecArray | null {
    let match: RegExpExecArray | null = null;
    if (standing === WELL && text.length <= LONG_CHARS) {
      const expression = this.#limited(this.#longer, LONGER, text.length);
      if (expression !== undefined) {
        expression.lastIndex = at;
        match = expression.exec(text);
      }
    }
    if (match === null) {
      if (standing === WELL) match = this.#execByClock(text, at, this.#timeLimit);
      else if (!regexpsAreBounded && standing !== NOTHING)
        match = this.#execByClock(text, at, standing === SHORT ? 20 : 10);
    }
    const end = performance.now();
    const took = end - start - (match === null ? 0 : freeMs(text));
    const most = standing === WELL ? this.#timeLimit : MOST_SHORT_MS;
    if (match === null || took > 0) this.#charge(Math.min(Math.max(0, took), most), end);
    if (match !== null) return match;
    this.#watchedUntil = end + WATCH_MS;
    return this.#giveUp(standing === WELL ? 'time' : 'budget');
  }

  #giveUp(reason: GaveUp): null {
    this.gaveUp = reason;
    limited.inc({ reason });
    return null;
  }

  #charge(ms: number, now: number): void {
    if (ms > WATCHED_MS) this.#watchedUntil = now + WATCH_MS;
    this.#budgets().charge(ms, now);
  }

  #budgets(): LineBudgets {
    if (this.#given !== undefined) return this.#given;
    if (lineBudgets.hasLine) return lineBudgets;
    this.#own ??= new LineBudgets(NOBODYS, TIGHT);
    return this.#own;
  }

  #limited(made: (RegExp | undefined)[], backtracks: readonly number[], length: number): RegExp | undefined {
    let size = 0;
    while (length > SIZES[size]!) size++;
    const present = made[size];
    if (present !== undefined || !regexpsAreBounded) return present;
    const expression = limitBacktracks(this.#source, this.#flags, backtracks[size]!)!;
    this.#warm(expression);
    made[size] = expression;
    return expression;
  }

  #execByClock(text: string, at: number, timeout: number): RegExpExecArray | null {
    const { call, script, context } = watch();
    call.expression = this.#unlimited;
    call.expression.lastIndex = at;
    call.text = text;
    try {
      return script.runInContext(context, { timeout }) as RegExpExecArray | null;
    } catch {
      return null;
    } finally {
      call.text = '';
    }
  }

  #compile(): void {
    if (this.#isCompiled) return;
    this.#isCompiled = true;
    this.#warm(this.#unlimited);
  }

  /** To machine code (V8 does that at the second call), so that the clock measures matching only. */
  #warm(expression: RegExp): void {
    for (const text of this.#wide ? ['', '', '\u0100', '\u0100'] : ['', '']) {
      expression.lastIndex = 0;
      expression.exec(text);
    }
  }
}

const MAX_TIME_LIMIT_MS = 60_000;
const WATCH_MS = 1000;
/** Less than that is charged as well, and no reason to time each execution. */
const WATCHED_MS = 0.4;
/** Half the time: nobody waits, as in tests of pipelines. */
const NOBODYS = { slow_ms_per_container_second: 500, slow_ms_per_second: 500 };
/** Above, the clock alone watches what the first try did not finish. */
const LONG_CHARS = 16_384;
/** Up to how many characters a text is of each size. */
const SIZES: readonly number[] = [256, 1024, 4096, LONG_CHARS, Number.POSITIVE_INFINITY];
// A backtrack takes some 10 ns, but can run over the whole text: longer texts get fewer.
const FIRST: readonly number[] = [5000, 300, 100, 100, 10];
const TIGHTER: readonly number[] = [300, 60, 30, 10, 5];
const LONGER: readonly number[] = [50_000, 50_000, 12_000, 3000, 0];

/** More than that a try that is bounded by count does not take: the rest is this process waiting for its core, and nobody's fault. */
const MOST_SHORT_MS = 3;

/** What an execution may take before it counts as slow, in milliseconds. */
function freeMs(text: string): number {
  return (regexpsAreBounded ? 0.1 : 1) + text.length * 0.00005;
}

interface Watch {
  readonly call: { expression: RegExp; text: string };
  readonly script: Script;
  readonly context: Context;
}

let watching: Watch | undefined;

function watch(): Watch {
  if (watching === undefined) {
    const call = { expression: /(?:)/, text: '' };
    watching = { call, script: new Script('call.expression.exec(call.text)'), context: createContext({ call }) };
  }
  return watching;
}
