import { LineSplitter, type Lines } from './lines.ts';

/*
 * Syslog with octet counting (RFC 6587, 3.4.1), which syslog-ng's `syslog()` and others write by themselves:
 *
 *     stream  := { count SP message }      count = digits, the bytes of the message
 *
 * There is no newline between messages, and there may be some in them. Newlines and NULs before a count are stepped over,
 * for some write both. What does not begin with a count ends the counting: the rest of the stream is lines.
 */

/** Whether a connection that begins so counts. */
export function isCounted(first: Buffer): boolean {
  return /^\d{1,7} <\d{1,3}>/.test(first.toString('latin1', 0, 16));
}

/** Cuts a byte stream into counted messages, as `LineSplitter` does into lines. */
export class CountedSplitter {
  readonly #maxBytes: number;
  /** What has arrived of the next message, its count included. */
  #held: Buffer = NOTHING;
  /** The begin of a message above the limit, of which `#skip` bytes are to come. */
  #begin: Buffer = NOTHING;
  #skip = 0;
  #cutBytes = 0;
  /** Takes over where the counting ends. */
  #lines: LineSplitter | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of the open message in memory. */
  get heldBytes(): number {
    return this.#lines?.heldBytes ?? this.#held.length + this.#begin.length;
  }

  /** Takes a read over and gives the messages that it completes; usually all of them as one. */
  push(read: Buffer): Lines[] {
    if (this.#lines !== undefined) return this.#lines.push(read);
    const done: Lines[] = [];
    const plain: Buffer[] = [];
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, read]) : read;
    let at = 0;
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at);
        at += skipped;
        this.#skip -= skipped;
        if (this.#skip === 0) done.push(this.#takeCut());
        continue;
      }
      const header = headerAt(bytes, at);
      if (header === 'incomplete') break;
      if (header === 'none') {
        this.#held = NOTHING;
        this.#lines = new LineSplitter(this.#maxBytes);
        give(plain, done);
        return [...done, ...this.#lines.push(bytes.subarray(at))];
      }
      const end = header.start + header.count;
      if (Math.min(end, header.start + this.#maxBytes) > bytes.length) break;
      at = Math.min(end, header.start + this.#maxBytes);
      const message = bytes.subarray(header.start, at);
      const isLine = at === end && !trimmed(message).includes(LF);
      if (!isLine) give(plain, done);
      if (isLine) plain.push(trimmed(message));
      else if (at < end) this.#cut(message, end - at);
      else done.push({ bytes: trimmed(message), cutBytes: 0, isOne: true });
    }
    this.#held = Buffer.from(bytes.subarray(at));
    give(plain, done);
    return done;
  }

  /** The stream has ended: what is open is a message, too. */
  end(): Lines | undefined {
    if (this.#lines !== undefined) return this.#lines.end();
    if (this.#skip > 0) return this.#takeCut();
    const header = headerAt(this.#held, 0);
    const bytes = typeof header === 'string' ? this.#held : this.#held.subarray(header.start);
    this.#held = NOTHING;
    return bytes.length > 0 ? { bytes, cutBytes: 0, isOne: true } : undefined;
  }

  /** Keeps no more of the open message: memory is short. Its rest will be cut off. */
  freeze(): void {
    if (this.#lines !== undefined) {
      this.#lines.freeze();
      return;
    }
    const header = headerAt(this.#held, 0);
    if (typeof header === 'string') return;
    const message = this.#held.subarray(header.start);
    this.#held = NOTHING;
    this.#cut(message, header.count - message.length);
  }

  #cut(message: Buffer, rest: number): void {
    this.#begin = Buffer.from(message);
    this.#skip = rest;
    this.#cutBytes = rest;
  }

  #takeCut(): Lines {
    const lines = { bytes: this.#begin, cutBytes: this.#cutBytes - this.#skip };
    this.#begin = NOTHING;
    this.#skip = 0;
    return lines;
  }
}

/** Messages of one line each go together. */
function give(plain: Buffer[], done: Lines[]): void {
  if (plain.length === 0) return;
  const lines = plain.flatMap((message, i) => (i === 0 ? [message] : [NEWLINE, message]));
  plain.length = 0;
  done.push({ bytes: Buffer.concat(lines), cutBytes: 0 });
}

/** The count that stands at `at`, and where its message starts. */
function headerAt(bytes: Buffer, at: number): { count: number; start: number } | 'incomplete' | 'none' {
  let i = at;
  while (i < bytes.length && (bytes[i] === LF || bytes[i] === 0)) i++;
  let count = 0;
  for (const first = i; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === SPACE && i > first) return { count, start: i + 1 };
    if (byte < ZERO || byte > ZERO + 9 || i - first === MAX_DIGITS) return 'none';
    count = count * 10 + byte - ZERO;
  }
  return 'incomplete';
}

function trimmed(message: Buffer): Buffer {
  let end = message.length;
  while (end > 0 && (message[end - 1] === LF || message[end - 1] === CR || message[end - 1] === 0)) end--;
  return message.subarray(0, end);
}

const MAX_DIGITS = 9;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const ZERO = 0x30;
const NOTHING = Buffer.alloc(0);
const NEWLINE = Buffer.of(LF);
