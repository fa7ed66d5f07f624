import type { JavaNumber } from '../values.ts';
import { javaClass } from './define.ts';
import { compareDoubles, javaCompare } from './equality.ts';
import type { JavaClass } from './java-class.ts';
import { compare, toLong, toNumber } from './numbers.ts';
import { orderOf } from './sorting.ts';

type Fn = (...values: unknown[]) => unknown;
type Order = (a: unknown, b: unknown) => number;

const by =
  (of: Fn, order: Fn | null = null): Order =>
  (a, b) =>
    orderOf(order)(of(a), of(b));
const byDouble =
  (of: Fn): Order =>
  (a, b) =>
    compareDoubles(toNumber(of(a) as JavaNumber), toNumber(of(b) as JavaNumber));
const byWhole =
  (of: Fn): Order =>
  (a, b) =>
    compare(toLong(of(a) as JavaNumber), toLong(of(b) as JavaNumber));

const then =
  (first: Fn, next: Order): Order =>
  (a, b) =>
    orderOf(first)(a, b) || next(a, b);

const withNulls =
  (order: Fn | null, place: number): Order =>
  (a, b) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? place : -place;
    return order === null ? 0 : orderOf(order)(a, b);
  };

export const reverseOrder: Order = (a, b) => javaCompare(b, a);

export const comparatorClass: JavaClass = javaClass('java.util.Comparator', {
  is: value => typeof value === 'function',
  lambda: 'int compare(def, def)',
  statics: {
    'Comparator comparing(Function)': (of: Fn) => by(of),
    'Comparator comparing(Function, Comparator)': (of: Fn, order: Fn) => by(of, order),
    'Comparator comparingDouble(ToDoubleFunction)': byDouble,
    'Comparator comparingInt(ToIntFunction)': byWhole,
    'Comparator comparingLong(ToLongFunction)': byWhole,
    'Comparator naturalOrder()': () => javaCompare,
    'Comparator nullsFirst(Comparator?)': (order: Fn | null) => withNulls(order, -1),
    'Comparator nullsLast(Comparator?)': (order: Fn | null) => withNulls(order, 1),
    'Comparator reverseOrder()': () => reverseOrder,
  },
  methods: {
    'Comparator reversed()': (self: Fn) => (a: unknown, b: unknown) => self(b, a),
    'Comparator thenComparing(Comparator)': (self: Fn, next: Fn) => then(self, orderOf(next)),
    'Comparator thenComparing(Function, Comparator)': (self: Fn, of: Fn, order: Fn) => then(self, by(of, order)),
    'Comparator thenComparingDouble(ToDoubleFunction)': (self: Fn, of: Fn) => then(self, byDouble(of)),
    'Comparator thenComparingInt(ToIntFunction)': (self: Fn, of: Fn) => then(self, byWhole(of)),
    'Comparator thenComparingLong(ToLongFunction)': (self: Fn, of: Fn) => then(self, byWhole(of)),
  },
});

export const comparableClass: JavaClass = javaClass('java.lang.Comparable', {
  is: () => false,
  methods: { 'int compareTo(def)': javaCompare },
});
