import { Counter, Gauge, Histogram, Registry } from 'prom-client';

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

/** A distribution in base units (seconds, bytes). */
export function histogram<L extends string = never>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
  buckets: number[] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
): Histogram<L> {
  return new Histogram({ name, help, labelNames: [...labelNames], buckets, registers: [registry] });
}
