import type { FieldPath } from '../field-path.ts';
import type { RunOutcome } from '../run-state.ts';

/** What a processor answers when its field is not the text it needs: nothing if it may be missing, else the reason. */
export function subject(path: FieldPath, value: unknown, ignoreMissing: boolean, wanted = 'a text'): RunOutcome {
  if (value === undefined || value === null) return ignoreMissing ? undefined : `field [${path.text}] is not there`;
  return `field [${path.text}] is not ${wanted}`;
}
