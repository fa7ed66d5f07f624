import type { ErrorCode } from '../../core/codes.ts';
import type { Chunk } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';

/** A chunk that its taker will never take, and why. */
export interface RefusedChunk {
  readonly chunk: Chunk;
  readonly code: ErrorCode;
  readonly what: string;
}

/**
 * As `accept`, but a chunk that is refused for good is given to `keep`, and is taken when that has it. Gives `keep` false,
 * the refusal stands: the spool counts the chunk as lost. Rejects it, the chunk is offered again.
 */
export function keepingRefused(
  accept: (chunk: Chunk) => Promise<void>,
  keep: (refused: RefusedChunk) => Promise<boolean>,
): (chunk: Chunk) => Promise<void> {
  return async chunk => {
    try {
      await accept(chunk);
    } catch (error) {
      if (!(error instanceof LongshoreError) || error.retryable) throw error;
      if (!(await keep({ chunk, code: error.code, what: error.what }))) throw error;
    }
  };
}
