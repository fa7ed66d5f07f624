import type { GaveUp } from '../../base/regexp/limited-regexp.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { expand } from './expand.ts';
import { type EcsMode, library } from './library.ts';
import { type GrokOutcome, Pattern, textKind } from './pattern.ts';

export { type EcsMode, PATTERN_NAMES, patternSource } from './library.ts';
export type { GrokOutcome };

export interface GrokOptions {
  /** Patterns beside those of the library, by name; they come first. */
  definitions?: Record<string, string> | undefined;
  /** Which names the library's fields have: `disabled` the old flat ones, `v1` those of the Elastic Common Schema. */
  ecs?: EcsMode | undefined;
  /** After about this time on one line a pattern gives up. */
  time_limit_ms?: number | undefined;
  /** False: `%{WORD}` without a field captures into a field WORD. */
  named_captures_only?: boolean | undefined;
}

/**
 * Patterns in the language of Logstash's grok (and of Elasticsearch's), compiled to regular expressions. A pattern is
 * searched anywhere in the text; the first pattern that is found sets its captures.
 */
export class Grok {
  /** The fields that a match can set, as paths with dots. */
  readonly fields: readonly string[];
  /** The pattern that matched last or gave up; -1 when none did. */
  lastPattern = -1;
  readonly #patterns: readonly Pattern[];

  /** @throws LongshoreError LS_GROK_* that names the pattern: unknown name, syntax, recursion, size, unsupported. */
  constructor(patterns: readonly string[], options: GrokOptions = {}) {
    const { definitions = {}, ecs = 'disabled', time_limit_ms = 50, named_captures_only = true } = options;
    if (patterns.length === 0)
      throw new LongshoreError('LS_GROK_NO_PATTERN', 'grok has no pattern to match.', { fix: 'Give at least one.' });
    this.#patterns = patterns.map(pattern => {
      try {
        return new Pattern(expand(pattern, library(ecs), definitions, named_captures_only), time_limit_ms);
      } catch (error) {
        throw explained(error, pattern);
      }
    });
    this.fields = [...new Set(this.#patterns.flatMap(pattern => pattern.plans.map(plan => plan.name)))];
  }

  /** Sets what the first matching pattern captures on `target`, fields of the same name are replaced. */
  match(text: string, target: Fields): GrokOutcome {
    const kind = textKind(text);
    const patterns = this.#patterns;
    for (let i = 0; i < patterns.length; i++) {
      const outcome = patterns[i]!.match(text, kind, target);
      if (outcome !== 'no_match') {
        this.lastPattern = i;
        return outcome;
      }
    }
    this.lastPattern = -1;
    return 'no_match';
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
