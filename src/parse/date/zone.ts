import { LongshoreError } from '../../core/errors.ts';

/** Minutes are enough for every zone since 1972; kept in milliseconds. */
export interface Zone {
  readonly name: string;
  /** Offset from UTC (milliseconds, east positive) of a wall-clock time given as if it were UTC. */
  offsetAtLocal(localMs: number): number;
  /** Offset from UTC at an instant. */
  offsetAt(utcMs: number): number;
}

const zones = new Map<string, Zone>();
const MAX_ZONES = 1000;
const ABBREVIATIONS: Record<string, string> = {
  Z: '+00:00',
  UTC: '+00:00',
  GMT: '+00:00',
  UT: '+00:00',
  EST: '-05:00',
  EDT: '-04:00',
  CST: '-06:00',
  CDT: '-05:00',
  MST: '-07:00',
  MDT: '-06:00',
  PST: '-08:00',
  PDT: '-07:00',
  CET: '+01:00',
  CEST: '+02:00',
  BST: '+01:00',
  EET: '+02:00',
  EEST: '+03:00',
  MSK: '+03:00',
  JST: '+09:00',
  KST: '+09:00',
};

/** The zone of a name (`Europe/Berlin`), an offset (`+02:00`, `+0200`, `+02`) or a common abbreviation. Throws LS_DATE_ZONE. */
export function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = makeZone(name);
  if (zones.size < MAX_ZONES) zones.set(name, zone);
  return zone;
}

/** Milliseconds of `+hh:mm`, `+hhmm`, `+hh`, `Z`; undefined when it is none of these. */
export function offsetOf(text: string): number | undefined {
  const found = /^(?:UTC|GMT)?([-+])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$/.exec(text);
  if (found === null) return undefined;
  const ms = (Number(found[2]) * 3600 + Number(found[3] ?? 0) * 60 + Number(found[4] ?? 0)) * 1000;
  return found[1] === '-' ? -ms : ms;
}

function makeZone(name: string): Zone {
  const offset = offsetOf(ABBREVIATIONS[name.toUpperCase()] ?? name);
  if (offset !== undefined) return { name, offsetAt: () => offset, offsetAtLocal: () => offset };
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
  } catch (cause) {
    throw new LongshoreError('LS_DATE_ZONE', `the time zone "${name}" is not known.`, {
      fix: 'Use a name such as Europe/Berlin or an offset such as +02:00.',
      cause,
    });
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
  const offsetAtLocal = (localMs: number): number => {
    // The earlier of two readings (autumn), the later side of a gap (spring): as java.time decides.
    const before = offsetAt(localMs - 86_400_000);
    const after = offsetAt(localMs + 86_400_000);
    if (before === after) return before;
    return offsetAt(localMs - before) === before || offsetAt(localMs - after) !== after ? before : after;
  };
  return { name, offsetAt, offsetAtLocal };
}

function computeOffset(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts: Record<string, string> = {};
  for (const part of format.formatToParts(utcMs)) parts[part.type] = part.value;
  const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year']);
  const date = new Date(0);
  date.setUTCFullYear(year, Number(parts['month']) - 1, Number(parts['day']));
  date.setUTCHours(Number(parts['hour']), Number(parts['minute']), Number(parts['second']));
  return date.getTime() - Math.floor(utcMs / 1000) * 1000;
}
