import type { EncodedPiece } from '../parse/join/piece.ts';

/** The other workers, as the intake of one of them sees them. */
export interface Peers {
  /** Of the worker whose view this is. */
  readonly name: string;
  /**
   * Asks for a frame with a chunk id before it is parsed. `go`: it is this worker's, until `done` or `failed`. `known`: it
   * is durable with somebody. While another one has it on its way, the answer waits.
   * @param key 16 hex digits
   */
  claim(key: string): Promise<'go' | 'known'>;
  /** It is durable here. */
  done(key: string): void;
  /** Nothing of it was taken: the next one may try. */
  failed(key: string): void;
  /** The worker that joins the records of a place (see `parse/join/place.ts`), maybe this one. */
  ownerOf(place: string): string;
  /**
   * Resolves when they are durable there, or were before: the same key counts once. The owner delivers to itself as well:
   * a frame that is sent again may come to another worker than at first, and the key must be the same on both ways.
   */
  deliver(owner: string, delivery: JoinDelivery): Promise<void>;
}

/** Records of one place on their way to the worker that joins them. */
export interface JoinDelivery {
  /** 16 hex digits: the same for the same records of the same frame. */
  readonly key: string;
  readonly sender: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** JSON of `EncodedPiece[]`, whose keys of objects come from outside. */
  readonly pieces: string;
  /** True: they waited elsewhere already, and go on waiting here. */
  readonly isMoved: boolean;
}

export function piecesOf(delivery: JoinDelivery): EncodedPiece[] {
  return JSON.parse(delivery.pieces) as EncodedPiece[];
}
