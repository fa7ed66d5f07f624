import { abbreviationOffset } from '../../../../base/time/abbreviations.ts';
import { ScriptFailure } from '../../failure.ts';
import type { Field } from './fields.ts';
import type { Part } from './format-parts.ts';
import { fieldText } from './print-time.ts';
import { type ZoneId, zoneId, zoneOffset } from './zones.ts';

/** What a formatter has read of a text. */
export interface Reading {
  readonly fields: Map<string, number>;
  zone: ZoneId | undefined;
}

interface State extends Reading {
  readonly text: string;
  readonly tag: string;
  at: number;
  isCaseSensitive: boolean;
}

/** Texts of times are short. */
const MAX_LENGTH = 1000;

/** Reads the whole text. Throws DateTimeParseException, as Java words it. */
export function readTime(parts: readonly Part[], text: string, tag: string): Reading {
  if (text.length > MAX_LENGTH) throw unparsed(text, 'could not be parsed at index 0');
  const state: State = { text, tag, at: 0, isCaseSensitive: true, fields: new Map(), zone: undefined };
  const end = readParts(parts, state);
  if (end < 0) throw unparsed(text, `could not be parsed at index ${~end}`);
  if (state.at < text.length) throw unparsed(text, `could not be parsed, unparsed text found at index ${state.at}`);
  return state;
}

export function unparsed(text: string, why: string): ScriptFailure {
  const shown = text.length > 64 ? `${text.slice(0, 64)}...` : text;
  return new ScriptFailure('DateTimeParseException', `Text '${shown}' ${why}`, `the text ${why.replace(/: .*/, '')}`);
}

/** The place reached, or the complement of the one where it went wrong. */
function readParts(parts: readonly Part[], state: State): number {
  for (let i = 0; i < parts.length; i++) {
    const end = read(parts, i, state);
    if (end < 0) return end;
    state.at = end;
  }
  return state.at;
}

function read(parts: readonly Part[], i: number, state: State): number {
  const part = parts[i]!;
  const { text, at } = state;
  switch (part.type) {
    case 'literal':
      return matches(state, part.text, at) ? at + part.text.length : ~at;
    case 'number':
      return readNumber(part, state, reservedBehind(parts, i));
    case 'reduced':
      return readReduced(part, state);
    case 'fraction':
      return readFraction(part, state);
    case 'text':
      return readText(part.field, state);
    case 'offset':
      return readOffset(state, part);
    case 'localizedOffset': {
      if (!matches(state, 'GMT', at)) return ~at;
      const found = /([+-])(\d{1,2})(?::?(\d\d))?(?::?(\d\d))?/y;
      found.lastIndex = at + 3;
      return setOffset(state, found.exec(text), at + 3);
    }
    case 'zoneId':
    case 'zoneText':
      return readZone(state, part.type === 'zoneText');
    case 'instant':
      return readInstant(state);
    case 'optional':
      return readOptional(part.parts, state);
    case 'pad': {
      if (at + part.width > text.length) return ~at;
      let start = at;
      while (start < at + part.width && text[start] === part.char) start++;
      const inner: State = { ...state, text: text.slice(0, at + part.width), at: start };
      const end = read([part.part], 0, inner);
      state.zone = inner.zone;
      return end === at + part.width ? end : ~(at + start);
    }
    case 'default':
      if (!state.fields.has(part.field.name)) state.fields.set(part.field.name, part.value);
      return at;
    case 'case':
      state.isCaseSensitive = part.sensitive;
      return at;
  }
}

function matches({ text, isCaseSensitive }: State, wanted: string, at: number): boolean {
  if (text.startsWith(wanted, at)) return true;
  return !isCaseSensitive && text.slice(at, at + wanted.length).toLowerCase() === wanted.toLowerCase();
}

/** How many digits the numbers of fixed width behind this one need. */
function reservedBehind(parts: readonly Part[], i: number): number {
  const part = parts[i]!;
  if (part.type === 'number' && part.min === part.max) return 0;
  let width = 0;
  for (let next = i + 1; next < parts.length; next++) {
    const behind = parts[next]!;
    if (behind.type === 'number' && behind.min === behind.max && behind.sign === 'NOT_NEGATIVE') width += behind.min;
    else if (behind.type === 'reduced') width += behind.width;
    else if (behind.type === 'fraction' && !behind.point && behind.min === behind.max) width += behind.min;
    else break;
  }
  return width;
}

function digitsAt(text: string, at: number): number {
  let end = at;
  while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return end - at;
}

function set(state: State, field: Field, value: number, start: number, end: number): number {
  const before = state.fields.get(field.name);
  if (before !== undefined && before !== value) return ~start;
  state.fields.set(field.name, value);
  return end;
}

function readNumber(part: Extract<Part, { type: 'number' }>, state: State, reserved: number): number {
  const { text, at } = state;
  const signChar = text[at];
  let start = at;
  let isSigned = false;
  if (signChar === '+' || signChar === '-') {
    const isFixed = part.min === part.max;
    const isAllowed =
      signChar === '+'
        ? part.sign === 'ALWAYS' || part.sign === 'EXCEEDS_PAD'
        : part.sign === 'NORMAL' || part.sign === 'ALWAYS' || part.sign === 'EXCEEDS_PAD';
    if (!isAllowed || (isFixed && part.sign === 'NORMAL' && signChar === '+')) return ~at;
    isSigned = true;
    start++;
  } else if (part.sign === 'ALWAYS') return ~at;
  const there = digitsAt(text, start);
  const count = Math.min(part.max, Math.max(part.min, there - reserved), there);
  if (count < part.min || count === 0) return ~start;
  const value = Number(text.slice(start, start + count));
  if (part.sign === 'EXCEEDS_PAD') {
    if (signChar === '+' ? count <= part.min : !isSigned && count > part.min) return ~at;
  }
  if (signChar === '-' && isSigned && value === 0) return ~at;
  return set(state, part.field, signChar === '-' && isSigned ? -value : value, at, start + count);
}

function readReduced({ field, width, base }: Extract<Part, { type: 'reduced' }>, state: State): number {
  const { text, at } = state;
  if (digitsAt(text, at) < width) return ~at;
  const value = Number(text.slice(at, at + width));
  const size = 10 ** width;
  const rest = base % size;
  return set(state, field, base - rest + value + (value < rest ? size : 0), at, at + width);
}

function readFraction(part: Extract<Part, { type: 'fraction' }>, state: State): number {
  const { text, at } = state;
  let start = at;
  if (part.point) {
    if (text[at] !== '.') return part.min > 0 ? ~at : at;
    start++;
  }
  const count = Math.min(part.max, digitsAt(text, start));
  if (count < part.min || (part.point && count === 0)) return ~start;
  if (count === 0) return at;
  state.fields.set('NANO_OF_SECOND', Number(text.slice(start, start + count).padEnd(9, '0')));
  return start + count;
}

const COUNTS: Readonly<Record<string, readonly [from: number, to: number]>> = {
  MONTH_OF_YEAR: [1, 12],
  DAY_OF_WEEK: [1, 7],
  AMPM_OF_DAY: [0, 1],
  ERA: [0, 1],
  QUARTER_OF_YEAR: [1, 4],
};

/** By any of its widths but the narrow one, the longest first. */
function readText(field: Field, state: State): number {
  const [from, to] = COUNTS[field.name] ?? [0, -1];
  let length = 0;
  let found = 0;
  for (let value = from; value <= to; value++)
    for (const width of ['long', 'short'] as const) {
      const name = fieldText(field, value, width, state.tag);
      if (name.length > length && matches(state, name, state.at)) {
        length = name.length;
        found = value;
      }
    }
  return length === 0 ? ~state.at : set(state, field, found, state.at, state.at + length);
}

function readOffset(state: State, { pattern, zero, lenient }: Extract<Part, { type: 'offset' }>): number {
  const { text, at } = state;
  if (matches(state, zero, at) && !/^[+-]/.test(zero)) {
    state.fields.set('OFFSET_SECONDS', 0);
    return at + zero.length;
  }
  const colon = pattern.includes(':') ? ':' : '';
  const minutes = pattern.includes('MM')
    ? `${colon}(\\d\\d)`
    : pattern.includes('mm')
      ? `(?:${colon}(\\d\\d))?`
      : '()?';
  const seconds = /s/i.test(pattern) ? `(?:${colon}(\\d\\d))?` : '()';
  const expression = new RegExp(
    lenient ? '([+-])(\\d\\d)(?::(\\d\\d)(?::(\\d\\d))?)?' : `([+-])(\\d\\d)${minutes}${seconds}`,
    'y',
  );
  expression.lastIndex = at;
  return setOffset(state, expression.exec(text), at);
}

function setOffset(state: State, found: RegExpExecArray | null, at: number): number {
  if (found === null) return ~at;
  const [whole, sign, hours, minutes = '0', seconds = '0'] = found;
  const size = Number(hours) * 3600 + Number(minutes || 0) * 60 + Number(seconds || 0);
  if (Number(minutes) > 59 || Number(seconds) > 59 || size > 64_800) return ~at;
  state.fields.set('OFFSET_SECONDS', sign === '-' ? -size : size);
  return at + whole.length;
}

function readZone(state: State, isText: boolean): number {
  const { text, at } = state;
  const found = /(?:UTC|GMT|UT)?[+-]\d\d?(?::?\d\d){0,2}|[A-Za-z][A-Za-z0-9~/._+-]+|Z/y;
  found.lastIndex = at;
  const name = found.exec(text)?.[0];
  if (name === undefined) return ~at;
  const abbreviation = isText ? abbreviationOffset(name) : undefined;
  try {
    state.zone = abbreviation === undefined ? zoneId(name) : zoneOffset(abbreviation / 1000);
  } catch {
    return ~at;
  }
  return at + name.length;
}

function readOptional(parts: readonly Part[], state: State): number {
  const { at, isCaseSensitive, zone } = state;
  const fields = new Map(state.fields);
  const end = readParts(parts, state);
  if (end >= 0) return end;
  state.at = at;
  state.isCaseSensitive = isCaseSensitive;
  state.zone = zone;
  state.fields.clear();
  for (const [name, value] of fields) state.fields.set(name, value);
  return at;
}

const INSTANT =
  /([+-]?\d{4,10})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{0,9}))?(?:Z|([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)/iy;
const NAMES = ['YEAR', 'MONTH_OF_YEAR', 'DAY_OF_MONTH', 'HOUR_OF_DAY', 'MINUTE_OF_HOUR', 'SECOND_OF_MINUTE'];

function readInstant(state: State): number {
  INSTANT.lastIndex = state.at;
  const found = INSTANT.exec(state.text);
  if (found === null) return ~instantError(state.text, state.at);
  for (const [i, name] of NAMES.entries()) state.fields.set(name, Number(found[i + 1]));
  state.fields.set('NANO_OF_SECOND', Number((found[7] ?? '').padEnd(9, '0')));
  const size = Number(found[9] ?? 0) * 3600 + Number(found[10] ?? 0) * 60 + Number(found[11] ?? 0);
  state.fields.set('OFFSET_SECONDS', found[8] === '-' ? -size : size);
  return state.at + found[0].length;
}

/** Where the text stops to look like an instant. */
function instantError(text: string, at: number): number {
  const steps = [
    /[+-]?\d{4,10}/y,
    /-/y,
    /\d\d/y,
    /-/y,
    /\d\d/y,
    /T/iy,
    /\d\d/y,
    /:/y,
    /\d\d/y,
    /:/y,
    /\d\d/y,
    /(?:\.\d*)?/y,
  ];
  let place = at;
  for (const step of steps) {
    step.lastIndex = place;
    const found = step.exec(text);
    if (found === null) return place;
    place = step.lastIndex;
  }
  return place;
}
