import { join } from 'node:path';
import { AppendFile } from '../../base/disk/append-file.ts';
import { addFlat, type Counts } from '../../ledger/counts.ts';
import type { ChunkContent } from './chunk-files.ts';
import type { Commit } from './commit.ts';
import { LOG_MAGIC } from './record.ts';
import type { StoredPiece } from './stored-piece.ts';

/** One log and what was written to it, until all of it stands in chunks and in the journal. */
export class Log {
  readonly number: number;
  readonly name: string;
  readonly path: string;
  readonly #file: AppendFile | undefined;
  bytes = LOG_MAGIC.length;
  events = 0;
  records = 0;
  /** Position of the last record that brought alert hits; 0 if none did. */
  lastHitPosition = 0;
  readonly days = new Map<string, ChunkContent>();
  /** What pipelines dropped, by container. */
  readonly drops: Counts = new Map();
  /** Its counts stand in the journal; until then they are only here. */
  isBooked = false;
  /** What was noted of it may be wrong; the file is right. It is read again before chunks are made of it. */
  isDoubtful = false;
  readonly keys: Buffer[] = [];
  readonly pieces = new Map<string, StoredPiece>();
  readonly released: string[] = [];

  constructor(dir: string, number: number, file?: AppendFile) {
    this.number = number;
    this.name = String(number).padStart(16, '0');
    this.path = join(dir, `${this.name}.log`);
    this.#file = file;
  }

  /** Bytes of records. */
  get written(): number {
    return this.bytes - LOG_MAGIC.length;
  }

  static async create(dir: string, number: number): Promise<Log> {
    return new Log(dir, number, await AppendFile.create(new Log(dir, number).path, LOG_MAGIC));
  }

  /** Makes a record durable. */
  async write(buffers: readonly Buffer[]): Promise<void> {
    const file = this.#file!;
    await file.append(buffers);
    this.bytes = file.bytes;
  }

  /** Notes what a durable record holds, for the chunks and the journal; `bodies` together are the record's body. */
  note({ meta, bodies, pieces }: Commit): void {
    this.records++;
    let body = 0;
    let offset = 0;
    let part = 0;
    for (const [day, events, bytes, minTime, maxTime] of meta.d ?? []) {
      let content = this.days.get(day);
      if (content === undefined) {
        content = { day, events: 0, bytes: 0, minTime, maxTime, bodies: [], containers: new Map() };
        this.days.set(day, content);
      }
      addFlat(content.containers, meta.c![part++]!);
      content.events += events;
      content.bytes += bytes;
      content.minTime = Math.min(content.minTime, minTime);
      content.maxTime = Math.max(content.maxTime, maxTime);
      // A body may hold several days (neighbours in memory, or the whole record at start-up), a day have several bodies.
      for (let left = bytes; left > 0; ) {
        const from = bodies[body]!;
        const view = from.subarray(offset, offset + left);
        content.bodies.push(view);
        left -= view.length;
        offset += view.length;
        if (offset < from.length) continue;
        body++;
        offset = 0;
      }
      this.events += events;
    }
    if (meta.a !== undefined) this.keys.push(Buffer.from(meta.a, 'hex'));
    for (const piece of pieces) this.pieces.set(piece.id, piece);
    for (const id of meta.r ?? []) {
      // The journal hears of both: a rewrite may have put the piece there already.
      this.pieces.delete(id);
      this.released.push(id);
    }
    if (meta.x !== undefined) addFlat(this.drops, meta.x);
    if (meta.h !== undefined) this.lastHitPosition = meta.p;
  }

  /** What `other`, which was read from the same file, says of it. */
  replaceWith(other: Log): void {
    this.events = other.events;
    this.records = other.records;
    this.lastHitPosition = other.lastHitPosition;
    this.days.clear();
    for (const [day, content] of other.days) this.days.set(day, content);
    this.drops.clear();
    for (const [name, count] of other.drops) this.drops.set(name, count);
    this.keys.splice(0, this.keys.length, ...other.keys);
    this.pieces.clear();
    for (const [id, piece] of other.pieces) this.pieces.set(id, piece);
    this.released.splice(0, this.released.length, ...other.released);
    this.isDoubtful = false;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}
