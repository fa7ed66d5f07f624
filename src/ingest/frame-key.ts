import { hash } from 'node:crypto';
import type { Frame } from '../core/event.ts';

/** What names a frame with a chunk id, as 64 hex digits: the same for the same frame when it is sent again. */
export function digestOf(frame: Frame): string {
  return hash('sha256', `${identityOf(frame)}\0${frame.tag}\0${frame.chunkId}`, 'hex');
}

/** Chunk ids are the sender's own, except those of a longshore: an edge keeps its ids when its address changes. */
function identityOf({ isParsed, sender }: Frame): string {
  return isParsed === true ? 'longshore' : sender;
}
