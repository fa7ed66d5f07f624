import { BoundedRegExp, TooSlow } from '../../base/regexp/bounded-regexp.ts';
import { LineBudgets, TIGHT } from '../../base/regexp/line-budgets.ts';
import { LongshoreError } from '../../core/errors.ts';
import { counter } from '../../core/metrics.ts';
import { compileLinear, runsLinear } from './linear-regexp.ts';

/** A test of one text. */
export interface TextTest {
  test(text: string): boolean;
}

const gaveUp = counter(
  'longshore_query_regexp_limit_total',
  'Tests of a text in memory (rules, live tails, the open tail) that took too long and count as no match',
);

/** Milliseconds of each second that the slow texts of one expression may take. */
const SLOW_MS_PER_SECOND = 60;

/**
 * Compiles a source made by `regexp.ts` or `text.ts` for events in memory. Whoever may search wrote it, and containers
 * print what it runs over, so a test is bounded: what takes too long counts as no match, and is counted. Throws
 * LS_QUERY_REGEXP.
 */
export function compileTest(source: string): TextTest {
  const limits = { slow_ms_per_container_second: SLOW_MS_PER_SECOND, slow_ms_per_second: SLOW_MS_PER_SECOND };
  const budgets = new LineBudgets(limits, TIGHT);
  if (!isQuickToCompile(source)) return new LinearTest(source, budgets);
  let expression: BoundedRegExp;
  try {
    const linear = compileLinear(wildcardSteps(source) ?? source);
    expression = new BoundedRegExp(linear.source, linear.flags, { budgets });
  } catch (cause) {
    throw new LongshoreError('LS_QUERY_REGEXP', `the expression cannot be compiled: ${String(cause)}.`, { cause });
  }
  return {
    test(text) {
      try {
        return expression.test(text);
      } catch (error) {
        if (!(error instanceof TooSlow)) throw error;
        gaveUp.inc();
        return false;
      }
    },
  };
}

/** In V8's engine without backtracking: for what its other engine would compile for seconds. It cannot be stopped, so the work is bounded before. */
class LinearTest implements TextTest {
  readonly #expression: RegExp;
  readonly #size: number;
  readonly #budgets: LineBudgets;

  constructor(source: string, budgets: LineBudgets) {
    this.#expression = runsLinear(source);
    this.#size = this.#expression.source.length;
    this.#budgets = budgets;
  }

  test(text: string): boolean {
    const start = performance.now();
    const work = this.#size * text.length;
    if (work > (this.#budgets.standing(start) < TIGHT ? MAX_WORK : MAX_TIGHT_WORK)) {
      gaveUp.inc();
      return false;
    }
    const found = this.#expression.test(text);
    const end = performance.now();
    this.#budgets.charge(end - start, end);
    return found;
  }
}

/** Characters of source times characters of text: about 20 and 0.5 milliseconds. */
const MAX_WORK = 1_000_000;
const MAX_TIGHT_WORK = 25_000;

/** V8 works out what can follow each optional part when it compiles: many of them in a row take seconds, or for ever. */
const MAX_OPTIONAL = 12;

function isQuickToCompile(source: string): boolean {
  const optional = source.replace(/\\.|\[(?:\\.|[^\]\\])*\]|\(\?:|[*+?]\?/g, '').match(/\?/g);
  return optional === null || optional.length <= MAX_OPTIONAL;
}

const ATOM = String.raw`(?:\\x[0-9a-f]{2}|\\[^\w]|\[(?:\\.|[^\]\\])*\]|[^\\[\](){}*+?|^$.]|\.(?!\*))`;
const WILDCARD = new RegExp(`^(\\^?)((?:${ATOM}|\\.\\*)*?)(\\$?)$`, 'su');

/**
 * The source of a wildcard with several `*` so that it never tries again: a piece between two of them is right where it is
 * found first. Undefined for anything else.
 */
export function wildcardSteps(source: string): string | undefined {
  const [whole, start, middle, end] = WILDCARD.exec(source) ?? [];
  if (whole === undefined) return undefined;
  const pieces = middle!.split('.*');
  if (pieces.length < 3) return undefined;
  const first = start === '^' ? pieces.shift()! : '';
  const last = end === '$' ? pieces.pop()! : undefined;
  let group = 0;
  let steps = `^${first}`;
  for (const piece of pieces) if (piece !== '') steps += `(?=([^]*?${piece}))\\${++group}`;
  return last === undefined ? steps : `${steps}.*${last}$`;
}
