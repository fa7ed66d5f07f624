import type { HistogramAnswer } from '../../../core/api/search.ts';
import { LEVELS } from '../base/levels.ts';

/** A colour of the histogram: what it stands for, and its class. */
export interface Series {
  /** Undefined: everything else. */
  readonly value: string | undefined;
  readonly tone: string;
}

export interface Bar {
  readonly at: number;
  readonly to: number;
  readonly count: number;
  /** In the order of the series, the lowest part of the bar first. */
  readonly parts: readonly { readonly series: Series; readonly count: number }[];
}

const MOST = 6;

/** The bars of a histogram and what their parts stand for: of levels the worst on top, else the most frequent values at the bottom. */
export function seriesOf(
  { buckets, interval_ms: interval }: HistogramAnswer,
  by: string,
): { series: Series[]; bars: Bar[] } {
  const totals = new Map<string, number>();
  for (const { by: values = {} } of buckets)
    for (const [value, count] of Object.entries(values)) totals.set(value, (totals.get(value) ?? 0) + count);
  const known: Series[] =
    by === 'level'
      ? [...LEVELS].reverse().map(level => ({ value: level, tone: level }))
      : [...totals]
          .sort((a, b) => b[1] - a[1])
          .slice(0, MOST)
          .map(([value], index) => ({ value, tone: `tone-${index}` }));
  const rest: Series = { value: undefined, tone: 'other' };
  const bars = buckets.map(({ at, count, by: values = {} }): Bar => {
    const parts = known.map(series => ({ series, count: values[series.value!] ?? 0 })).filter(part => part.count > 0);
    const others = count - parts.reduce((sum, part) => sum + part.count, 0);
    return { at, to: at + interval, count, parts: others > 0 ? [{ series: rest, count: others }, ...parts] : parts };
  });
  const hasRest = bars.some(({ parts }) => parts[0]?.series === rest);
  return { series: hasRest ? [...known, rest] : known, bars };
}

export const totalOf = ({ buckets }: HistogramAnswer): number => buckets.reduce((sum, { count }) => sum + count, 0);
