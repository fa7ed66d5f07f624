import type { Mismatch } from '../parse/grok/explain.ts';
import type { Located } from '../parse/grok/grok.ts';
import { plain } from '../parse/simulate/plain.ts';
import type { StepTrace } from '../parse/simulate/run-trace.ts';
import { shownFields } from './origin.ts';
import type { Tried } from './trial.ts';

/** What became of lines, as `parse --json` and `POST /api/parse` tell it. */
export interface TriedAnswer {
  /** Null: no pipeline took it. */
  readonly pipeline: string | null;
  readonly lines: readonly number[];
  /** Null: dropped. */
  readonly event: unknown;
  /** What each grok saw, in order. */
  readonly parts?: readonly GrokParts[];
  readonly trace?: unknown;
}

/** Offsets are those of characters in `text`. */
export interface GrokParts {
  /** `file:line` of the processor. */
  readonly where: string;
  readonly text: string;
  readonly match?: Located;
  readonly mismatch?: Mismatch;
}

export interface AnswerDetail {
  readonly isExplained: boolean;
  readonly hasParts: boolean;
}

export function answerOf(
  { lines, event, trace, conformed }: Tried,
  { isExplained, hasParts }: AnswerDetail,
): TriedAnswer {
  return {
    pipeline: trace?.pipeline ?? null,
    lines,
    event: event === undefined ? null : plain(shownFields(event.fields)),
    ...(hasParts && trace !== undefined ? { parts: trace.pipelines.flatMap(({ steps }) => partsOf(steps)) } : {}),
    ...(isExplained && trace !== undefined ? { trace: plain({ ...trace, schema: conformed }) } : {}),
  };
}

function partsOf(steps: readonly StepTrace[]): GrokParts[] {
  return steps.flatMap(({ where, grok, steps: inner }) => {
    if (grok === undefined) return partsOf(inner);
    const { text, match, mismatch } = grok;
    return [
      { where, text, ...(match === undefined ? {} : { match }), ...(mismatch === undefined ? {} : { mismatch }) },
    ];
  });
}
