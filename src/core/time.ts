/** ISO 8601 in UTC with milliseconds, as `Date#toISOString`, but without an object for each event of the same second. */
export function isoTime(ms: number): string {
  if (ms === cachedMs) return cachedText;
  const second = Math.floor(ms / 1000);
  if (second !== cachedSecond) {
    cachedPrefix = new Date(second * 1000).toISOString().slice(0, -4);
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

/** The daily index that an event time belongs to: `YYYY.MM.DD` in UTC. */
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

/** Resolves after `ms`, or at once when the signal aborts. */
export function abortableDelay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
