import { findZone, fixedZone, MAX_OFFSET_MS, offsetOf, type Zone } from '../../../../base/time/zone.ts';
import { ScriptFailure } from '../../failure.ts';
import { javaClass } from '../define.ts';
import { textHash } from '../equality.ts';
import type { JavaClass } from '../java-class.ts';
import { JavaObject } from '../java-object.ts';

/** `ZoneId`, and `ZoneOffset` where `seconds` is there. */
export class ZoneId extends JavaObject {
  readonly id: string;
  readonly zone: Zone;
  /** Of a `ZoneOffset`. */
  readonly seconds: number | undefined;

  constructor(id: string, zone: Zone, seconds?: number) {
    super();
    this.id = id;
    this.zone = zone;
    this.seconds = seconds;
  }
  get javaName(): string {
    return this.seconds === undefined ? 'java.time.ZoneRegion' : 'java.time.ZoneOffset';
  }
  override get type(): string {
    return this.seconds === undefined ? 'ZoneId' : 'ZoneOffset';
  }
  toText(): string {
    return this.id;
  }
  override equals(other: unknown): boolean {
    return other instanceof ZoneId && other.id === this.id && other.seconds === this.seconds;
  }
  override hash(): number {
    return this.seconds ?? textHash(this.id);
  }
  override key(): string {
    return `\0z${this.id}`;
  }
  override compareTo(other: unknown): number | undefined {
    if (!(other instanceof ZoneId) || this.seconds === undefined || other.seconds === undefined) return undefined;
    return other.seconds - this.seconds;
  }
}

/** `Z`, `+01:00`, `-00:30:15`. */
export function offsetId(seconds: number): string {
  if (seconds === 0) return 'Z';
  const size = Math.abs(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = `${seconds < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}`;
  return size % 60 === 0 ? hours : `${hours}:${two(size % 60)}`;
}

const offsets = new Map<number, ZoneId>();

export function zoneOffset(seconds: number): ZoneId {
  let known = offsets.get(seconds);
  if (known === undefined) {
    if (Math.abs(seconds) * 1000 > MAX_OFFSET_MS)
      throw new ScriptFailure('DateTimeException', 'Zone offset not in valid range: -18:00 to +18:00');
    const id = offsetId(seconds);
    known = new ZoneId(id, fixedZone(id, seconds * 1000), seconds);
    if (offsets.size > 1000) offsets.clear();
    offsets.set(seconds, known);
  }
  return known;
}
export const UTC: ZoneId = zoneOffset(0);

/** `ZoneOffset.of`: `Z`, `+h`, `+hh`, `+hh:mm`, `+hhmm`, also with seconds; undefined for anything else. */
function readOffset(text: string): ZoneId | undefined {
  if (text === 'Z' || text === 'z') return UTC;
  if (!/^[+-](?:\d\d?|\d\d:?\d\d(?::?\d\d)?)$/.test(text)) return undefined;
  const ms = offsetOf(text);
  return ms === undefined ? undefined : zoneOffset(ms / 1000);
}

/** `ZoneId.of`. Throws DateTimeException, ZoneRulesException. */
export function zoneId(text: string): ZoneId {
  const offset = readOffset(text);
  if (offset !== undefined) return offset;
  const prefixed = /^(UTC|GMT|UT)([+-].*)?$/.exec(text);
  if (prefixed !== null) {
    const [, prefix, rest] = prefixed as unknown as [string, string, string | undefined];
    if (rest === undefined) return new ZoneId(prefix, fixedZone(prefix, 0));
    const behind = readOffset(rest);
    if (behind !== undefined) {
      const id = behind.seconds === 0 ? prefix : prefix + behind.id;
      return new ZoneId(id, fixedZone(id, behind.seconds! * 1000));
    }
  }
  const found = /^[A-Za-z][A-Za-z0-9~/._+-]+$/.test(text) ? findZone(text) : undefined;
  if (found !== undefined) return new ZoneId(text, found);
  if (/^[A-Za-z][A-Za-z0-9~/._+-]+$/.test(text))
    throw new ScriptFailure('ZoneRulesException', `Unknown time-zone ID: ${text}`, 'the time zone is not known');
  throw new ScriptFailure(
    'DateTimeException',
    `Invalid ID for region-based ZoneId, invalid format: ${text}`,
    'the text names no time zone',
  );
}

function offsetFrom(hours: number, minutes: number, seconds: number): ZoneId {
  const parts = [hours, minutes, seconds];
  if (parts.some(part => part < 0) && parts.some(part => part > 0))
    throw new ScriptFailure('DateTimeException', 'Zone offset hours, minutes and seconds must have the same sign');
  if (Math.abs(minutes) > 59 || Math.abs(seconds) > 59)
    throw new ScriptFailure('DateTimeException', 'Zone offset minutes not in valid range');
  return zoneOffset(hours * 3600 + minutes * 60 + seconds);
}

export const zoneIdClass: JavaClass = javaClass('java.time.ZoneId', {
  is: value => value instanceof ZoneId,
  statics: {
    'ZoneId of(String)': zoneId,
    'ZoneId ofOffset(String, ZoneOffset)': (prefix: string, offset: ZoneId) =>
      zoneId(prefix + (offset.seconds === 0 ? '' : offset.id)),
    // The machine's own zone would make pipelines differ from machine to machine.
    'ZoneId systemDefault()': () => UTC,
  },
  methods: {
    'String getId()': (self: ZoneId) => self.id,
    'ZoneId normalized()': (self: ZoneId) => {
      const { zone } = self;
      const fixed = zone.offsetAt(0);
      const changes = [1, 4, 7, 10].some(month => zone.offsetAt(Date.UTC(2020, month, 1)) !== fixed);
      return changes || /\//.test(self.id) ? self : zoneOffset(fixed / 1000);
    },
  },
});

export const zoneOffsetClass: JavaClass = javaClass('java.time.ZoneOffset', {
  extends: 'ZoneId TemporalAccessor TemporalAdjuster Comparable',
  is: value => value instanceof ZoneId && value.seconds !== undefined,
  statics: {
    'ZoneOffset of(String)': (text: string) => {
      const offset = readOffset(text);
      if (offset !== undefined) return offset;
      throw new ScriptFailure(
        'DateTimeException',
        `Invalid ID for ZoneOffset, invalid format: ${text}`,
        'the text is no offset of a time zone',
      );
    },
    'ZoneOffset ofHours(int)': (hours: number) => offsetFrom(hours, 0, 0),
    'ZoneOffset ofHoursMinutes(int, int)': (hours: number, minutes: number) => offsetFrom(hours, minutes, 0),
    'ZoneOffset ofHoursMinutesSeconds(int, int, int)': offsetFrom,
    'ZoneOffset ofTotalSeconds(int)': zoneOffset,
  },
  methods: { 'int getTotalSeconds()': (self: ZoneId) => self.seconds },
  constants: {
    'ZoneOffset UTC': UTC,
    'ZoneOffset MIN': zoneOffset(-64_800),
    'ZoneOffset MAX': zoneOffset(64_800),
  },
});
