import { Counter, Gauge, Histogram } from 'prom-client';
import { counter, registry } from '../../core/metrics.ts';

const limited = counter(
  'longshore_log_metrics_limited_total',
  'Events of a log metric that were counted as `other`, because it has log_metrics.max_series series already.',
  ['metric'],
);

/** Names of the log metrics in the registry. */
const ours = new Set<string>();

const OTHER = 'other';
const MAX_VALUE_CHARS = 128;
const SEPARATOR = '\u0000';

/** One metric with one value for each of its labels. */
export interface Series {
  add(value: number): void;
}

class Sum implements Series {
  value = 0;

  add(value: number): void {
    this.value += value;
  }
}

class Latest implements Series {
  value = 0;

  add(value: number): void {
    this.value = value;
  }
}

export interface FamilyOptions {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly buckets?: readonly number[] | undefined;
  readonly maxSeries: number;
}

/** All series of one metric. They are bounded: values beyond go to the series `other`. */
export class Family {
  readonly #options: FamilyOptions;
  readonly #series = new Map<string, { readonly labels: Record<string, string>; readonly series: Series }>();
  readonly #newSeries: (labels: Record<string, string>) => Series;
  /** Of all values beyond. */
  #other: Series | undefined;

  constructor(options: FamilyOptions) {
    this.#options = options;
    const { name, help, labels, type, buckets } = options;
    const base = { name, help, labelNames: [...labels], registers: [registry] };
    const all = this.#series;
    // A process has one service; in tests one follows the other.
    if (ours.delete(name)) registry.removeSingleMetric(name);
    ours.add(name);
    if (type === 'histogram') {
      const histogram = new Histogram({ ...base, ...(buckets === undefined ? {} : { buckets: [...buckets] }) });
      this.#newSeries = values => {
        const child = histogram.labels(values);
        return { add: value => child.observe(value) };
      };
    } else if (type === 'gauge') {
      new Gauge({
        ...base,
        aggregator: 'max',
        collect() {
          for (const { labels: values, series } of all.values()) this.set(values, (series as Latest).value);
        },
      });
      this.#newSeries = () => new Latest();
    } else {
      new Counter({
        ...base,
        collect() {
          this.reset();
          for (const { labels: values, series } of all.values()) this.inc(values, (series as Sum).value);
        },
      });
      this.#newSeries = () => new Sum();
    }
  }

  /** The series of these values, in the order of the labels. */
  of(values: readonly string[]): Series {
    return this.#series.get(values.join(SEPARATOR))?.series ?? this.#open(values);
  }

  #open(values: readonly string[]): Series {
    const { name, labels, maxSeries } = this.#options;
    if (this.#series.size >= maxSeries) {
      limited.inc({ metric: name });
      this.#other ??= this.#named(labels.map(() => OTHER));
      return this.#other;
    }
    return this.#named(values.map(value => value.slice(0, MAX_VALUE_CHARS).toWellFormed().replaceAll(SEPARATOR, '�')));
  }

  #named(shown: readonly string[]): Series {
    const { labels } = this.#options;
    const key = shown.join(SEPARATOR);
    const known = this.#series.get(key);
    if (known !== undefined) return known.series;
    const named = Object.fromEntries(labels.map((label, i) => [label, shown[i]!]));
    const series = this.#newSeries(named);
    this.#series.set(key, { labels: named, series });
    return series;
  }
}
