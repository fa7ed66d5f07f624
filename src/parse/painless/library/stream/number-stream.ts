import type { Budget } from '../../budget.ts';
import { javaClass } from '../define.ts';
import { javaCompare } from '../equality.ts';
import { charged } from '../items.ts';
import { JavaIterator } from '../iterator.ts';
import type { JavaClass } from '../java-class.ts';
import { toDouble, toLong } from '../numbers.ts';
import { JavaOptional } from '../optional.ts';
import { flat } from './object-stream.ts';
import { averageOf, type Kind, leastOf, numberOf, statisticsOf, sumOf } from './statistics.ts';
import { countOf, distinct, Stream } from './stream.ts';

type Fn = (...values: unknown[]) => unknown;
type Test = (value: unknown) => boolean;

const optional = (kind: Kind, value: unknown): JavaOptional => new JavaOptional(value, `Optional${kind}`);

/** Numbers from one to below another. */
function range(from: number | bigint, to: number | bigint, budget: Budget): unknown[] {
  const count = Number(BigInt(to) - BigInt(from));
  if (count <= 0) return [];
  budget.steps(count);
  budget.memory(count * 4);
  return Array.from({ length: count }, (_, i) => (typeof from === 'bigint' ? from + BigInt(i) : from + i));
}

/** The operations of streams of numbers that give a stream of the same kind. */
function sameKind(kind: Kind): Record<string, (...values: never[]) => unknown> {
  const name = `${kind}Stream`;
  const make = (items: unknown[], budget: Budget): Stream => Stream.of(items, budget, name);
  return {
    [`${name} distinct()`]: (self: Stream, budget: Budget) => make(distinct(self.take(budget)), budget),
    [`${name} filter(${kind}Predicate)`]: (self: Stream, test: Test, budget: Budget) =>
      make(
        self.take(budget).filter(item => test(item)),
        budget,
      ),
    [`${name} flatMap(${kind}Function)`]: (self: Stream, of: Fn, budget: Budget) =>
      make(flat(self.take(budget), of, budget), budget),
    [`${name} limit(long)`]: (self: Stream, count: bigint, budget: Budget) =>
      make(self.take(budget).slice(0, countOf(count)), budget),
    [`${name} map(${kind}UnaryOperator)`]: (self: Stream, of: Fn, budget: Budget) =>
      make(
        self.take(budget).map(item => numberOf(kind, of(item))),
        budget,
      ),
    [`${name} peek(${kind}Consumer)`]: (self: Stream, take: Fn, budget: Budget) => {
      const items = self.take(budget);
      for (const item of items) take(item);
      return make(items, budget);
    },
    [`${name} sequential()`]: (self: Stream) => self,
    [`${name} skip(long)`]: (self: Stream, count: bigint, budget: Budget) =>
      make(self.take(budget).slice(countOf(count)), budget),
    [`${name} sorted()`]: (self: Stream, budget: Budget) => make(self.take(budget).slice().sort(javaCompare), budget),
  };
}

function results(kind: Kind): Record<string, (...values: never[]) => unknown> {
  const type = kind.toLowerCase();
  const first = (self: Stream, budget: Budget): JavaOptional => optional(kind, self.take(budget)[0]);
  const forEach = (self: Stream, take: Fn, budget: Budget): null => {
    for (const item of self.take(budget)) take(item);
    return null;
  };
  return {
    [`boolean allMatch(${kind}Predicate)`]: (self: Stream, test: Test, budget: Budget) =>
      self.take(budget).every(item => test(item)),
    [`boolean anyMatch(${kind}Predicate)`]: (self: Stream, test: Test, budget: Budget) =>
      self.take(budget).some(item => test(item)),
    [`boolean noneMatch(${kind}Predicate)`]: (self: Stream, test: Test, budget: Budget) =>
      !self.take(budget).some(item => test(item)),
    'OptionalDouble average()': (self: Stream, budget: Budget) =>
      optional('Double', averageOf(kind, self.take(budget))),
    'Stream boxed()': (self: Stream, budget: Budget) => Stream.of(self.take(budget), budget),
    [`def collect(Supplier, Obj${kind}Consumer, BiConsumer)`]: (
      self: Stream,
      supply: Fn,
      add: Fn,
      _: Fn,
      budget: Budget,
    ) => {
      const into = supply();
      for (const item of self.take(budget)) add(into, item);
      return into;
    },
    'long count()': (self: Stream, budget: Budget) => BigInt(self.take(budget).length),
    [`Optional${kind} findAny()`]: first,
    [`Optional${kind} findFirst()`]: first,
    [`void forEach(${kind}Consumer)`]: forEach,
    [`void forEachOrdered(${kind}Consumer)`]: forEach,
    [`PrimitiveIterator.Of${kind} iterator()`]: (self: Stream, budget: Budget) =>
      new JavaIterator(undefined, self.take(budget).slice()),
    [`Stream mapToObj(${kind}Function)`]: (self: Stream, of: Fn, budget: Budget) =>
      Stream.of(
        self.take(budget).map(item => of(item)),
        budget,
      ),
    [`Optional${kind} max()`]: (self: Stream, budget: Budget) => optional(kind, leastOf(self.take(budget), -1)),
    [`Optional${kind} min()`]: (self: Stream, budget: Budget) => optional(kind, leastOf(self.take(budget), 1)),
    [`Optional${kind} reduce(${kind}BinaryOperator)`]: (self: Stream, combine: Fn, budget: Budget) => {
      const items = self.take(budget);
      return optional(kind, items.length === 0 ? undefined : items.reduce((a, b) => combine(a, b)));
    },
    [`${type} reduce(${type}, ${kind}BinaryOperator)`]: (self: Stream, start: unknown, combine: Fn, budget: Budget) =>
      self.take(budget).reduce((a, b) => combine(a, b), start),
    [`${type} sum()`]: (self: Stream, budget: Budget) => sumOf(kind, self.take(budget)),
    [`${kind}SummaryStatistics summaryStatistics()`]: (self: Stream, budget: Budget) =>
      statisticsOf(kind, self.take(budget)),
    [`${type}[] toArray()`]: (self: Stream, budget: Budget) => charged(self.take(budget).slice(), budget),
  };
}

/** To streams of other numbers: what Java has differs from kind to kind. */
function conversions(kind: Kind): Record<string, (...values: never[]) => unknown> {
  const out: Record<string, (...values: never[]) => unknown> = {};
  for (const other of ['Int', 'Long', 'Double'] as const) {
    if (other === kind) continue;
    out[`${other}Stream mapTo${other}(${kind}To${other}Function)`] = (self: Stream, of: Fn, budget: Budget) =>
      Stream.of(
        self.take(budget).map(item => numberOf(other, of(item))),
        budget,
        `${other}Stream`,
      );
  }
  if (kind !== 'Double')
    out['DoubleStream asDoubleStream()'] = (self: Stream, budget: Budget) =>
      Stream.of(
        self.take(budget).map(item => toDouble(item as number)),
        budget,
        'DoubleStream',
      );
  if (kind === 'Int')
    out['LongStream asLongStream()'] = (self: Stream, budget: Budget) =>
      Stream.of(
        self.take(budget).map(item => toLong(item as number)),
        budget,
        'LongStream',
      );
  return out;
}

function numberStreamClass(kind: Kind): JavaClass {
  const type = kind.toLowerCase();
  const name = `${kind}Stream`;
  return javaClass(`java.util.stream.${name}`, {
    extends: 'BaseStream',
    is: value => value instanceof Stream && value.javaName === `java.util.stream.${name}`,
    statics: {
      [`${name} concat(${name}, ${name})`]: (a: Stream, b: Stream, budget: Budget) =>
        Stream.of([...a.take(budget), ...b.take(budget)], budget, name),
      [`${name} empty()`]: () => new Stream([], name),
      [`${name} of(${type}[])`]: (items: unknown[], budget: Budget) => Stream.of(items.slice(), budget, name),
      ...(kind !== 'Double' && {
        [`${name} range(${type}, ${type})`]: (from: number | bigint, to: number | bigint, budget: Budget) =>
          new Stream(range(from, to, budget), name),
        [`${name} rangeClosed(${type}, ${type})`]: (from: number | bigint, to: number | bigint, budget: Budget) =>
          new Stream(range(from, typeof to === 'bigint' ? to + 1n : to + 1, budget), name),
      }),
    },
    methods: { ...sameKind(kind), ...results(kind), ...conversions(kind) },
  });
}

export const numberStreamClasses: readonly JavaClass[] = [
  numberStreamClass('Int'),
  numberStreamClass('Long'),
  numberStreamClass('Double'),
];
