/*
 * `GET /containers/<id>/logs?timestamps=1`. Without a terminal each line, or piece of a line above 16 KiB, is a frame:
 *
 *     stream    1 byte     1 stdout, 2 stderr, 3 the engine's own error
 *     zero      3 bytes
 *     length    4 bytes    big endian
 *     content   2026-11-30T16:18:31.123456789Z text\n
 *
 * A piece that goes on has no line end; all pieces of a line have its time. With a terminal the contents come one behind the
 * other without frames.
 */

export type StreamName = 'stdout' | 'stderr';

/** A line, or a piece of one. */
export interface LogLine {
  /** `2026-11-30T16:18:31.123456789Z`, always so long: as texts they sort as times. Empty: it has none. */
  readonly time: string;
  /** The same in epoch milliseconds; NaN: it has none. */
  readonly ms: number;
  readonly stream: StreamName;
  /** Without time and line end. */
  readonly bytes: Buffer;
  /** False: the next of this stream belongs to the same line. */
  readonly isWhole: boolean;
  /** Bytes that were left out at its end. */
  readonly cutBytes: number;
}

/** What came is nothing that an engine sends; the connection is of no more use. */
export class BrokenStream extends Error {}

export interface LogDecoder {
  /** The lines that are whole with these bytes. @throws BrokenStream */
  push(chunk: Buffer): LogLine[];
  /** What is left when the stream has ended. @throws BrokenStream */
  end(): LogLine[];
}

const EMPTY: Buffer = Buffer.alloc(0);
const HEADER_BYTES = 8;
/** A frame has a time before its content. */
const TIME_BYTES = 64;

/** Frames of a container without a terminal. Of a frame above `maxLineBytes` only so much is kept in memory. */
export class FrameDecoder implements LogDecoder {
  readonly #most: number;
  readonly #maxLineBytes: number;
  #header: Buffer = EMPTY;
  #stream: StreamName | 'engine' = 'stdout';
  #parts: Buffer[] = [];
  /** Bytes of the frame that are to come; -1: its header is. */
  #left = -1;
  #kept = 0;
  #cut = 0;
  #broken: unknown;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
    this.#most = maxLineBytes + TIME_BYTES;
  }

  push(chunk: Buffer): LogLine[] {
    if (this.#broken !== undefined) throw this.#broken;
    const lines: LogLine[] = [];
    try {
      this.#pushTo(lines, chunk);
    } catch (error) {
      // What came before it is good, and would never get on if it was left out.
      if (lines.length === 0) throw error;
      this.#broken = error;
    }
    return lines;
  }

  #pushTo(lines: LogLine[], chunk: Buffer): void {
    let at = 0;
    for (;;) {
      if (this.#left === -1) {
        at = this.#wholeFrames(chunk, at, lines);
        if (at === chunk.length) return;
        const missing = HEADER_BYTES - this.#header.length;
        const more = chunk.subarray(at, at + missing);
        at += more.length;
        this.#header = this.#header.length === 0 ? more : Buffer.concat([this.#header, more]);
        if (this.#header.length < HEADER_BYTES) {
          // Not a view that keeps the whole chunk.
          this.#header = Buffer.from(this.#header);
          return;
        }
        this.#left = this.#header.readUInt32BE(4);
        this.#stream = streamIn(this.#header, 0);
        this.#header = EMPTY;
      }
      const take = Math.min(this.#left, chunk.length - at);
      const keep = Math.min(take, this.#most - this.#kept);
      if (keep > 0) this.#parts.push(chunk.subarray(at, at + keep));
      this.#kept += keep;
      this.#cut += take - keep;
      at += take;
      this.#left -= take;
      if (this.#left > 0) return;
      lines.push(this.#finish());
      if (at === chunk.length) return;
    }
  }

  /** A frame that was cut off comes again after a reconnect. */
  end(): LogLine[] {
    if (this.#broken !== undefined) throw this.#broken;
    return [];
  }

  /** The frames that lie in the chunk as a whole, as most do: where the first one begins that does not. */
  #wholeFrames(chunk: Buffer, from: number, lines: LogLine[]): number {
    if (this.#header.length > 0) return from;
    let at = from;
    while (at + HEADER_BYTES <= chunk.length) {
      const stream = streamIn(chunk, at);
      const content = at + HEADER_BYTES;
      const length = chunk.readUInt32BE(at + 4);
      const end = content + length;
      if (end > chunk.length || length > this.#most || stream === 'engine') break;
      lines.push(lineOf(chunk, content, end, stream, 0, this.#maxLineBytes));
      at = end;
    }
    return at;
  }

  #finish(): LogLine {
    const content = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    const cut = this.#cut;
    this.#parts = [];
    this.#kept = 0;
    this.#cut = 0;
    this.#left = -1;
    if (this.#stream === 'engine')
      throw new BrokenStream(`the engine could not read on: ${content.toString('utf8', 0, 300).trim()}`);
    return lineOf(content, 0, content.length, this.#stream, cut, this.#maxLineBytes);
  }
}

/** @throws BrokenStream */
function streamIn(bytes: Buffer, at: number): StreamName | 'engine' {
  const kind = bytes[at]!;
  if (kind > 3 || bytes[at + 1] !== 0 || bytes[at + 2] !== 0 || bytes[at + 3] !== 0)
    throw new BrokenStream('the engine sent something that is no frame of a log');
  return kind === 3 ? 'engine' : kind === 2 ? 'stderr' : 'stdout';
}

const LF = 0x0a;
const SPACE = 0x20;
/** Pieces of long lines are so long. */
const PIECE_BYTES = 16_384;

/** Lines of a container with a terminal. */
export class TerminalDecoder implements LogDecoder {
  readonly #maxLineBytes: number;
  #rest: Buffer = EMPTY;
  /** Without a line end so far. */
  #scanned = 0;
  #cut = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  push(chunk: Buffer): LogLine[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const most = this.#maxLineBytes + TIME_BYTES;
    const lines: LogLine[] = [];
    let from = 0;
    let scanned = this.#scanned;
    for (;;) {
      const piece = pieceEnd(bytes, from);
      const found = bytes.indexOf(LF, from + scanned);
      if (piece !== -1 && (found === -1 || found >= piece)) {
        lines.push(lineOf(bytes, from, piece, 'stdout', this.#cut, this.#maxLineBytes));
        from = piece;
        scanned = 0;
        continue;
      }
      if (found === -1) break;
      lines.push(lineOf(bytes, from, found + 1, 'stdout', this.#cut, this.#maxLineBytes));
      this.#cut = 0;
      from = found + 1;
      scanned = 0;
    }
    let rest = bytes.subarray(from);
    if (rest.length > most) {
      this.#cut += rest.length - most;
      rest = rest.subarray(0, most);
    }
    this.#rest = Buffer.from(rest);
    this.#scanned = rest.length;
    return lines;
  }

  end(): LogLine[] {
    const rest = this.#rest;
    this.#rest = EMPTY;
    this.#scanned = 0;
    // Less than a time: it comes again.
    return rest.length > TIME_BYTES ? [lineOf(rest, 0, rest.length, 'stdout', this.#cut, this.#maxLineBytes)] : [];
  }
}

/** Where a piece ends behind which the same time stands again; -1: there is none, or it is not all here. */
function pieceEnd(bytes: Buffer, from: number): number {
  const end = from + FIXED_TIME + 1 + PIECE_BYTES;
  if (bytes.length < end + FIXED_TIME + 1) return -1;
  const head = FIXED_TIME + 1;
  return bytes.compare(bytes, end, end + head, from, from + head) === 0 && bytes[from + FIXED_TIME] === SPACE
    ? end
    : -1;
}

/** `2026-11-30T16:18:31.123456789Z` */
const FIXED_TIME = 30;
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** The line of `bytes` from `start` to `stop`. */
function lineOf(
  bytes: Buffer,
  start: number,
  stop: number,
  stream: StreamName,
  cut: number,
  maxLineBytes: number,
): LogLine {
  const hasEnd = stop > start && bytes[stop - 1] === LF;
  let end = hasEnd ? stop - 1 : stop;
  let timeEnd = start + FIXED_TIME;
  // Nearly always the one form; else whatever is before a space, or an empty line whose space was left out.
  if (timeEnd >= end || bytes[timeEnd] !== SPACE) {
    const space = bytes.subarray(start, Math.min(end, start + TIME_BYTES)).indexOf(SPACE);
    timeEnd = space === -1 ? Math.min(end, start + TIME_BYTES) : start + space;
  }
  const time = timeOf(bytes.toString('latin1', start, timeEnd));
  const ms = time === '' ? Number.NaN : secondMs + Number(time.slice(20, 29)) / 1e6;
  const from = time === '' ? start : Math.min(end, timeEnd + 1);
  let cutBytes = cut;
  if (end - from > maxLineBytes) {
    cutBytes += end - from - maxLineBytes;
    end = from + maxLineBytes;
  }
  return { time, ms, stream, bytes: bytes.subarray(from, end), isWhole: cut > 0 || hasEnd, cutBytes };
}

// Most lines are of the same second as the one before.
const NO_TEXT = 'none';
const DIGITS = /^\.\d{9}Z$/;
let secondText = NO_TEXT;
let secondMs = Number.NaN;

/** In the one form that all of them have; empty: it is no time. `secondMs` is its second then. */
function timeOf(text: string): string {
  if (text.length === FIXED_TIME && text.startsWith(secondText) && DIGITS.test(text.slice(19))) return text;
  const found = TIME.exec(text);
  if (found === null) return '';
  secondMs = Date.parse(found[1]! + found[3]!);
  secondText = NO_TEXT;
  if (Number.isNaN(secondMs)) return '';
  const digits = found[2] ?? '';
  if (found[3] === 'Z') secondText = found[1]!;
  if (found[3] === 'Z') return digits.length === 9 ? text : `${found[1]}.${digits.padEnd(9, '0')}Z`;
  return `${new Date(secondMs).toISOString().slice(0, 19)}.${digits.padEnd(9, '0')}Z`;
}
