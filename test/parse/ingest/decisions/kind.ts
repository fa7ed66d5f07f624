import type { IngestCase } from '../ingest-case.ts';
import type { Outcome } from '../run-case.ts';

/** A decision that makes single values other than the engine's. `expected` and `got` differ. */
export interface ValueKind {
  readonly name: string;
  /** True when they are the same but for the decision. Doubles come as plain numbers, integers beyond 2^53 as bigint. */
  isSame(expected: unknown, got: unknown): boolean;
}

/** A decision that makes an outcome other than the engine's. */
export interface CaseKind {
  readonly name: string;
  /**
   * True when the decision is why the outcome is not the expected one. Where it can, it shows so: `agrees(changed, one)` runs a
   * case in which the decision has no say, and compares with what this one expects.
   */
  explains(one: IngestCase, got: Outcome, agrees: Agrees): boolean;
}

export type Agrees = (
  other: Pick<IngestCase, 'pipeline' | 'pipelines' | 'doc' | 'now'>,
  expected: IngestCase,
) => boolean;
