import { hash } from 'node:crypto';
import type { EncodedPiece } from '../parse/join/piece.ts';
import type { Peers } from './peers.ts';

/** Records of one frame (or of joins that ended) that other workers join, by place. */
export class Deliveries {
  readonly #places = new Map<string, { owner: string; sender: string; pieces: EncodedPiece[] }>();

  add(owner: string, place: string, sender: string, piece: EncodedPiece): void {
    const known = this.#places.get(place);
    if (known !== undefined) known.pieces.push(piece);
    else this.#places.set(place, { owner, sender, pieces: [piece] });
  }

  /** Resolves when all are durable with their owners. A frame that is sent again gives the same keys. */
  async deliver(peers: Peers, receivedAt: number): Promise<void> {
    const all: Promise<void>[] = [];
    for (const [place, { owner, sender, pieces }] of this.#places) {
      const key = joinKey(pieces[0]!.id, place);
      all.push(peers.deliver(owner, { key, sender, receivedAt, pieces: JSON.stringify(pieces), isMoved: false }));
    }
    await Promise.all(all);
  }
}

/** Ids are `<frame>-<offset>`: the frame and the place name a delivery, whatever else the frame brought. */
function joinKey(id: string, place: string): string {
  return hash('sha256', `join\0${id.slice(0, id.lastIndexOf('-'))}\0${place}`, 'hex').slice(0, 16);
}

/** For records that waited with one worker and now belong to another. */
export function movedKey(pieces: readonly { id: string }[]): string {
  return hash('sha256', `moved\0${pieces.map(piece => piece.id).join('\0')}`, 'hex').slice(0, 16);
}
