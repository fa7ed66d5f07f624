import { hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Encoding, encodingOfMark, lastLineEnd, lineEnd, unitOf } from './encoding.ts';
import type { FileState } from './journal.ts';
import type { FilesInputOptions } from './options.ts';
import { Records } from './records.ts';

/** Bytes before a position, and at the begin of a file, by which it is known again. */
const PRINT_BYTES = 256;
const HEAD_BYTES = 128;
/** Read at a time, unless a line may be longer. */
const BATCH_BYTES = 512 * 1024;
/** Looked through at a time for the end of a hole or of a line that is too long: other files have their turn meanwhile. */
const SEARCH_BYTES = 64 * BATCH_BYTES;

/** Lines that are handed on together. */
export interface Batch {
  readonly start: number;
  /** Where the next one begins. */
  readonly end: number;
  /** Whole lines from `start` on. */
  readonly bytes: Buffer;
  /** Above 0: `bytes` is the begin of one line, and so many bytes more belong to it. */
  readonly cutBytes: number;
  readonly encoding: Encoding;
  /** Of the file when all of it is durable. */
  readonly tail: string;
}

const headOf = (bytes: Uint8Array): string => `${bytes.length}:${printOf(bytes)}`;
export const printOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex').slice(0, 24);

/** One entry of the settings. */
export interface Entry {
  readonly options: FilesInputOptions;
  /** Its `paths`, by which it is known again after a restart. */
  readonly key: string;
  readonly hostname: string;
}

/** A file that is followed. */
export class TrackedFile {
  readonly state: FileState;
  readonly entry: Entry;
  readonly records: Records;
  readonly tag: string;
  size = 0;
  #mtimeMs = 0;
  /** The greatest size it had. */
  #highest = 0;
  /** When it was taken up, in this run. */
  readonly foundAt: number;
  /** When it was last seen to change. */
  changedAt: number;
  nextLookAt = 0;
  /** It is no longer where it was found, since then. */
  missingSince: number | undefined;
  /** Not before that time: it could not be read, or its lines were refused. */
  retryAt = 0;
  failures = 0;
  lastUsed = 0;
  #handle: FileHandle | undefined;
  #markedEncoding: Encoding | undefined;
  /** Without a line end between the position and here. */
  #scanned = 0;
  /** Nothing more can be taken as long as the file has this size. */
  #waitsAt = -1;

  constructor(state: FileState, entry: Entry, now: number) {
    this.state = state;
    this.entry = entry;
    this.foundAt = now;
    this.changedAt = now;
    const { format, fields, tag } = entry.options;
    this.records = new Records({ path: state.path, format, fields, hostname: entry.hostname });
    this.tag = tag.replaceAll('*', state.path.replace(/^\/+/, '').replaceAll('/', '.'));
  }

  get isOpen(): boolean {
    return this.#handle !== undefined;
  }

  get id(): string {
    return `${this.state.dev}:${this.state.ino}`;
  }

  /** Bytes that are not durable. */
  get lag(): number {
    return Math.max(0, this.size - this.state.offset);
  }

  /** The same, of what it held before it was emptied. */
  get unreadAtMost(): number {
    return Math.max(0, this.#highest - this.state.offset);
  }

  /** Nobody writes to it any more: what is there is all there is. */
  isFinal(now: number): boolean {
    const { missingSince } = this;
    return (
      missingSince !== undefined && now - Math.max(missingSince, this.changedAt) >= this.entry.options.rotate_wait_ms
    );
  }

  /** Whether `next` may give something. */
  isReady(now: number): boolean {
    const { pending, offset } = this.state;
    if (now < this.retryAt) return false;
    if (pending !== undefined || this.size < offset) return true;
    if (this.size === offset) return false;
    if (this.size !== this.#waitsAt) return true;
    return this.isFinal(now) || now - this.changedAt >= this.entry.options.partial_line_timeout_ms;
  }

  /** How long it is now. False: it is not where it was. */
  async look(now: number): Promise<boolean> {
    const found = await (this.#handle?.stat() ?? stat(this.state.location).catch(ifGone));
    if (found === undefined || found.ino !== this.state.ino) return false;
    this.seen(found.size, found.mtimeMs, now);
    return true;
  }

  /** Its size and its time of change were found to be these. */
  seen(size: number, mtimeMs: number, now: number): void {
    if (size !== this.size || mtimeMs !== this.#mtimeMs) this.changedAt = now;
    if (mtimeMs !== this.#mtimeMs && size === this.#waitsAt) this.#waitsAt = -1;
    this.size = size;
    this.#highest = Math.max(this.#highest, size);
    this.#mtimeMs = mtimeMs;
  }

  /**
   * The next lines. `replaced`: the file does not hold what was read of it. `missing`: it is not where it was. `on the way`: it
   * goes on where the search for a line has come to. Undefined: there is no whole line yet. Rejects as reading does.
   */
  async next(now: number): Promise<Batch | 'replaced' | 'missing' | 'on the way' | undefined> {
    const handle = await this.#open(now);
    if (handle === undefined) return 'missing';
    const { state, entry } = this;
    const { offset, pending } = state;
    const found = await handle.stat();
    this.seen(found.size, found.mtimeMs, now);
    if (this.size < Math.max(offset, pending ?? 0)) return 'replaced';
    const most = Math.max(BATCH_BYTES, entry.options.max_line_bytes + 8);
    const before = Math.min(offset, PRINT_BYTES);
    const wanted = Math.min((pending ?? this.size) - offset, most);
    const memory = await readAt(handle, offset - before, before + wanted);
    if (memory.length < before || (before > 0 && printOf(memory.subarray(0, before)) !== state.tail)) return 'replaced';
    // It is emptied at this moment.
    if (pending !== undefined && memory.length < before + wanted) return 'replaced';
    const content = memory.subarray(before);
    // Known before anything of it is handed on: what is left of it after a crash may be a copy.
    if (offset < HEAD_BYTES) state.head = headOf(memory.subarray(0, HEAD_BYTES));
    if (offset === 0) this.#markedEncoding = encodingOfMark(content);
    const encoding = this.#markedEncoding ?? entry.options.encoding;
    const batch = async (end: number): Promise<Batch> => {
      const isCut = end - offset > content.length;
      const bytes = isCut ? content : content.subarray(0, end - offset);
      const known = memory.subarray(0, before + bytes.length);
      const print = isCut ? await readAt(handle, end - PRINT_BYTES, PRINT_BYTES) : known.subarray(-PRINT_BYTES);
      const ending = isCut && lastLineEnd(print, encoding) === print.length ? unitOf(encoding) : 0;
      return {
        ...{ start: offset, end, bytes, cutBytes: end - offset - bytes.length - ending, encoding },
        tail: printOf(print),
      };
    };
    if (pending !== undefined) return batch(pending);
    const end = lastLineEnd(content, encoding);
    if (end > 0) return batch(offset + end);
    if (content.length === 0) return undefined;
    const isFull = content.length === most;
    // The hole that a crash has left, or a program that goes on at its old place in an emptied file.
    if (unitOf(encoding) === 1 && content[0] === 0)
      return isFull || !isZero(content) ? this.#skipHole(handle) : this.#wait();
    if (isFull) {
      const from = Math.max(this.#scanned, offset + content.length);
      const far = await this.#scan(handle, from, encoding);
      if (far !== undefined) return batch(far);
      if (this.#scanned - from >= SEARCH_BYTES) return 'on the way';
    }
    const isOver = this.isFinal(now);
    if (!isOver && (now - this.changedAt < entry.options.partial_line_timeout_ms || content.at(-1) === 0))
      return this.#wait();
    const units = this.size - ((this.size - offset) % unitOf(encoding));
    return units === offset ? this.#wait() : batch(isFull ? units : Math.min(units, offset + content.length));
  }

  /** What ends there is durable. */
  advance({ end, tail }: Pick<Batch, 'end' | 'tail'>): void {
    const { state } = this;
    state.offset = end;
    state.tail = tail;
    state.pending = undefined;
    this.#scanned = 0;
    this.#waitsAt = -1;
  }

  /** Begins at the end of what is there. */
  async skipToEnd(): Promise<void> {
    const handle = await this.#open(this.changedAt);
    if (handle === undefined) return;
    const { size } = await handle.stat();
    const start = await readAt(handle, 0, Math.min(size, HEAD_BYTES));
    const tail = await readAt(handle, Math.max(0, size - PRINT_BYTES), Math.min(size, PRINT_BYTES));
    this.state.head = headOf(start);
    this.advance({ end: size, tail: printOf(tail) });
    this.size = size;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #open(now: number): Promise<FileHandle | undefined> {
    this.lastUsed = now;
    if (this.#handle !== undefined) return this.#handle;
    const handle = await openFile(this.state.location).catch(ifGone);
    if (handle === undefined) return undefined;
    const { ino, dev } = await handle.stat();
    if (ino !== this.state.ino) {
      await handle.close();
      return undefined;
    }
    this.state.dev = dev;
    this.#markedEncoding = encodingOfMark(await readAt(handle, 0, 3));
    this.#handle = handle;
    return handle;
  }

  /** Goes behind the zeros at the position, or some way into them. */
  async #skipHole(handle: FileHandle): Promise<'on the way'> {
    let at = this.state.offset;
    for (const limit = at + SEARCH_BYTES; at < limit; ) {
      const bytes = await readAt(handle, at, BATCH_BYTES);
      const isHole = isZero(bytes);
      at += isHole ? bytes.length : bytes.findIndex(byte => byte !== 0);
      if (!isHole || bytes.length < BATCH_BYTES) break;
    }
    this.advance({
      end: at,
      tail: printOf(await readAt(handle, Math.max(0, at - PRINT_BYTES), Math.min(at, PRINT_BYTES))),
    });
    return 'on the way';
  }

  /** The end of the line, if it is found within `SEARCH_BYTES`. */
  async #scan(handle: FileHandle, from: number, encoding: Encoding): Promise<number | undefined> {
    const unit = unitOf(encoding);
    let at = from - ((from - this.state.offset) % unit);
    for (const limit = at + SEARCH_BYTES; at < limit; ) {
      const bytes = await readAt(handle, at, BATCH_BYTES);
      const end = lineEnd(bytes, 0, encoding);
      if (end > 0) return at + end;
      if (bytes.length < BATCH_BYTES) break;
      at += bytes.length;
    }
    this.#scanned = at;
    return undefined;
  }

  #wait(): undefined {
    this.#waitsAt = this.size;
    return undefined;
  }
}

const ZEROS = Buffer.alloc(BATCH_BYTES);

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (!part.equals(ZEROS.subarray(0, part.length))) return false;
  }
  return true;
}

/** Opens to read. A pipe that has come to stand in the place of a file holds nothing up. */
export const openFile = (path: string): Promise<FileHandle> => open(path, constants.O_RDONLY | constants.O_NONBLOCK);

/** So many bytes from there on, fewer at the end of the file. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const memory = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await handle.read(memory, got, length - got, position + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return memory.subarray(0, got);
}

export function ifGone(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
