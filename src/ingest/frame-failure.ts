import { LongshoreError, messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';

const log = logger('intake');

/** Our own mistake with a frame: the same one fails again. */
export function frameFailure(error: unknown): LongshoreError {
  if (error instanceof LongshoreError) return error;
  log.error({ error: error instanceof Error ? error.stack : messageOf(error) }, 'a frame could not be taken in');
  const what = `the frame could not be taken in: ${messageOf(error)}.`;
  return new LongshoreError('LS_INTAKE_FAILED', what, { cause: error });
}
