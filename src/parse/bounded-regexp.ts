import v8 from 'node:v8';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { counter } from '../core/metrics.ts';
import { javaToEs } from './java-regexp.ts';

/**
 * Regular expressions written by users, with a bound on how long one execution may take.
 * V8 counts the backtracks of such an expression itself: past the limit `exec` answers null, `replace` stops replacing.
 * The bound costs a normal match nothing.
 */

/** Backtracks one execution may take; a million is between 3 and 20 ms. */
export const MAX_BACKTRACKS = 1_000_000;

type Make = (source: string, flags: string, limit: number) => RegExp;

const boundedMake = makeBounded();

/** True when this Node lets V8 bound the backtracking; otherwise expressions run unbounded and `check` may say so. */
export const regexpsAreBounded = boundedMake !== undefined;

/** A RegExp (ECMAScript syntax) that gives up after `limit` backtracks. Throws SyntaxError as `new RegExp` does. */
export function boundedRegExp(source: string, flags = '', limit = MAX_BACKTRACKS): RegExp {
  const plain = new RegExp(source, flags); // the bounded maker must only ever see what V8 accepts
  return boundedMake === undefined ? plain : boundedMake(source, flags, limit);
}

/** A bounded RegExp from Java syntax (what Painless conditions and `gsub` are written in); `esFlags` are added as they are. */
export function javaRegExp(source: string, flags: string, where?: string, esFlags = ''): RegExp {
  try {
    const translated = javaToEs(source, flags);
    return boundedRegExp(translated.source, translated.flags + esFlags);
  } catch (error) {
    throw new LongshoreError(
      'LS_PARSE_REGEXP',
      `the regular expression /${source}/ is not valid: ${messageOf(error)}.`,
      {
        where,
        cause: error,
      },
    );
  }
}

const limited = counter(
  'longshore_parse_regexp_limit_total',
  'Executions of a regular expression that were given up because they backtracked too much',
);
const SUSPICIOUS_MS = 2;

/** `pattern.test(text)`; an execution that was given up counts as no match and is counted. Risky expressions only: see `isRisky`. */
export function timedTest(pattern: RegExp, text: string): boolean {
  const start = performance.now();
  const found = pattern.test(text);
  if (!found && performance.now() - start > SUSPICIOUS_MS) limited.inc();
  return found;
}

/** False when an expression cannot backtrack for long on a line of usual length: no quantifier inside a quantified group. */
export function isRisky(source: string): boolean {
  return /\)(?:\*|\+|\{\d+,)/.test(source);
}

function makeBounded(): Make | undefined {
  try {
    v8.setFlagsFromString('--allow-natives-syntax');
    const make = new Function(
      'source',
      'flags',
      'limit',
      'return %NewRegExpWithBacktrackLimit(source, flags, limit)',
    ) as Make;
    const probe = make('^(a+)+$', '', 1000);
    return probe.test(`${'a'.repeat(40)}b`) || !probe.test('aa') ? undefined : make;
  } catch {
    return undefined;
  } finally {
    v8.setFlagsFromString('--no-allow-natives-syntax');
  }
}
