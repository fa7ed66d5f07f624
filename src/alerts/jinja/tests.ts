import { isFloat, numberOf } from '../python/types.ts';
import { workOn } from './budget.ts';
import { hasCase } from './methods.ts';
import { contains, equal, isMapping, isUndefined, order, text } from './values.ts';

type Test = (value: unknown, args: readonly unknown[]) => boolean;

export const hasTest = (name: string): boolean => Object.hasOwn(TESTS, name);

export function applyTest(name: string, value: unknown, args: readonly unknown[]): boolean {
  workOn(value);
  return TESTS[name]!(value, args);
}

const isInteger = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value);
const remainder = (value: unknown, by: unknown): number =>
  (numberOf(value) ?? Number.NaN) % (numberOf(by) ?? Number.NaN);

const equals: Test = (value, args) => equal(value, args[0]);
const differs: Test = (value, args) => !equal(value, args[0]);
const greater: Test = (value, args) => order(value, args[0]) > 0;
const atLeast: Test = (value, args) => order(value, args[0]) >= 0;
const less: Test = (value, args) => order(value, args[0]) < 0;
const atMost: Test = (value, args) => order(value, args[0]) <= 0;

/** Jinja2's tests, also under the signs of their comparisons, for `select`. */
const TESTS: Record<string, Test> = {
  boolean: value => typeof value === 'boolean',
  callable: value => typeof value === 'function',
  defined: value => !isUndefined(value),
  divisibleby: (value, args) => remainder(value, args[0]) === 0,
  eq: equals,
  equalto: equals,
  '==': equals,
  ne: differs,
  '!=': differs,
  gt: greater,
  greaterthan: greater,
  '>': greater,
  ge: atLeast,
  '>=': atLeast,
  lt: less,
  lessthan: less,
  '<': less,
  le: atMost,
  '<=': atMost,
  even: value => remainder(value, 2) === 0,
  odd: value => Math.abs(remainder(value, 2)) === 1,
  false: value => value === false,
  true: value => value === true,
  float: value => isFloat(value),
  in: (value, args) => contains(args[0], value),
  integer: isInteger,
  iterable: value => typeof value === 'string' || Array.isArray(value) || isMapping(value) || isUndefined(value),
  lower: value => text(value) === text(value).toLowerCase() && hasCase(text(value)),
  upper: value => text(value) === text(value).toUpperCase() && hasCase(text(value)),
  mapping: value => isMapping(value),
  none: value => value === null,
  number: value => numberOf(value) !== undefined,
  sameas: (value, args) => value === args[0],
  sequence: value => typeof value === 'string' || Array.isArray(value) || isMapping(value) || isUndefined(value),
  string: value => typeof value === 'string',
  undefined: value => isUndefined(value),
};
