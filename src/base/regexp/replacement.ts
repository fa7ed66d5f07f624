import type { BoundedRegExp } from './bounded-regexp.ts';

/** What a match is replaced with, as Java writes it: `$1`, `${name}`, `\` before a character that stands for itself. */
export interface Replacement {
  /** In ECMAScript's spelling. */
  readonly es: string;
  expand(match: RegExpExecArray): string;
}

/** Text, or the number of a group. */
type Part = string | number;

/**
 * `groupOf` and `names`: of the expression. `$12` is group 12 if there are so many groups, else group 1 and a `2`; `$0` is
 * the whole match. Throws Error for a group that is not there, and for a `$` or `\` with nothing behind.
 */
export function javaReplacement(
  text: string,
  { groupOf, names }: Pick<BoundedRegExp, 'groupOf' | 'names'>,
): Replacement {
  const parts = partsOf(text, groupOf, names);
  return {
    es: parts.map(spelled).join(''),
    expand: match => parts.map(part => filled(part, match)).join(''),
  };
}

const PIECE = /\\([\s\S]?)|\$\{(\w+)\}|\$(\d+)|\$|[^\\$]+/g;

function partsOf(text: string, groupOf: readonly number[], names: ReadonlyMap<string, number>): Part[] {
  const parts: Part[] = [];
  for (const [whole, escaped, name, digits] of text.matchAll(PIECE)) {
    if (escaped !== undefined) {
      if (escaped === '') throw new Error('the replacement ends in a single \\, write \\\\');
      parts.push(escaped);
    } else if (name !== undefined) {
      const group = names.get(name);
      if (group === undefined) throw new Error(`the replacement names the group \${${name}}, which is not there`);
      parts.push(groupOf[group]!);
    } else if (digits !== undefined) parts.push(...numbered(digits, groupOf));
    else if (whole === '$') throw new Error('the replacement has a $ without a group behind, write \\$');
    else parts.push(whole);
  }
  return parts;
}

function numbered(digits: string, groupOf: readonly number[]): Part[] {
  const groups = groupOf.length - 1;
  let length = 1;
  while (length < digits.length && Number(digits.slice(0, length + 1)) <= groups) length++;
  const group = Number(digits.slice(0, length));
  if (group > groups) throw new Error(`the replacement names the group $${group}, and there are ${groups}`);
  const rest = digits.slice(length);
  const own = groupOf[group]!;
  return rest === '' ? [own] : [own, rest];
}

function spelled(part: Part): string {
  if (typeof part === 'string') return part.replaceAll('$', '$$$$');
  // Two digits, so that a digit behind is not taken for a part of it.
  return part === 0 ? '$&' : `$${String(part).padStart(2, '0')}`;
}

function filled(part: Part, match: RegExpExecArray): string {
  return typeof part === 'string' ? part : (match[part] ?? '');
}
