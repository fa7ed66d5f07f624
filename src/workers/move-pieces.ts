import type { Spool } from '../buffer/spool/spool.ts';
import { Draft } from '../ingest/draft.ts';
import { encodePiece, type PieceRecord } from '../parse/join/piece.ts';
import { placeOfWaiting } from '../parse/join/place.ts';
import { movedKey } from './deliveries.ts';
import type { Peers } from './peers.ts';

/** Who joins a piece that waits; undefined: whoever has it. */
export function ownerOfWaiting(piece: PieceRecord, peers: Pick<Peers, 'ownerOf'>): string | undefined {
  const place = placeOfWaiting(piece);
  return place === undefined ? undefined : peers.ownerOf(place);
}

/**
 * Moves pieces from a spool to the workers that join them. They are durable there before they are let go here; a crash in
 * between moves them again, and the key of the delivery tells the owner that it has them.
 */
export async function movePieces(
  from: Pick<Spool, 'append'>,
  pieces: readonly PieceRecord[],
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
      pieces: JSON.stringify(group.map(encodePiece)),
      isMoved: true,
    });
    const release = new Draft();
    release.releases = group.map(piece => piece.id);
    await from.append(release);
  }
}
