import { hash } from 'node:crypto';
import type { Key } from '../buffer/spool/accepted.ts';
import type { Frame } from '../core/event.ts';

/** What names a frame with a chunk id, as 64 hex digits: the same for the same frame when it is sent again. */
export function digestOf(frame: Frame): string {
  return hash('sha256', `${identityOf(frame)}\0${frame.tag}\0${frame.chunk}`, 'hex');
}

/** Chunk ids are the sender's own, except those of a longshore: an edge keeps its ids when its address changes. */
function identityOf({ isParsed, sender }: Frame): string {
  return isParsed === true ? 'longshore' : sender;
}

/** Of 16 hex digits. */
export function keyOf(hex: string): Key {
  return { hi: Number.parseInt(hex.slice(0, 8), 16), lo: Number.parseInt(hex.slice(8), 16), hex };
}
