import type { Budget } from '../../budget.ts';
import { classCast, nullPointer } from '../../failure.ts';
import { javaClass } from '../define.ts';
import { javaCompare } from '../equality.ts';
import { charged } from '../items.ts';
import { JavaIterator } from '../iterator.ts';
import type { JavaClass } from '../java-class.ts';
import { JavaOptional } from '../optional.ts';
import { orderOf, sortItems } from '../sorting.ts';
import { typeName } from '../type-name.ts';
import type { Collector } from './collector.ts';
import { numberOf } from './statistics.ts';
import { countOf, distinct, Stream } from './stream.ts';

type Fn = (...values: unknown[]) => unknown;
type Test = (value: unknown) => boolean;

const present = (value: unknown): JavaOptional => {
  if (value === null) throw nullPointer('the element is null');
  return new JavaOptional(value);
};

export function best(items: readonly unknown[], isBetter: (order: number) => boolean, order: Fn | null): unknown {
  let found = items[0];
  for (let i = 1; i < items.length; i++) if (isBetter(orderOf(order)(items[i], found))) found = items[i];
  return found;
}

function flat(items: readonly unknown[], make: Fn, budget: Budget): unknown[] {
  const out: unknown[] = [];
  for (const item of items) {
    const inner = make(item);
    if (inner !== null && !(inner instanceof Stream)) throw classCast(typeName(inner), 'java.util.stream.Stream');
    if (inner !== null) for (const one of charged(inner.take(budget), budget)) out.push(one);
  }
  return out;
}

function sorted(self: Stream, order: Fn | null, budget: Budget): Stream {
  const items = self.take(budget).slice();
  sortItems(items, order, budget);
  return Stream.of(items, budget);
}

const forEach = (self: Stream, take: Fn, budget: Budget): null => {
  for (const item of self.take(budget)) take(item);
  return null;
};
const first = (self: Stream, budget: Budget): JavaOptional => {
  const items = self.take(budget);
  return items.length === 0 ? new JavaOptional(undefined) : present(items[0]);
};

class StreamBuilder extends Stream {
  readonly items: unknown[] = [];
  constructor(name = 'Stream.Builder') {
    super([], name);
  }
}

export const baseStreamClass: JavaClass = javaClass('java.util.stream.BaseStream', {
  is: value => value instanceof Stream,
  methods: {
    'void close()': () => null,
    'boolean isParallel()': () => false,
    'Iterator iterator()': (self: Stream, budget: Budget) => new JavaIterator(undefined, self.take(budget).slice()),
    'BaseStream sequential()': (self: Stream) => self,
  },
});

export const streamClass: JavaClass = javaClass('java.util.stream.Stream', {
  extends: 'BaseStream',
  is: value => value instanceof Stream && value.javaName === 'java.util.stream.Stream',
  statics: {
    'Stream.Builder builder()': () => new StreamBuilder(),
    'Stream concat(Stream, Stream)': (a: Stream, b: Stream, budget: Budget) =>
      Stream.of([...a.take(budget), ...b.take(budget)], budget),
    'Stream empty()': () => new Stream([]),
    'Stream of(def[])': (items: unknown[], budget: Budget) => Stream.of(items.slice(), budget),
  },
  methods: {
    'boolean allMatch(Predicate)': (self: Stream, test: Test, budget: Budget) =>
      self.take(budget).every(item => test(item)),
    'boolean anyMatch(Predicate)': (self: Stream, test: Test, budget: Budget) =>
      self.take(budget).some(item => test(item)),
    'def collect(Collector)': (self: Stream, { collect }: Collector, budget: Budget) =>
      collect(self.take(budget), budget),
    'def collect(Supplier, BiConsumer, BiConsumer)': (self: Stream, supply: Fn, add: Fn, _: Fn, budget: Budget) => {
      const into = supply();
      for (const item of self.take(budget)) add(into, item);
      return into;
    },
    'long count()': (self: Stream, budget: Budget) => BigInt(self.take(budget).length),
    'Stream distinct()': (self: Stream, budget: Budget) => Stream.of(distinct(self.take(budget)), budget),
    'Stream filter(Predicate)': (self: Stream, test: Test, budget: Budget) =>
      Stream.of(
        self.take(budget).filter(item => test(item)),
        budget,
      ),
    'Optional findAny()': first,
    'Optional findFirst()': first,
    'Stream flatMap(Function)': (self: Stream, make: Fn, budget: Budget) =>
      Stream.of(flat(self.take(budget), make, budget), budget),
    'DoubleStream flatMapToDouble(Function)': (self: Stream, make: Fn, budget: Budget) =>
      Stream.of(flat(self.take(budget), make, budget), budget, 'DoubleStream'),
    'IntStream flatMapToInt(Function)': (self: Stream, make: Fn, budget: Budget) =>
      Stream.of(flat(self.take(budget), make, budget), budget, 'IntStream'),
    'LongStream flatMapToLong(Function)': (self: Stream, make: Fn, budget: Budget) =>
      Stream.of(flat(self.take(budget), make, budget), budget, 'LongStream'),
    'void forEach(Consumer)': forEach,
    'void forEachOrdered(Consumer)': forEach,
    'Stream limit(long)': (self: Stream, count: bigint, budget: Budget) =>
      Stream.of(self.take(budget).slice(0, countOf(count)), budget),
    'Stream map(Function)': (self: Stream, make: Fn, budget: Budget) =>
      Stream.of(
        self.take(budget).map(item => make(item)),
        budget,
      ),
    'DoubleStream mapToDouble(ToDoubleFunction)': (self: Stream, make: Fn, budget: Budget) =>
      Stream.of(
        self.take(budget).map(item => numberOf('Double', make(item))),
        budget,
        'DoubleStream',
      ),
    'IntStream mapToInt(ToIntFunction)': (self: Stream, make: Fn, budget: Budget) =>
      Stream.of(
        self.take(budget).map(item => numberOf('Int', make(item))),
        budget,
        'IntStream',
      ),
    'LongStream mapToLong(ToLongFunction)': (self: Stream, make: Fn, budget: Budget) =>
      Stream.of(
        self.take(budget).map(item => numberOf('Long', make(item))),
        budget,
        'LongStream',
      ),
    'Optional max(Comparator)': (self: Stream, order: Fn, budget: Budget) => {
      const items = self.take(budget);
      return items.length === 0 ? new JavaOptional(undefined) : present(best(items, by => by >= 0, order));
    },
    'Optional min(Comparator)': (self: Stream, order: Fn, budget: Budget) => {
      const items = self.take(budget);
      return items.length === 0 ? new JavaOptional(undefined) : present(best(items, by => by < 0, order));
    },
    'boolean noneMatch(Predicate)': (self: Stream, test: Test, budget: Budget) =>
      !self.take(budget).some(item => test(item)),
    'Stream peek(Consumer)': (self: Stream, take: Fn, budget: Budget) => {
      const items = self.take(budget);
      for (const item of items) take(item);
      return new Stream(items);
    },
    'Optional reduce(BinaryOperator)': (self: Stream, combine: Fn, budget: Budget) => {
      const items = self.take(budget);
      return items.length === 0 ? new JavaOptional(undefined) : present(items.reduce((a, b) => combine(a, b)));
    },
    'def reduce(def, BinaryOperator)': (self: Stream, start: unknown, combine: Fn, budget: Budget) =>
      self.take(budget).reduce((a, b) => combine(a, b), start),
    'def reduce(def, BiFunction, BinaryOperator)': (self: Stream, start: unknown, combine: Fn, _: Fn, budget: Budget) =>
      self.take(budget).reduce((a, b) => combine(a, b), start),
    'Stream skip(long)': (self: Stream, count: bigint, budget: Budget) =>
      Stream.of(self.take(budget).slice(countOf(count)), budget),
    'Stream sorted()': (self: Stream, budget: Budget) => sorted(self, javaCompare as Fn, budget),
    'Stream sorted(Comparator)': sorted,
    'def[] toArray()': (self: Stream, budget: Budget) => charged(self.take(budget).slice(), budget),
    'def[] toArray(IntFunction)': (self: Stream, _: Fn, budget: Budget) => charged(self.take(budget).slice(), budget),
  },
});

export const streamBuilderClass: JavaClass = javaClass('java.util.stream.Stream$Builder', {
  extends: 'Consumer',
  is: value => value instanceof StreamBuilder,
  methods: {
    'void accept(def)': (self: StreamBuilder, item: unknown, budget: Budget) => {
      self.items.push(...charged([item], budget));
      return null;
    },
    'Stream.Builder add(def)': (self: StreamBuilder, item: unknown, budget: Budget) => {
      self.items.push(...charged([item], budget));
      return self;
    },
    'Stream build()': (self: StreamBuilder) => new Stream(self.items),
  },
});
