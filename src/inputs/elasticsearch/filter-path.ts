import { starTest } from '../../base/text/star.ts';
import { LongshoreError } from '../../core/errors.ts';
import { type Fields, isFields } from '../../core/event.ts';

/*
 * `filter_path`: which parts of an answer a client wants, `errors,items.*.error`. A star stands for any part of a name, two
 * for any number of names, lists are looked through, and what begins with a minus is left out.
 */

const MAX_LENGTH = 2000;
const MAX_PATTERNS = 50;

type Pattern = readonly Part[];
type Part = '**' | ((name: string) => boolean);
/** A pattern, and how many of its parts are matched. */
type Place = readonly [Pattern, number];

/** Undefined: the whole answer is wanted. Throws LS_INPUTS_FILTER_PATH. */
export function readFilterPath(text: string | undefined): ((answer: Fields) => unknown) | undefined {
  if (text === undefined || text === '') return undefined;
  const patterns = text.length > MAX_LENGTH ? [] : text.split(',').filter(one => one !== '');
  if (patterns.length === 0 || patterns.length > MAX_PATTERNS)
    throw new LongshoreError('LS_INPUTS_FILTER_PATH', `'filter_path' has at most ${MAX_PATTERNS} patterns.`);
  const wanted = patterns.filter(one => !one.startsWith('-')).map(patternOf);
  const unwanted = patterns.filter(one => one.startsWith('-')).map(one => patternOf(one.slice(1)));
  return answer => {
    const kept = wanted.length === 0 ? answer : pick(answer, start(wanted), true);
    return (unwanted.length === 0 ? kept : pick(kept, start(unwanted), false)) ?? {};
  };
}

const start = (patterns: readonly Pattern[]): Place[] => patterns.map(pattern => [pattern, 0]);

/** What is matched, or (`isWanted` false) what is not; undefined: nothing. */
function pick(value: unknown, places: readonly Place[], isWanted: boolean): unknown {
  if (Array.isArray(value)) {
    const kept = value.map(one => pick(one, places, isWanted)).filter(one => one !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (!isFields(value)) return isWanted ? undefined : value;
  const kept: Fields = {};
  let isEmpty = true;
  for (const name in value) {
    const next = advance(places, name);
    const isMatched = next.some(isWhole);
    const part = isMatched === isWanted && (isMatched || next.length === 0) ? value[name] : undefined;
    const inner = part ?? (isMatched || next.length === 0 ? undefined : pick(value[name], next, isWanted));
    if (inner === undefined) continue;
    kept[name] = inner;
    isEmpty = false;
  }
  return isEmpty ? undefined : kept;
}

/** All places after a name. */
function advance(places: readonly Place[], name: string): Place[] {
  const next: Place[] = [];
  for (const [pattern, at] of places) {
    const part = pattern[at];
    if (part === undefined) continue;
    if (part === '**') {
      next.push([pattern, at]);
      const after = pattern[at + 1];
      if (after !== undefined && after !== '**' && after(name)) next.push([pattern, at + 2]);
    } else if (part(name)) next.push([pattern, at + 1]);
  }
  return next;
}

const isWhole = ([pattern, at]: Place): boolean =>
  at === pattern.length || (at === pattern.length - 1 && pattern[at] === '**');

function patternOf(text: string): Pattern {
  const parts = text.split('.').map((part): Part => (part === '**' ? '**' : starTest(part)));
  return parts.filter((part, i) => part !== '**' || parts[i - 1] !== '**');
}
