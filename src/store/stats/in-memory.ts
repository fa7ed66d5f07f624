import type { StoredEvent } from '../../core/contracts.ts';
import { fieldAt } from '../../core/event.ts';
import {
  type BesideEvent,
  MAX_GROUP_UNITS,
  MAX_RANKED_GROUPS,
  metricFields,
  type StatsMetric,
  type StatsRequest,
  type StatsResult,
  type StatsRow,
} from '../../core/stats.ts';
import { kindOf } from '../query/fields.ts';
import { compareText } from '../query/text.ts';
import { Groups } from './parts.ts';
import { stepOf } from './time-steps.ts';

type Shape = Omit<StatsRequest, 'query' | 'from' | 'to' | 'beside'>;

/** The statistics of events in memory: what both stores mean. */
export function statsOf(events: readonly BesideEvent[], shape: Shape): StatsResult {
  const whole = new Groups(shape.metrics);
  for (const event of events) whole.add(groupable(event), 0);
  const groups = ranked(whole, shape).slice(0, shape.limit);
  if (shape.steps === undefined) return { events: events.length, rows: groups };
  const timed = new Groups(shape.metrics);
  for (const event of events) {
    const step = stepOf(shape.steps, event.time);
    if (step !== undefined) timed.add(groupable(event), step);
  }
  return { events: events.length, rows: rowsBy(timed, groups, shape.metrics) };
}

/** Values that are too long for a group count as none. */
export function groupable(event: BesideEvent): BesideEvent {
  const isLong = event.by.some(text => text !== null && text.length > MAX_GROUP_UNITS);
  return isLong ? { ...event, by: event.by.map(() => null) } : event;
}

/** Each group's row, the best first; those without a value last; equal ones by their texts. */
export function ranked(groups: Groups, { metrics, rank }: Pick<StatsRequest, 'metrics' | 'rank'>): StatsRow[] {
  const fields = metricFields(metrics);
  const rows = [...groups.entries()].map(({ by, part }) => ({
    ...{ by, events: part.events },
    values: metrics.map(metric => part.value(metric, fields)),
  }));
  const metric = metrics[rank.metric]!;
  const sign = rank.order === 'asc' ? 1 : -1;
  const byText = (a: StatsRow, b: StatsRow): number => {
    for (const [i, text] of a.by.entries()) {
      const order = compareText(text, b.by[i]!);
      if (order !== 0) return order;
    }
    return 0;
  };
  const candidates = isHolistic(metric)
    ? rows.sort((a, b) => b.events - a.events || byText(a, b)).slice(0, MAX_RANKED_GROUPS)
    : rows;
  return candidates
    .sort((a, b) => {
      const [x = null, y = null] = [a.values[rank.metric], b.values[rank.metric]];
      // Among candidates the more frequent one stays first.
      if (x === y) return isHolistic(metric) ? 0 : byText(a, b);
      return x === null ? 1 : y === null ? -1 : (x - y) * sign;
    })
    .map(({ by, values }) => ({ by, values }));
}

/** The rows of these groups, in their order, each over time. */
export function rowsBy(timed: Groups, groups: readonly StatsRow[], metrics: readonly StatsMetric[]): StatsRow[] {
  const fields = metricFields(metrics);
  const order = new Map(groups.map((row, i) => [JSON.stringify(row.by), i]));
  return [...timed.entries()]
    .flatMap(({ by, step, part }) => {
      const place = order.get(JSON.stringify(by));
      return place === undefined
        ? []
        : [{ place, by, step, values: metrics.map(metric => part.value(metric, fields)) }];
    })
    .sort((a, b) => a.place - b.place || a.step - b.step)
    .map(({ by, step, values }) => ({ by, step, values }));
}

/** Needs all values, not only some sums. */
export const isHolistic = ({ kind }: StatsMetric): boolean => kind === 'percentile' || kind === 'uniq';

/** What of an event is counted: `values` are the fields of metrics. */
export function besideEvent(event: StoredEvent, by: readonly string[], values: readonly string[]): BesideEvent {
  const text = (field: string): string | null => textOf(fieldAt(event, field));
  const time = Date.parse(event['@timestamp']);
  return {
    time,
    by: by.map(text),
    values: values.map(field => (kindOf(field) === 'time' ? String(time) : text(field))),
  };
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
