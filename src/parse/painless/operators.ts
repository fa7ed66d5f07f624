import { Double } from '../../base/number/double.ts';
import type { BinaryOperator } from './ast.ts';
import type { Budget } from './budget.ts';
import { classCast, ScriptFailure } from './failure.ts';
import { javaEquals } from './library/equality.ts';
import { javaText } from './library/text.ts';
import { typeName } from './library/type-name.ts';
import { asLong, asNumber, DOUBLE, FLOAT, INT, LONG, NOT, plain, rankOf } from './numbers.ts';
import { Float } from './values.ts';

/*
 * Operators on values of any type, as Painless treats `def`: the higher type of two numbers wins, int and long overflow
 * silently, a text plus anything is a text. Texts compare by `<` as well, which is Longshore's own.
 */

export function add(a: unknown, b: unknown, budget: Budget): unknown {
  if (typeof a === 'number' && typeof b === 'number') return (a + b) | 0;
  if (typeof a === 'string' || typeof b === 'string') return concat(a, b, budget);
  return arithmetic('+', a, b);
}

export function concat(a: unknown, b: unknown, budget: Budget): string {
  const text = javaText(a, budget) + javaText(b, budget);
  budget.memory(text.length);
  return text;
}

/** + - * / % of two numbers. */
export function arithmetic(operator: string, a: unknown, b: unknown): unknown {
  switch (commonRank(operator, a, b)) {
    case INT:
      return ofInts(operator, plain(a) as number, plain(b) as number);
    case LONG:
      return ofLongs(operator, asLong(a), asLong(b));
    case FLOAT:
      return new Float(ofDoubles(operator, Math.fround(asNumber(a)), Math.fround(asNumber(b))));
    default:
      return new Double(ofDoubles(operator, asNumber(a), asNumber(b)));
  }
}

export function ofInts(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return (a + b) | 0;
    case '-':
      return (a - b) | 0;
    case '*':
      return Math.imul(a, b);
    case '/':
      if (b === 0) throw byZero();
      return (a / b) | 0;
    default:
      if (b === 0) throw byZero();
      return (a % b) | 0;
  }
}

function ofLongs(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return BigInt.asIntN(64, a + b);
    case '-':
      return BigInt.asIntN(64, a - b);
    case '*':
      return BigInt.asIntN(64, a * b);
    case '/':
      if (b === 0n) throw byZero();
      return BigInt.asIntN(64, a / b);
    default:
      if (b === 0n) throw byZero();
      return a % b;
  }
}

function ofDoubles(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return a % b;
  }
}

const byZero = (): ScriptFailure => new ScriptFailure('ArithmeticException', '/ by zero', 'division by zero');

/** & | ^ of whole numbers or of booleans. */
export function bitwise(operator: string, a: unknown, b: unknown): unknown {
  if (typeof a === 'boolean' && typeof b === 'boolean')
    return operator === '&' ? a && b : operator === '|' ? a || b : a !== b;
  const rank = commonRank(operator, a, b);
  if (rank === INT) {
    const x = plain(a) as number;
    const y = plain(b) as number;
    return operator === '&' ? x & y : operator === '|' ? x | y : x ^ y;
  }
  if (rank !== LONG) throw notApplicable(operator, a, b);
  const x = asLong(a);
  const y = asLong(b);
  return operator === '&' ? x & y : operator === '|' ? x | y : x ^ y;
}

/** << >> >>>: the type of the left one decides. */
export function shift(operator: string, a: unknown, b: unknown): unknown {
  const rank = rankOf(a);
  const by = rankOf(b);
  if (rank === NOT || by === NOT || rank > LONG || by > LONG) throw notApplicable(operator, a, b);
  const bits = Number(asLong(b) & 63n);
  if (rank === INT) {
    const x = plain(a) as number;
    return operator === '<<' ? x << bits : operator === '>>' ? x >> bits : (x >>> bits) | 0;
  }
  const x = asLong(a);
  const n = BigInt(bits);
  if (operator === '<<') return BigInt.asIntN(64, x << n);
  return operator === '>>' ? x >> n : BigInt.asIntN(64, BigInt.asUintN(64, x) >> n);
}

export function unary(operator: string, value: unknown): unknown {
  const rank = rankOf(value);
  if (rank === NOT || (operator === '~' && rank > LONG)) throw notApplicableTo(operator, value);
  if (rank === INT) {
    const number = plain(value) as number;
    return operator === '-' ? -number | 0 : operator === '~' ? ~number : number;
  }
  if (rank === LONG) {
    const number = asLong(value);
    return operator === '-' ? BigInt.asIntN(64, -number) : operator === '~' ? ~number : number;
  }
  if (operator === '+') return value;
  return rank === FLOAT ? new Float(-asNumber(value)) : new Double(-asNumber(value));
}

/** `==` */
export function areEqual(a: unknown, b: unknown): boolean {
  if (a === b) return !(a instanceof Double) || !Number.isNaN(a.value);
  if (a === null || b === null) return false;
  const rank = rankOf(a);
  if (rank !== NOT) {
    const other = rankOf(b);
    // biome-ignore lint/suspicious/noDoubleEquals: an int equals a long of the same value.
    if (other !== NOT) return comparable(a, Math.max(rank, other)) == comparable(b, Math.max(rank, other));
    return typeof b === 'string' && wholeOf(b) !== undefined && wholeOf(b) === wholeOf(a);
  }
  if (typeof a === 'string') return rankOf(b) !== NOT && areEqual(b, a);
  return typeof a === 'object' && typeof b === 'object' && javaEquals(a, b);
}

/** Below zero, zero, above; NaN when one of the numbers is none. */
export function compare(operator: string, a: unknown, b: unknown): number {
  if (typeof a === 'string' || typeof b === 'string') {
    const x = wholeOf(a);
    const y = x === undefined ? undefined : wholeOf(b);
    if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
    if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  }
  const rank = rankOf(a);
  const other = rankOf(b);
  if (rank === NOT || other === NOT)
    throw fails(a, b, `cannot compare ${describe(a)} with ${describe(b)} by ${operator}`);
  const x = comparable(a, Math.max(rank, other));
  const y = comparable(b, Math.max(rank, other));
  // biome-ignore lint/suspicious/noDoubleEquals: an int equals a long of the same value.
  return x < y ? -1 : x > y ? 1 : x == y ? 0 : Number.NaN;
}

/** A number in the wider type of two: beside a double a long is rounded, beside a float an int as well. */
function comparable(value: unknown, rank: number): number | bigint {
  if (rank === DOUBLE) return asNumber(value);
  return rank === FLOAT ? Math.fround(asNumber(value)) : plain(value);
}

/** A whole number, also one that came as the text of its digits because it is too large for a number of JavaScript. */
function wholeOf(value: unknown): bigint | undefined {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value === 'bigint') return value;
  return typeof value === 'string' && LONG_NUMBER.test(value) ? BigInt(value) : undefined;
}
const LONG_NUMBER = /^-?[1-9]\d{15,39}$/;

/** What an operator does with two values, where no more is known of them. */
export function operation(operator: BinaryOperator): (a: unknown, b: unknown, budget: Budget) => unknown {
  switch (operator) {
    case '+':
      return add;
    case '-':
    case '*':
    case '/':
    case '%':
      return (a, b) =>
        typeof a === 'number' && typeof b === 'number' ? ofInts(operator, a, b) : arithmetic(operator, a, b);
    case '&':
    case '|':
    case '^':
      return (a, b) => bitwise(operator, a, b);
    case '<<':
    case '>>':
    case '>>>':
      return (a, b) => shift(operator, a, b);
    case '==':
      return areEqual;
    case '!=':
      return (a, b) => !areEqual(a, b);
    case '===':
      return (a, b) => javaEquals(a, b);
    case '!==':
      return (a, b) => !javaEquals(a, b);
    case '<':
      return (a, b) => compare('<', a, b) < 0;
    case '<=':
      return (a, b) => compare('<=', a, b) <= 0;
    case '>':
      return (a, b) => compare('>', a, b) > 0;
    case '>=':
      return (a, b) => compare('>=', a, b) >= 0;
    default:
      throw new Error(`${operator} is prepared elsewhere`);
  }
}

function commonRank(operator: string, a: unknown, b: unknown): number {
  const first = rankOf(a);
  const second = rankOf(b);
  if (first === NOT || second === NOT) throw notApplicable(operator, a, b);
  return Math.max(first, second);
}

const notApplicable = (operator: string, a: unknown, b: unknown): ScriptFailure =>
  fails(a, b, `cannot work out ${describe(a)} ${operator} ${describe(b)}`);

const notApplicableTo = (operator: string, value: unknown): ScriptFailure =>
  fails(value, 0, `cannot work out ${operator} of ${describe(value)}`);

const fails = (a: unknown, b: unknown, message: string): ScriptFailure =>
  new ScriptFailure(a === null || b === null ? 'NullPointerException' : 'ClassCastException', message);

/** What a value is, in words that do not show it. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'a boolean';
  if (rankOf(value) !== NOT) return 'a number';
  if (Array.isArray(value)) return 'a list';
  const name = typeName(value);
  return name === 'java.util.HashMap' ? 'an object' : name.slice(name.lastIndexOf('.') + 1);
}

/** Fails where a value of another type stands in the place of true or false. */
export function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === null) throw new ScriptFailure('NullPointerException', 'null stands where true or false should be');
  const { message } = classCast(typeName(value), 'boolean');
  throw new ScriptFailure('ClassCastException', message, `${describe(value)} stands where true or false should be`);
}
