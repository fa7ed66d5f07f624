/** How far ahead of the clock a date without a year may lie: zones and clocks differ by so much, and no more. */
const AHEAD_MS = 86_400_000;
/** 29 February comes back after eight years at most. */
const YEARS = 9;

/**
 * The year of a date that was written without one: log lines come from the past, so it is the latest year that puts the
 * date not more than a day ahead of `now`. `at` gives the epoch milliseconds in a year, NaN where the day does not exist.
 */
export function latestYear(now: number, at: (year: number) => number): number {
  // A day and the widest offset ahead: its year may already be the next one.
  const first = new Date(now + 2 * AHEAD_MS).getUTCFullYear();
  for (let year = first; year > first - YEARS; year--) {
    const ms = at(year);
    if (ms <= now + AHEAD_MS) return ms;
  }
  return Number.NaN;
}
