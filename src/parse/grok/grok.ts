import type { GaveUp } from '../../base/regexp/limited-regexp.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { conversionNames } from './convert.ts';
import { expand, type GrokDialect } from './expand.ts';
import type { FieldPlan } from './field-plan.ts';
import { type EcsMode, library } from './library.ts';
import { type Capture, Pattern, textKind } from './pattern.ts';

export type { GrokDialect } from './expand.ts';
export { type EcsMode, PATTERN_NAMES, patternSource } from './library.ts';

/** `not_set`: it matches, and what it captured is not of the type asked for, or has no place. */
export type GrokOutcome = 'match' | 'no_match' | 'time_limit' | 'not_set';

/** A match in a text: offsets of characters. */
export interface Located {
  /** Place of the pattern in the list, from 0. */
  readonly pattern: number;
  readonly start: number;
  readonly end: number;
  readonly captures: readonly Capture[];
}

export const NO_MATCH = -1;
export const GAVE_UP = -2;

export interface GrokOptions {
  /** Patterns beside those of the library, by name; they come first. */
  definitions?: Record<string, string> | undefined;
  /** Which names the library's fields have: `disabled` the old flat ones, `v1` those of the Elastic Common Schema. */
  ecs?: EcsMode | undefined;
  /** Whose meaning the patterns have. Default: Elasticsearch's. */
  dialect?: GrokDialect | undefined;
  /** After about this time on one line a pattern gives up. */
  time_limit_ms?: number | undefined;
  /** False: `%{WORD}` without a field captures into a field WORD. */
  named_captures_only?: boolean | undefined;
  /** False: of several captures of one field the first is its value, not a list of all. */
  capture_all_matches?: boolean | undefined;
}

/**
 * Patterns in the language of grok, compiled to regular expressions. A pattern is searched anywhere in the text. Of several,
 * the match that begins first in the text counts, and of those the first pattern's: as if they were one alternation. With
 * `dialect: logstash` the first pattern that is found anywhere counts.
 */
export class Grok {
  /** The fields that a match can set, as paths with dots. */
  readonly fields: readonly string[];
  /** What is likely not meant as it is written. */
  readonly doubts: readonly string[];
  /** A match may set numbers that are not plain (base/number/double.ts). */
  readonly makesTypedNumbers: boolean;
  /** The pattern that matched last or gave up; -1 when none did. */
  lastPattern = -1;
  /** What `search` found, and the groups of it that the plans of its pattern read, plan by plan. */
  found: readonly (string | undefined)[] = [];
  groups: readonly number[] = [];
  /** Why the last outcome was `not_set`. */
  notSet = '';
  readonly #patterns: readonly Pattern[];
  readonly #takesFirst: boolean;
  /** In which `search` has found nothing: who runs the processor then need not search again. */
  #missed: string | undefined;

  /** @throws LongshoreError LS_GROK_* that names the pattern: unknown name, syntax, recursion, size, unsupported. */
  constructor(patterns: readonly string[], options: GrokOptions = {}) {
    const { definitions = {}, ecs = 'disabled', time_limit_ms = 50, named_captures_only = true } = options;
    const { dialect = 'elasticsearch', capture_all_matches = true } = options;
    if (patterns.length === 0)
      throw new LongshoreError('LS_GROK_NO_PATTERN', 'grok has no pattern to match.', { fix: 'Give at least one.' });
    this.#takesFirst = dialect === 'logstash';
    const doubts: string[] = [];
    this.#patterns = patterns.map(pattern => {
      try {
        const expanded = expand(pattern, library(ecs, dialect), definitions, named_captures_only, dialect);
        doubts.push(
          ...expanded.leftAlone.map(text => `${text} names no pattern as it is written, and stands for itself`),
        );
        if (dialect === 'elasticsearch') doubts.push(...doubtsOf(pattern));
        return new Pattern(expanded, dialect, time_limit_ms, !capture_all_matches);
      } catch (error) {
        throw explained(error, pattern);
      }
    });
    this.doubts = [...new Set(doubts)];
    this.makesTypedNumbers =
      dialect === 'elasticsearch' && this.#patterns.some(({ plans }) => plans.some(({ types }) => types.some(isTyped)));
    this.fields = [...new Set(this.#patterns.flatMap(pattern => pattern.plans.map(plan => plan.name)))];
  }

  /** Sets what the match captures on `target`, fields of the same name are replaced. */
  match(text: string, target: Fields): GrokOutcome {
    if (this.#missed !== undefined) {
      const isMissed = text === this.#missed;
      this.#missed = undefined;
      this.lastPattern = NO_MATCH;
      if (isMissed) return 'no_match';
    }
    const kind = textKind(text);
    const best = this.#search(text, kind);
    if (best === undefined) return 'no_match';
    if (best === null) return 'time_limit';
    const problem = this.#patterns[this.lastPattern]!.assign(text, kind, best, target);
    if (problem === undefined) return 'match';
    this.notSet = problem;
    return 'not_set';
  }

  /**
   * Looks for a match and sets nothing: the number of the pattern, with `found` and `groups`; NO_MATCH; GAVE_UP.
   * For whoever has prepared what is done with the captures, by `plansOf`.
   */
  search(text: string): number {
    const kind = textKind(text);
    const best = this.#search(text, kind);
    if (best === undefined) {
      this.#missed = text;
      return NO_MATCH;
    }
    if (best === null) return GAVE_UP;
    this.found = best;
    this.groups = this.#patterns[this.lastPattern]!.groups(text, kind, best);
    return this.lastPattern;
  }

  /** Where the match is, and what it captures; undefined: there is none. For whoever shows it. */
  locate(text: string): Located | undefined {
    const kind = textKind(text);
    const match = this.#search(text, kind) ?? undefined;
    if (match === undefined) return undefined;
    const captures = this.#patterns[this.lastPattern]!.locate(text, kind, match);
    return { pattern: this.lastPattern, start: match.index, end: match.index + match[0].length, captures };
  }

  /** The fields of each pattern. */
  get plansOf(): readonly (readonly FieldPlan[])[] {
    return this.#patterns.map(pattern => pattern.plans);
  }

  #search(text: string, kind: number): RegExpExecArray | null | undefined {
    const patterns = this.#patterns;
    let best: RegExpExecArray | undefined;
    let winner = -1;
    for (let i = 0; i < patterns.length; i++) {
      const match = patterns[i]!.find(text, kind);
      if (match === undefined) continue;
      if (match === null) {
        this.lastPattern = i;
        return null;
      }
      if (best !== undefined && best.index <= match.index) continue;
      best = match;
      winner = i;
      if (this.#takesFirst || match.index === 0) break;
    }
    this.lastPattern = winner;
    return best;
  }

  /** Why the pattern that gave up last did so. */
  get gaveUp(): GaveUp {
    return this.#patterns[this.lastPattern]?.gaveUp ?? 'time';
  }
}

function explained(error: unknown, pattern: string): unknown {
  if (!(error instanceof LongshoreError)) return error;
  const shown = pattern.length > 200 ? `${pattern.slice(0, 200)}...` : pattern;
  return new LongshoreError(error.code, `in the grok pattern "${shown}": ${error.what}`, {
    fix: error.fix,
    cause: error,
  });
}

/** Field names and types that Logstash knows, and Elasticsearch does not. */
function doubtsOf(pattern: string): string[] {
  const doubts: string[] = [];
  for (const [, field, type] of pattern.matchAll(/%\{\w+:([^:}=]+)(?::([^}=]*))?/g)) {
    if (/^(?:\[[^[\]]+\])+$/.test(field!))
      doubts.push(
        `the field ${field} is a key with brackets; in an object it is ${field!.slice(1, -1).replaceAll('][', '.')}`,
      );
    if (type !== undefined && !conversionNames('elasticsearch').includes(type))
      doubts.push(
        `the type ${type} is not known and leaves the text as it is; types are ${conversionNames('elasticsearch').join(', ')}`,
      );
  }
  return doubts;
}

const isTyped = (type: string): boolean => ['long', 'float', 'double'].includes(type);
