import { type Fields, newFields } from '../../core/event.ts';

// Two pairs or more, and nothing between them. Quotes may hold anything; keys look like names.
const PAIR = /([A-Za-z_][\w.@/-]{0,99})=(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'(?=\s|$)|([^\s"]*))(?:\s+|$)/y;
const MIN_PAIRS = 2;
const MAX_PAIRS = 200;

/** The pairs of a line that is nothing else (logfmt); undefined for any other line. */
export function pairsOfLine(text: string): Fields | undefined {
  const keys: string[] = [];
  const values: string[] = [];
  let at = 0;
  while (at < text.length) {
    PAIR.lastIndex = at;
    const found = PAIR.exec(text);
    if (found === null || keys.length >= MAX_PAIRS) return undefined;
    keys.push(found[1]!);
    const quoted = found[2] ?? found[3];
    values.push(quoted === undefined ? found[4]! : unescaped(quoted));
    at = PAIR.lastIndex;
  }
  if (keys.length < MIN_PAIRS) return undefined;
  const found: Fields = newFields();
  for (let i = 0; i < keys.length; i++) found[keys[i]!] = values[i];
  return found;
}

const MAX_INNER_PAIRS = 50;
const MAX_VALUE = 2000;

/**
 * The pairs that stand inside a text: `no stock order=7 user="Kim Lee", cart=[1, 2]`. A key is a name behind a blank, a
 * comma or an opening bracket; `--option=x`, `a == b`, `x => y`, `/path?x=1`, and what stands in quotes or behind a word and its
 * bracket (`Order(id=7)`) are no pairs. Undefined: there is none, or only one with a key of one letter.
 */
export function pairsInText(text: string): Fields | undefined {
  let found: Fields | undefined;
  let count = 0;
  let isSure = false;
  // Everything before is read.
  let done = 0;
  for (let equals = text.indexOf('='); equals >= 0; equals = text.indexOf('=', Math.max(done, equals + 1))) {
    const start = keyStart(text, equals, done);
    if (start < 0) continue;
    const skipped = groupOver(text, done, start);
    if (skipped > start) {
      done = skipped;
      continue;
    }
    const end = valueEnd(text, equals + 1);
    if (end === equals + 1) continue;
    const raw = text.slice(equals + 1, end);
    done = end;
    if (raw.length > MAX_VALUE) continue;
    const value = isQuote(raw.charCodeAt(0)) ? unescaped(raw.slice(1, -1)) : raw;
    if (value === '') continue;
    const key = text.slice(start, equals);
    found ??= newFields();
    if (!Object.hasOwn(found, key)) {
      found[key] = value;
      if (key.length > 1) isSure = true;
      if (++count >= MAX_INNER_PAIRS) break;
    }
  }
  return isSure || count > 1 ? found : undefined;
}

/** Where the name before the `=` begins; -1: there is no name, or it does not stand alone. */
function keyStart(text: string, equals: number, from: number): number {
  const next = text.charCodeAt(equals + 1);
  // `a == b`, `a => b`, `a = b`, and nothing at all.
  if (next === EQUALS || next === GREATER || next <= BLANK || Number.isNaN(next)) return -1;
  let start = equals;
  while (start > from && equals - start <= MAX_KEY && isKey(text.charCodeAt(start - 1))) start--;
  if (start === equals || equals - start > MAX_KEY || !isLetter(text.charCodeAt(start))) return -1;
  if (start === 0) return start;
  const before = text.charCodeAt(start - 1);
  if (before <= BLANK || before === COMMA || before === SEMICOLON) return start;
  // `Order(id=7)` is one value, `(id=7)` is a pair.
  return isOpen(before) && (start === 1 || text.charCodeAt(start - 2) <= BLANK) ? start : -1;
}
const MAX_KEY = 60;

/** The end of quotes, or of brackets behind a word, that begin in `from`..`to` and reach beyond `to`; 0 if none does. */
function groupOver(text: string, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const c = text.charCodeAt(at);
    let end = 0;
    // An apostrophe is no quote.
    if (c === DOUBLE_QUOTE || (c === SINGLE_QUOTE && (at === 0 || !isKey(text.charCodeAt(at - 1))))) {
      end = quoteEnd(text, at);
    } else if (isOpen(c) && at > 0 && isKey(text.charCodeAt(at - 1))) end = groupEnd(text, at);
    if (end > to) return end;
    if (end > at) at = end - 1;
  }
  return 0;
}

/** Where the value ends that begins at `at`: quotes and brackets are one value, else up to a blank, without what punctuates. */
function valueEnd(text: string, at: number): number {
  if (isQuote(text.charCodeAt(at))) {
    const end = quoteEnd(text, at);
    if (end > at) return end;
  }
  let end = at;
  while (end < text.length && text.charCodeAt(end) > BLANK) {
    const c = text.charCodeAt(end);
    if (isOpen(c)) {
      const close = groupEnd(text, end);
      if (close > end) {
        end = close;
        continue;
      }
    } else if (isClose(c)) break;
    else if ((c === COMMA || c === SEMICOLON) && isNextPair(text, end + 1)) break;
    end++;
  }
  while (end > at && PUNCTUATION.includes(text.charCodeAt(end - 1))) end--;
  return end;
}

function isNextPair(text: string, at: number): boolean {
  let end = at;
  while (end < text.length && end - at <= MAX_KEY && isKey(text.charCodeAt(end))) end++;
  return end > at && text.charCodeAt(end) === EQUALS;
}

/** Behind the closing quote; 0 when the quote is not closed. */
function quoteEnd(text: string, start: number): number {
  const quote = text.charCodeAt(start);
  const limit = Math.min(text.length, start + MAX_VALUE);
  for (let at = start + 1; at < limit; at++) {
    const c = text.charCodeAt(at);
    if (c === BACKSLASH) at++;
    else if (c === quote) return at + 1;
  }
  return 0;
}

/** Behind the bracket that closes the one at `start`; 0 when none does. Quotes inside may hold brackets. */
export function groupEnd(text: string, start: number, max = MAX_VALUE): number {
  let depth = 0;
  const limit = Math.min(text.length, start + max);
  for (let at = start; at < limit; at++) {
    const c = text.charCodeAt(at);
    if (c === DOUBLE_QUOTE) {
      const end = quoteEnd(text, at);
      if (end > at) at = end - 1;
    } else if (isOpen(c)) depth++;
    else if (isClose(c) && --depth === 0) return at + 1;
  }
  return 0;
}

function unescaped(text: string): string {
  return text.includes('\\')
    ? text.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : c))
    : text;
}

const isLetter = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95;
const isKey = (c: number): boolean => isLetter(c) || (c >= 48 && c <= 57) || c === MINUS || c === DOT;
const isQuote = (c: number): boolean => c === DOUBLE_QUOTE || c === SINGLE_QUOTE;
const isOpen = (c: number): boolean => c === 40 || c === 91 || c === 123;
const isClose = (c: number): boolean => c === 41 || c === 93 || c === 125;
const BLANK = 32;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const SEMICOLON = 59;
const EQUALS = 61;
const GREATER = 62;
const BACKSLASH = 92;
/** , . : ; ! */
const PUNCTUATION = [COMMA, DOT, 58, SEMICOLON, 33];
