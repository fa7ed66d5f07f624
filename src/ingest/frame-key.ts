import { hash } from 'node:crypto';
import type { Frame } from '../core/event.ts';

/** What names a frame with a chunk id, as 64 hex digits: the same for the same frame when it is sent again. */
export function digestOf(frame: Frame): string {
  return digestIn(digestScope(frame, frame.tag), frame.chunkId!);
}

/** What tells the chunk ids of its sender and this tag from those of others. */
export function digestScope(frame: Frame, tag: string): string {
  return `${identityOf(frame)}\0${tag}\0`;
}

export function digestIn(scope: string, chunkId: string): string {
  return hash('sha256', scope + chunkId, 'hex');
}

/** Chunk ids are the sender's own, except those of a longshore: an edge keeps its ids when its address changes. */
function identityOf({ isParsed, sender }: Frame): string {
  return isParsed === true ? 'longshore' : sender;
}
