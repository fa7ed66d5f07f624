import { numberOf } from '../../base/text/number.ts';
import { type BesideEvent, metricFields, type StatsMetric } from '../../core/stats.ts';

/** What a store has already counted of some events for one field. */
export interface StoredPart {
  /** Events with a value. */
  readonly count: number;
  /** Of the values that are numbers. */
  readonly numbers: number;
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly uniq: number;
  /** [percent, value], ascending. */
  readonly points: readonly (readonly [number, number])[];
}

/** Numbers of one group of events, from several places added up. */
export class Part {
  events = 0;
  readonly #fields: FieldPart[];

  constructor(fields: number) {
    this.#fields = Array.from({ length: fields }, () => new FieldPart());
  }

  add(values: readonly (string | null)[]): void {
    this.events++;
    values.forEach((value, i) => {
      if (value !== null) this.#fields[i]!.add(value);
    });
  }

  addStored(events: number, parts: readonly (StoredPart | undefined)[]): void {
    this.events += events;
    parts.forEach((part, i) => {
      if (part !== undefined && part.count > 0) this.#fields[i]!.stored.push(part);
    });
  }

  value(metric: StatsMetric, fields: readonly string[]): number | null {
    if (metric.of === undefined) return this.events;
    return this.#fields[fields.indexOf(metric.of)]!.value(metric);
  }
}

class FieldPart {
  readonly stored: StoredPart[] = [];
  readonly #texts = new Set<string>();
  readonly #numbers: number[] = [];
  #count = 0;

  add(text: string): void {
    this.#count++;
    this.#texts.add(text);
    const number = numberOf(text);
    if (number !== undefined) this.#numbers.push(number);
  }

  value(metric: StatsMetric): number | null {
    const { kind } = metric;
    const total = (of: (part: StoredPart) => number): number => this.stored.reduce((sum, part) => sum + of(part), 0);
    const numbers = this.#numbers.length + total(part => part.numbers);
    if (kind === 'count') return this.#count + total(part => part.count);
    // Whether two places have the same values nobody knows: at least as many as the one with the most.
    if (kind === 'uniq') return this.stored.reduce((most, part) => Math.max(most, part.uniq), this.#texts.size);
    if (numbers === 0) return null;
    const sum = (): number =>
      this.#numbers.reduce(
        (a, b) => a + b,
        total(part => part.sum),
      );
    if (kind === 'sum') return sum();
    if (kind === 'avg') return sum() / numbers;
    if (kind === 'percentile') return this.#percentile(metric.percent);
    const ends = this.stored.map(part => part[kind]).filter(value => value !== null);
    const better = kind === 'min' ? Math.min : Math.max;
    return [...ends, ...this.#numbers].reduce((a, b) => better(a, b));
  }

  #percentile(percent: number): number | null {
    const sketches = this.stored.filter(({ points, numbers }) => points.length > 0 && numbers > 0);
    if (sketches.length === 0) return percentileOf(this.#numbers.toSorted(ascending), percent);
    if (sketches.length === 1 && this.#numbers.length === 0) {
      const found = sketches[0]!.points.find(([at]) => at === percent);
      if (found !== undefined) return found[1];
    }
    return weightedPercentile(
      [...sketches.flatMap(samples), ...this.#numbers.map(value => ({ value, weight: 1 }))],
      percent,
    );
  }
}

const ascending = (a: number, b: number): number => a - b;

/** Between two values as far as the percentile is between their ranks. */
function percentileOf(sorted: readonly number[], percent: number): number | null {
  if (sorted.length === 0) return null;
  const place = ((sorted.length - 1) * percent) / 100;
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - Math.floor(place));
}

interface Sample {
  readonly value: number;
  readonly weight: number;
}

/** Each point stands for the values nearer to it than to its neighbours. */
function samples({ points, numbers }: StoredPart): Sample[] {
  return points.map(([at, value], i) => {
    const before = i === 0 ? 0 : (points[i - 1]![0] + at) / 2;
    const behind = i === points.length - 1 ? 100 : (points[i + 1]![0] + at) / 2;
    return { value, weight: (numbers * (behind - before)) / 100 };
  });
}

function weightedPercentile(given: Sample[], percent: number): number {
  const sorted = given.filter(({ weight }) => weight > 0).sort((a, b) => a.value - b.value);
  const whole = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const target = (whole * percent) / 100;
  let sum = 0;
  let last: { at: number; value: number } | undefined;
  for (const { value, weight } of sorted) {
    const at = sum + weight / 2;
    if (at >= target) {
      if (last === undefined) return value;
      return last.value + ((value - last.value) * (target - last.at)) / (at - last.at);
    }
    last = { at, value };
    sum += weight;
  }
  return last!.value;
}

/** Groups, and in each the stretches of time, with their parts. */
export class Groups {
  readonly #groups = new Map<string, { readonly by: readonly string[]; readonly steps: Map<number, Part> }>();
  readonly #fields: number;

  constructor(metrics: readonly StatsMetric[]) {
    this.#fields = metricFields(metrics).length;
  }

  part(by: readonly string[], step: number): Part {
    const key = JSON.stringify(by);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { by, steps: new Map() };
      this.#groups.set(key, group);
    }
    let part = group.steps.get(step);
    if (part === undefined) {
      part = new Part(this.#fields);
      group.steps.set(step, part);
    }
    return part;
  }

  /** An event that has all of `by`. */
  add({ by, values }: BesideEvent, step: number): void {
    if (!by.includes(null)) this.part(by as string[], step).add(values);
  }

  *entries(): Generator<{ by: readonly string[]; step: number; part: Part }> {
    for (const { by, steps } of this.#groups.values()) for (const [step, part] of steps) yield { by, step, part };
  }
}
