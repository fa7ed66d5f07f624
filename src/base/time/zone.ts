import { LongshoreError } from '../../core/errors.ts';
import { abbreviationOffset } from './abbreviations.ts';

/** Offsets are milliseconds, east of Greenwich positive. */
export interface Zone {
  readonly name: string;
  /**
   * The offset of a wall clock, given as if it were UTC: as java.time decides, the earlier offset where the clock shows an
   * hour twice, and the one before the change where it skips one (a time in the gap moves on by the length of the gap).
   */
  offsetAtLocal(localMs: number): number;
  /** The offset at an instant. */
  offsetAt(utcMs: number): number;
}

const zones = new Map<string, Zone | undefined>();
const MAX_ZONES = 1000;

/** The zone of a name (`Europe/Berlin`), an offset (`+02:00`, `-0330`, `GMT+2`) or a common abbreviation. Throws LS_DATE_ZONE. */
export function zoneOf(name: string): Zone {
  const zone = findZone(name);
  if (zone !== undefined) return zone;
  throw new LongshoreError('LS_DATE_ZONE', `the time zone "${name}" is not known.`, {
    fix: 'Use a name such as Europe/Berlin or an offset such as +02:00.',
  });
}

/** The zone that the setting at `where` names. Throws LS_CONFIG_TIMEZONE. */
export function zoneOfSetting(name: string, where: string): Zone {
  const zone = findZone(name);
  if (zone !== undefined) return zone;
  throw new LongshoreError('LS_CONFIG_TIMEZONE', `there is no time zone '${name}'.`, {
    where,
    fix: 'Write an IANA name such as UTC, Europe/Berlin or Asia/Seoul.',
  });
}

/** As `zoneOf`; undefined when there is no such zone. Names may come from outside: what is remembered is bounded. */
export function findZone(name: string): Zone | undefined {
  if (zones.has(name)) return zones.get(name);
  if (name.length > 64) return undefined;
  // A sender that spells one zone in many ways costs one zone: making one takes 0.1 ms.
  const plain = name.toLowerCase();
  const zone = zones.has(plain) ? zones.get(plain) : makeZone(name);
  if (zones.size >= MAX_ZONES) zones.clear();
  zones.set(plain, zone).set(name, zone);
  return zone;
}

/** Milliseconds of `+hh:mm`, `+hhmm`, `+hh`, `+h`, each also with seconds or behind `UTC` or `GMT`; undefined when it is none of these. */
export function offsetOf(text: string): number | undefined {
  const found = /^(?:UTC|GMT|UT)?([-+])(\d{1,2})(?::?([0-5]\d))?(?::?([0-5]\d))?$/.exec(text);
  if (found === null) return undefined;
  const ms = (Number(found[2]) * 3600 + Number(found[3] ?? 0) * 60 + Number(found[4] ?? 0)) * 1000;
  if (ms > MAX_OFFSET_MS) return undefined;
  return found[1] === '-' ? -ms : ms;
}

/** As in java.time. */
export const MAX_OFFSET_MS = 18 * 3_600_000;

/** A zone whose clocks never change. */
export function fixedZone(name: string, offset: number): Zone {
  return { name, offsetAt: () => offset, offsetAtLocal: () => offset };
}

/** `GMT+2` as java.time calls it, GMT+02:00. */
function plainName(name: string, offset: number): string {
  const prefix = /^(?:UTC|GMT|UT)(?=[-+])/.exec(name)?.[0];
  if (prefix === undefined || offset === 0 || offset % 60_000 !== 0) return name;
  const minutes = Math.abs(offset) / 60_000;
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${prefix}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function makeZone(name: string): Zone | undefined {
  const offset = abbreviationOffset(name) ?? offsetOf(name);
  if (offset !== undefined) return fixedZone(plainName(name, offset), offset);
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      era: 'short',
    });
  } catch {
    return undefined;
  }
  return namedZone(name, format);
}

// Zones change at full quarters of an hour, so an offset is remembered for its quarter: Intl costs some 3 µs a call.
const QUARTER = 900_000;
const MAX_QUARTERS = 5000;

function namedZone(name: string, format: Intl.DateTimeFormat): Zone {
  const offsets = new Map<number, number>();
  const offsetAt = (utcMs: number): number => {
    const quarter = Math.floor(utcMs / QUARTER);
    const known = offsets.get(quarter);
    if (known !== undefined) return known;
    const offset = computeOffset(format, quarter * QUARTER);
    if (offsets.size >= MAX_QUARTERS) offsets.clear();
    offsets.set(quarter, offset);
    return offset;
  };
  // Neighbours have the same quarter of an hour on their clocks.
  let lastQuarter = Number.NaN;
  let lastOffset = 0;
  const offsetAtLocal = (localMs: number): number => {
    const quarter = Math.floor(localMs / QUARTER);
    if (quarter !== lastQuarter) {
      lastOffset = decide(quarter * QUARTER);
      lastQuarter = quarter;
    }
    return lastOffset;
  };
  const decide = (localMs: number): number => {
    const before = offsetAt(localMs - 86_400_000);
    const after = offsetAt(localMs + 86_400_000);
    if (before === after) return before;
    return offsetAt(localMs - before) === before || offsetAt(localMs - after) !== after ? before : after;
  };
  return { name, offsetAt, offsetAtLocal };
}

/** 0 for instants that no calendar holds. */
function computeOffset(format: Intl.DateTimeFormat, utcMs: number): number {
  if (!(Math.abs(utcMs) < 8e15)) return 0;
  const parts: Record<string, string> = {};
  for (const part of format.formatToParts(utcMs)) parts[part.type] = part.value;
  const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year']);
  const date = new Date(0);
  date.setUTCFullYear(year, Number(parts['month']) - 1, Number(parts['day']));
  date.setUTCHours(Number(parts['hour']), Number(parts['minute']), Number(parts['second']));
  return date.getTime() - Math.floor(utcMs / 1000) * 1000;
}
