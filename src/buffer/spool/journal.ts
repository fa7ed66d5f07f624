import { type FileHandle, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Book, type BookEntry, type BookSnapshot } from '../ledger/book.ts';
import { syncFolder, writeAll } from './chunk-files.ts';

/*
 * What must outlive the logs: the accepted keys, the pieces that still wait for their rest, and how far the counters
 * have come. Appended when a log is rolled; rewritten as a snapshot when it has grown well beyond what it says.
 *
 *   journal = entry*
 *   entry   = type(u8) length(u32 LE) crc32(u32 LE of payload) payload
 *   type    = 1 accepted keys (8 bytes each) | 2 pieces (JSON array) | 3 released piece ids (JSON array) | 4 counters (JSON)
 *           | 5 entry of the ledger's book (JSON) | 6 the whole book (JSON, in a snapshot)
 *
 * Every entry may be repeated: reading them in order gives the same state. A torn tail is cut. Types that are not known
 * are passed over.
 */
const TYPES = { keys: 1, pieces: 2, released: 3, counters: 4, book: 5, books: 6 } as const;
const NAME = /^journal-(\d{10})$/;

export interface Counters {
  /** Number of the last log that was rolled. */
  log: number;
  position: number;
  seq: number;
}

export interface StoredPiece {
  id: string;
  [key: string]: unknown;
}

export interface JournalState {
  keys: Buffer[];
  pieces: Map<string, StoredPiece>;
  counters: Counters;
  book: Book;
}

export interface JournalUpdate {
  keys: Buffer;
  pieces: StoredPiece[];
  released: string[];
  counters: Counters;
  /** An entry, or in a snapshot all of it. */
  book: { entry: BookEntry } | { snapshot: BookSnapshot };
}

export class Journal {
  readonly #dir: string;
  #generation = 0;
  #handle: FileHandle | undefined;
  #bytes = 0;
  #snapshotBytes = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Reads the newest journal. Files of a rewrite that did not finish have another name and are removed. */
  async open(): Promise<JournalState> {
    const state: JournalState = {
      keys: [],
      pieces: new Map(),
      counters: { log: 0, position: 0, seq: 0 },
      book: new Book(),
    };
    const names = await readdir(this.#dir);
    const generations = names.flatMap(name => NAME.exec(name)?.[1] ?? []).map(Number);
    this.#generation = Math.max(0, ...generations);
    let good = 0;
    if (generations.length > 0) good = replay(await readFile(this.#path(this.#generation)), state);
    this.#handle = await open(this.#path(this.#generation), 'a');
    await this.#handle.truncate(good);
    this.#bytes = good;
    this.#snapshotBytes = good;
    for (const old of generations) if (old !== this.#generation) await unlink(this.#path(old));
    await syncFolder(this.#dir);
    return state;
  }

  async append(update: JournalUpdate): Promise<void> {
    await this.#append(encodeUpdate(update));
  }

  /** Only what the ledger has to learn. */
  async note(entry: BookEntry): Promise<void> {
    await this.#append(encodeBook({ entry }));
  }

  async #append(buffers: readonly Buffer[]): Promise<void> {
    const handle = this.#handle!;
    try {
      await writeAll(handle, buffers);
      await handle.datasync();
    } catch (error) {
      // Behind a torn entry no other would be read.
      await handle.truncate(this.#bytes).catch(() => {});
      throw error;
    }
    for (const buffer of buffers) this.#bytes += buffer.length;
  }

  /** True when a snapshot of `stateBytes` would be much smaller than the file. */
  get wantsRewrite(): boolean {
    return this.#bytes > 1_000_000 + 2 * this.#snapshotBytes;
  }

  async rewrite(state: JournalUpdate): Promise<void> {
    const next = this.#generation + 1;
    const temporary = join(this.#dir, 'journal.tmp');
    const handle = await open(temporary, 'w');
    const buffers = encodeUpdate(state);
    await writeAll(handle, buffers);
    await handle.datasync();
    await handle.close();
    await rename(temporary, this.#path(next));
    await syncFolder(this.#dir);
    await this.#handle?.close();
    this.#handle = await open(this.#path(next), 'a');
    await unlink(this.#path(this.#generation)).catch(() => {});
    this.#generation = next;
    this.#bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    this.#snapshotBytes = this.#bytes;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #path(generation: number): string {
    return join(this.#dir, `journal-${String(generation).padStart(10, '0')}`);
  }
}

function encodeUpdate(update: JournalUpdate): Buffer[] {
  const buffers: Buffer[] = [];
  if (update.keys.length > 0) buffers.push(...entry(TYPES.keys, update.keys));
  if (update.pieces.length > 0) buffers.push(...entry(TYPES.pieces, Buffer.from(JSON.stringify(update.pieces))));
  if (update.released.length > 0) buffers.push(...entry(TYPES.released, Buffer.from(JSON.stringify(update.released))));
  buffers.push(...entry(TYPES.counters, Buffer.from(JSON.stringify(update.counters))));
  buffers.push(...encodeBook(update.book));
  return buffers;
}

function encodeBook(book: JournalUpdate['book']): Buffer[] {
  if ('entry' in book) return entry(TYPES.book, Buffer.from(JSON.stringify(book.entry)));
  return entry(TYPES.books, Buffer.from(JSON.stringify(book.snapshot)));
}

function entry(type: number, payload: Buffer): Buffer[] {
  const head = Buffer.allocUnsafe(9);
  head.writeUInt8(type, 0);
  head.writeUInt32LE(payload.length, 1);
  head.writeUInt32LE(crc32(payload), 5);
  return [head, payload];
}

/** Applies the entries to `state`; returns the bytes that hold. */
function replay(bytes: Buffer, state: JournalState): number {
  let offset = 0;
  while (offset + 9 <= bytes.length) {
    const length = bytes.readUInt32LE(offset + 1);
    const payload = bytes.subarray(offset + 9, offset + 9 + length);
    if (payload.length < length || crc32(payload) !== bytes.readUInt32LE(offset + 5)) break;
    apply(bytes.readUInt8(offset), payload, state);
    offset += 9 + length;
  }
  return offset;
}

function apply(type: number, payload: Buffer, state: JournalState): void {
  if (type === TYPES.keys) state.keys.push(payload);
  else if (type === TYPES.pieces) {
    for (const piece of JSON.parse(payload.toString()) as StoredPiece[]) state.pieces.set(piece.id, piece);
  } else if (type === TYPES.released) {
    for (const id of JSON.parse(payload.toString()) as string[]) state.pieces.delete(id);
  } else if (type === TYPES.counters) state.counters = JSON.parse(payload.toString()) as Counters;
  else if (type === TYPES.book) state.book.apply(JSON.parse(payload.toString()) as BookEntry);
  else if (type === TYPES.books) state.book.load(JSON.parse(payload.toString()) as BookSnapshot);
}
