import type { Fields } from '../../core/event.ts';

/** Messages that one read completed, as bytes: they are decoded anew for each try, because records belong to the consumer. */
export interface Batch {
  /** What they count for in limits. */
  readonly size: number;
}

/** Cuts the bytes of one connection into messages. Pure: it knows no socket. */
export interface Framing<B extends Batch> {
  /** Bytes of the open message in memory. */
  readonly heldBytes: number;
  /** Takes a read over and gives the messages that it completes; usually all of them as one batch. */
  push(read: Buffer): B[];
  /** The stream has ended: what is open is a message, too. */
  end(): B | undefined;
  /** Keeps no more of the open message: memory is short. Its rest will be cut off. */
  freeze(): void;
}

/** What a batch says. `records` and `times` have the same length. */
export interface Decoded {
  readonly records: Fields[];
  /** Epoch milliseconds with fraction, NaN where there is none; undefined: the sender gives no times. */
  readonly times?: number[] | undefined;
  /** What was wrong with messages that are kept all the same: labels of the error counter. */
  readonly faults: readonly string[];
}

/** How an input with connections reads them. */
export interface StreamProtocol<B extends Batch> {
  /** `Frame.source`: the name of the input. */
  readonly source: string;
  readonly tag: string;
  framing(): Framing<B>;
  /** `peer`: as it stands in `Frame.sender`. `receivedAt`: epoch milliseconds. */
  decode(batch: B, peer: string, receivedAt: number): Decoded;
  /** The messages in two parts of about one size; undefined for a single one. */
  halves(batch: B): readonly [B, B] | undefined;
  /** What a peer speaks that is wrong here, by its first bytes. */
  foreign(first: Buffer): ForeignProtocol | undefined;
}

export interface ForeignProtocol {
  /** `HTTP`, `TLS`, ... */
  readonly name: string;
  /** What the log says to whoever runs the sender. */
  readonly advice: string;
  /** What the peer is told before the connection ends. */
  readonly answer: string;
}
