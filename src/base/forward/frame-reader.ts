import { isArrayOrNil } from '../msgpack/first-byte.ts';
import { placeIn } from '../msgpack/msgpack.ts';
import { MsgpackScanner } from '../msgpack/scan.ts';
import { isOpening } from '../text/bracket-scanner.ts';
import type { BufferPool } from './buffer-pool.ts';
import { FrameError, withPlace } from './errors.ts';
import type { JsonScanner } from './json-scanner.ts';

/** Room is made for at most so many times what has arrived: a header that lies about its length is believed no further. */
const MAX_TRUST = 8;

/**
 * Cuts a stream of bytes into frames. Frames that are whole in one read are seen where they lie; a frame that arrives in
 * several reads is collected in one buffer. Call `push` with a read, `next` until it says false or enough is enough, then
 * `settle` before the next `push`.
 */
export class FrameReader {
  /** Where the frame lies that `next` found: valid until the next call. */
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;
  /** Largest frame that is accepted, in bytes; may change between frames. */
  maxFrameBytes: number;
  readonly #pool: BufferPool;
  readonly #scanner = new MsgpackScanner();
  readonly #json: JsonScanner | undefined;
  readonly #isStart: (first: number) => boolean;
  /** Known after the first byte of the connection. */
  #isJson: boolean | undefined;
  /** What has arrived and is not yet given out: `#bytes[#from, #to)`. */
  #bytes: Buffer = NOTHING;
  #from = 0;
  #to = 0;
  /** `#bytes` is from the pool. */
  #isOwn = false;

  /**
   * `isStart`: whether a frame may begin with this byte; those of clients are arrays, or nil. Without `json` a stream of
   * JSON texts is garbage, too.
   */
  constructor(maxFrameBytes: number, pool: BufferPool, json?: JsonScanner, isStart = isArrayOrNil) {
    this.#isStart = isStart;
    this.maxFrameBytes = maxFrameBytes;
    this.#json = json;
    this.#pool = pool;
  }

  /** Bytes that wait for the rest of their frame, or for `next`. */
  get waiting(): number {
    return this.#to - this.#from;
  }

  /** The frames are JSON texts. */
  get isJson(): boolean {
    return this.#isJson === true;
  }

  /** Memory held for them. */
  get heldBytes(): number {
    return this.#isOwn ? this.#bytes.length : 0;
  }

  push(read: Buffer): void {
    if (this.#to === this.#from) {
      this.#letGo();
      this.#bytes = read;
      this.#from = 0;
      this.#to = read.length;
      return;
    }
    const length = this.waiting + read.length;
    if (!this.#isOwn || this.#from + length > this.#bytes.length) this.#move(length, length);
    read.copy(this.#bytes, this.#to);
    this.#to += read.length;
  }

  /**
   * Finds the next frame that is whole.
   * @throws FrameError `garbage` if what comes is no frame, `frame_too_large`, `invalid_byte`; in JSON those of `JsonScanner`
   */
  next(): boolean {
    if (this.#from >= this.#to) return false;
    this.#isJson ??= this.#json !== undefined && isOpening(this.#bytes[this.#from]!);
    const length = this.#scan();
    if (length < 0) return false;
    this.bytes = this.#bytes;
    this.start = this.#from;
    this.end = this.#from + length;
    this.#from = this.end;
    return true;
  }

  #scan(): number {
    try {
      if (this.#isJson) return this.#scanJson(this.#json!);
      if (!this.#isStart(this.#bytes[this.#from]!)) throw new FrameError('garbage');
      return this.#scanner.scan(this.#bytes, this.#from, this.#to, this.maxFrameBytes);
    } catch (error) {
      const at = Math.min(this.#to, this.#from + this.#scanner.position);
      throw withPlace(error, placeIn(this.#bytes, this.#from, at, this.#to));
    }
  }

  #scanJson(json: JsonScanner): number {
    // White space between texts is not the beginning of one.
    while (json.isBetween && this.#from < this.#to && this.#bytes[this.#from]! <= 0x20) this.#from++;
    const length = json.scan(this.#bytes, this.#from, this.#to);
    if ((length < 0 ? this.waiting : length) > this.maxFrameBytes) throw new FrameError('frame_too_large');
    return length;
  }

  /** Keeps what is left of the read in memory of its own. */
  settle(): void {
    this.bytes = NOTHING;
    if (this.#to === this.#from) this.#letGo();
    else if (!this.#isOwn) this.#move(this.waiting, this.waiting);
  }

  /**
   * No more will be pushed: keeps the frames that are whole, and forgets the beginning of the next one. Returns the number
   * of bytes forgotten.
   * @throws as `next`, when what follows the whole frames is no frame; it is forgotten, too
   */
  keepWhole(): number {
    const first = this.#from;
    const arrived = this.#to;
    try {
      while (this.next());
    } finally {
      this.#to = this.#from;
      this.#from = first;
      this.#scanner.reset();
      this.#json?.reset();
      this.#shrink();
    }
    return arrived - first - this.waiting;
  }

  /** Forgets everything. */
  clear(): void {
    this.bytes = NOTHING;
    this.#from = 0;
    this.#to = 0;
    this.#letGo();
    this.#scanner.reset();
    this.#json?.reset();
  }

  /** A buffer made for a frame that will not come is too large for what is left. */
  #shrink(): void {
    this.bytes = NOTHING;
    if (this.#to === this.#from) this.#letGo();
    else if (!this.#isOwn || this.#bytes.length > 2 * this.waiting) {
      const bytes = this.#pool.take(this.waiting);
      const length = this.#bytes.copy(bytes, 0, this.#from, this.#to);
      this.#letGo();
      this.#bytes = bytes;
      this.#to = length;
      this.#isOwn = true;
    }
  }

  /** Moves what waits into a buffer with room for `length` bytes, and for the rest of the frame as far as it is believed. */
  #move(length: number, arrived: number): void {
    if (this.#isOwn && this.#bytes.length >= length) {
      this.#bytes.copyWithin(0, this.#from, this.#to);
    } else {
      const claimed = Math.min(this.#scanner.needed, this.maxFrameBytes);
      const bytes = this.#pool.take(Math.max(length, Math.min(claimed, arrived * MAX_TRUST)));
      this.#bytes.copy(bytes, 0, this.#from, this.#to);
      if (this.#isOwn) this.#pool.give(this.#bytes);
      this.#bytes = bytes;
      this.#isOwn = true;
    }
    this.#to -= this.#from;
    this.#from = 0;
  }

  #letGo(): void {
    if (this.#isOwn) this.#pool.give(this.#bytes);
    this.#bytes = NOTHING;
    this.#from = 0;
    this.#to = 0;
    this.#isOwn = false;
  }
}

const NOTHING = Buffer.alloc(0);
