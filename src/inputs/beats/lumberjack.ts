import { inflateSync } from 'node:zlib';

/*
 * Lumberjack, versions 1 and 2, as Beats and their libraries speak it. Numbers are 32 bits, the highest byte first.
 *
 *     stream  = *( version ( window | json | pairs | packed ) )      version = "1" | "2"
 *     window  = "W" events                      so many events follow, and then an acknowledgement is waited for
 *     json    = "J" sequence length bytes       one event as a JSON object
 *     pairs   = "D" sequence count *( length key length value )      one event of version 1
 *     packed  = "C" length bytes                zlib of more such frames
 *     ack     = version "A" sequence            the only thing that we say
 *
 * Sequences are the sender's: those of one window go up by one, from 1 or from where the window before ended.
 */

/** Why a connection ends: what it says is no frame, one beyond a limit, or one out of its place. */
export type LumberjackReason =
  | 'garbage'
  | 'frame_too_large'
  | 'broken_compression'
  | 'nested_compression'
  | 'no_window';

export class LumberjackFault extends Error {
  readonly reason: LumberjackReason;

  constructor(reason: LumberjackReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export type LumberjackFrame =
  | { readonly type: 'window'; readonly version: 1 | 2; readonly events: number }
  /** `text`: JSON, valid until the next call. */
  | { readonly type: 'json'; readonly sequence: number; readonly text: Buffer }
  /** `pairs`: keys and values by turns, valid until the next call. `bytes`: of the frame. */
  | { readonly type: 'pairs'; readonly sequence: number; readonly pairs: readonly Buffer[]; readonly bytes: number };

const VERSION_1 = 0x31;
const VERSION_2 = 0x32;
const WINDOW = 0x57;
const JSON_EVENT = 0x4a;
const PAIRS = 0x44;
const PACKED = 0x43;
const ACK = 0x41;
/** Version, type, one number. */
const SHORT_HEAD = 6;
const LONG_HEAD = 10;
/** Senders of version 1 have about ten. They are looked through again with each read until the frame is whole. */
const MAX_PAIRS = 1000;
const SMALLEST_ROOM = 16_384;

/** The answer: everything up to this sequence is durable. */
export function ackFrame(version: 1 | 2, sequence: number): Buffer {
  const ack = Buffer.allocUnsafe(SHORT_HEAD);
  ack[0] = version === 1 ? VERSION_1 : VERSION_2;
  ack[1] = ACK;
  ack.writeUInt32BE(sequence, 2);
  return ack;
}

/** Whether a connection may begin so. */
export function isLumberjack(first: Buffer): boolean {
  const [version, type] = first;
  if (version !== VERSION_1 && version !== VERSION_2) return false;
  return type === undefined || type === WINDOW || type === JSON_EVENT || type === PAIRS || type === PACKED;
}

const NOTHING = Buffer.alloc(0);

/** Bytes of which the first ones are used up. Room is made for what has come, never for what a length promises. */
class Bytes {
  bytes: Buffer = NOTHING;
  from = 0;
  to = 0;
  /** The memory is ours to write to. */
  isOwn = false;

  get length(): number {
    return this.to - this.from;
  }

  /** Memory that nobody reads any more is let go. */
  settle(): void {
    if (this.length === 0 && this.bytes.length > 0) this.replace(NOTHING);
  }

  replace(bytes: Buffer): void {
    this.bytes = bytes;
    this.from = 0;
    this.to = bytes.length;
    this.isOwn = false;
  }

  add(read: Buffer): void {
    const { length } = this;
    if (length === 0) {
      this.replace(read);
      return;
    }
    if (!this.isOwn || this.to + read.length > this.bytes.length) {
      const wanted = length + read.length;
      const room = this.isOwn && wanted * 2 <= this.bytes.length ? this.bytes : Buffer.allocUnsafeSlow(roomFor(wanted));
      this.bytes.copy(room, 0, this.from, this.to);
      this.bytes = room;
      this.from = 0;
      this.to = length;
      this.isOwn = true;
    }
    read.copy(this.bytes, this.to);
    this.to += read.length;
  }
}

const roomFor = (bytes: number): number => Math.max(SMALLEST_ROOM, bytes + (bytes >> 1));

/**
 * Cuts the bytes of one connection into frames. Call `push` with a read, then `next` until it gives undefined, or until
 * enough is enough: what is left waits. What a compressed frame holds is given out frame by frame as well.
 */
export class LumberjackReader {
  readonly #maxFrameBytes: number;
  readonly #outer = new Bytes();
  readonly #inner = new Bytes();

  /** `maxFrameBytes`: of a frame as it arrives, and of what a compressed one holds. */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes of frames that were not given out yet, as they arrived. */
  get waiting(): number {
    return this.#outer.length;
  }

  /** Memory held for them. */
  get heldBytes(): number {
    return heldBy(this.#outer);
  }

  /** What is left of the frames that a compressed one held. */
  get unpackedBytes(): number {
    return this.#inner.length;
  }

  push(read: Buffer): void {
    this.#outer.add(read);
  }

  /** Throws what was read away. */
  clear(): void {
    this.#outer.replace(NOTHING);
    this.#inner.replace(NOTHING);
  }

  /** @throws LumberjackFault, after which nothing more can be read */
  next(): LumberjackFrame | undefined {
    this.#outer.settle();
    this.#inner.settle();
    for (;;) {
      const isInner = this.#inner.length > 0;
      const frame = this.#read(isInner ? this.#inner : this.#outer, isInner);
      if (frame === 'packed') continue;
      if (frame === undefined && isInner)
        throw new LumberjackFault('garbage', 'a compressed frame ends within a frame');
      return frame;
    }
  }

  #read(from: Bytes, isInner: boolean): LumberjackFrame | 'packed' | undefined {
    const { bytes, from: at, length } = from;
    if (length === 0) return undefined;
    const version = bytes[at]!;
    if (version !== VERSION_1 && version !== VERSION_2) {
      throw new LumberjackFault('garbage', 'a frame begins with neither version of the protocol');
    }
    if (length < 2) return undefined;
    const type = bytes[at + 1]!;
    if (length < SHORT_HEAD && isType(type)) return undefined;
    switch (type) {
      case WINDOW:
        from.from += SHORT_HEAD;
        return { type: 'window', version: version === VERSION_1 ? 1 : 2, events: bytes.readUInt32BE(at + 2) };
      case JSON_EVENT: {
        if (length < LONG_HEAD) return undefined;
        const size = this.#checked(bytes.readUInt32BE(at + 6));
        if (length < LONG_HEAD + size) return undefined;
        from.from += LONG_HEAD + size;
        const start = at + LONG_HEAD;
        return { type: 'json', sequence: bytes.readUInt32BE(at + 2), text: bytes.subarray(start, start + size) };
      }
      case PAIRS:
        return this.#readPairs(from);
      case PACKED: {
        if (isInner) throw new LumberjackFault('nested_compression', 'a compressed frame within a compressed frame');
        const size = this.#checked(bytes.readUInt32BE(at + 2));
        if (length < SHORT_HEAD + size) return undefined;
        const start = at + SHORT_HEAD;
        this.#inner.replace(this.#unpack(bytes.subarray(start, start + size)));
        from.from += SHORT_HEAD + size;
        return 'packed';
      }
      default:
        throw new LumberjackFault('garbage', 'a frame of no known type');
    }
  }

  #readPairs(from: Bytes): LumberjackFrame | undefined {
    const { bytes, from: start, to: end } = from;
    if (end - start < LONG_HEAD) return undefined;
    const count = bytes.readUInt32BE(start + 6);
    if (count > MAX_PAIRS) throw new LumberjackFault('frame_too_large', `an event of more than ${MAX_PAIRS} fields`);
    const pairs: Buffer[] = [];
    let at = start + LONG_HEAD;
    for (let left = count * 2; left > 0; left--) {
      if (at + 4 > end) return undefined;
      const size = bytes.readUInt32BE(at);
      this.#checked(at + 4 + size - start);
      if (at + 4 + size > end) return undefined;
      pairs.push(bytes.subarray(at + 4, at + 4 + size));
      at += 4 + size;
    }
    from.from = at;
    return { type: 'pairs', sequence: bytes.readUInt32BE(start + 2), pairs, bytes: at - start };
  }

  #checked(size: number): number {
    if (size <= this.#maxFrameBytes) return size;
    throw new LumberjackFault('frame_too_large', `a frame of more than ${this.#maxFrameBytes} bytes`);
  }

  #unpack(packed: Buffer): Buffer {
    try {
      return inflateSync(packed, { maxOutputLength: this.#maxFrameBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
        throw new LumberjackFault('frame_too_large', `a compressed frame with more than ${this.#maxFrameBytes} bytes`);
      }
      throw new LumberjackFault('broken_compression', 'a compressed frame that is no zlib');
    }
  }
}

const isType = (type: number): boolean => type === WINDOW || type === JSON_EVENT || type === PAIRS || type === PACKED;

const heldBy = ({ bytes, length, isOwn }: Bytes): number => (length === 0 ? 0 : isOwn ? bytes.length : length);
