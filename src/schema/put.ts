import { dateText } from '../base/time/iso.ts';

/*
 * JSON as bytes (UTF-8), written at a place of a buffer that has room enough: each gives the place behind what it has
 * written. Room: six bytes for each character of a text, and two more.
 */

/** What a character needs: 0 nothing, 1 a backslash, 2 to be looked at by JSON.stringify. */
const NEEDS = new Uint8Array(65_536).fill(2);
NEEDS.fill(0, 32, 127);
NEEDS[34] = 1;
NEEDS[92] = 1;
const QUOTE = 34;
const BACKSLASH = 92;

/** Up to here a loop over characters is quicker than a call. */
const SHORT = 40;
const WIDE = /[\u0100-\uffff]/;

type Latin1Buffer = Buffer & { latin1Write(text: string, at: number): number };
type Utf8Buffer = Buffer & { utf8Write(text: string, at: number): number };

/** JSON of a text that has rarely anything to escape. */
export function putText(bytes: Buffer, at: number, text: string): number {
  const { length } = text;
  let to = at + 1;
  bytes[at] = QUOTE;
  if (length < SHORT) {
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (NEEDS[code] !== 0) return putSlowly(bytes, at, text);
      bytes[to++] = code;
    }
  } else {
    if (WIDE.test(text)) return putSlowly(bytes, at, text);
    (bytes as Latin1Buffer).latin1Write(text, to);
    const end = to + length;
    for (; to < end; to++) if (NEEDS[bytes[to]!] !== 0) return putLong(bytes, at, text);
  }
  bytes[to] = QUOTE;
  return to + 1;
}

/** JSON of a text that most often has something to escape. */
export function putLong(bytes: Buffer, at: number, text: string): number {
  const { length } = text;
  if (WIDE.test(text)) return putSlowly(bytes, at, text);
  // Where it begins, what is written never comes before what is still to be read.
  const from = at + 1 + length;
  (bytes as Latin1Buffer).latin1Write(text, from);
  const end = from + length;
  let to = at + 1;
  let needs = 0;
  for (let i = from; i < end; i++) {
    const code = bytes[i]!;
    const need = NEEDS[code]!;
    bytes[to] = BACKSLASH;
    to += need;
    bytes[to++] = code;
    needs |= need;
  }
  if (needs > 1) return putSlowly(bytes, at, text);
  bytes[at] = QUOTE;
  bytes[to] = QUOTE;
  return to + 1;
}

function putSlowly(bytes: Buffer, at: number, text: string): number {
  return at + (bytes as Utf8Buffer).utf8Write(JSON.stringify(text.toWellFormed()), at);
}

/** JSON of a number; those that JSON has not become null. */
export function putNumber(bytes: Buffer, at: number, value: number): number {
  if (value >= 0 && value < 1e9) {
    const whole = Math.floor(value);
    if (whole === value) return putWhole(bytes, at, value);
    const thousandths = Math.round(value * 1000);
    // No other number of so few digits is the same double.
    if (thousandths / 1000 === value) return putFraction(bytes, at, whole, thousandths - whole * 1000);
  }
  const text = Number.isFinite(value) ? String(value) : 'null';
  return at + (bytes as Latin1Buffer).latin1Write(text, at);
}

/** A number with one to three digits behind the point. */
function putFraction(bytes: Buffer, at: number, whole: number, thousandths: number): number {
  const point = putWhole(bytes, at, whole);
  bytes[point] = 46;
  let to = putThree(bytes, point + 1, thousandths);
  while (bytes[to - 1] === 48) to--;
  return to;
}

/** Digits of a whole number below 2^31. */
function putWhole(bytes: Buffer, at: number, value: number): number {
  let to = at + 1;
  for (let limit = 10; limit <= value; limit *= 10) to++;
  let rest = value | 0;
  for (let i = to - 1; i >= at; i--) {
    const tens = (rest / 10) | 0;
    bytes[i] = 48 + rest - tens * 10;
    rest = tens;
  }
  return to;
}

/** What `putCounter` has written last, without the last three digits. */
let thousands = -1;
let thousandsText = '';

/** The same for safe numbers that count up: most of their digits are those of the last one. */
export function putCounter(bytes: Buffer, at: number, value: number): number {
  if (!(value >= 1000 && Number.isSafeInteger(value))) return putNumber(bytes, at, value);
  const front = Math.floor(value / 1000);
  if (front !== thousands) {
    thousands = front;
    thousandsText = String(front);
  }
  const to = putAscii(bytes, at, thousandsText);
  return putThree(bytes, to, value - front * 1000);
}

/** A text of ASCII as it is. */
export function putAscii(bytes: Buffer, at: number, text: string): number {
  const { length } = text;
  for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + length;
}

/** `<base>-<index in base 36>`; `base` alone with an index below 0. */
export function putId(bytes: Buffer, at: number, base: string, index: number): number {
  const to = putAscii(bytes, at, base);
  if (index < 0) return to;
  bytes[to] = 45;
  return putAscii(bytes, to + 1, index.toString(36));
}

/** Bytes as they are. */
export function putBytes(bytes: Buffer, at: number, piece: Uint8Array): number {
  const { length } = piece;
  if (length > SHORT) bytes.set(piece, at);
  else for (let i = 0; i < length; i++) bytes[at + i] = piece[i]!;
  return at + length;
}

/** `2026-11-20T13:55:36.123Z` of whole epoch milliseconds of the years 0 to 9999. */
export function putTime(bytes: Buffer, at: number, ms: number): number {
  const day = Math.floor(ms / 86_400_000);
  const inDay = ms - day * 86_400_000;
  const to = putAscii(bytes, at, dateText(day));
  const seconds = Math.floor(inDay / 1000);
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  bytes[to] = 84;
  putTwo(bytes, to + 1, hours);
  bytes[to + 3] = 58;
  putTwo(bytes, to + 4, minutes - hours * 60);
  bytes[to + 6] = 58;
  putTwo(bytes, to + 7, seconds - minutes * 60);
  bytes[to + 9] = 46;
  putThree(bytes, to + 10, inDay - seconds * 1000);
  bytes[to + 13] = 90;
  return to + 14;
}

function putTwo(bytes: Buffer, at: number, value: number): void {
  const tens = (value / 10) | 0;
  bytes[at] = 48 + tens;
  bytes[at + 1] = 48 + value - tens * 10;
}

function putThree(bytes: Buffer, at: number, value: number): number {
  const hundreds = (value / 100) | 0;
  bytes[at] = 48 + hundreds;
  putTwo(bytes, at + 1, value - hundreds * 100);
  return at + 3;
}
