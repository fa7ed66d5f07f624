import type { ByteBudget } from '../../base/flow/byte-budget.ts';
import type { BufferPool } from '../../base/forward/buffer-pool.ts';
import type { FrameDecoder } from '../../base/forward/frame.ts';
import type { RecordsSetAside } from '../../base/forward/records-set-aside.ts';
import type { Consumer } from '../../core/contracts.ts';
import type { ForwardConnection } from './connection.ts';
import type { HandshakeSettings } from './handshake.ts';
import type { ForwardReason } from './metrics.ts';
import type { ForwardSettings } from './options.ts';

/** What the connections of one input share. */
export interface InputContext {
  readonly settings: ForwardSettings;
  readonly consumer: Consumer;
  readonly decoder: FrameDecoder;
  readonly pool: BufferPool;
  /** Frames, of all connections, that are not durable yet. */
  readonly unacked: ByteBudget;
  readonly handshake: HandshakeSettings | undefined;
  /** A connection holds so many more bytes of frames that have not arrived whole. */
  partialBytesChanged(by: number): void;
  /** A connection ends for this reason, or a frame of one that is ending is no frame. `tag`: of a frame that was decoded. */
  ended(peer: string, reason: ForwardReason, error?: unknown, tag?: string): void;
  /** Records of a frame were not taken, the others were. */
  setAside(peer: string, tag: string, setAside: RecordsSetAside): void;
  /** What another longshore parsed is parsed here once more, because nobody knows that it is one. */
  notTrusted(peer: string): void;
  /** The socket is closed, and all that was read is taken. */
  closed(connection: ForwardConnection): void;
}

/** Who is at the other end of a new connection. */
export interface Peer {
  /** As it stands in `Frame.sender`. */
  readonly address: string;
  readonly needsHandshake: boolean;
  /** What it says is parsed is taken so. */
  readonly acceptsParsed: boolean;
}
