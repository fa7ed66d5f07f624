import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';

/** Nothing can be taken now; the same frame may be taken later. `what` is a sentence. */
export function refuse(code: ErrorCode, what: string): LongshoreError {
  return new LongshoreError(code, what, { retryable: true, fix: 'Try again later.' });
}

/** An entry that cannot be made a record. Memory that is short now is there later; all else fails again. */
export function cannotWrite(error: unknown): LongshoreError {
  if (error instanceof LongshoreError) return error;
  const what = `the frame cannot be written: ${messageOf(error)}.`;
  return new LongshoreError('LS_SPOOL_UNWRITABLE', what, {
    cause: error,
    retryable: error instanceof RangeError && /allocation/i.test(error.message),
  });
}
