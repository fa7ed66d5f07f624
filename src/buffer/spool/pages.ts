const PAGE_BYTES = 1024 * 1024;
/**
 * Pages kept for the next documents while others are in use: fresh memory costs page faults, and what is let go of stays until
 * the garbage collector has gone round, for its sake alone.
 */
const MAX_FREE_PAGES = 16;
/** The same when nothing is in use any more, which a log of the usual size fills: a burst is over. */
const MAX_IDLE_PAGES = 8;

interface Page {
  readonly bytes: Buffer;
  /** Bytes that were given out and not given back. */
  live: number;
}

/**
 * Where documents become bytes, one behind the other, as soon as they are made: no text waits for the disk (what lives
 * that long is copied by the garbage collector, again and again), and what lies side by side is written as one piece.
 *
 * Pages are used again: whoever holds what `take` gave must call `give` when nobody looks at it any more, once for each
 * byte, in whatever pieces. What never is given back costs its page, nothing else.
 */
export class Pages {
  readonly #pages = new Map<ArrayBufferLike, Page>();
  readonly #free: Page[] = [];
  #page: Page = { bytes: Buffer.alloc(0), live: 0 };
  /** Where the next document goes, and where the one begins that was not taken yet. */
  #at = 0;
  #start = 0;
  #readers = 0;

  /** Appends the first `length` of `bytes`. False: they did not fit behind what `take` has not taken yet; take that, then append again. */
  append(bytes: Buffer, length: number): boolean {
    if (!this.#hasRoom(length)) return false;
    bytes.copy(this.#page.bytes, this.#at, 0, length);
    this.#at += length;
    return true;
  }

  /** What was appended since the last time. */
  take(): Buffer {
    const bytes = this.#page.bytes.subarray(this.#start, this.#at);
    this.#page.live += bytes.length;
    this.#start = this.#at;
    return bytes;
  }

  /** Forgets what was appended since the last `take`. */
  discard(): void {
    this.#at = this.#start;
  }

  /** Nobody looks at these any more. Bytes of another origin are left alone. */
  give(views: readonly Buffer[]): void {
    for (const view of views) {
      const page = this.#pages.get(view.buffer);
      if (page === undefined) continue;
      page.live -= view.length;
      if (page.live <= 0 && page !== this.#page) this.#release(page);
    }
  }

  /** What was given out stays as it is, also when it is given back, until the function that this gives is called. */
  hold(): () => void {
    this.#readers++;
    let isHeld = true;
    return () => {
      if (isHeld) this.#readers--;
      isHeld = false;
    };
  }

  /** False: there is none, and this page holds what was not taken yet. */
  #hasRoom(bytes: number): boolean {
    if (bytes <= this.#page.bytes.length - this.#at) return true;
    if (this.#at > this.#start) return false;
    this.#turn(bytes);
    return true;
  }

  #turn(bytes: number): void {
    const full = this.#page;
    const free = bytes <= PAGE_BYTES ? this.#free.pop() : undefined;
    this.#page = free ?? { bytes: Buffer.allocUnsafeSlow(Math.max(PAGE_BYTES, bytes)), live: 0 };
    this.#pages.set(this.#page.bytes.buffer, this.#page);
    this.#at = 0;
    this.#start = 0;
    if (full.live <= 0) this.#release(full);
  }

  #release(page: Page): void {
    this.#pages.delete(page.bytes.buffer);
    // Left to whoever reads it, it is not written to again.
    if (this.#readers > 0) return;
    if (page.bytes.length === PAGE_BYTES && this.#free.length < MAX_FREE_PAGES) this.#free.push(page);
    // Only the one that is written to is left.
    if (this.#pages.size <= 1 && this.#free.length > MAX_IDLE_PAGES) this.#free.length = MAX_IDLE_PAGES;
  }
}

/** Views that lie side by side in one page become one. */
export function mergeAdjacent(views: readonly Buffer[]): Buffer[] {
  const merged: Buffer[] = [];
  for (let i = 0; i < views.length; ) {
    const first = views[i]!;
    let end = first.byteOffset + first.length;
    let next = i + 1;
    for (; next < views.length; next++) {
      const view = views[next]!;
      if (view.buffer !== first.buffer || view.byteOffset !== end) break;
      end += view.length;
    }
    merged.push(next === i + 1 ? first : Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset));
    i = next;
  }
  return merged;
}

/** Whether views are less than half of the memory that they keep from being used again. */
export function isScattered(views: readonly Buffer[]): boolean {
  const held = new Set<ArrayBufferLike>();
  let bytes = 0;
  let room = 0;
  for (const { buffer, length } of views) {
    bytes += length;
    if (held.has(buffer)) continue;
    held.add(buffer);
    room += buffer.byteLength;
  }
  return bytes * 2 < room;
}
