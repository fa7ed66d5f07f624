import type { BoundedRegExp } from '../../base/regexp/bounded-regexp.ts';
import { LongshoreError } from '../../core/errors.ts';
import { readRe2 } from '../silencing/matcher.ts';
import { GoTemplateError } from './errors.ts';

const MAX_KEPT = 200;
const kept = new Map<string, BoundedRegExp>();

function expressionOf(pattern: string): BoundedRegExp {
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  try {
    const made = readRe2(pattern);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(pattern, made);
    return made;
  } catch (error) {
    throw new GoTemplateError(error instanceof LongshoreError ? error.what : 'the regular expression cannot be read');
  }
}

/** Whether the expression holds for a part of the text. */
export function matches(pattern: string, text: string): boolean {
  return bounded(() => expressionOf(pattern).find(text) !== null);
}

/** Every match replaced; `$1`, `${name}` stand for groups, and one that is not there for nothing. */
export function replaceAll(pattern: string, replacement: string, text: string): string {
  const expression = expressionOf(pattern);
  return bounded(() => {
    let out = '';
    let from = 0;
    expression.each(text, match => {
      out += text.slice(from, match.index) + expand(replacement, match, expression);
      from = match.index + match[0].length;
    });
    return out + text.slice(from);
  });
}

function expand(replacement: string, match: RegExpExecArray, { groupOf, names }: BoundedRegExp): string {
  return replacement.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (_, braced?: string, plain?: string) => {
    const name = braced ?? plain;
    if (name === undefined) return '$';
    const group = /^\d+$/.test(name) ? Number(name) : names.get(name);
    const own = group === undefined ? undefined : groupOf[group];
    return own === undefined ? '' : (match[own] ?? '');
  });
}

/** Whatever the expression costs too much is a mistake of the template. */
function bounded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof GoTemplateError) throw error;
    throw new GoTemplateError('the regular expression takes too long on this text');
  }
}
