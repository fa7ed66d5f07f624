import { javaClass, once } from './define.ts';
import { javaEquals } from './equality.ts';
import type { JavaClass } from './java-class.ts';
import { orderOf } from './sorting.ts';

/*
 * Functional interfaces. A lambda is a function of JavaScript, whatever interface it is for: these say what it takes and
 * gives, and what can be made of it.
 */

type Fn = (...values: unknown[]) => unknown;
type Test = (...values: unknown[]) => boolean;

/** `void accept(long)` and the like, by the name of the interface. */
const PLAIN: Readonly<Record<string, string>> = {
  BooleanSupplier: 'boolean getAsBoolean()',
  DoubleBinaryOperator: 'double applyAsDouble(double, double)',
  DoubleFunction: 'def apply(double)',
  DoubleSupplier: 'double getAsDouble()',
  DoubleToIntFunction: 'int applyAsInt(double)',
  DoubleToLongFunction: 'long applyAsLong(double)',
  IntBinaryOperator: 'int applyAsInt(int, int)',
  IntFunction: 'def apply(int)',
  IntSupplier: 'int getAsInt()',
  IntToDoubleFunction: 'double applyAsDouble(int)',
  IntToLongFunction: 'long applyAsLong(int)',
  LongBinaryOperator: 'long applyAsLong(long, long)',
  LongFunction: 'def apply(long)',
  LongSupplier: 'long getAsLong()',
  LongToDoubleFunction: 'double applyAsDouble(long)',
  LongToIntFunction: 'int applyAsInt(long)',
  ObjDoubleConsumer: 'void accept(def, double)',
  ObjIntConsumer: 'void accept(def, int)',
  ObjLongConsumer: 'void accept(def, long)',
  Supplier: 'def get()',
  ToDoubleBiFunction: 'double applyAsDouble(def, def)',
  ToDoubleFunction: 'double applyAsDouble(def)',
  ToIntBiFunction: 'int applyAsInt(def, def)',
  ToIntFunction: 'int applyAsInt(def)',
  ToLongBiFunction: 'long applyAsLong(def, def)',
  ToLongFunction: 'long applyAsLong(def)',
};

const TESTS: Readonly<Record<string, string>> = {
  BiPredicate: 'def, def',
  DoublePredicate: 'double',
  IntPredicate: 'int',
  LongPredicate: 'long',
  Predicate: 'def',
};

const CONSUMERS: Readonly<Record<string, string>> = {
  BiConsumer: 'def, def',
  Consumer: 'def',
  DoubleConsumer: 'double',
  IntConsumer: 'int',
  LongConsumer: 'long',
};

const isFunction = (value: unknown): boolean => typeof value === 'function';

const andThen = (first: Fn, next: Fn) => (a: unknown, b: unknown) => next(first(a, b));
const identity = () => (value: unknown) => value;

/** Those whose name is also the name of what they work on: `int applyAsInt(int)`. */
const unary = (kind: string, type: string): JavaClass =>
  javaClass(`java.util.function.${kind}UnaryOperator`, {
    is: isFunction,
    lambda: `${type} applyAs${kind}(${type})`,
    statics: { [`${kind}UnaryOperator identity()`]: identity },
    methods: {
      [`${kind}UnaryOperator andThen(${kind}UnaryOperator)`]: andThen,
      [`${kind}UnaryOperator compose(${kind}UnaryOperator)`]: (self: Fn, before: Fn) => (value: unknown) =>
        self(before(value)),
    },
  });

const smaller = (order: Fn) => (a: unknown, b: unknown) => (orderOf(order)(a, b) <= 0 ? a : b);
const greater = (order: Fn) => (a: unknown, b: unknown) => (orderOf(order)(a, b) >= 0 ? a : b);

export const functionClasses: readonly JavaClass[] = [
  ...Object.entries(PLAIN).map(([name, lambda]) => javaClass(`java.util.function.${name}`, { is: isFunction, lambda })),
  ...Object.entries(TESTS).map(([name, params]) =>
    javaClass(`java.util.function.${name}`, {
      is: isFunction,
      lambda: `boolean test(${params})`,
      ...(name === 'Predicate' && {
        statics: { 'Predicate isEqual(def)': (value: unknown) => (other: unknown) => javaEquals(value, other) },
      }),
      methods: {
        [`${name} and(${name})`]: (self: Test, other: Test) => (a: unknown, b: unknown) => self(a, b) && other(a, b),
        [`${name} negate()`]: (self: Test) => (a: unknown, b: unknown) => !self(a, b),
        [`${name} or(${name})`]: (self: Test, other: Test) => (a: unknown, b: unknown) => self(a, b) || other(a, b),
      },
    }),
  ),
  ...Object.entries(CONSUMERS).map(([name, params]) =>
    javaClass(`java.util.function.${name}`, {
      is: isFunction,
      lambda: `void accept(${params})`,
      methods: {
        [`${name} andThen(${name})`]: (self: Fn, next: Fn) => (a: unknown, b: unknown) => {
          self(a, b);
          next(a, b);
          return null;
        },
      },
    }),
  ),
  unary('Int', 'int'),
  unary('Long', 'long'),
  unary('Double', 'double'),
  javaClass('java.util.function.Function', {
    is: isFunction,
    lambda: 'def apply(def)',
    statics: { 'Function identity()': identity },
    methods: {
      'Function andThen(Function)': andThen,
      'Function compose(Function)': (self: Fn, before: Fn) => (value: unknown) => self(before(value)),
    },
  }),
  javaClass('java.util.function.UnaryOperator', {
    extends: 'Function',
    is: isFunction,
    lambda: 'def apply(def)',
    statics: { 'UnaryOperator identity()': identity },
  }),
  javaClass('java.util.function.BiFunction', {
    is: isFunction,
    lambda: 'def apply(def, def)',
    methods: { 'BiFunction andThen(Function)': andThen },
  }),
  javaClass('java.util.function.BinaryOperator', {
    extends: 'BiFunction',
    is: isFunction,
    lambda: 'def apply(def, def)',
    statics: {
      'BinaryOperator maxBy(Comparator)': greater,
      'BinaryOperator minBy(Comparator)': smaller,
    },
  }),
];

/**
 * What a lambda has when nothing says of which interface it is: the methods of all of them. Those of the later ones of a
 * name and arity are left out.
 */
export const lambdaClass: JavaClass = {
  ...javaClass('java.lang.Object', { is: isFunction }),
  get methods() {
    return lambdaMethods();
  },
};

const lambdaMethods = once(() => functionClasses.flatMap(one => one.methods));
