import { isFields } from '../../core/event.ts';
import type { BinaryOperator } from './ast.ts';
import type { Evaluate } from './compile.ts';
import { ConditionFailure, describe } from './methods.ts';

/**
 * Binary operators on values of any type, as Painless treats `def`: numbers compare with numbers, texts only with texts;
 * equality between types is false; whole numbers divide to whole numbers; a text plus anything is a text.
 */
export function binary(operator: BinaryOperator, left: Evaluate, right: Evaluate, isDouble: boolean): Evaluate {
  switch (operator) {
    case '&&':
      return (event, state) => bool(left(event, state)) && bool(right(event, state));
    case '||':
      return (event, state) => bool(left(event, state)) || bool(right(event, state));
    case '?:':
      return (event, state) => left(event, state) ?? right(event, state);
    case '==':
    case '===':
      return (event, state) => equal(left(event, state), right(event, state));
    case '!=':
    case '!==':
      return (event, state) => !equal(left(event, state), right(event, state));
    case '<':
      return (event, state) => compare(left(event, state), right(event, state), operator) < 0;
    case '<=':
      return (event, state) => compare(left(event, state), right(event, state), operator) <= 0;
    case '>':
      return (event, state) => compare(left(event, state), right(event, state), operator) > 0;
    case '>=':
      return (event, state) => compare(left(event, state), right(event, state), operator) >= 0;
    case 'in':
      return (event, state) => isIn(left(event, state), right(event, state));
    case '+':
      return (event, state) => plus(left(event, state), right(event, state));
    default:
      return (event, state) => arithmetic(operator, left(event, state), right(event, state), isDouble);
  }
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

function compare(a: unknown, b: unknown, operator: string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const x = wholeOf(a);
  const y = x === undefined ? undefined : wholeOf(b);
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  throw new ConditionFailure(`cannot compare ${describe(a)} with ${describe(b)} by ${operator}`);
}

/** A whole number, also one beyond 2^53, which is the text of its digits. */
function wholeOf(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && LONG_NUMBER.test(value) ? BigInt(value) : undefined;
}
const LONG_NUMBER = /^-?[1-9]\d{15,39}$/;

function isIn(item: unknown, container: unknown): boolean {
  if (Array.isArray(container)) return container.includes(item);
  if (isFields(container)) return Object.hasOwn(container, String(item));
  throw new ConditionFailure(`nothing is in ${describe(container)}`);
}

function plus(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string' || typeof b === 'string') return `${printed(a)}${printed(b)}`;
  throw new ConditionFailure(`cannot add ${describe(b)} to ${describe(a)}`);
}

function printed(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function arithmetic(operator: BinaryOperator, a: unknown, b: unknown, isDouble: boolean): number {
  if (typeof a !== 'number' || typeof b !== 'number')
    throw new ConditionFailure(`cannot work out ${describe(a)} ${operator} ${describe(b)}`);
  if (operator === '-') return a - b;
  if (operator === '*') return a * b;
  const whole = !isDouble && Number.isInteger(a) && Number.isInteger(b);
  if (whole && b === 0) throw new ConditionFailure('division by zero');
  if (operator === '%') return a % b;
  return whole ? Math.trunc(a / b) : a / b;
}

function bool(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ConditionFailure(`${describe(value)} stands where true or false should be`);
}
