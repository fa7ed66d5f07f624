import { setFlagsFromString } from 'node:v8';
import { type Context, createContext, Script } from 'node:vm';

/**
 * A regular expression that gives up instead of holding everybody up.
 *
 * V8 counts backtracks and can stop at a number of them, at no cost to a match that stays below. A backtrack can take
 * as long as it takes to run over the text once more, so the number is small, smaller for long texts, and reaching it
 * is only a suspicion: `vm` then runs the expression again and stops it by the clock (some 0.4 ms for a call).
 * An expression that keeps failing there is not run again for ever more texts that are as suspicious: a flood of lines
 * made for it costs little more than other lines. Texts of more than 16,384 characters are watched by the clock alone.
 *
 * Write the expression so that it always matches: null stands for "gave up".
 */
export class LimitedRegExp {
  readonly #source: string;
  readonly #flags: string;
  readonly #timeLimit: number;
  readonly #wide: boolean;
  /** For texts of up to 1,024 characters. */
  readonly #short: RegExp | undefined;
  /** For texts of up to 2, 4, 8, 16 times that. */
  readonly #long: (RegExp | undefined)[] = [undefined, undefined, undefined, undefined, undefined];
  readonly #unlimited: RegExp;
  #compiled = false;
  /** How often in a row the clock has stopped it. */
  #strikes = 0;
  /** Suspicious texts to give up on before the clock gets its next chance. */
  #skip = 0;

  /**
   * `wide`: its texts have characters beyond Latin-1.
   * @throws SyntaxError as `new RegExp` does.
   */
  constructor(source: string, flags: string, time_limit_ms: number, wide: boolean) {
    this.#source = source;
    this.#flags = flags;
    this.#wide = wide;
    this.#timeLimit = Math.min(MAX_TIME_LIMIT_MS, Math.max(1, Math.ceil(time_limit_ms) || 1));
    // First, because V8's own constructor ends the process over flags that it does not know.
    this.#unlimited = new RegExp(source, flags);
    this.#short = limitBacktracks(source, flags, this.#timeLimit * BACKTRACKS_PER_MS);
  }

  /** `at`: where an expression with the flag y matches. */
  exec(text: string, at = 0): RegExpExecArray | null {
    if (text.length <= LONG_CHARS) {
      const expression = text.length <= SHORT_CHARS ? this.#short : this.#forLong(text.length);
      if (expression !== undefined) {
        expression.lastIndex = at;
        const match = expression.exec(text);
        if (match !== null) return match;
        if (this.#skip > 0) {
          this.#skip--;
          return null;
        }
      }
    }
    return this.#execByClock(text, at);
  }

  #forLong(length: number): RegExp | undefined {
    const doublings = Math.ceil(Math.log2(length / SHORT_CHARS));
    const backtracks = (this.#timeLimit * BACKTRACKS_PER_MS) / 2 ** doublings;
    this.#long[doublings] ??= limitBacktracks(this.#source, this.#flags, Math.ceil(backtracks));
    return this.#long[doublings];
  }

  #execByClock(text: string, at: number): RegExpExecArray | null {
    this.#compile();
    const { call, script, context } = watch();
    call.expression = this.#unlimited;
    call.expression.lastIndex = at;
    call.text = text;
    try {
      const match = script.runInContext(context, { timeout: this.#timeLimit }) as RegExpExecArray | null;
      this.#strikes = 0;
      return match;
    } catch {
      this.#strikes = Math.min(this.#strikes + 1, MAX_STRIKES);
      this.#skip = 2 ** this.#strikes - 2;
      return null;
    } finally {
      call.text = '';
    }
  }

  /** To machine code (V8 does that at the second call), so that the clock measures matching only. */
  #compile(): void {
    if (this.#compiled) return;
    this.#compiled = true;
    for (let i = 0; i < 2; i++) this.#unlimited.exec(this.#wide ? '\u0100' : '');
  }
}

const MAX_TIME_LIMIT_MS = 60_000;
/** Up to here a step back takes a microsecond at most. */
const SHORT_CHARS = 1024;
const BACKTRACKS_PER_MS = 1000;
/** Above, the clock alone watches. */
const LONG_CHARS = 16_384;
/** At most every 1,022nd suspicious text is tried by the clock. */
const MAX_STRIKES = 10;

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

type MakeLimited = (source: string, flags: string, backtracks: number) => RegExp;

let maker: MakeLimited | null | undefined;

/** An expression whose `exec` gives null after so many backtracks; undefined where V8 does not offer that. */
function limitBacktracks(source: string, flags: string, backtracks: number): RegExp | undefined {
  if (maker === undefined) maker = findMaker();
  return maker === null ? undefined : maker(source, flags, backtracks);
}

/** The constructor is reachable through V8's own syntax only, which is allowed for the moment of compiling one line. */
function findMaker(): MakeLimited | null {
  try {
    setFlagsFromString('--allow-natives-syntax');
    try {
      const make = new Function('s', 'f', 'n', 'return %NewRegExpWithBacktrackLimit(s, f, n)') as MakeLimited;
      return provesItself(make) ? make : null;
    } finally {
      setFlagsFromString('--no-allow-natives-syntax');
    }
  } catch {
    return null;
  }
}

/**
 * An expression of exponential time gives up, interpreted (first call) and compiled; an innocent text matches. It refers
 * back to a group, which V8's linear engine cannot do: where that one is allowed to take over from the limit (searches
 * ask for it, for the whole process), an expression that it can run need not give up and may go on in linear time.
 */
function provesItself(make: MakeLimited): boolean {
  const hopeless = make('^(a+)+\\1$|$()', '', 2000);
  const text = `${'a'.repeat(30)}b`;
  return hopeless.exec(text) === null && hopeless.exec(text) === null && hopeless.exec('aaa') !== null;
}
