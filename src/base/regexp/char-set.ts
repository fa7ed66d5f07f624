/**
 * A set of code points as sorted, disjoint, non-adjacent inclusive ranges: [low, high, low, high, ...].
 * Everything a pattern says about single characters (classes, `\w`, POSIX brackets, properties, `.`) becomes one of these.
 */
export type CharSet = readonly number[];

export const MAX_CODE_POINT = 0x10ffff;
export const ANY: CharSet = [0, MAX_CODE_POINT];
export const DIGIT: CharSet = [0x30, 0x39];
export const HEX: CharSet = [0x30, 0x39, 0x41, 0x46, 0x61, 0x66];
/** `\w`: ASCII, as the reference has it. */
export const WORD: CharSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
export const SPACE: CharSet = [0x09, 0x0d, 0x20, 0x20];
export const NEWLINE: CharSet = [0x0a, 0x0a];
/** `\v` of Java, and what `\R` takes beside `\r\n`. */
export const VERTICAL: CharSet = [0x0a, 0x0d, 0x85, 0x85, 0x2028, 0x2029];

export function single(codePoint: number): CharSet {
  return [codePoint, codePoint];
}

export function union(...sets: readonly CharSet[]): CharSet {
  const ranges: [number, number][] = [];
  for (const set of sets) for (let i = 0; i < set.length; i += 2) ranges.push([set[i]!, set[i + 1]!]);
  ranges.sort((a, b) => a[0] - b[0]);
  const merged: number[] = [];
  for (const [low, high] of ranges) {
    const last = merged.length - 1;
    if (last > 0 && low <= merged[last]! + 1) merged[last] = Math.max(merged[last]!, high);
    else merged.push(low, high);
  }
  return merged;
}

export function negate(set: CharSet, max = MAX_CODE_POINT): CharSet {
  const rest: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length && set[i]! <= max; i += 2) {
    if (set[i]! > next) rest.push(next, set[i]! - 1);
    next = set[i + 1]! + 1;
  }
  if (next <= max) rest.push(next, max);
  return rest;
}

export function intersect(a: CharSet, b: CharSet): CharSet {
  return negate(union(negate(a), negate(b)));
}

/** The part of a set up to `max`. */
export function clamp(set: CharSet, max: number): CharSet {
  const part: number[] = [];
  for (let i = 0; i < set.length && set[i]! <= max; i += 2) part.push(set[i]!, Math.min(set[i + 1]!, max));
  return part;
}

export function sameSet(a: CharSet, b: CharSet): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** The one code point of a set that has only one, else -1. */
export function onlyMember(set: CharSet): number {
  return set.length === 2 && set[0] === set[1] ? set[0]! : -1;
}

/** The set and the other case of its letters. Sets of more than `limit` members get that for ASCII letters only. */
export function foldCase(set: CharSet, limit = 2048): CharSet {
  const others: CharSet[] = [];
  let size = 0;
  for (let i = 0; i < set.length; i += 2) size += set[i + 1]! - set[i]! + 1;
  const source = size > limit ? clamp(set, 0x7f) : set;
  for (let i = 0; i < source.length; i += 2) {
    for (let code = source[i]!; code <= source[i + 1]!; code++) {
      const text = String.fromCodePoint(code);
      for (const other of [text.toLowerCase(), text.toUpperCase()]) {
        const folded = other.codePointAt(0)!;
        // Only one-to-one mappings; ASCII and the rest stay apart (the Kelvin sign is not a k).
        if (folded !== code && other.length === String.fromCodePoint(folded).length && folded < 0x80 === code < 0x80)
          others.push(single(folded));
      }
    }
  }
  return others.length === 0 ? set : union(set, ...others);
}
