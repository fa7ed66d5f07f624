import type { Spool } from '../buffer/spool/spool.ts';
import { decodePiece, type EncodedPiece } from '../parse/join/piece.ts';
import { placeOfWaiting } from '../parse/join/place.ts';
import { Draft } from './draft.ts';
import { movedKey } from './elsewhere.ts';
import type { Peers } from './peers.ts';

/** Who joins a piece that waits; undefined: whoever has it. */
export function ownerOfWaiting(piece: EncodedPiece, peers: Pick<Peers, 'ownerOf'>): string | undefined {
  const place = placeOfWaiting(decodePiece(piece));
  return place === undefined ? undefined : peers.ownerOf(place);
}

/**
 * Moves pieces from a spool to the workers that join them. They are durable there before they are let go here; a crash in
 * between moves them again, and the key of the delivery tells the owner that it has them.
 */
export async function movePieces(
  from: Pick<Spool, 'append'>,
  pieces: readonly EncodedPiece[],
  peers: Pick<Peers, 'ownerOf' | 'deliver'>,
  /** Takes what belongs to nobody in particular; without it that stays. */
  fallback?: string,
): Promise<void> {
  const byOwner = Map.groupBy(pieces, piece => ownerOfWaiting(piece, peers) ?? fallback);
  for (const [owner, group] of byOwner) {
    if (owner === undefined) continue;
    await peers.deliver(owner, {
      key: movedKey(group),
      sender: '',
      receivedAt: Date.now(),
      pieces: JSON.stringify(group),
      isMoved: true,
    });
    const release = new Draft();
    release.releases = group.map(piece => piece.id);
    await from.append(release);
  }
}
