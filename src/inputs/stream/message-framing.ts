import type { Batch, Framing } from './protocol.ts';

/*
 * Lines, and with `counted` what RFC 6587 has for syslog, told apart for each message:
 *
 *     octet counting   LENGTH SP "<" ...     LENGTH has no leading zero and at most 9 digits
 *     lines            anything else, up to LF or NUL
 *
 * Blanks, CR, LF and NUL between messages are nothing. A message above the limit is cut there, its rest is skipped and counted.
 */

/** Messages without their line ends, as they arrived. */
export interface MessageBatch extends Batch {
  readonly messages: readonly Buffer[];
  /** Above 0: the only message was cut, and this many bytes of it left out. */
  readonly cutBytes: number;
}

export const batchOf = (messages: readonly Buffer[], size: number, cutBytes = 0): MessageBatch => ({
  size,
  messages,
  cutBytes,
});

export function halvesOf({ messages, cutBytes }: MessageBatch): readonly [MessageBatch, MessageBatch] | undefined {
  if (messages.length < 2 || cutBytes > 0) return undefined;
  const half = messages.length >> 1;
  const part = (list: readonly Buffer[]) =>
    batchOf(
      list,
      list.reduce((sum, { length }) => sum + length, 0),
    );
  return [part(messages.slice(0, half)), part(messages.slice(half))];
}

/** `start`: between messages; `count`: digits that may be a length; `octets`: within a counted message; `line`: within a line. */
type State = 'start' | 'count' | 'octets' | 'line';

export class MessageFraming implements Framing<MessageBatch> {
  readonly #maxBytes: number;
  readonly #counted: boolean;
  #state: State = 'start';
  #held: Buffer = NOTHING;
  #heldBytes = 0;
  #cutBytes = 0;
  /** Bytes of a counted message that have not come. */
  #missing = 0;
  #frozen = false;

  constructor(maxBytes: number, counted: boolean) {
    this.#maxBytes = maxBytes;
    this.#counted = counted;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  push(read: Buffer): MessageBatch[] {
    const done: MessageBatch[] = [];
    const hasNul = read.includes(0);
    let messages: Buffer[] = [];
    let size = 0;
    const flush = (): void => {
      if (messages.length > 0) done.push(batchOf(messages, size));
      messages = [];
      size = 0;
    };
    let at = 0;
    while (at < read.length) {
      if (this.#state === 'start') {
        if (isBetween(read[at]!)) {
          at++;
          continue;
        }
        const end = this.#whole(read, at, hasNul);
        if (end > at) {
          const message = trimmed(read, this.#start, end);
          if (message.length > 0) {
            messages.push(message);
            size += message.length;
          }
          at = end;
          continue;
        }
      }
      at = this.#partial(read, at, hasNul);
      if (this.#state !== 'start') continue;
      const message = this.#take();
      if (message === undefined) continue;
      flush();
      done.push(message);
    }
    flush();
    return done;
  }

  end(): MessageBatch | undefined {
    this.#state = 'start';
    return this.#take();
  }

  freeze(): void {
    this.#frozen = true;
  }

  /** Where a message ends that lies whole, and not too long, in the read; its first byte is `#start`. 0: it does not. */
  #whole(read: Buffer, at: number, hasNul: boolean): number {
    this.#start = at;
    if (this.#counted && isLengthDigit(read[at]!)) {
      const blank = lengthEnd(read, at);
      // More of the digits may come with the next read.
      if (blank >= read.length - 1) return 0;
      if (isCounted(read, at, blank)) {
        const count = lengthOf(read, at, blank);
        this.#start = blank + 1;
        return count <= this.#maxBytes && blank + 1 + count <= read.length ? blank + 1 + count : 0;
      }
    }
    const end = lineEnd(read, at, hasNul);
    return end === -1 || end - at > this.#maxBytes ? 0 : end;
  }
  #start = 0;

  /** Takes what belongs to the open message; returns where the read goes on. The state is `start` again when it is whole. */
  #partial(read: Buffer, from: number, hasNul: boolean): number {
    if (this.#state === 'start') {
      this.#state = this.#counted && isLengthDigit(read[from]!) ? 'count' : 'line';
      this.#missing = 0;
    }
    if (this.#state === 'count') return this.#count(read, from);
    if (this.#state === 'octets') {
      const end = Math.min(read.length, from + this.#missing);
      this.#hold(read.subarray(from, end));
      this.#missing -= end - from;
      if (this.#missing === 0) this.#state = 'start';
      return end;
    }
    const end = lineEnd(read, from, hasNul);
    this.#hold(read.subarray(from, end === -1 ? read.length : end));
    if (end === -1) return read.length;
    this.#state = 'start';
    return end + 1;
  }

  /** One byte more of what may be a length. */
  #count(read: Buffer, at: number): number {
    const byte = read[at]!;
    const held = this.#held.subarray(0, this.#heldBytes);
    const isBlankHeld = held.at(-1) === SPACE;
    if (isBlankHeld && byte === LESS) {
      this.#missing = lengthOf(held, 0, held.length - 1);
      this.#heldBytes = 0;
      this.#state = 'octets';
      return at;
    }
    const isMore = !isBlankHeld && held.length < MAX_DIGITS + 1 && (isDigit(byte) || byte === SPACE);
    if (!isMore) {
      this.#state = 'line';
      return at;
    }
    this.#hold(read.subarray(at, at + 1));
    return at + 1;
  }

  #hold(bytes: Buffer): void {
    const room = (this.#frozen ? this.#heldBytes : this.#maxBytes) - this.#heldBytes;
    const kept = this.#cutBytes > 0 ? 0 : Math.min(room, bytes.length);
    this.#cutBytes += bytes.length - kept;
    if (kept === 0) return;
    const needed = this.#heldBytes + kept;
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, Math.max(needed, this.#held.length * 2, 256)));
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldBytes, 0, kept);
    this.#heldBytes = needed;
  }

  #take(): MessageBatch | undefined {
    const cutBytes = this.#cutBytes;
    const message = cutBytes > 0 ? this.#held.subarray(0, this.#heldBytes) : trimmed(this.#held, 0, this.#heldBytes);
    this.#held = NOTHING;
    this.#heldBytes = 0;
    this.#cutBytes = 0;
    this.#missing = 0;
    this.#frozen = false;
    return message.length === 0 && cutBytes === 0 ? undefined : batchOf([message], message.length, cutBytes);
  }
}

/** A message without the line end that a sender put within what it counted. */
export function trimmed(bytes: Buffer, start: number, end: number): Buffer {
  let last = end;
  while (last > start && isLineEnd(bytes[last - 1]!)) last--;
  return bytes.subarray(start, last);
}

function lineEnd(read: Buffer, at: number, hasNul: boolean): number {
  const newline = read.indexOf(LF, at);
  const nul = hasNul ? read.indexOf(0, at) : -1;
  return nul === -1 ? newline : newline === -1 ? nul : Math.min(newline, nul);
}

/** The first byte behind the digits. */
function lengthEnd(bytes: Buffer, at: number): number {
  let end = at;
  while (end < bytes.length && end - at < MAX_DIGITS && isDigit(bytes[end]!)) end++;
  return end;
}

const isCounted = (bytes: Buffer, at: number, blank: number): boolean =>
  blank > at && bytes[blank] === SPACE && bytes[blank + 1] === LESS;

const lengthOf = (bytes: Buffer, from: number, to: number): number => Number(bytes.toString('latin1', from, to));

const MAX_DIGITS = 9;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isLengthDigit = (byte: number): boolean => byte >= 0x31 && byte <= 0x39;
const isLineEnd = (byte: number): boolean => byte === LF || byte === CR || byte === 0;
const isBetween = (byte: number): boolean => isLineEnd(byte) || byte === SPACE;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const LESS = 0x3c;
const NOTHING = Buffer.alloc(0);
