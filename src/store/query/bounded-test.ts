import { BoundedRegExp, TooSlow } from '../../base/regexp/bounded-regexp.ts';
import { ANY } from '../../base/regexp/char-set.ts';
import { LineBudgets, TIGHT } from '../../base/regexp/line-budgets.ts';
import { LinearRegExp } from '../../base/regexp/linear-engine.ts';
import {
  ANY_STAR,
  chars,
  childrenOf,
  isAnyStar,
  itemsOf,
  loop,
  type RegexpNode,
  sequence,
  TEXT_END,
  TEXT_START,
} from '../../base/regexp/tree.ts';
import { writeUnits } from '../../base/regexp/write-linear.ts';
import { LongshoreError } from '../../core/errors.ts';
import { counter } from '../../core/metrics.ts';
import { literalTest } from './literal-test.ts';

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
 * Compiles an expression for events in memory. Whoever may search wrote it, and containers print what it runs over, so a
 * test is bounded: what takes too long counts as no match, and is counted. Throws LS_QUERY_REGEXP.
 */
export function compileTest(expression: RegexpNode): TextTest {
  return literalTest(expression, () => compileExpression(expression)) ?? compileExpression(expression);
}

function compileExpression(expression: RegexpNode): TextTest {
  const compiled = compile(expression);
  return {
    test(text) {
      try {
        return compiled.test(text);
      } catch (error) {
        if (!(error instanceof TooSlow)) throw error;
        gaveUp.inc();
        return false;
      }
    },
  };
}

/** V8 works out what can follow each optional part when it compiles: many of them in a row take seconds, or for ever. */
const MAX_OPTIONAL = 12;

function compile(expression: RegexpNode): TextTest {
  const limits = { slow_ms_per_container_second: SLOW_MS_PER_SECOND, slow_ms_per_second: SLOW_MS_PER_SECOND };
  const budgets = new LineBudgets(limits, TIGHT);
  const isLinear = optionalParts(expression) > MAX_OPTIONAL;
  try {
    if (isLinear) return new LinearRegExp(expression, budgets);
    const tree = wildcardSteps(expression) ?? expression;
    return new BoundedRegExp(tree, writeUnits(tree), { budgets });
  } catch (cause) {
    if (!isLinear)
      throw new LongshoreError('LS_QUERY_REGEXP', `the expression cannot be compiled: ${String(cause)}.`, { cause });
    throw new LongshoreError('LS_QUERY_REGEXP', 'the expression has too many optional parts.', {
      fix: 'Write fewer parts with ?.',
      cause,
    });
  }
}

function optionalParts(node: RegexpNode): number {
  const own = node.kind === 'loop' && node.max === 1 ? 1 : 0;
  return childrenOf(node).reduce((parts, child) => parts + optionalParts(child), own);
}

/**
 * A wildcard with several `*`, so that it never tries again: a piece between two of them is right where it is found first.
 * Undefined for anything else.
 */
function wildcardSteps(expression: RegexpNode): RegexpNode | undefined {
  const items = itemsOf(expression);
  const [first, last] = [items[0], items.at(-1)];
  const isStarted = first?.kind === 'assertion' && first.what === 'text_start';
  const isEnded = last?.kind === 'assertion' && last.what === 'text_end';
  const pieces: RegexpNode[][] = [[]];
  for (const item of items.slice(isStarted ? 1 : 0, isEnded ? -1 : undefined)) {
    if (isAnyStar(item)) pieces.push([]);
    else if (item.kind === 'chars') pieces.at(-1)!.push(item);
    else return undefined;
  }
  if (pieces.length < 3) return undefined;
  const head = isStarted ? pieces.shift()! : [];
  const tail = isEnded ? pieces.pop()! : undefined;
  const steps = pieces
    .filter(piece => piece.length > 0)
    .map((piece): RegexpNode => ({ kind: 'atomic', body: sequence([ANY_LAZY, ...piece]) }));
  return sequence([TEXT_START, ...head, ...steps, ...(tail === undefined ? [] : [ANY_STAR, ...tail, TEXT_END])]);
}

const ANY_LAZY = loop(chars(ANY), 0, Number.POSITIVE_INFINITY, true);
