import { readdir, readFile, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AppendFile } from '../../base/disk/append-file.ts';
import type { Folder } from '../../base/disk/folder.ts';
import { Book, type BookEntry, type BookSnapshot } from '../../ledger/book.ts';
import { keepDamaged } from './damaged.ts';
import type { DamagedPart } from './record.ts';
import { arraysOf, type PlainPiece, type StoredPiece, storedPiece } from './stored-piece.ts';

/*
 * What must outlive the logs: the accepted keys, the pieces that still wait for their rest, and how far the counters
 * have come. Appended when a log is rolled; rewritten as a snapshot when it has grown well beyond what it says.
 *
 *   journal = entry*
 *   entry   = type(u8) length(u32 LE) crc32(u32 LE of payload) payload
 *   type    = 1 accepted keys (8 bytes each) | 2 pieces (JSON array) | 3 released piece ids (JSON array) | 4 counters (JSON)
 *           | 5 entry of the ledger's book (JSON) | 6 the whole book (JSON, in a snapshot)
 *
 * Every entry may be repeated: reading them in order gives the same state. A torn tail is cut. An entry that the disk has
 * damaged is set aside, and those behind it are read. Types that are not known are passed over.
 */
const TYPES = { keys: 1, pieces: 2, released: 3, counters: 4, book: 5, books: 6 } as const;
const HEADER_BYTES = 9;
/** Pieces in one entry: a reader makes a text of it. */
const MAX_PIECES_BYTES = 16_000_000;
const NAME = /^journal-(\d{10})$/;

export interface Counters {
  /** Number of the last log that was rolled. */
  log: number;
  position: number;
  seq: number;
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
  #folder: Folder | undefined;
  #generation = 0;
  #file: AppendFile | undefined;
  #snapshotBytes = 0;
  /** The file of the generation before, until the folder has the name of this one for good. */
  #former: string | undefined;
  #isDamaged = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Reads the newest journal. Files of a rewrite that did not finish have another name and are removed. `folder`: where it lies. */
  async open(folder: Folder): Promise<JournalState> {
    this.#folder = folder;
    const state: JournalState = {
      keys: [],
      pieces: new Map(),
      counters: { log: 0, position: 0, seq: 0 },
      book: new Book(),
    };
    const names = await readdir(this.#dir);
    const generations = names.flatMap(name => NAME.exec(name)?.[1] ?? []).map(Number);
    this.#generation = Math.max(0, ...generations);
    const path = this.#path(this.#generation);
    let good = 0;
    if (generations.length > 0) {
      const { goodBytes, damaged } = replay(await readFile(path), state);
      good = goodBytes;
      await keepDamaged(path, damaged);
      this.#isDamaged = damaged.length > 0;
    }
    this.#file = await AppendFile.open(path, good);
    this.#snapshotBytes = good;
    for (const old of generations) if (old !== this.#generation) await unlink(this.#path(old));
    await folder.sync();
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
    await this.#leaveFormer();
    await this.#file!.append(buffers);
  }

  /** True when a snapshot would be much smaller than the file, or the file is damaged. */
  get wantsRewrite(): boolean {
    return this.#isDamaged || this.#file!.bytes > 1_000_000 + 2 * this.#snapshotBytes;
  }

  /** When it fails, the journal is as it was, or the new one is in use; both go on. */
  async rewrite(state: JournalUpdate): Promise<void> {
    await this.#leaveFormer();
    const next = this.#generation + 1;
    const temporary = join(this.#dir, 'journal.tmp');
    const file = await AppendFile.open(temporary, 0);
    try {
      await file.append(encodeUpdate(state));
      await rename(temporary, this.#path(next));
    } catch (error) {
      await file.close().catch(() => {});
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    // From here on the next start reads the new one, so this run must write to no other.
    const old = this.#file;
    this.#former = this.#path(this.#generation);
    this.#file = file;
    this.#generation = next;
    this.#snapshotBytes = file.bytes;
    this.#isDamaged = false;
    await old?.close().catch(() => {});
    await this.#leaveFormer();
  }

  /** What is written after a rewrite counts only when the folder has the new name for good. */
  async #leaveFormer(): Promise<void> {
    if (this.#former === undefined) return;
    await this.#folder!.sync();
    await unlink(this.#former).catch(() => {});
    this.#former = undefined;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  #path(generation: number): string {
    return join(this.#dir, `journal-${String(generation).padStart(10, '0')}`);
  }
}

function encodeUpdate(update: JournalUpdate): Buffer[] {
  const buffers: Buffer[] = [];
  if (update.keys.length > 0) buffers.push(...entry(TYPES.keys, update.keys));
  for (const pieces of arraysOf(update.pieces, MAX_PIECES_BYTES))
    buffers.push(...entry(TYPES.pieces, Buffer.from(pieces)));
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
  const head = Buffer.allocUnsafe(HEADER_BYTES);
  head.writeUInt8(type, 0);
  head.writeUInt32LE(payload.length, 1);
  head.writeUInt32LE(crc32(payload), 5);
  return [head, payload];
}

/** Applies the entries to `state`; `goodBytes`: up to the end of the last one that holds. */
function replay(bytes: Buffer, state: JournalState): { goodBytes: number; damaged: DamagedPart[] } {
  const damaged: DamagedPart[] = [];
  let good = 0;
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const payload = entryAt(bytes, at);
    if (payload === undefined) {
      at++;
      continue;
    }
    if (at > good) damaged.push({ offset: good, bytes: bytes.subarray(good, at) });
    apply(bytes.readUInt8(at), payload, state);
    good = at + HEADER_BYTES + payload.length;
    at = good;
  }
  const isWhole =
    good + HEADER_BYTES < bytes.length && bytes.readUInt32LE(good + 1) <= bytes.length - good - HEADER_BYTES;
  if (isWhole) damaged.push({ offset: good, bytes: bytes.subarray(good) });
  return { goodBytes: good, damaged };
}

/** The payload of the entry that begins there, if one does. */
function entryAt(bytes: Buffer, offset: number): Buffer | undefined {
  // Nobody has written so many types; and an empty entry would be found anywhere among zeros.
  if (bytes[offset]! > 63) return undefined;
  const length = bytes.readUInt32LE(offset + 1);
  const start = offset + HEADER_BYTES;
  if (length === 0 || start + length > bytes.length) return undefined;
  const payload = bytes.subarray(start, start + length);
  return crc32(payload) === bytes.readUInt32LE(offset + 5) ? payload : undefined;
}

function apply(type: number, payload: Buffer, state: JournalState): void {
  if (type === TYPES.keys) state.keys.push(payload);
  else if (type === TYPES.pieces) {
    for (const piece of JSON.parse(payload.toString()) as PlainPiece[]) state.pieces.set(piece.id, storedPiece(piece));
  } else if (type === TYPES.released) {
    for (const id of JSON.parse(payload.toString()) as string[]) state.pieces.delete(id);
  } else if (type === TYPES.counters) state.counters = JSON.parse(payload.toString()) as Counters;
  else if (type === TYPES.book) state.book.apply(JSON.parse(payload.toString()) as BookEntry);
  else if (type === TYPES.books) state.book.load(JSON.parse(payload.toString()) as BookSnapshot);
}
