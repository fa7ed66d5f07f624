import { ScriptFailure } from '../../failure.ts';
import { readField } from './access.ts';
import type { Field } from './fields.ts';
import type { Part } from './format-parts.ts';
import { monthName, type Width, weekdayName } from './names.ts';
import type { Temporal } from './temporal.ts';
import { instantText } from './text.ts';
import { offsetId } from './zones.ts';

const needed = (at: Temporal, field: Field): number => {
  const value = readField(at, field.name);
  if (value === undefined) throw at.unsupported(field.toText());
  return value;
};

/** A point of time as a formatter writes it. Throws UnsupportedTemporalTypeException, DateTimeException. */
export function printTime(parts: readonly Part[], at: Temporal, tag: string): string {
  let text = '';
  for (const part of parts) text += print(part, at, tag);
  return text;
}

function print(part: Part, at: Temporal, tag: string): string {
  switch (part.type) {
    case 'literal':
      return part.text;
    case 'number':
      return numberText(part, needed(at, part.field));
    case 'reduced':
      return String(Math.abs(needed(at, part.field)) % 10 ** part.width).padStart(part.width, '0');
    case 'fraction': {
      const digits = String((at.neededNano() % 1e9) | 0).padStart(9, '0');
      const shown = digits.slice(0, part.max).replace(/0+$/, '').padEnd(part.min, '0');
      return part.point && shown !== '' ? `.${shown}` : shown;
    }
    case 'text':
      return fieldText(part.field, needed(at, part.field), part.width, tag);
    case 'offset':
      return offsetText(offsetOf(at), part.pattern, part.zero);
    case 'localizedOffset': {
      const offset = offsetOf(at);
      if (offset === 0) return 'GMT';
      const id = offsetId(offset);
      return `GMT${part.isShort ? id.replace(/^([+-])0?(\d+)(?::00)?/, (_, sign, hours) => sign + hours + (/:00/.test(id) ? '' : id.slice(3))) : id}`;
    }
    case 'zoneId':
      return zoneOf(at).id;
    case 'zoneText':
      return zoneName(at, part.isShort, tag);
    case 'instant': {
      if (at.offset === undefined || at.day === undefined || at.nano === undefined)
        throw at.unsupported('InstantSeconds');
      return instantText(at.day, at.nano);
    }
    case 'optional':
      try {
        return printTime(part.parts, at, tag);
      } catch (error) {
        if (error instanceof ScriptFailure) return '';
        throw error;
      }
    case 'pad': {
      const text = print(part.part, at, tag);
      if (text.length > part.width)
        throw new ScriptFailure(
          'DateTimeException',
          `Cannot print as output of ${text.length} characters exceeds pad width of ${part.width}`,
        );
      return text.padStart(part.width, part.char);
    }
    case 'case':
    case 'default':
      return '';
  }
}

function offsetOf(at: Temporal): number {
  if (at.offset === undefined || at.kind === 'Instant') throw at.unsupported('OffsetSeconds');
  return at.offset;
}

function zoneOf(at: Temporal): { readonly id: string } {
  if (at.zone !== undefined) return at.zone;
  throw new ScriptFailure('DateTimeException', 'Unable to extract ZoneId from temporal');
}

function numberText(part: Extract<Part, { type: 'number' }>, value: number): string {
  const digits = String(Math.abs(value));
  if (digits.length > part.max)
    throw new ScriptFailure(
      'DateTimeException',
      `Field ${part.field.toText()} cannot be printed as the value ${value} exceeds the maximum print width of ${part.max}`,
    );
  const shown = digits.padStart(part.min, '0');
  if (value < 0) {
    if (part.sign === 'NOT_NEGATIVE')
      throw new ScriptFailure(
        'DateTimeException',
        `Field ${part.field.toText()} cannot be printed as the value ${value} cannot be negative`,
      );
    return part.sign === 'NEVER' ? shown : `-${shown}`;
  }
  const isLong = part.sign === 'EXCEEDS_PAD' && part.min < 19 && value >= 10 ** part.min;
  return isLong || part.sign === 'ALWAYS' ? `+${shown}` : shown;
}

export function fieldText(field: Field, value: number, width: Width, tag: string): string {
  switch (field.name) {
    case 'MONTH_OF_YEAR':
      return monthName(value, width, tag);
    case 'DAY_OF_WEEK':
      return weekdayName(value, width, tag);
    case 'AMPM_OF_DAY':
      return value === 0 ? 'AM' : 'PM';
    case 'ERA':
      return width === 'long' ? ['Before Christ', 'Anno Domini'][value]! : ['BC', 'AD'][value]!;
    case 'QUARTER_OF_YEAR':
      return width === 'long' ? `${['1st', '2nd', '3rd', '4th'][value - 1]} quarter` : `Q${value}`;
  }
  return String(value);
}

function offsetText(seconds: number, pattern: string, zero: string): string {
  if (seconds === 0) return zero;
  const size = Math.abs(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60];
  const colon = pattern.includes(':') ? ':' : '';
  let text = (seconds < 0 ? '-' : '+') + two(hours);
  if (pattern.includes('M') || (pattern.includes('m') && minutes > 0)) {
    text += colon + two(minutes);
    if (pattern.includes('S') || (pattern.includes('s') && rest > 0)) text += colon + two(rest);
  }
  return text;
}

/** `CET`, `Central European Standard Time`. */
function zoneName(at: Temporal, isShort: boolean, tag: string): string {
  const { id } = zoneOf(at);
  if (at.zone?.seconds !== undefined || /^(?:GMT|UTC|UT)/.test(id) || at.nano === undefined || at.day === undefined)
    return id;
  const locales = tag === '' || tag.startsWith('en') ? ENGLISH : [tag];
  const names = locales.map(locale => nameIn(locale, at, id, isShort));
  return names.find(name => !/^GMT[+-]/.test(name)) ?? names[0]!;
}

/** English has the abbreviations of each part of the world where they are at home. */
const ENGLISH = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'en-NZ'];

function nameIn(locale: string, at: Temporal, timeZone: string, isShort: boolean): string {
  try {
    const format = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: isShort ? 'short' : 'long' });
    return format.formatToParts(Number(at.epochMillis)).find(part => part.type === 'timeZoneName')?.value ?? timeZone;
  } catch {
    return timeZone;
  }
}
