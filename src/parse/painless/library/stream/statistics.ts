import { Double } from '../../../../base/number/double.ts';
import type { JavaNumber } from '../../values.ts';
import { fixedText } from '../decimals.ts';
import { javaClass } from '../define.ts';
import type { JavaClass } from '../java-class.ts';
import { JavaObject } from '../java-object.ts';
import {
  MAX_INT,
  MAX_LONG,
  MIN_INT,
  MIN_LONG,
  needNumber,
  toDouble,
  toInt,
  toLong,
  toNumber,
  wrapLong,
} from '../numbers.ts';
import { javaText } from '../text.ts';

export type Kind = 'Int' | 'Long' | 'Double';

/** A number as streams of its kind have it. */
export function numberOf(kind: Kind, value: unknown): number | bigint | Double {
  const number = needNumber(value);
  return kind === 'Int' ? toInt(number) : kind === 'Long' ? toLong(number) : toDouble(number);
}

export function sumOf(kind: Kind, values: readonly unknown[]): number | bigint | Double {
  if (kind === 'Int') return values.reduce((sum: number, value) => (sum + toInt(needNumber(value))) | 0, 0);
  if (kind === 'Long') return values.reduce((sum: bigint, value) => wrapLong(sum + toLong(needNumber(value))), 0n);
  return new Double(exactSum(values.map(value => toNumber(needNumber(value)))));
}

/** With what each addition loses kept apart, as Java's streams do. */
function exactSum(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  let simple = 0;
  for (const value of values) {
    simple += value;
    const part = value - lost;
    const next = sum + part;
    lost = next - sum - part;
    sum = next;
  }
  const total = sum - lost;
  return Number.isNaN(total) && !Number.isFinite(simple) ? simple : total;
}

/** Undefined for no values. */
export function averageOf(kind: Kind, values: readonly unknown[]): Double | undefined {
  if (values.length === 0) return undefined;
  const sum = kind === 'Int' ? sumOf('Long', values) : sumOf(kind, values);
  return new Double(toNumber(sum) / values.length);
}

export function leastOf(values: readonly unknown[], sign: number): unknown {
  let least = values[0];
  for (const value of values) {
    const a = toNumber(needNumber(value));
    const b = toNumber(least as JavaNumber);
    const isLess =
      typeof value === 'bigint' ? value < (least as bigint) === sign > 0 && value !== least : (a - b) * sign < 0;
    if (isLess || Number.isNaN(a)) least = value;
  }
  return least;
}

class Statistics extends JavaObject {
  readonly kind: Kind;
  values: unknown[];

  constructor(kind: Kind, values: unknown[]) {
    super();
    this.kind = kind;
    this.values = values;
  }
  get javaName(): string {
    return `java.util.${this.kind}SummaryStatistics`;
  }
  get min(): unknown {
    if (this.values.length > 0) return leastOf(this.values, 1);
    return this.kind === 'Int' ? MAX_INT : this.kind === 'Long' ? MAX_LONG : new Double(Number.POSITIVE_INFINITY);
  }
  get max(): unknown {
    if (this.values.length > 0) return leastOf(this.values, -1);
    return this.kind === 'Int' ? MIN_INT : this.kind === 'Long' ? MIN_LONG : new Double(Number.NEGATIVE_INFINITY);
  }
  get sum(): unknown {
    return sumOf(this.kind === 'Int' ? 'Long' : this.kind, this.values);
  }
  get average(): Double {
    return averageOf(this.kind, this.values) ?? new Double(0);
  }
  toText(): string {
    const shown = (value: unknown): string =>
      value instanceof Double && Number.isFinite(value.value)
        ? (value.value < 0 ? '-' : '') + fixedText(javaText(new Double(Math.abs(value.value))), 6)
        : javaText(value);
    const name = `${this.kind}SummaryStatistics`;
    const { values, sum, min, average, max } = this;
    return `${name}{count=${values.length}, sum=${shown(sum)}, min=${shown(min)}, average=${shown(average)}, max=${shown(max)}}`;
  }
}

export const statisticsOf = (kind: Kind, values: readonly unknown[]): Statistics =>
  new Statistics(
    kind,
    values.map(value => numberOf(kind, value)),
  );

const statisticsClass = (kind: Kind): JavaClass => {
  const type = kind.toLowerCase();
  const name = `${kind}SummaryStatistics`;
  return javaClass(`java.util.${name}`, {
    extends: `${kind}Consumer`,
    is: value => value instanceof Statistics && value.kind === kind,
    constructors: { '()': () => new Statistics(kind, []) },
    methods: {
      [`void accept(${type})`]: (self: Statistics, value: unknown) => {
        self.values.push(value);
        return null;
      },
      [`void combine(${name})`]: (self: Statistics, other: Statistics) => {
        self.values = [...self.values, ...other.values];
        return null;
      },
      'double getAverage()': (self: Statistics) => self.average,
      'long getCount()': (self: Statistics) => BigInt(self.values.length),
      [`${type} getMax()`]: (self: Statistics) => self.max,
      [`${type} getMin()`]: (self: Statistics) => self.min,
      [`${kind === 'Double' ? 'double' : 'long'} getSum()`]: (self: Statistics) => self.sum,
    },
  });
};

export const statisticsClasses: readonly JavaClass[] = [
  statisticsClass('Int'),
  statisticsClass('Long'),
  statisticsClass('Double'),
];
