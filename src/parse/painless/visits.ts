import { ScriptFailure } from './failure.ts';

/** Items that sizes of maps, equality, hashes and keys of values may go through in one run: a list can hold itself twice, and that 60 times over. */
const MAX_VISITS = 400_000;

let left = MAX_VISITS;

/** A new run begins. */
export function beginVisits(): void {
  left = MAX_VISITS;
}

/** Counts what is in a list or map that is gone through. */
export function visit(count: number): void {
  left -= count + 1;
  if (left < 0) throw new ScriptFailure('PainlessError', 'it takes too long: its values are too large to be compared');
}
