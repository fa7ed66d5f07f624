import { abbreviationOffset } from './abbreviations.ts';
import { isDigit, isLetter, type Scan } from './scan.ts';
import { findZone, MAX_OFFSET_MS } from './zone.ts';

/**
 * Reads what stands behind the clock up to the end: a zone, and the year where it has not come yet.
 *
 *     Z   +01   +0100   +01:00   -03:30   GMT+2   UTC-03:00   CEST   Europe/Paris   +01:00[Europe/Paris]   [Europe/Paris]
 *     +0000 UTC   -0300 -03 m=+1.25 (Go)   GMT+0100 (Central European Time) (JavaScript)   UTC 2026
 *
 * An offset says all; a name beside it is not looked at. False for a zone that nobody knows and for any other text.
 */
export function scanZone(scan: Scan): boolean {
  for (;;) {
    scan.skipBlanks();
    const c = scan.code;
    if (Number.isNaN(c)) return true;
    if (c === PLUS || c === MINUS) {
      if (!readOffset(scan)) return false;
    } else if (isLetter(c)) {
      if (!readWord(scan)) return false;
    } else if (c === OPEN_SQUARE) {
      if (!readBracket(scan, ']')) return false;
    } else if (c === OPEN_ROUND) {
      if (!readBracket(scan, ')')) return false;
    } else {
      if (scan.hasYear || !isDigit(c)) return false;
      scan.year = scan.number(4, 4);
      if (scan.year < 0) return false;
      scan.hasYear = true;
    }
  }
}

/** Reads `+1`, `+01`, `+0100`, `+01:00`, each also with seconds; the first one counts. */
export function readOffset(scan: Scan): boolean {
  const isWest = scan.code === MINUS;
  scan.at++;
  const digits = scan.digits();
  let hours: number;
  let minutes = 0;
  let seconds = 0;
  if (digits === 1 || digits === 2) {
    hours = scan.fixed(digits);
    minutes = sixtieth(scan);
    seconds = sixtieth(scan);
  } else if (digits === 4 || digits === 6) {
    hours = scan.fixed(2);
    minutes = scan.fixed(2);
    if (digits === 6) seconds = scan.fixed(2);
  } else return false;
  if (hours > 18 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return false;
  const offset = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  if (offset > MAX_OFFSET_MS) return false;
  if (Number.isNaN(scan.offset)) scan.offset = isWest ? -offset : offset;
  return true;
}

/** `:30`; 0 where no two digits are behind a colon. */
function sixtieth(scan: Scan): number {
  if (scan.code !== COLON) return 0;
  scan.at++;
  const value = scan.number(2, 2);
  if (value < 0) scan.at--;
  return Math.max(value, 0);
}

function readWord(scan: Scan): boolean {
  const start = scan.at;
  const word = scan.word();
  const next = scan.code;
  if ((next === PLUS || next === MINUS) && (word === 'GMT' || word === 'UTC' || word === 'UT')) return readOffset(scan);
  if (next === EQUALS && word === 'm' && !Number.isNaN(scan.offset)) {
    scan.at = scan.end;
    return true;
  }
  if (next === SLASH) {
    while (!Number.isNaN(scan.code) && isNameLetter(scan.code)) scan.at++;
    return readName(scan, scan.text.slice(start, scan.at));
  }
  const offset = abbreviationOffset(word);
  if (Number.isNaN(scan.offset) && scan.named === undefined) {
    if (offset === undefined) return false;
    scan.offset = offset;
    return true;
  }
  // Behind an offset any short name is one of a zone.
  return word.length <= 5;
}

function readBracket(scan: Scan, close: string): boolean {
  const stop = scan.text.indexOf(close, scan.at);
  if (stop < 0 || stop >= scan.end) return false;
  const name = scan.text.slice(scan.at + 1, stop);
  scan.at = stop + 1;
  if (close === ')' && !Number.isNaN(scan.offset)) return true;
  return readName(scan, name);
}

function readName(scan: Scan, name: string): boolean {
  if (!Number.isNaN(scan.offset) || scan.named !== undefined) return true;
  scan.named = findZone(name);
  return scan.named !== undefined;
}

const isNameLetter = (c: number): boolean =>
  isLetter(c) || isDigit(c) || c === SLASH || c === UNDERSCORE || c === PLUS || c === MINUS;
const OPEN_ROUND = 40;
const PLUS = 43;
const MINUS = 45;
const SLASH = 47;
const COLON = 58;
const EQUALS = 61;
const OPEN_SQUARE = 91;
const UNDERSCORE = 95;
