import { plain } from '../parse/simulate/plain.ts';
import { shownFields } from './origin.ts';
import type { Tried } from './trial.ts';

/** What became of lines, as `parse --json` and `POST /api/parse` tell it. */
export interface TriedAnswer {
  /** Null: no pipeline took it. */
  readonly pipeline: string | null;
  readonly lines: readonly number[];
  /** Null: dropped. */
  readonly event: unknown;
  readonly trace?: unknown;
}

export function answerOf({ lines, event, trace, conformed }: Tried, isExplained: boolean): TriedAnswer {
  return {
    pipeline: trace?.pipeline ?? null,
    lines,
    event: event === undefined ? null : plain(shownFields(event.fields)),
    ...(isExplained && trace !== undefined ? { trace: plain({ ...trace, schema: conformed }) } : {}),
  };
}
