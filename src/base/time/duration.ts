export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const WEEK_MS = 604_800_000;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: WEEK_MS,
};

const WORDS = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
  ['second', SECOND_MS],
] as const;

/** `2 hours 5 minutes`, `40 seconds`: the two greatest units of milliseconds. */
export function durationText(ms: number): string {
  let left = Math.max(0, Math.round(ms / SECOND_MS)) * SECOND_MS;
  const parts: string[] = [];
  const first = WORDS.findIndex(([, unit]) => left >= unit);
  for (const [name, unit] of first < 0 ? [] : WORDS.slice(first, first + 2)) {
    const count = Math.floor(left / unit);
    left -= count * unit;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return parts.length === 0 ? '0 seconds' : parts.join(' ');
}

/** Milliseconds of `30s`, `1.5m`, `500ms`, `1d` or a number of milliseconds; NaN for anything else. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?$/.exec(text.trim());
  return match === null ? Number.NaN : Math.round(Number(match[1]) * UNITS[match[2] ?? 'ms']!);
}

/** Milliseconds of `1h30m`, `2w`, `1y` or `0`, as Prometheus writes durations: whole numbers, each unit once, the greatest first. NaN for anything else. */
export function parsePrometheusDuration(text: string): number {
  if (text === '0') return 0;
  const match = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (text === '' || match === null) return Number.NaN;
  const sizes = [365 * DAY_MS, WEEK_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, 1];
  return sizes.reduce((sum, size, i) => sum + Number(match[i + 1] ?? 0) * size, 0);
}
