import { ANY, type CharSet, single, union } from '../../base/regexp/char-set.ts';
import { ANY_STAR, chars, type RegexpNode, sequence } from '../../base/regexp/tree.ts';
import { fold } from '../../base/text/fold.ts';

export { exactNumberOf, NUMBER_PATTERN, numberOf } from '../../base/text/number.ts';
export { fold };

/*
 * What "any case" and "a number" mean, for every back end.
 * Case: one code point at a time, as the `lower` of DuckDB and the `lowercase` filter of Elasticsearch do it (base/text/fold.ts).
 */

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
export function anyCase(char: string): CharSet {
  const lower = fold(char);
  const uppers =
    lower.length > 1 ? [char.toUpperCase()] : lower < '\x80' ? [lower.toUpperCase()] : uppersOf().get(lower);
  return union(...[lower, ...(uppers ?? []), char].map(variant => single(variant.codePointAt(0)!)));
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

/** An expression that finds the text in any case. */
export function literal(text: string): RegexpNode {
  return sequence(Array.from(text, char => chars(anyCase(char))));
}

/** An expression for a pattern with `*` (any characters) and `?` (one); `\` takes the next character as it is. Not anchored. */
export function wildcard(pattern: string): RegexpNode {
  const items: RegexpNode[] = [];
  for (const [part] of pattern.matchAll(/\\.|./gsu)) {
    if (part === '?') items.push(chars(ANY));
    else if (part !== '*') items.push(chars(anyCase(part.length > 1 && part[0] === '\\' ? part.slice(1) : part)));
    else if (items.at(-1) !== ANY_STAR) items.push(ANY_STAR);
  }
  return sequence(items);
}
