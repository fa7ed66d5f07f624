/** ISO 8601 in UTC with milliseconds, as `Date#toISOString`, but without an object for each event of the same second. */
export function isoTime(ms: number): string {
  if (ms === cachedMs) return cachedText;
  const second = Math.floor(ms / 1000);
  if (second !== cachedSecond) {
    cachedPrefix = prefixOf(second);
    cachedSecond = second;
  }
  const rest = ms - second * 1000;
  cachedText = `${cachedPrefix}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
  cachedMs = ms;
  return cachedText;
}
let cachedMs = Number.NaN;
let cachedText = '';
let cachedSecond = Number.NaN;
let cachedPrefix = '';

/** `2026-11-20T13:55:36.` of epoch seconds; a Date is only made for another day. */
function prefixOf(second: number): string {
  const day = Math.floor(second / 86_400);
  if (day !== prefixDay) {
    prefixDate = new Date(day * 86_400_000).toISOString().slice(0, -13);
    prefixDay = day;
  }
  const rest = second - day * 86_400;
  const minutes = Math.floor(rest / 60);
  return `${prefixDate}${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[rest % 60]}.`;
}
let prefixDay = Number.NaN;
let prefixDate = '';
const TWO = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'));

/** The day of a time in UTC: `YYYY.MM.DD`. */
export function dayOf(ms: number): string {
  const day = Math.floor(ms / 86_400_000);
  if (day !== cachedDay) {
    cachedDayText = new Date(day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '.');
    cachedDay = day;
  }
  return cachedDayText;
}
let cachedDay = Number.NaN;
let cachedDayText = '';
