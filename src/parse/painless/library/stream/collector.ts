import { Double } from '../../../../base/number/double.ts';
import type { Budget } from '../../budget.ts';
import { ScriptFailure } from '../../failure.ts';
import { groupsOf } from '../collection.ts';
import { javaClass } from '../define.ts';
import { addAll } from '../items.ts';
import type { JavaClass } from '../java-class.ts';
import { type JavaCollection, JavaObject } from '../java-object.ts';
import { eachEntry, mapGet, mapPut, newMap } from '../maps.ts';
import { JavaOptional } from '../optional.ts';
import { LinkedSet } from '../sets.ts';
import { joined, textOf } from '../string.ts';
import { javaText } from '../text.ts';
import { best } from './object-stream.ts';
import { averageOf, type Kind, statisticsOf, sumOf } from './statistics.ts';

type Fn = (...values: unknown[]) => unknown;
type Collect = (items: readonly unknown[], budget: Budget) => unknown;

/** What `collect` does with the items of a stream. */
export class Collector extends JavaObject {
  readonly collect: Collect;
  constructor(collect: Collect) {
    super();
    this.collect = collect;
  }
  get javaName(): string {
    return 'java.util.stream.Collector';
  }
  toText(): string {
    return 'collector';
  }
}

const collector = (collect: Collect): Collector => new Collector(collect);

const averaging = (kind: Kind) => (of: Fn) =>
  collector(
    items =>
      averageOf(
        kind,
        items.map(item => of(item)),
      ) ?? new Double(0),
  );
const summing = (kind: Kind) => (of: Fn) =>
  collector(items =>
    sumOf(
      kind,
      items.map(item => of(item)),
    ),
  );
const summarizing = (kind: Kind) => (of: Fn) =>
  collector(items =>
    statisticsOf(
      kind,
      items.map(item => of(item)),
    ),
  );

const toList = collector((items, budget) => {
  budget.memory(items.length * 4);
  return items.slice();
});

function grouping(by: Fn, supply: Fn, inner: Collector): Collector {
  return collector((items, budget) => {
    budget.memory(items.length * 8);
    const groups = groupsOf(items, item => by(item));
    const into = supply() as object;
    eachEntry(groups, (key, group) => mapPut(into, key, inner.collect(group as unknown[], budget)));
    return into;
  });
}

function partitioning(test: Fn, inner: Collector): Collector {
  return collector((items, budget) => {
    const parts = newMap();
    const isIn = items.map(item => test(item));
    for (const wanted of [false, true])
      mapPut(
        parts,
        wanted,
        inner.collect(
          items.filter((_, i) => isIn[i] === wanted),
          budget,
        ),
      );
    return parts;
  });
}

function toMap(keyOf: Fn, itemOf: Fn, merge: Fn | undefined, supply: Fn = newMap): Collector {
  return collector((items, budget) => {
    const into = supply() as object;
    for (const item of items) {
      budget.memory(8);
      const key = keyOf(item);
      const value = itemOf(item);
      if (value === null) throw new ScriptFailure('NullPointerException');
      const present = mapGet(into, key);
      if (present !== undefined && merge === undefined)
        throw new ScriptFailure(
          'IllegalStateException',
          `Duplicate key ${javaText(key)} (attempted merging values ${javaText(present)} and ${javaText(value)})`,
          'Duplicate key',
        );
      mapPut(into, key, present === undefined ? value : merge!(present, value));
    }
    return into;
  });
}

const joining = (separator: string, before: string, after: string): Collector =>
  collector((items, budget) => before + joined(items, separator, budget) + after);

const optionalOf = (items: readonly unknown[], make: () => unknown): JavaOptional =>
  new JavaOptional(items.length === 0 ? undefined : make());

export const collectorsClass: JavaClass = javaClass('java.util.stream.Collectors', {
  is: () => false,
  statics: {
    'Collector averagingDouble(ToDoubleFunction)': averaging('Double'),
    'Collector averagingInt(ToIntFunction)': averaging('Int'),
    'Collector averagingLong(ToLongFunction)': averaging('Long'),
    'Collector collectingAndThen(Collector, Function)': (inner: Collector, then: Fn) =>
      collector((items, budget) => then(inner.collect(items, budget))),
    'Collector counting()': () => collector(items => BigInt(items.length)),
    'Collector groupingBy(Function)': (by: Fn) => grouping(by, newMap, toList),
    'Collector groupingBy(Function, Collector)': (by: Fn, inner: Collector) => grouping(by, newMap, inner),
    'Collector groupingBy(Function, Supplier, Collector)': grouping,
    'Collector joining()': () => joining('', '', ''),
    'Collector joining(CharSequence)': (separator: string) => joining(textOf(separator), '', ''),
    'Collector joining(CharSequence, CharSequence, CharSequence)': (separator: string, before: string, after: string) =>
      joining(textOf(separator), textOf(before), textOf(after)),
    'Collector mapping(Function, Collector)': (of: Fn, inner: Collector) =>
      collector((items, budget) =>
        inner.collect(
          items.map(item => of(item)),
          budget,
        ),
      ),
    'Collector maxBy(Comparator)': (order: Fn) =>
      collector(items => optionalOf(items, () => best(items, by => by > 0, order))),
    'Collector minBy(Comparator)': (order: Fn) =>
      collector(items => optionalOf(items, () => best(items, by => by < 0, order))),
    'Collector partitioningBy(Predicate)': (test: Fn) => partitioning(test, toList),
    'Collector partitioningBy(Predicate, Collector)': partitioning,
    'Collector reducing(BinaryOperator)': (combine: Fn) =>
      collector(items => optionalOf(items, () => items.reduce((a, b) => combine(a, b)))),
    'Collector reducing(def, BinaryOperator)': (start: unknown, combine: Fn) =>
      collector(items => items.reduce((a, b) => combine(a, b), start)),
    'Collector reducing(def, Function, BinaryOperator)': (start: unknown, of: Fn, combine: Fn) =>
      collector(items => items.reduce((a, b) => combine(a, of(b)), start)),
    'Collector summarizingDouble(ToDoubleFunction)': summarizing('Double'),
    'Collector summarizingInt(ToIntFunction)': summarizing('Int'),
    'Collector summarizingLong(ToLongFunction)': summarizing('Long'),
    'Collector summingDouble(ToDoubleFunction)': summing('Double'),
    'Collector summingInt(ToIntFunction)': summing('Int'),
    'Collector summingLong(ToLongFunction)': summing('Long'),
    'Collector toCollection(Supplier)': (supply: Fn) =>
      collector((items, budget) => {
        const into = supply() as unknown[] | JavaCollection;
        addAll(into, items, budget);
        return into;
      }),
    'Collector toList()': () => toList,
    'Collector toMap(Function, Function)': (keyOf: Fn, itemOf: Fn) => toMap(keyOf, itemOf, undefined),
    'Collector toMap(Function, Function, BinaryOperator)': (keyOf: Fn, itemOf: Fn, merge: Fn) =>
      toMap(keyOf, itemOf, merge),
    'Collector toMap(Function, Function, BinaryOperator, Supplier)': toMap,
    'Collector toSet()': () =>
      collector((items, budget) => {
        budget.memory(items.length * 4);
        return new LinkedSet(items);
      }),
  },
});

export const collectorClass: JavaClass = javaClass('java.util.stream.Collector', {
  is: value => value instanceof Collector,
});
