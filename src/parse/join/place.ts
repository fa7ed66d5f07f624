import type { Fields } from '../../core/event.ts';
import { describePiece } from './docker-join.ts';
import type { PieceRecord } from './piece.ts';
import { streamOf } from './stream.ts';

/*
 * The place of a record is the container's stream that it belongs to (a piece without a container: what one sender sends
 * under one tag). All records of a place must come to one joiner.
 */

/** Of a piece; undefined for those without `partial_id`, which tell nobody where their line ends. */
export function placeOfPiece(record: Fields, sender: string, tag: string): string | undefined {
  const { key, isOld } = describePiece(record, sender, tag);
  return isOld ? undefined : placeIn(key, record);
}

/** Of a line that may be joined with others; undefined for a record that is an event by itself. */
export function placeOfLine(record: Fields, sender: string): string | undefined {
  return streamOf(record, sender);
}

/** Of a record that waits already. */
export function placeOfWaiting({ kind, key, record }: PieceRecord): string | undefined {
  if (kind === 'multiline') return key;
  return key.startsWith('new\u0000') ? placeIn(key, record) : undefined;
}

/** `new\0<place>\0<partial_id>` */
function placeIn(key: string, record: Fields): string {
  return key.slice(4, key.length - String(record['partial_id']).length - 1);
}
