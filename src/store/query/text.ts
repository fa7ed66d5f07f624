/*
 * What "any case" and "a number" mean, for every back end.
 * Case: one code point at a time, as the `lower` of DuckDB and the `lowercase` filter of Elasticsearch do it. JavaScript's
 * `toLowerCase` looks at the neighbours of a Σ and makes two characters of an İ, so both are replaced before.
 */

/** Decimal numbers as people write them; the same expression is used in SQL. */
export const NUMBER_PATTERN = '[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?';
const NUMBER = new RegExp(`^(?:${NUMBER_PATTERN})$`);

/** The text in lower case; never changes the number of UTF-16 units. */
export function fold(text: string): string {
  if (SPECIAL.test(text)) return text.replaceAll('İ', 'i').replaceAll('Σ', 'σ').toLowerCase();
  return text.toLowerCase();
}
const SPECIAL = /[İΣ]/;

/** The finite number that the text is, or undefined. */
export function numberOf(text: string): number | undefined {
  const first = text.charCodeAt(0);
  // Digits, sign or point first: saves the expression for the words that most values are.
  if (!((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46)) return undefined;
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The same, and every digit of a whole number that a double does not hold. */
export function exactNumberOf(text: string): number | bigint | undefined {
  const number = numberOf(text);
  if (number === undefined || Number.isSafeInteger(number) || !WHOLE.test(text)) return number;
  return BigInt(text.replace('+', ''));
}
// What DuckDB's widest integer holds.
const WHOLE = /^[+-]?[0-9]{1,38}$/;

/** The order of code points, which is also the order of UTF-8 bytes in the stores; below, equal, above zero. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates sort above the rest of the plane.
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
  }
  return a.length - b.length;
}

/**
 * The characters that count as this one in any case, itself included. The letters of ASCII keep to ASCII (no İ for i, no
 * Kelvin sign for k): their classes stay one byte wide, which makes searches three times as fast in DuckDB.
 */
export function caseVariants(char: string): string[] {
  const lower = fold(char);
  const uppers =
    lower.length > 1 ? [char.toUpperCase()] : lower < '\x80' ? [lower.toUpperCase()] : uppersOf().get(lower);
  return [...new Set([lower, ...(uppers ?? []), char])];
}

let uppers: Map<string, string[]> | undefined;

function uppersOf(): Map<string, string[]> {
  if (uppers !== undefined) return uppers;
  uppers = new Map();
  for (let code = 65; code <= 0xffff; code++) {
    if (code === 0xd800) code = 0xe000;
    const char = String.fromCharCode(code);
    const lower = fold(char);
    if (lower === char || lower.length !== 1) continue;
    const known = uppers.get(lower);
    if (known === undefined) uppers.set(lower, [char]);
    else known.push(char);
  }
  return uppers;
}

/** Source of a regular expression that finds the text in any case; valid in V8 and in RE2 alike. */
export function literalSource(text: string): string {
  let source = '';
  for (const char of text) source += charSource(char);
  return source;
}

/** Source of a regular expression for one character in any case. */
export function charSource(char: string): string {
  const variants = caseVariants(char);
  if (variants.length === 1) return escapeChar(char);
  if (variants[0]!.length > 1) return `(?:${variants.join('|')})`;
  return `[${variants.join('')}]`;
}

/** One character for use outside and inside of brackets. */
export function escapeChar(char: string): string {
  const code = char.codePointAt(0)!;
  if (code < 32 || code === 127) return `\\x${code.toString(16).padStart(2, '0')}`;
  return '\\^$.*+?()[]{}|/-'.includes(char) ? `\\${char}` : char;
}

/** Source for a pattern with `*` (any characters) and `?` (one); `\` takes the next character as it is. Not anchored. */
export function wildcardSource(pattern: string): string {
  let source = '';
  let escaped = false;
  for (const char of pattern) {
    if (escaped) {
      source += charSource(char);
      escaped = false;
    } else if (char === '\\') escaped = true;
    else if (char === '*') source += source.endsWith('.*') ? '' : '.*';
    else if (char === '?') source += '.';
    else source += charSource(char);
  }
  return escaped ? source + charSource('\\') : source;
}
