import { ScriptFailure } from './failure.ts';
import { MAX_VISITS } from './limits.ts';

/** Of the run that is under way. */
export const visits = { left: MAX_VISITS };

/** Counts what is in a list or map that is gone through. */
export function visit(count: number): void {
  visits.left -= count + 1;
  if (visits.left < 0)
    throw new ScriptFailure('PainlessError', 'it takes too long: its values are too large to be compared');
}
