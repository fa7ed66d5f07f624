import { fixedText } from '../python/fixed.ts';
import { PercentError, percentFormat } from '../python/percent.ts';
import { pythonRepr, pythonStr } from '../python/str.ts';
import { float, isFloat, numberOf, Tuple } from '../python/types.ts';
import { spend } from './budget.ts';
import { TemplateError } from './lexer.ts';
import { isUndefined } from './values.ts';

type Operation = (a: number, b: number) => number;

/** `+ - * / // % **` as Python does them: a float stays one, `/` always gives one, texts and lists add and repeat. */
export const OPERATORS: Record<string, (a: unknown, b: unknown) => unknown> = {
  '+': (a, b) => {
    if (typeof a === 'string' && typeof b === 'string') return sized(a.length + b.length, () => a + b);
    if (Array.isArray(a) && Array.isArray(b)) return sized(a.length + b.length, () => [...a, ...b]);
    return arithmetic('+', a, b, (x, y) => x + y);
  },
  '-': (a, b) => arithmetic('-', a, b, (x, y) => x - y),
  '*': (a, b) => {
    const [some, times] = typeof b === 'string' || Array.isArray(b) ? [b, a] : [a, b];
    if (typeof some !== 'string' && !Array.isArray(some)) return arithmetic('*', a, b, (x, y) => x * y);
    const n = Math.max(0, whole('*', times));
    spend(some.length * n);
    return typeof some === 'string' ? some.repeat(n) : Array.from({ length: n }, () => some).flat(1);
  },
  '/': (a, b) => {
    const [x, y] = pair('/', a, b);
    return float(x / notZero(y));
  },
  '//': (a, b) => arithmetic('//', a, b, (x, y) => Math.floor(x / notZero(y))),
  '%': (a, b) => {
    if (typeof a === 'string') return percent(a, b);
    return arithmetic('%', a, b, modulo);
  },
  '**': (a, b) => {
    const [x, y] = pair('**', a, b);
    const result = x ** y;
    if (Number.isNaN(result)) throw new TemplateError('a root of a negative number');
    return isFloat(a) || isFloat(b) || y < 0 ? float(result) : result;
  },
};

/** Python's `text % value`; what it would raise is the template's error. */
export function percent(template: string, value: unknown): string {
  try {
    return sized(template.length, () => percentFormat(template, value));
  } catch (error) {
    if (error instanceof PercentError) throw new TemplateError(error.message);
    throw error;
  }
}

export function negative(value: unknown): unknown {
  const number = need('-', value);
  return isFloat(value) ? float(-number) : 0 - number;
}

/** `round(value, digits)`: half to even, of an int an int, of a float a float. */
export function round(value: unknown, digits: number, method: string): unknown {
  const number = need('round', value);
  if (method !== 'common') {
    const scale = 10 ** digits;
    const whole = method === 'ceil' ? Math.ceil(number * scale) : Math.floor(number * scale);
    return float((whole + 0) / scale);
  }
  if (!isFloat(value) && digits >= 0) return number;
  const rounded =
    digits < 0 ? halfToEven(number * 10 ** digits) / 10 ** digits : atDigits(number, Math.min(digits, 60));
  return isFloat(value) ? float(rounded) : rounded;
}

const atDigits = (number: number, digits: number): number =>
  Math.sign(number) * Number(fixedText(Math.abs(number), digits));

function halfToEven(number: number): number {
  const low = Math.floor(number);
  const rest = number - low;
  return low + (rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? 1 : 0);
}

function arithmetic(sign: string, a: unknown, b: unknown, operation: Operation): unknown {
  const [x, y] = pair(sign, a, b);
  const result = operation(x, y);
  // An int has no -0.
  return isFloat(a) || isFloat(b) ? float(result) : result + 0;
}

function pair(sign: string, a: unknown, b: unknown): [number, number] {
  return [need(sign, a), need(sign, b)];
}

/** A number that an operator wants. A text that silently said `nan` would be worse than one that says why it failed. */
function need(sign: string, value: unknown): number {
  const number = numberOf(value);
  if (number !== undefined) return number;
  const what = isUndefined(value) ? 'a field that is not there' : pythonRepr(value).slice(0, 60);
  throw new TemplateError(`"${sign}" wants a number, not ${what}`);
}

function whole(sign: string, value: unknown): number {
  const number = need(sign, value);
  if (!Number.isInteger(number)) throw new TemplateError(`"${sign}" wants a whole number, not ${pythonStr(value)}`);
  return number;
}

/** The rest has the sign of the divisor. */
function modulo(x: number, y: number): number {
  const rest = x % notZero(y);
  if (rest === 0) return y < 0 ? -0 : 0;
  return rest < 0 === y < 0 ? rest : rest + y;
}

function notZero(number: number): number {
  if (number === 0) throw new TemplateError('division by zero');
  return number;
}

function sized<T>(size: number, build: () => T): T {
  spend(size);
  return build();
}

/** `format(*args)`: one value stands for itself, several for a tuple. */
export const asTuple = (args: readonly unknown[]): Tuple => Tuple.of2(...args);
