import { messageOf } from '../../core/errors.ts';
import { lineId } from './multiline-join.ts';
import type { Complete, PieceRecord } from './piece.ts';

/** What a join that broke has: each record by itself, so that none of them is lost. */
export function eachAlone(pieces: readonly PieceRecord[], error: unknown): Complete[] {
  const reason = `fault: ${messageOf(error)}`;
  return pieces.map(({ record, meta, id, kind }) => {
    record['partial'] = true;
    record['partial_reason'] = reason;
    return { record, meta, id: lineId(id), releases: [id], kind };
  });
}
