import type { Predicate } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { type Fields, fieldAt } from '../../core/event.ts';
import { storedField } from '../../store/query/fields.ts';
import { parseQuery } from '../../store/query/parse.ts';
import { compilePredicate } from '../../store/query/predicate.ts';
import type { LogMetricOptions, LogMetricsOptions } from './options.ts';
import { Family, type Series } from './series.ts';

/** What events add to metrics, in pairs: a series, and the number for it. */
export type Observations = (Series | number)[];

const perService = (maxSeries: number): Family =>
  new Family({
    name: 'longshore_log_events_total',
    help: 'Events that became durable, by service and level.',
    labels: ['service', 'level'],
    type: 'counter',
    maxSeries,
  });
// As other metrics, it is there from the start.
perService(1);

const CONTAINER_ID = /^[0-9a-f]{12,64}$/;

/** What the schema cannot say of a metric. @throws LongshoreError LS_CONFIG_LOG_METRIC_*, LS_QUERY_* */
export function checkLogMetrics({ metrics }: LogMetricsOptions): void {
  const names = new Map<string, string>();
  for (const [i, metric] of metrics.entries()) {
    const where = `log_metrics.metrics[${i}]`;
    const { name, type, filter, value, buckets, labels } = metric;
    const before = names.get(name);
    if (before !== undefined || /^(longshore|process|nodejs)_/.test(name)) {
      throw new LongshoreError(
        'LS_CONFIG_LOG_METRIC_NAME',
        before === undefined
          ? `the name ${name} is kept for Longshore's own metrics.`
          : `two metrics have the name ${name}.`,
        {
          where: `${where}.name`,
          fix: before === undefined ? 'Choose another beginning.' : `The other one is ${before}.`,
        },
      );
    }
    names.set(name, where);
    if (value === undefined && type !== 'counter') {
      throw new LongshoreError('LS_CONFIG_LOG_METRIC_VALUE', `the ${type} ${name} has no value.`, {
        where,
        fix: 'Write the field with the number, such as `value: response_time`.',
      });
    }
    if (buckets?.some((bound, at) => at > 0 && bound <= buckets[at - 1]!)) {
      throw new LongshoreError('LS_CONFIG_LOG_METRIC_BUCKETS', `the buckets of ${name} do not ascend.`, {
        where: `${where}.buckets`,
        fix: 'Write each bound once, the smallest first.',
      });
    }
    const labelNames = labels.map(labelName);
    const twice = labelNames.find((label, at) => labelNames.indexOf(label) !== at);
    if (twice !== undefined) {
      throw new LongshoreError('LS_CONFIG_LOG_METRIC_LABELS', `two labels of ${name} become ${twice}.`, {
        where: `${where}.labels`,
        fix: 'Leave one of them out.',
      });
    }
    if (filter !== undefined) predicateOf(filter, `${where}.filter`);
  }
}

/** Counters, gauges and histograms that are made of events: told of each event as it is parsed, counted when it is durable. */
export class LogMetrics {
  readonly #events: Family | undefined;
  /** By service and level: a family would join the two to a text for each event. */
  readonly #perService = new Map<unknown, Map<unknown, Series>>();
  #known = 0;
  readonly #maxSeries: number;
  readonly #metrics: readonly ((fields: Fields, into: Observations) => void)[];

  constructor(options: LogMetricsOptions) {
    const { per_service, max_series: maxSeries } = options;
    this.#maxSeries = maxSeries;
    if (per_service) this.#events = perService(maxSeries);
    this.#metrics = options.metrics.map((metric, i) => compile(metric, maxSeries, `log_metrics.metrics[${i}].filter`));
  }

  get isEmpty(): boolean {
    return this.#events === undefined && this.#metrics.length === 0;
  }

  /** False: it asks for the service and the level of events and for nothing else. */
  get needsFields(): boolean {
    return this.#metrics.length > 0;
  }

  /** Adds what an event of this service and level will add where `needsFields` is false. */
  observeNamed(service: unknown, level: unknown, into: Observations): void {
    if (this.#events === undefined) return;
    into.push(this.#perService.get(service)?.get(level) ?? this.#serviceSeries(this.#events, service, level), 1);
  }

  /** Adds what this event will add. Never throws for anything that an event holds. */
  observe(fields: Fields, into: Observations): void {
    this.observeNamed(fields['service'], fields['level'], into);
    for (const metric of this.#metrics) metric(fields, into);
  }

  #serviceSeries(family: Family, service: unknown, level: unknown): Series {
    const name = textOf(service);
    // Of a container without a name: there is another one after each deployment.
    if (CONTAINER_ID.test(name)) return family.of(['unnamed', textOf(level)]);
    const series = family.of([name, textOf(level)]);
    if (this.#known >= this.#maxSeries) return series;
    this.#known++;
    let levels = this.#perService.get(service);
    if (levels === undefined) {
      levels = new Map();
      this.#perService.set(service, levels);
    }
    levels.set(level, series);
    return series;
  }
}

/** The events are durable. */
export function countAll(observations: Observations): void {
  for (let i = 0; i < observations.length; i += 2) (observations[i] as Series).add(observations[i + 1] as number);
}

function compile(
  { name, type, help, filter, value, labels, buckets }: LogMetricOptions,
  maxSeries: number,
  where: string,
): (fields: Fields, into: Observations) => void {
  const of = help ?? (type === 'counter' && value === undefined ? 'Events' : `Values of ${value}`);
  const family = new Family({ name, help: of, labels: labels.map(labelName), type, buckets, maxSeries });
  const holds = filter === undefined ? undefined : predicateOf(filter, where);
  const paths = labels.map(storedField);
  const path = value === undefined ? undefined : storedField(value);
  return (fields, into) => {
    if (holds !== undefined && !holds(fields)) return;
    const number = path === undefined ? 1 : numberOf(fieldAt(fields, path));
    // A counter does not go down.
    if (!Number.isFinite(number) || (type === 'counter' && number < 0)) return;
    into.push(family.of(paths.map(label => textOf(fieldAt(fields, label)))), number);
  };
}

function predicateOf(filter: string, where: string): Predicate {
  try {
    return compilePredicate(parseQuery(filter), Date.now);
  } catch (error) {
    if (!(error instanceof LongshoreError)) throw error;
    throw new LongshoreError(error.code, error.what, { where, fix: error.fix });
  }
}

/** As Prometheus takes it: `kubernetes.pod` is `kubernetes_pod`. */
const labelName = (field: string): string => field.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');

const numberOf = (value: unknown): number =>
  typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
