import { LongshoreError } from '../core/errors.ts';

// Positions in the queue, as the HTTP API tells them: texts that mean nothing to whoever gives them back.

/** A page of the list goes on behind this position. */
export const pageCursor = (after: number): string => String(after);

/** Undefined without a cursor. Throws LS_LETTERS_PARAMETER. */
export function readPageCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  if (!/^\d{1,16}$/.test(cursor)) throw foreign('Give the one of the page before.');
  return Number(cursor);
}

/** A replay goes on behind this position, up to `until`: what came later is not replayed by the same command. */
export const rangeCursor = (after: number, until: number): string => `${after}-${until}`;

/** Nothing without a cursor. Throws LS_LETTERS_PARAMETER. */
export function readRangeCursor(cursor: string | undefined): { after?: number; until?: number } {
  if (cursor === undefined || cursor === '') return {};
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(cursor);
  if (match === null) throw foreign('Give the one of the answer before.');
  return { after: Number(match[1]), until: Number(match[2]) };
}

function foreign(fix: string): LongshoreError {
  return new LongshoreError('LS_LETTERS_PARAMETER', 'the cursor is none of ours.', { fix });
}
