/*
 * GELF over UDP in chunks, all with the same header:
 *
 *     1E 0F   ID (8 bytes)   NUMBER (from 0)   COUNT (1 to 128)   data
 *
 * in any order. A message is whole when all have come; what is not whole after five seconds never will be.
 */

/** What has come of one message. */
interface Partial {
  readonly chunks: (Buffer | undefined)[];
  missing: number;
  bytes: number;
  readonly startedAt: number;
}

/**
 * What a chunk has led to: a whole message; `undefined`: more is to come; or why it is not taken: `chunk_invalid` (no header, or
 * one that cannot be), `chunk_conflict` (another count than the others of its message), `chunk_too_large` (the message would be
 * above the limit, and nothing of it is kept), `chunk_repeated` (it was there).
 */
export type ChunkResult =
  | Buffer
  | undefined
  | 'chunk_invalid'
  | 'chunk_conflict'
  | 'chunk_too_large'
  | 'chunk_repeated';

export interface ChunkLimits {
  /** Most messages that are waiting for chunks. */
  readonly maxMessages: number;
  /** Most bytes of all of them. */
  readonly maxBytes: number;
  /** Longest message, as it arrives. */
  readonly maxMessageBytes: number;
}

const HEADER_BYTES = 12;
const MAX_CHUNKS = 128;
const WAIT_MS = 5000;
/** Each chunk costs more than its bytes. */
const OVERHEAD_BYTES = 100;

export const isChunk = (datagram: Buffer): boolean => datagram[0] === 0x1e && datagram[1] === 0x0f;

/** Puts chunks together. Pure: it is told the time. What is not finished is bounded by number, bytes and age. */
export class Chunks {
  readonly #limits: ChunkLimits;
  /** In the order in which they began. */
  readonly #partials = new Map<string, Partial>();
  #bytes = 0;

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
  }

  /** Messages that are not whole. */
  get waiting(): number {
    return this.#partials.size;
  }

  get waitingBytes(): number {
    return this.#bytes;
  }

  /** `peer`: ids of different peers are different. `now`: milliseconds of any clock. */
  add(peer: string, datagram: Buffer, now: number): ChunkResult {
    const number = datagram[10];
    const count = datagram[11];
    if (number === undefined || count === undefined) return 'chunk_invalid';
    if (count === 0 || count > MAX_CHUNKS || number >= count) return 'chunk_invalid';
    const key = `${datagram.toString('latin1', 2, 10)}${peer}`;
    let partial = this.#partials.get(key);
    if (partial === undefined) {
      partial = { chunks: new Array<Buffer | undefined>(count), missing: count, bytes: 0, startedAt: now };
      this.#partials.set(key, partial);
    }
    if (partial.chunks.length !== count) return 'chunk_conflict';
    if (partial.chunks[number] !== undefined) return 'chunk_repeated';
    const data = datagram.subarray(HEADER_BYTES);
    const size = data.length + OVERHEAD_BYTES;
    if (partial.bytes + size > this.#limits.maxMessageBytes + count * OVERHEAD_BYTES) {
      this.#forget(key, partial);
      return 'chunk_too_large';
    }
    partial.chunks[number] = data;
    partial.bytes += size;
    this.#bytes += size;
    if (--partial.missing > 0) return undefined;
    this.#forget(key, partial);
    return Buffer.concat(partial.chunks as Buffer[]);
  }

  /** Forgets what is too old, and the oldest while there is too much. Returns how many messages were given up. */
  giveUp(now: number): number {
    let given = 0;
    for (const [key, partial] of this.#partials) {
      const isLate = now - partial.startedAt >= WAIT_MS;
      if (!isLate && this.#partials.size <= this.#limits.maxMessages && this.#bytes <= this.#limits.maxBytes) break;
      this.#forget(key, partial);
      given++;
    }
    return given;
  }

  #forget(key: string, partial: Partial): void {
    this.#partials.delete(key);
    this.#bytes -= partial.bytes;
  }
}
