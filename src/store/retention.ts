import { DAY_MS } from '../base/time/duration.ts';

/**
 * Whether the oldest of these days (`YYYY.MM.DD`, sorted) has to go by its age: one day at a time and one an
 * `age_drop_interval_ms`, older than `max_age_days` before the smaller of the clock and the newest day. A clock that is
 * wrong, or events that come from the future, cost a day until somebody notices.
 */
export function isOldestDue(
  days: readonly { readonly day: string }[],
  { now, sinceAgeDropMs }: { readonly now: number; readonly sinceAgeDropMs?: number | undefined },
  options: { readonly max_age_days: number; readonly age_drop_interval_ms: number },
): boolean {
  const hasRested = sinceAgeDropMs === undefined || sinceAgeDropMs >= options.age_drop_interval_ms;
  const last = Math.min(dayNumber(days.at(-1)!.day), Math.floor(now / DAY_MS));
  return hasRested && last - dayNumber(days[0]!.day) > options.max_age_days;
}

/** Days since 1970. */
function dayNumber(day: string): number {
  return Math.floor(Date.parse(`${day.replaceAll('.', '-')}T00:00:00Z`) / DAY_MS);
}
