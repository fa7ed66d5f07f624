import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The one registry behind `/metrics`. Names are `longshore_<room>_<what>_total|_seconds|_bytes`; never a container id as a label. */
export const registry = new Registry();

/** A counter; its name ends in `_total`. */
export function counter<L extends string = never>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
): Counter<L> {
  return new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });
}

/** A value that goes up and down. */
export function gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
  return new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
}

const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A distribution of durations in seconds. */
export function histogram<L extends string = never>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
): Histogram<L> {
  return new Histogram({ name, help, labelNames: [...labelNames], buckets: BUCKETS, registers: [registry] });
}

/** What this process counted, as it goes to another one. */
export function exportMetrics(): Promise<object[]> {
  return registry.getMetricsAsJSON();
}

/** A metric with its values; those of a histogram have names of their own. */
export interface MetricValues {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly metricName?: string;
  }[];
}

/** The values behind `mergedMetrics`. */
export async function mergedValues(others: readonly object[][]): Promise<readonly MetricValues[]> {
  const values = others.length === 0 ? registry : AggregatorRegistry.aggregate([await exportMetrics(), ...others]);
  return (await values.getMetricsAsJSON()) as unknown as MetricValues[];
}

/** The text of `/metrics` for this process and others together: values of the same name and labels are added up. */
export async function mergedMetrics(others: readonly object[][]): Promise<string> {
  if (others.length === 0) return registry.metrics();
  return AggregatorRegistry.aggregate([await exportMetrics(), ...others]).metrics();
}
