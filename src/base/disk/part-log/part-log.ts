import { constants, copyFile, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AppendFile } from '../append-file.ts';
import { syncPath } from '../folder.ts';
import { type Batch, decodeSegment, type Extent, encodeBatch, SEGMENT_MAGIC } from './batch.ts';

/** A file of more bytes is followed by another. */
const SEGMENT_BYTES = 4_194_304;
/** So much is copied on with one write, at least; of a large write twice its size. */
const SLICE_BYTES = 131_072;
const NAME = /^(\d{10})\.log$/;

/** What is written in one step. */
export interface PartsChange {
  /** Lines by name. No line has a line break in it. */
  readonly changed: ReadonlyMap<string, readonly string[]>;
  readonly gone: Iterable<string>;
  /** There are no other parts than those that change. */
  readonly isAll: boolean;
}

/** A file that does not hold in all its parts. */
export interface DamagedFile {
  readonly path: string;
  /** A copy of it. */
  readonly aside: string;
  readonly bytes: number;
  /** Names of the parts that are lost, or older than they should be; there may be more of them. */
  readonly parts: readonly string[];
}

export interface PartLogOptions {
  readonly onDamage?: (file: DamagedFile) => void;
  readonly segmentBytes?: number;
}

interface Segment {
  readonly number: number;
  readonly path: string;
  bytes: number;
  /** Names of parts whose last version lies in it. */
  readonly live: Set<string>;
}

interface Place extends Extent {
  readonly segment: Segment;
}

/**
 * Named parts, each some lines of text, in a log: a write costs what it changes, one append and one fdatasync, however
 * much there is. What still counts in the oldest file is copied on, a slice with each write, as long as less than about
 * half of all bytes count; then the file goes.
 *
 * Is: all or nothing for each write; survives kill -9 at any byte and the loss of power. Is not: for two at a time.
 */
export class PartLog {
  readonly dir: string;
  readonly #onDamage: (file: DamagedFile) => void;
  readonly #segmentBytes: number;
  /** The oldest first; the last one is written to. */
  #segments: Segment[] = [];
  #places = new Map<string, Place>();
  #liveBytes = 0;
  #file: AppendFile | undefined;
  #isRead = false;
  #mustSync = false;

  constructor(dir: string, { onDamage = () => {}, segmentBytes = SEGMENT_BYTES }: PartLogOptions = {}) {
    this.dir = dir;
    this.#onDamage = onDamage;
    this.#segmentBytes = segmentBytes;
  }

  /** All parts, in the order in which they were written. Changes nothing on the disk, but for copies of what is damaged. */
  async read(): Promise<Map<string, string[]>> {
    await this.close();
    this.#segments = [];
    this.#places = new Map();
    this.#liveBytes = 0;
    const names = (await readdir(this.dir).catch(missing)).filter(name => NAME.test(name)).sort();
    for (const [i, name] of names.entries()) await this.#readSegment(name, i === names.length - 1);
    this.#isRead = true;
    const parts = new Map<string, string[]>();
    for (const segment of this.#segments) {
      if (segment.live.size === 0) continue;
      const content = await readFile(segment.path);
      for (const name of segment.live) {
        const { at, bytes } = this.#places.get(name)!;
        parts.set(name, bytes === 0 ? [] : content.toString('utf8', at, at + bytes).split('\n'));
      }
    }
    return parts;
  }

  /** Resolves when it is durable. Rejected, nothing of it counts, and the next write goes on behind what was good. */
  async write({ changed, gone, isAll }: PartsChange): Promise<void> {
    if (!this.#isRead) await this.read();
    const parts = new Map<string, Buffer>();
    let bytes = 0;
    for (const [name, lines] of changed) {
      const content = Buffer.from(lines.join('\n'));
      parts.set(name, content);
      bytes += content.length;
    }
    const names = [...gone];
    if (!isAll) await this.#addOld(parts, new Set(names), Math.max(SLICE_BYTES, bytes * 2));
    await this.#append({ isAll, parts, gone: names });
    await this.#removeOld();
  }

  /** Bytes of all files, and of what counts in them. */
  get size(): { readonly total: number; readonly live: number } {
    return { total: this.#segments.reduce((sum, { bytes }) => sum + bytes, 0), live: this.#liveBytes };
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #append(batch: Batch): Promise<void> {
    this.#file ??= await this.#openFile();
    const file = this.#file;
    const segment = this.#segments.at(-1)!;
    // Written to, it would take all that comes and keep nothing.
    if (!(await file.isLinked())) throw new Error(`${segment.path} was deleted while it was in use`);
    const from = file.bytes;
    const { buffers, extents } = encodeBatch(batch);
    await file.append(buffers);
    segment.bytes = file.bytes;
    if (this.#mustSync) await syncPath(this.dir);
    this.#mustSync = false;
    if (batch.isAll) for (const name of [...this.#places.keys()]) this.#forget(name);
    for (const name of batch.gone) this.#forget(name);
    for (const [name, { at, ...rest }] of extents) this.#put(name, { segment, at: from + at, ...rest });
    // It is durable, whatever the end of the file says.
    if (file.bytes >= this.#segmentBytes) await this.close().catch(() => {});
  }

  async #openFile(): Promise<AppendFile> {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.bytes < this.#segmentBytes) {
      if (last.bytes >= SEGMENT_MAGIC.length) return AppendFile.open(last.path, last.bytes);
      await unlink(last.path);
      this.#segments.pop();
    }
    const segment = this.#segmentOf((last?.number ?? 0) + 1);
    const file = await AppendFile.create(segment.path, SEGMENT_MAGIC);
    segment.bytes = file.bytes;
    this.#segments.push(segment);
    this.#mustSync = true;
    return file;
  }

  /** What counts in the oldest file, up to so many bytes, where too little of all does. */
  async #addOld(parts: Map<string, Buffer>, gone: ReadonlySet<string>, maxBytes: number): Promise<void> {
    const [oldest] = this.#segments;
    const { total, live } = this.size;
    if (oldest === undefined || this.#segments.length < 2 || total <= 2 * live + this.#segmentBytes) return;
    const file = await open(oldest.path, 'r');
    try {
      let left = maxBytes;
      for (const name of oldest.live) {
        if (left <= 0) return;
        if (parts.has(name) || gone.has(name)) continue;
        const { at, bytes, crc } = this.#places.get(name)!;
        const content = Buffer.allocUnsafe(bytes);
        const { bytesRead } = await file.read(content, 0, bytes, at);
        if (bytesRead === bytes && crc32(content) === crc) parts.set(name, content);
        else await this.#lost(oldest, name, bytes);
        left -= bytes;
      }
    } finally {
      await file.close();
    }
  }

  async #lost(segment: Segment, name: string, bytes: number): Promise<void> {
    this.#forget(name);
    this.#onDamage({ path: segment.path, aside: await copyAside(segment.path), bytes, parts: [name] });
  }

  /** The oldest files, as long as nothing counts in them. They only take room: a failure is for the next time. */
  async #removeOld(): Promise<void> {
    while (this.#segments.length > 1 && this.#segments[0]!.live.size === 0) {
      try {
        await unlink(this.#segments[0]!.path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
      }
      this.#segments.shift();
    }
  }

  async #readSegment(name: string, isLast: boolean): Promise<void> {
    const segment = this.#segmentOf(Number(NAME.exec(name)![1]));
    const content = await readFile(segment.path);
    const { batches, goodBytes, damagedBytes, damaged } = decodeSegment(content, isLast);
    segment.bytes = isLast ? goodBytes : content.length;
    this.#segments.push(segment);
    for (const { isAll, parts, gone } of batches) {
      if (isAll) for (const each of [...this.#places.keys()]) this.#forget(each);
      for (const each of gone) this.#forget(each);
      for (const [each, extent] of parts) if (extent !== undefined) this.#put(each, { segment, ...extent });
    }
    if (damagedBytes === 0) return;
    this.#onDamage({ path: segment.path, aside: await copyAside(segment.path), bytes: damagedBytes, parts: damaged });
  }

  #put(name: string, place: Place): void {
    this.#forget(name);
    this.#places.set(name, place);
    place.segment.live.add(name);
    this.#liveBytes += place.bytes;
  }

  #forget(name: string): void {
    const place = this.#places.get(name);
    if (place === undefined) return;
    this.#places.delete(name);
    place.segment.live.delete(name);
    this.#liveBytes -= place.bytes;
  }

  #segmentOf(number: number): Segment {
    const path = join(this.dir, `${String(number).padStart(10, '0')}.log`);
    return { number, path, bytes: 0, live: new Set() };
  }
}

function missing(error: unknown): string[] {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
  throw error;
}

/** Under its own name it goes when what holds of it has moved on. */
async function copyAside(path: string): Promise<string> {
  const aside = `${path}.damaged`;
  await copyFile(path, aside, constants.COPYFILE_EXCL).catch(() => {});
  return aside;
}
