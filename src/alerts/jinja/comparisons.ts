import { equal, order } from './values.ts';

/** By their sign. */
export const COMPARE = {
  '==': equal,
  '!=': (a: unknown, b: unknown) => !equal(a, b),
  '<': (a: unknown, b: unknown) => order(a, b) < 0,
  '<=': (a: unknown, b: unknown) => order(a, b) <= 0,
  '>': (a: unknown, b: unknown) => order(a, b) > 0,
  '>=': (a: unknown, b: unknown) => order(a, b) >= 0,
};
