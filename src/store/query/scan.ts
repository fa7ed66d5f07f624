import { LongshoreError } from '../../core/errors.ts';
import { queryRefused } from './limits.ts';

/*
 * The words of a query text. Logs are full of the characters that query languages use, and people paste them: a special
 * character counts only where it can have its meaning, and is itself elsewhere (`key=value`, `main()`, `10.0.0.1:80`,
 * `http://host/path?x`, `/var/log/app.log`, `a-b`, `[error]`).
 */

/** A place in the text. */
export interface TextCursor {
  readonly text: string;
  at: number;
  /** `and`, `or` and `not` are words unless they are written in capitals. */
  readonly exactCase?: boolean;
}

const BLANK = /\s/;

export function skipBlanks(cursor: TextCursor): void {
  while (cursor.at < cursor.text.length && BLANK.test(cursor.text[cursor.at]!)) cursor.at++;
}

/** Takes the token if it stands here. */
export function take(cursor: TextCursor, token: string): boolean {
  if (!cursor.text.startsWith(token, cursor.at)) return false;
  cursor.at += token.length;
  return true;
}

/** Takes the TO of a range, in any case. */
export function takeTo(cursor: TextCursor): boolean {
  if (!/^to(?=\s|"|$)/i.test(cursor.text.slice(cursor.at, cursor.at + 3))) return false;
  cursor.at += 2;
  return true;
}

/** Takes `and`, `or` or `not` if it stands here as a word of its own. */
export function takeKeyword(cursor: TextCursor, word: string): boolean {
  const end = cursor.at + word.length;
  const found = cursor.text.slice(cursor.at, end);
  if (cursor.exactCase === true ? found !== word.toUpperCase() : found.toLowerCase() !== word) return false;
  const next = cursor.text[end];
  if (next !== undefined && !BLANK.test(next) && next !== '(' && next !== '"') return false;
  cursor.at = end;
  return true;
}

/** The content of a quoted text that begins here: `\` keeps the next character. */
export function readQuoted(cursor: TextCursor): string {
  const start = cursor.at++;
  let value = '';
  for (;;) {
    const char = cursor.text[cursor.at++];
    if (char === undefined) throw syntaxError(cursor.text, start, 'a quote is not closed', 'Add the second ".');
    if (char === '"') return value;
    value += char === '\\' && cursor.at < cursor.text.length ? cursor.text[cursor.at++]! : char;
  }
}

/** The pattern of a `/regular expression/` that begins here, or undefined if this is a path such as /var/log. */
export function readRegexp(cursor: TextCursor): string | undefined {
  const { text } = cursor;
  let inClass = false;
  for (let at = cursor.at + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\') at++;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) {
      const next = text[at + 1];
      if (at === cursor.at + 1 || (next !== undefined && !BLANK.test(next) && next !== ')' && next !== '^'))
        return undefined;
      const pattern = text.slice(cursor.at + 1, at).replaceAll('\\/', '/');
      cursor.at = at + 1;
      return pattern;
    }
  }
  return undefined;
}

/** A word as it was written, escapes included, and whether a field separator ended it. */
export interface Word {
  raw: string;
  start: number;
  separator: ':' | '<' | '>' | undefined;
}

/** Reads up to a blank, a quote, a closing parenthesis of a group, or the separator behind a field name. */
export function readWord(cursor: TextCursor, fieldAllowed: boolean): Word {
  const { text } = cursor;
  const start = cursor.at;
  let open = 0;
  for (; cursor.at < text.length; cursor.at++) {
    const char = text[cursor.at]!;
    if (BLANK.test(char)) break;
    if (char === '\\') {
      cursor.at++;
    } else if (char === '"') {
      // Only where a word begins does a quote open a phrase: `it"s`, but `"a"b` is two.
      if (cursor.at === start) break;
    } else if (char === '(') open++;
    else if (char === ')') {
      if (open === 0) break;
      open--;
    } else if (fieldAllowed && (char === ':' || char === '<' || char === '>')) {
      const raw = text.slice(start, cursor.at);
      if (separates(raw, char, text, cursor.at)) return { raw, start, separator: char };
    }
  }
  cursor.at = Math.min(cursor.at, text.length);
  return { raw: text.slice(start, cursor.at), start, separator: undefined };
}

const FIELD_NAME = /^(?:[\p{L}\p{N}_@*.\-/]|\\.)+$/u;
// 10.0.0.1:8080, 12:30:45, 2026-11-20T13:55
const NO_FIELD = /^(?:[\d.-]+(?:T[\d.-]*)?|[.-]+)$/;

/** True if the separator that stands here can follow the field name `raw`, written as a word or in quotes. */
export function separatesHere({ text, at }: TextCursor, raw: string): boolean {
  if (raw.startsWith('"')) return !text.startsWith('::', at) && !text.startsWith('://', at);
  return separates(raw, text[at]!, text, at);
}

function separates(raw: string, char: string, text: string, at: number): boolean {
  if (!FIELD_NAME.test(raw) || NO_FIELD.test(raw) || raw.startsWith('/')) return false;
  // http://, std::vector
  if (char === ':') return !text.startsWith('//', at + 1) && text[at + 1] !== ':' && text[at - 1] !== ':';
  return !raw.endsWith('-') && isComparison(text, at);
}

/** True if `>`, `>=`, `<` or `<=` stands here with something behind that can be compared. */
export function isComparison(text: string, at: number): boolean {
  return /^[<>]=?\s*(?:"|[-+]?\.?\d|now\b|(?:fatal|error|warn|warning|info|debug)\b)/i.test(text.slice(at, at + 40));
}

/** Takes a comparison sign. */
export function takeComparison(cursor: TextCursor): 'gt' | 'gte' | 'lt' | 'lte' | undefined {
  if (take(cursor, '>=')) return 'gte';
  if (take(cursor, '<=')) return 'lte';
  if (take(cursor, '>')) return 'gt';
  return take(cursor, '<') ? 'lt' : undefined;
}

/** The text without its escapes. */
export function withoutEscapes(raw: string): string {
  return raw.includes('\\') ? raw.replace(/\\(.)/gsu, '$1') : raw;
}

/** True if the word has a `*` or `?` that no backslash takes away. */
export function hasWildcard(raw: string): boolean {
  return /[*?]/.test(raw.replace(/\\./gsu, ''));
}

/** LS_QUERY_SYNTAX with the place: the text around it and a caret below. */
export function syntaxError(text: string, at: number, what: string, fix: string): LongshoreError {
  queryRefused.inc({ reason: 'syntax' });
  const from = Math.max(0, at - 50);
  const shown = text.slice(from, at + 30).replace(/[\s\p{Cc}]/gu, ' ');
  const caret = `${' '.repeat(at - from)}^`;
  const sentence = `${what} at position ${at + 1}.\n  ${shown}\n  ${caret}\n`;
  return new LongshoreError('LS_QUERY_SYNTAX', sentence, { fix, position: at });
}

export function limitError(what: string): LongshoreError {
  queryRefused.inc({ reason: 'limit' });
  return new LongshoreError('LS_QUERY_LIMIT', what, { fix: 'Shorten the query, or raise the limit in the settings.' });
}
