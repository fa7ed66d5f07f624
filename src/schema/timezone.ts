import { LongshoreError } from '../core/errors.ts';

/** Epoch milliseconds of a wall clock that shows what `Date.UTC` made `wallMs` of. */
export type ZoneClock = (wallMs: number) => number;

/** The clock of an IANA zone. Throws LS_SCHEMA_TIMEZONE for a name that the platform does not know. */
export function zoneClock(timezone: string): ZoneClock {
  if (timezone === 'UTC' || timezone === 'Etc/UTC' || timezone === 'GMT') return wallMs => wallMs;
  const format = formatOf(timezone);
  // Offsets change on quarters of an hour at the finest; the cache holds the last quarter asked for.
  let cachedQuarter = Number.NaN;
  let cachedOffset = 0;
  return wallMs => {
    const quarter = Math.floor(wallMs / 900_000);
    if (quarter !== cachedQuarter) {
      // Two steps, because the offset is a function of the instant that is looked for. A wall clock that an hour change
      // skips or shows twice gives one of the two candidates.
      const guess = wallMs - offsetAt(format, wallMs);
      cachedOffset = offsetAt(format, guess);
      cachedQuarter = quarter;
    }
    return wallMs - cachedOffset;
  };
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new LongshoreError('LS_SCHEMA_TIMEZONE', `'${timezone}' is not a time zone.`, {
      where: 'event.timezone',
      fix: "Use an IANA name such as 'Europe/Berlin' or 'UTC'.",
      cause,
    });
  }
}

/** Milliseconds that the zone is ahead of UTC at an instant; 0 for instants that no calendar holds. */
function offsetAt(format: Intl.DateTimeFormat, ms: number): number {
  if (!(Math.abs(ms) < 8e15)) return 0;
  const second = Math.floor(ms / 1000) * 1000;
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(second)) part[type] = Number(value);
  const wall = Date.UTC(
    part['year']!,
    part['month']! - 1,
    part['day']!,
    part['hour']!,
    part['minute']!,
    part['second']!,
  );
  return wall - second;
}
