import type { BoundedRegExp } from '../../../base/regexp/bounded-regexp.ts';
import type { BinaryOperator, Expression } from '../ast.ts';
import type { Evaluate } from '../environment.ts';
import { ScriptFailure } from '../failure.ts';
import { isMap, mapHas } from '../library/maps.ts';
import type { Pattern } from '../library/regex.ts';
import { areEqual, compare, concat, describe, operation, unary as unaryOf } from '../operators.ts';
import { promoted, rankOfType, unboxed } from '../types.ts';
import { fromDocument } from '../values.ts';
import type { Code, Compilation } from './compilation.ts';
import { constant, expression } from './expressions.ts';
import { numberLiteral } from './number-literal.ts';

export function binary(c: Compilation, node: Extract<Expression, { type: 'binary' }>): Code {
  const { operator, at } = node;
  if (operator === '=~' || operator === '==~') return matching(c, node);
  const left = expression(c, node.left);
  const right = expression(c, node.right);
  if (operator === '&&' || operator === '||') {
    const first = c.as(left, 'boolean', node.left.at);
    const second = c.as(right, 'boolean', node.right.at);
    if (operator === '&&') return { type: 'boolean', run: (env, locals) => first(env, locals) && second(env, locals) };
    return { type: 'boolean', run: (env, locals) => first(env, locals) || second(env, locals) };
  }
  if (operator === 'in') return isIn(c, node, left, right);
  return combine(c, operator, left, right, at);
}

/** What an operator makes of two prepared expressions. */
export function combine(c: Compilation, operator: BinaryOperator, left: Code, right: Code, at: number): Code {
  const type = resultOf(operator, left.type, right.type);
  if (type === undefined || left.type === 'void' || right.type === 'void')
    throw c.source.mistake(at, `\`${operator}\` does not work with ${left.type} and ${right.type}`);
  if (left.constant !== undefined && right.constant !== undefined) {
    const [a, b] = [left.constant.value, right.constant.value];
    const budget = { steps: () => {}, memory: () => {}, now: 0 };
    const value = c.folded(at, () => operation(operator)(a, b, budget));
    return constant(type, value);
  }
  const quick = comparison(operator, left, right, at) ?? arithmetic(operator, left, right, at);
  return { type, run: quick ?? general(operator, left, right, at) };
}

const EQUALITIES: ReadonlySet<string> = new Set(['==', '!=', '===', '!==']);
const RELATIONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);
const BITS: ReadonlySet<string> = new Set(['&', '|', '^']);
const SHIFTS: ReadonlySet<string> = new Set(['<<', '>>', '>>>']);

/** The type of what comes out; undefined where the operator does not fit the types. */
function resultOf(operator: BinaryOperator, left: string, right: string): string | undefined {
  if (EQUALITIES.has(operator)) return 'boolean';
  const isDynamic = [left, right].some(type => type === 'def' || type === 'Object' || type === 'Number');
  if (RELATIONS.has(operator)) {
    const areTexts = left === 'String' && right === 'String';
    return isDynamic || areTexts || promoted(left, right) !== undefined ? 'boolean' : undefined;
  }
  if (operator === '+' && (left === 'String' || right === 'String')) return 'String';
  if (BITS.has(operator) && unboxed(left) === 'boolean' && unboxed(right) === 'boolean') return 'boolean';
  if (isDynamic) return 'def';
  const type = promoted(left, right);
  if (type === undefined) return undefined;
  if (SHIFTS.has(operator)) return isWhole(right) && isWhole(left) ? promoted(left, 'int') : undefined;
  return BITS.has(operator) && !isWhole(type) ? undefined : type;
}

const isWhole = (type: string): boolean => rankOfType(type) === 1 || rankOfType(type) === 2;

function general(operator: BinaryOperator, left: Code, right: Code, at: number): Evaluate {
  const { run: first } = left;
  const { run: second } = right;
  const work = operation(operator);
  return (env, locals) => {
    const a = first(env, locals);
    const b = second(env, locals);
    env.at = at;
    return work(a, b, env);
  };
}

function arithmetic(operator: BinaryOperator, left: Code, right: Code, at: number): Evaluate | undefined {
  const { run: first } = left;
  const { run: second } = right;
  if (operator === '+' && (left.type === 'String' || right.type === 'String'))
    return (env, locals) => {
      const a = first(env, locals);
      return concat(a, second(env, locals), env);
    };
  if (operator !== '+' && operator !== '-') return undefined;
  const work = operation(operator);
  const sign = operator === '+' ? 1 : -1;
  return (env, locals) => {
    const a = first(env, locals);
    const b = second(env, locals);
    if (typeof a === 'number' && typeof b === 'number') return (a + sign * b) | 0;
    env.at = at;
    return work(a, b, env);
  };
}

/** Comparisons with what is the same for every event, without turning the field into a script's value first. */
function comparison(operator: BinaryOperator, left: Code, right: Code, at: number): Evaluate | undefined {
  if (right.constant === undefined) return undefined;
  const wanted = right.constant.value;
  const read = left.read ?? left.run;
  if (operator === '==' || operator === '!=') {
    const isWanted = operator === '==';
    if (wanted === null)
      return (env, locals) => {
        const value = read(env, locals);
        return (value === null || value === undefined) === isWanted;
      };
    if (typeof wanted === 'string' || typeof wanted === 'boolean')
      return (env, locals) => (read(env, locals) === wanted) === isWanted;
    if (typeof wanted === 'number')
      return (env, locals) => {
        const value = read(env, locals);
        if (typeof value === 'number') return (value === wanted) === isWanted;
        return areEqual(fromDocument(value), wanted) === isWanted;
      };
    return undefined;
  }
  if (typeof wanted !== 'number' || !RELATIONS.has(operator)) return undefined;
  const slow = (value: unknown): number => compare(operator, fromDocument(value), wanted);
  switch (operator) {
    case '<':
      return (env, locals) => {
        const value = read(env, locals);
        if (typeof value === 'number') return value < wanted;
        env.at = at;
        return slow(value) < 0;
      };
    case '<=':
      return (env, locals) => {
        const value = read(env, locals);
        if (typeof value === 'number') return value <= wanted;
        env.at = at;
        return slow(value) <= 0;
      };
    case '>':
      return (env, locals) => {
        const value = read(env, locals);
        if (typeof value === 'number') return value > wanted;
        env.at = at;
        return slow(value) > 0;
      };
    default:
      return (env, locals) => {
        const value = read(env, locals);
        if (typeof value === 'number') return value >= wanted;
        env.at = at;
        return slow(value) >= 0;
      };
  }
}

/** Longshore's own: `ctx.level in ['a', 'b']`, also the keys of a map. */
function isIn(c: Compilation, node: Extract<Expression, { type: 'binary' }>, item: Code, container: Code): Code {
  const first = c.as(item, 'def', node.left.at);
  const second = c.as(container, 'def', node.right.at);
  const run: Evaluate = (env, locals) => {
    const value = first(env, locals);
    const all = second(env, locals);
    env.at = node.at;
    if (isMap(all)) return mapHas(all, value);
    if (!Array.isArray(all))
      throw new ScriptFailure(
        all === null ? 'NullPointerException' : 'ClassCastException',
        `nothing is in ${describe(all)}`,
      );
    env.steps(all.length);
    return all.some(one => areEqual(fromDocument(one), value));
  };
  return { type: 'boolean', run };
}

function matching(c: Compilation, node: Extract<Expression, { type: 'binary' }>): Code {
  const { operator, at } = node;
  const right = expression(c, node.right);
  if (right.type !== 'Pattern' && (right.type !== 'def' || right.constant !== undefined))
    throw c.source.mistake(node.right.at, `${operator} wants a regular expression`, 'Write it between slashes.');
  const left = expression(c, node.left);
  const read = left.read ?? c.as(left, 'def', node.left.at);
  const pattern = c.as(right, 'Pattern', node.right.at);
  const isWhole = operator === '==~';
  const known = right.constant === undefined ? undefined : expressionOf(right.constant.value, isWhole);
  const run: Evaluate = (env, locals) => {
    const value = read(env, locals);
    if (typeof value === 'string')
      return known !== undefined ? known.test(value) : expressionOf(pattern(env, locals), isWhole).test(value);
    env.at = at;
    throw unmatchable(value);
  };
  return { type: 'boolean', run };
}

const expressionOf = (pattern: unknown, isWhole: boolean): BoundedRegExp =>
  isWhole ? (pattern as Pattern).whole : (pattern as Pattern).regexp;

function unmatchable(value: unknown): ScriptFailure {
  const name = value === null || value === undefined ? 'NullPointerException' : 'ClassCastException';
  return new ScriptFailure(name, `${describe(value)} cannot be matched with a regular expression`);
}

export function unary(c: Compilation, node: Extract<Expression, { type: 'unary' }>): Code {
  const { operator, operand, at } = node;
  if (operator === '-' && operand.type === 'number')
    return constant(...numberLiteral(c.source, `-${operand.text}`, operand.at));
  const inner = expression(c, operand);
  if (operator === '!') {
    const run = c.as(inner, 'boolean', operand.at);
    return { type: 'boolean', run: (env, locals) => !run(env, locals) };
  }
  const isDynamic = inner.type === 'def' || inner.type === 'Object' || inner.type === 'Number';
  const type = isDynamic ? 'def' : promoted(inner.type, 'int');
  if (type === undefined || (operator === '~' && !isDynamic && !isWhole(type)))
    throw c.source.mistake(at, `\`${operator}\` does not work with ${inner.type}`);
  if (inner.constant !== undefined) {
    const { value } = inner.constant;
    return constant(
      type,
      c.folded(at, () => unaryOf(operator, value)),
    );
  }
  const { run } = inner;
  return {
    type,
    run: (env, locals) => {
      const value = run(env, locals);
      env.at = at;
      return unaryOf(operator, value);
    },
  };
}
