import { offsetAt } from '../base/wall-clock.ts';

/*
 * Times of a range as they are typed, shown and frozen. Everything takes the moment `now` (epoch milliseconds) and the zone as arguments.
 */

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Epoch milliseconds of `now`, `now-2h` or an ISO time; undefined for what only the server can read. */
export function momentOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const relative = /^now(?:([+-])(\d{1,6})([smhdw]))?$/.exec(text.trim());
  if (relative !== null) {
    const [, sign, number, unit] = relative;
    if (unit === undefined) return now;
    return now + (sign === '-' ? -1 : 1) * Number(number) * UNITS[unit]!;
  }
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{13}$/.test(text)) return Number(text);
  // Without a zone it is the server that knows which one is meant.
  const time = /[zZ]$|[+-]\d\d:?\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** Twice as long around the same middle, and never beyond now. */
export function zoomedOut({ from, to }: { from: number; to: number }, now: number): { from: number; to: number } {
  const half = Math.max(500, (to - from) / 2);
  const end = Math.min(now, to + half);
  return { from: Math.floor(end - 4 * half), to: Math.ceil(end) };
}

const STEPS = [
  1_000, 5_000, 15_000, 30_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000,
  86_400_000, 172_800_000, 604_800_000,
];

/** Round moments of the zone between two, at most `most`: for an axis. */
export function ticks(from: number, to: number, most: number, zone: string): number[] {
  const wanted = (to - from) / Math.max(1, most);
  const step = STEPS.find(each => each >= wanted) ?? Math.ceil(wanted / 604_800_000) * 604_800_000;
  const offset = offsetAt(from, zone);
  const found: number[] = [];
  for (let at = Math.ceil((from + offset) / step) * step - offset; at <= to; at += step) found.push(at);
  return found;
}

/** The numbers of an axis from 0 on: at most three round steps. */
export function countTicks(highest: number): number[] {
  if (highest <= 0) return [0];
  const raw = highest / 2;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(1, [1, 2, 5, 10].map(times => times * power).find(each => each >= raw * 0.7) ?? raw);
  const found: number[] = [];
  for (let value = 0; value <= highest; value += step) found.push(value);
  return found;
}
