import { daysIn, daysOf, wallMs } from './civil.ts';
import type { Zone } from './zone.ts';

/**
 * Epoch milliseconds of `[year, month, day, hour, minute, second?, nanosecond?]`, as Jackson writes a LocalDateTime; NaN for
 * any other list. A time between two milliseconds gives the half between them.
 */
export function wallTime(parts: readonly unknown[], zone: Zone): number {
  if (parts.length < 5 || parts.length > 7 || !parts.every(part => Number.isInteger(part))) return Number.NaN;
  const [year, month, day, hour, minute, second = 0, nanos = 0] = parts as number[];
  if (!(year! >= 0 && year! <= 9999 && month! >= 1 && month! <= 12 && day! >= 1)) return Number.NaN;
  if (day! > daysIn(year!, month!) || !(hour! >= 0 && hour! < 24 && minute! >= 0 && minute! < 60)) return Number.NaN;
  if (!(second >= 0 && second < 60 && nanos >= 0 && nanos < 1e9)) return Number.NaN;
  const milli = Math.floor(nanos / 1e6) + (nanos % 1e6 > 0 ? 0.5 : 0);
  const wall = wallMs(daysOf(year!, month!, day!), hour!, minute!, second, milli);
  return wall - zone.offsetAtLocal(wall);
}
