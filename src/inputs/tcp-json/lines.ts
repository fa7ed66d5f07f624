import { isUtf8 } from 'node:buffer';
import type { Fields } from '../../core/event.ts';
import { newFields } from '../../core/event.ts';
import { type JsonFault, needsCare, readRecord } from '../json/record.ts';
import { ObjectScanner, readOtherLine } from '../json/stream.ts';
import type { Batch, Framing } from '../stream/protocol.ts';

/*
 * The wire:
 *
 *     stream  := { line LF } [ line ]       LF = 0x0A, a CR before it belongs to the newline
 *     line    := objects | any text | nothing but white space (skipped)
 *     objects := item { item }              JSON, with or without white space between them (Fluent Bit's `json_stream`)
 *     item    := object | list of objects   (Fluent Bit's `json`)
 *
 * Objects are taken as soon as they are whole, be there a newline or not. NUL behind an object is a newline (GELF).
 * A line that is no JSON object or list of objects is kept as `{ message: <the text> }`. A line above `max_line_bytes` is cut there, the
 * bytes up to the next LF are skipped and counted: `{ message: <its begin>, truncated_bytes: <number> }`.
 * Where a setting says that all is text or syslog, brackets mean nothing.
 */

/** Complete lines in the order of their arrival. */
export interface Lines extends Batch {
  /** Lines with the LF between them; the last one may be without. */
  readonly bytes: Buffer;
  /** Above 0: `bytes` is the begin of a single line of which this many bytes were left out. */
  readonly cutBytes: number;
  /** It is one message, newlines and all. */
  readonly isOne?: boolean;
}

export interface DecodedLines {
  readonly records: Fields[];
  readonly faults: (JsonFault | 'cut' | 'invalid_utf8')[];
}

const linesOf = (bytes: Buffer, cutBytes: number): Lines => ({ size: bytes.length, bytes, cutBytes });

/** Cuts a byte stream into lines, holding at most `maxLineBytes` of the line that is still open. */
export class LineSplitter implements Framing<Lines> {
  readonly #maxLineBytes: number;
  #held: Buffer = NOTHING;
  #heldBytes = 0;
  #cutBytes = 0;
  #frozen = false;
  /** Where the objects in the open line end. */
  readonly #objects = new ObjectScanner();
  readonly #isJson: boolean;

  /** `isJson`: objects need no newline. */
  constructor(maxLineBytes: number, isJson = true) {
    this.#maxLineBytes = maxLineBytes;
    this.#isJson = isJson;
  }

  /** Bytes of the open line in memory. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes a read over and gives the lines that it completes; usually all of them as one. */
  push(read: Buffer): Lines[] {
    const done: Lines[] = [];
    if (this.#isJson && read.includes(0)) this.#endAtNul(read);
    const last = read.lastIndexOf(LF);
    if (last === -1) {
      this.#open(read, done);
      return done;
    }
    let complete = read.subarray(0, last);
    if (this.#heldBytes > 0 || this.#cutBytes > 0) {
      const end = read.indexOf(LF);
      if (this.#cutBytes > 0 || this.#heldBytes + end > this.#room()) {
        this.#hold(read.subarray(0, end));
        done.push(this.#takeHeld());
        complete = read.subarray(end + 1, Math.max(last, end + 1));
      } else {
        complete = Buffer.concat([this.#takeHeld().bytes, complete]);
      }
    }
    if (complete.length > 0) this.#complete(complete, done);
    this.#objects.reset();
    this.#open(read.subarray(last + 1), done);
    return done;
  }

  /** The stream has ended: what is open is a line, too. */
  end(): Lines | undefined {
    return this.#heldBytes > 0 || this.#cutBytes > 0 ? this.#takeHeld() : undefined;
  }

  /** Keeps no more of the open line: memory is short. Its rest will be cut off. */
  freeze(): void {
    this.#frozen = true;
  }

  #complete(bytes: Buffer, done: Lines[]): void {
    if (bytes.length <= this.#maxLineBytes) {
      done.push(linesOf(bytes, 0));
      return;
    }
    let start = 0;
    let from = 0;
    while (from < bytes.length) {
      const found = bytes.indexOf(LF, from);
      const end = found === -1 ? bytes.length : found;
      if (end - from > this.#maxLineBytes) {
        if (from > start) done.push(linesOf(bytes.subarray(start, from - 1), 0));
        const cut = from + this.#maxLineBytes;
        done.push(linesOf(bytes.subarray(from, cut), end - cut));
        start = end + 1;
      }
      from = end + 1;
    }
    if (start < bytes.length) done.push(linesOf(bytes.subarray(start), 0));
  }

  #hold(bytes: Buffer): void {
    const kept = Math.min(this.#room() - this.#heldBytes, bytes.length);
    this.#cutBytes += bytes.length - kept;
    if (kept === 0) return;
    const needed = this.#heldBytes + kept;
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#maxLineBytes, Math.max(needed, this.#held.length * 2, 256)));
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldBytes, 0, kept);
    this.#heldBytes = needed;
  }

  /** More of the open line: gives its objects that are whole, and holds what is left. */
  #open(bytes: Buffer, done: Lines[]): void {
    for (let rest = bytes; rest.length > 0; ) {
      const room = this.#room() - this.#heldBytes;
      const piece = room > 0 && room < rest.length ? rest.subarray(0, room) : rest;
      this.#hold(piece);
      this.#giveObjects(done);
      rest = rest.subarray(piece.length);
    }
  }

  /** Puts LF for each NUL that stands behind an object or at the begin of a line. */
  #endAtNul(read: Buffer): void {
    for (let at = read.indexOf(0); at !== -1; at = read.indexOf(0, at + 1)) {
      const before = at > 0 ? read[at - 1] : this.#heldBytes > 0 ? this.#held[this.#heldBytes - 1] : LF;
      if (before === CLOSE_OBJECT || before === LF) read[at] = LF;
    }
  }

  /** Gives the whole objects at the begin of the open line, and keeps the rest. */
  #giveObjects(done: Lines[]): void {
    if (!this.#isJson || this.#heldBytes === 0 || this.#cutBytes > 0) return;
    const end = this.#objects.scan(this.#held, this.#heldBytes);
    if (end === 0) return;
    done.push(linesOf(this.#held.subarray(0, end), 0));
    const rest = this.#held.subarray(end, this.#heldBytes);
    this.#held = NOTHING;
    this.#heldBytes = 0;
    this.#frozen = false;
    this.#hold(rest);
    this.#objects.forget(end);
  }

  /** How long the open line may become. */
  #room(): number {
    return this.#frozen || this.#cutBytes > 0 ? this.#heldBytes : this.#maxLineBytes;
  }

  #takeHeld(): Lines {
    const lines = linesOf(this.#held.subarray(0, this.#heldBytes), this.#cutBytes);
    this.#held = NOTHING;
    this.#heldBytes = 0;
    this.#cutBytes = 0;
    this.#frozen = false;
    this.#objects.reset();
    return lines;
  }
}

/** The lines in two parts of about one size; undefined for a single one. */
export function halves(lines: Lines): [Lines, Lines] | undefined {
  if (lines.cutBytes > 0 || lines.isOne === true) return undefined;
  const middle = lines.bytes.length >> 1;
  const before = lines.bytes.lastIndexOf(LF, middle);
  const at = before > 0 ? before : lines.bytes.indexOf(LF, middle);
  if (at === -1 || at === lines.bytes.length - 1) return undefined;
  return [linesOf(lines.bytes.subarray(0, at), 0), linesOf(lines.bytes.subarray(at + 1), 0)];
}

/** Reads the records of complete lines. Pure: the same lines give new, equal records again (for another try). */
export function decodeLines(lines: Lines, maxDepth: number): DecodedLines {
  const faults: DecodedLines['faults'] = [];
  if (lines.cutBytes > 0) {
    const record = newFields();
    record['message'] = cutText(lines.bytes);
    record['truncated_bytes'] = lines.cutBytes;
    faults.push('cut');
    return { records: [record], faults };
  }
  const text = lines.bytes.toString('utf8');
  if (text.includes('\uFFFD') && !isUtf8(lines.bytes)) faults.push('invalid_utf8');
  return { records: readLines(text, maxDepth, faults, lines.isOne === true), faults };
}

/** The records of text lines; what is no JSON object becomes `{ message }`, and its fault goes on the list. */
function readLines(text: string, maxDepth: number, faults: DecodedLines['faults'], isOne: boolean): Fields[] {
  const records: Fields[] = [];
  const careful = needsCare(text);
  for (let start = 0; start < text.length; ) {
    let end = isOne ? -1 : text.indexOf('\n', start);
    if (end === -1) end = text.length;
    const line = text.slice(start, end);
    start = end + 1;
    const record = readRecord(line.charCodeAt(0) === BOM ? line.slice(1) : line, maxDepth, careful);
    if (typeof record !== 'string') records.push(record);
    else {
      for (const item of readOtherLine(line, record, maxDepth, careful)) {
        if (item.fault !== undefined) faults.push(item.fault);
        records.push(item.record);
      }
    }
  }
  return records;
}

/** The text of cut bytes without the half character at the cut. */
function cutText(bytes: Buffer): string {
  let end = bytes.length;
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (back < size) end -= back;
    break;
  }
  return bytes.toString('utf8', 0, end);
}

const LF = 0x0a;
const CLOSE_OBJECT = 0x7d;
const BOM = 0xfeff;
const NOTHING = Buffer.alloc(0);
