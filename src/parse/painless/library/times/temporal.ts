import { ScriptFailure } from '../../failure.ts';
import { compareTexts, textHash } from '../equality.ts';
import { JavaObject } from '../java-object.ts';
import { compare } from '../numbers.ts';
import { type Civil, civilOf } from './calendar.ts';
import { field as fieldNamed, NANOS_OF_DAY } from './fields.ts';
import { instantText, localDateText, localTimeText } from './text.ts';
import { type ZoneId, zoneOffset } from './zones.ts';

/** What a point of java.time is of. `Parsed` is what a formatter has read. */
export type Kind =
  | 'LocalDate'
  | 'LocalTime'
  | 'LocalDateTime'
  | 'OffsetDateTime'
  | 'OffsetTime'
  | 'ZonedDateTime'
  | 'Instant'
  | 'Year'
  | 'YearMonth'
  | 'MonthDay'
  | 'Parsed';

export interface Parts {
  /** Days since 1970-01-01 on its own calendar. */
  readonly day?: number | undefined;
  /** Nanoseconds since midnight on its own clock. */
  readonly nano?: number | undefined;
  /** Seconds east of Greenwich. */
  readonly offset?: number | undefined;
  readonly zone?: ZoneId | undefined;
}

/**
 * Every point of time of java.time: which of its parts are there, its kind says. An `Instant` has them in UTC; a `Year` is its
 * first day, a `YearMonth` the first of the month, a `MonthDay` that of the year 2000.
 */
export class Temporal extends JavaObject {
  readonly kind: Kind;
  readonly day: number | undefined;
  readonly nano: number | undefined;
  readonly offset: number | undefined;
  readonly zone: ZoneId | undefined;
  /** Of what was parsed: fields that make no whole date or time. */
  readonly fields: ReadonlyMap<string, number> | undefined;
  #civil: Civil | undefined;

  constructor(kind: Kind, { day, nano, offset, zone }: Parts, fields?: ReadonlyMap<string, number>) {
    super();
    this.kind = kind;
    if (day !== undefined) fieldNamed('EPOCH_DAY').check(day);
    this.day = day;
    this.nano = nano;
    this.offset = offset;
    this.zone = zone;
    this.fields = fields;
  }

  get javaName(): string {
    return this.kind === 'Parsed' ? 'java.time.format.Parsed' : `java.time.${this.kind}`;
  }
  override get type(): string {
    return this.kind === 'Parsed' ? 'TemporalAccessor' : this.kind;
  }
  /** Year, month and day. Throws where there is no date. */
  get civil(): Civil {
    this.#civil ??= civilOf(this.neededDay());
    return this.#civil;
  }
  neededDay(): number {
    if (this.day === undefined) throw this.unsupported('EpochDay');
    return this.day;
  }
  neededNano(): number {
    if (this.nano === undefined) throw this.unsupported('NanoOfDay');
    return this.nano;
  }
  unsupported(what: string, of = 'field'): ScriptFailure {
    return new ScriptFailure('UnsupportedTemporalTypeException', `Unsupported ${of}: ${what}`);
  }
  /** Nanoseconds since 1970-01-01T00:00 on its own clock. */
  get localNanos(): bigint {
    return BigInt(this.day ?? 0) * NANOS_OF_DAY + BigInt(this.nano ?? 0);
  }
  /** Since 1970-01-01T00:00Z. */
  get epochNanos(): bigint {
    return this.localNanos - BigInt(this.offset ?? 0) * 1_000_000_000n;
  }
  /** Rounded down. */
  get epochSeconds(): bigint {
    return BigInt(this.neededDay()) * 86_400n + BigInt(Math.floor(this.neededNano() / 1e9)) - BigInt(this.offset ?? 0);
  }
  get epochMillis(): bigint {
    return floorDiv(this.epochNanos, 1_000_000n);
  }

  toText(): string {
    const { kind } = this;
    if (kind === 'Instant') return instantText(this.day!, this.nano!);
    if (kind === 'Year') return String(this.civil.year);
    if (kind === 'YearMonth') return localDateText(this.civil).slice(0, -3);
    if (kind === 'MonthDay') return `--${localDateText(this.civil).slice(-5)}`;
    let text = this.day === undefined ? '' : localDateText(this.civil);
    if (this.nano !== undefined) text += `${text === '' ? '' : 'T'}${localTimeText(this.nano)}`;
    if (this.offset !== undefined) text += zoneOffset(this.offset).id;
    return this.zone === undefined || this.zone.seconds !== undefined ? text : `${text}[${this.zone.id}]`;
  }
  override equals(other: unknown): boolean {
    return other instanceof Temporal && other.kind === this.kind && other.toText() === this.toText();
  }
  override hash(): number {
    return textHash(this.toText());
  }
  override key(): string {
    return `\0T${this.kind}${this.toText()}`;
  }
  override compareTo(other: unknown): number | undefined {
    if (!(other instanceof Temporal) || other.kind !== this.kind) return undefined;
    if (this.kind === 'LocalDate' || this.kind === 'Year' || this.kind === 'YearMonth' || this.kind === 'MonthDay')
      return dateOrder(this, other);
    return (
      compare(this.epochNanos, other.epochNanos) ||
      compare(this.localNanos, other.localNanos) ||
      compareTexts(this.zone?.id ?? '', other.zone?.id ?? '')
    );
  }
  /** As Elasticsearch writes times into documents: to the millisecond at least, and as exactly as they are. */
  override toDocument(): unknown {
    if (this.kind !== 'ZonedDateTime' && this.kind !== 'OffsetDateTime') return this.toText();
    const nanos = this.nano! % 1e9;
    const seconds = Math.floor(this.nano! / 1e9);
    const fraction = String(nanos)
      .padStart(9, '0')
      .replace(/0{1,6}$/, '');
    const two = (value: number): string => String(value).padStart(2, '0');
    const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return `${localDateText(this.civil)}T${time}.${fraction}${zoneOffset(this.offset!).id}`;
  }
}

/** As LocalDate.compareTo: how far apart the first are that differ. */
function dateOrder(a: Temporal, b: Temporal): number {
  if (a.kind === 'Year') return a.civil.year - b.civil.year;
  return a.civil.year - b.civil.year || a.civil.month - b.civil.month || a.civil.day - b.civil.day;
}

export function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n !== b < 0n && a % b !== 0n ? quotient - 1n : quotient;
}
export const floorMod = (a: bigint, b: bigint): bigint => a - floorDiv(a, b) * b;

/** Day and nanosecond of a clock that shows so many nanoseconds since 1970. */
export function partsOf(nanos: bigint): { day: number; nano: number } {
  const day = floorDiv(nanos, NANOS_OF_DAY);
  return { day: Number(day), nano: Number(nanos - day * NANOS_OF_DAY) };
}

export const instantOf = (epochNanos: bigint): Temporal =>
  new Temporal('Instant', { ...partsOf(epochNanos), offset: 0 });

/** What the clocks of a zone show at an instant. */
export function atZone(epochNanos: bigint, zone: ZoneId): Temporal {
  const offset = zone.seconds ?? zone.zone.offsetAt(Number(floorDiv(epochNanos, 1_000_000n))) / 1000;
  return new Temporal('ZonedDateTime', { ...partsOf(epochNanos + BigInt(offset) * 1_000_000_000n), offset, zone });
}

/** The offsets, in seconds, that a zone has when its clocks show a time: two at an overlap, none in a gap. */
export function offsetsAt(zone: ZoneId, localMs: number): number[] {
  const around = new Set([zone.zone.offsetAt(localMs - 86_400_000), zone.zone.offsetAt(localMs + 86_400_000)]);
  return [...around].filter(offset => zone.zone.offsetAt(localMs - offset) === offset).map(offset => offset / 1000);
}

/** A date and time of a zone: with the offset that is wanted where the zone has it then. */
export function ofLocal(day: number, nano: number, zone: ZoneId, wanted?: number): Temporal {
  if (zone.seconds !== undefined) return new Temporal('ZonedDateTime', { day, nano, offset: zone.seconds, zone });
  const localMs = day * 86_400_000 + Math.floor(nano / 1e6);
  const possible = offsetsAt(zone, localMs);
  if (wanted !== undefined && possible.includes(wanted))
    return new Temporal('ZonedDateTime', { day, nano, offset: wanted, zone });
  const offset = zone.zone.offsetAtLocal(localMs) / 1000;
  if (possible.length > 0) return new Temporal('ZonedDateTime', { day, nano, offset, zone });
  // In a gap the clock goes on by its length.
  return atZone(BigInt(day) * NANOS_OF_DAY + BigInt(nano) - BigInt(offset) * 1_000_000_000n, zone);
}

/** The same kind with another date and time on its clock. */
export function moved(self: Temporal, day: number | undefined, nano: number | undefined): Temporal {
  if (self.kind === 'ZonedDateTime') return ofLocal(day!, nano!, self.zone!, self.offset);
  return new Temporal(self.kind, { day, nano, offset: self.offset, zone: self.zone });
}
