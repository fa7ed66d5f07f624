import { crc32 } from 'node:zlib';

/*
 *   segment = magic(8: "LSPARTS" 0x01) batch*
 *   batch   = mark(4: "LSB" 0x01) length(u32 LE: bytes of head) crc32(u32 LE of head) head(JSON, UTF-8) body
 *   head    = {"parts":[[name, bytes, crc32],...],"gone":[name,...]} with "all":true where no former part counts any more
 *   body    = the parts, one behind the other: their lines, with "\n" between them
 *
 * A batch is all or nothing at the end of a log, where it may have been written in part. Elsewhere the disk has damaged
 * what does not hold: that costs the part, or the batch if it is its head.
 */

const VERSION = 1;
export const SEGMENT_MAGIC = Buffer.from(`LSPARTS${String.fromCharCode(VERSION)}`, 'latin1');
const MARK = Buffer.from('LSB\u0001', 'latin1');
const HEADER_BYTES = 12;
const MAX_HEAD_BYTES = 2 ** 28;

/** Where a part lies in its file. */
export interface Extent {
  readonly at: number;
  readonly bytes: number;
  readonly crc: number;
}

export interface Batch {
  /** No part counts but those of this batch and later ones. */
  readonly isAll: boolean;
  readonly parts: ReadonlyMap<string, Buffer>;
  readonly gone: readonly string[];
}

export interface ReadBatch {
  readonly isAll: boolean;
  /** Undefined where a part does not hold. */
  readonly parts: ReadonlyMap<string, Extent | undefined>;
  readonly gone: readonly string[];
}

export interface SegmentContent {
  readonly batches: readonly ReadBatch[];
  /** Up to the end of the last batch that holds; after it comes what was not written to its end. */
  readonly goodBytes: number;
  /** What was written to its end and does not hold. */
  readonly damagedBytes: number;
  /** Names of parts in that, as far as they are known. */
  readonly damaged: readonly string[];
}

/** `extents` begin with the batch. */
export function encodeBatch({ isAll, parts, gone }: Batch): {
  buffers: Buffer[];
  extents: Map<string, Extent>;
} {
  const list = [...parts].map(([name, content]) => [name, content.length, crc32(content)] as const);
  const head = Buffer.from(
    JSON.stringify({ ...(isAll && { all: true }), parts: list, ...(gone.length > 0 && { gone }) }),
  );
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  MARK.copy(header);
  header.writeUInt32LE(head.length, 4);
  header.writeUInt32LE(crc32(head), 8);
  return { buffers: [header, head, ...parts.values()], extents: extentsOf(list, HEADER_BYTES + head.length) };
}

/** @throws Error when the file is none of these, or of a later version. */
export function decodeSegment(bytes: Buffer, isLast: boolean): SegmentContent {
  if (bytes.length < SEGMENT_MAGIC.length && isLast) return { batches: [], goodBytes: 0, damagedBytes: 0, damaged: [] };
  const version = bytes[SEGMENT_MAGIC.length - 1]!;
  if (!bytes.subarray(0, 7).equals(SEGMENT_MAGIC.subarray(0, 7))) throw new Error('it is no log of parts');
  if (version > VERSION) throw new Error(`it has version ${version}, this program knows ${VERSION}`);
  const batches: ReadBatch[] = [];
  const damaged: string[] = [];
  let damagedBytes = 0;
  let good = SEGMENT_MAGIC.length;
  for (let at = good; at < bytes.length; ) {
    const found = batchAt(bytes, at);
    if (found === undefined) {
      const next = bytes.indexOf(MARK, at + 1);
      at = next < 0 ? bytes.length : next;
      continue;
    }
    const broken = [...found.batch.parts].filter(([, extent]) => extent === undefined);
    // Of the last one nobody may have been told, and half of it must not count.
    if (broken.length > 0 && isLast && found.end === bytes.length) {
      damaged.push(...found.batch.parts.keys());
      break;
    }
    damaged.push(...broken.map(([name]) => name));
    damagedBytes += at - good;
    if (broken.length > 0) damagedBytes += found.end - at;
    batches.push(found.batch);
    good = found.end;
    at = good;
  }
  if (!isLast || isWhole(bytes, good)) damagedBytes += bytes.length - good;
  return { batches, goodBytes: good, damagedBytes, damaged };
}

/** There is a batch whose head was written to its end. */
function isWhole(bytes: Buffer, at: number): boolean {
  const start = at + HEADER_BYTES;
  return start <= bytes.length && isMark(bytes, at) && start + bytes.readUInt32LE(at + 4) <= bytes.length;
}

const isMark = (bytes: Buffer, at: number): boolean => bytes.compare(MARK, 0, MARK.length, at, at + MARK.length) === 0;

function batchAt(bytes: Buffer, at: number): { batch: ReadBatch; end: number } | undefined {
  const start = at + HEADER_BYTES;
  if (start > bytes.length || !isMark(bytes, at)) return undefined;
  const length = bytes.readUInt32LE(at + 4);
  if (length > MAX_HEAD_BYTES || start + length > bytes.length) return undefined;
  const head = bytes.subarray(start, start + length);
  if (crc32(head) !== bytes.readUInt32LE(at + 8)) return undefined;
  const {
    all,
    parts,
    gone = [],
  } = JSON.parse(head.toString('utf8')) as {
    all?: true;
    parts: [string, number, number][];
    gone?: string[];
  };
  const extents = extentsOf(parts, start + length);
  const end = start + length + parts.reduce((sum, [, size]) => sum + size, 0);
  if (end > bytes.length) return undefined;
  const read = [...extents].map(([name, extent]) => [name, holds(bytes, extent) ? extent : undefined] as const);
  return { batch: { isAll: all === true, parts: new Map(read), gone }, end };
}

const holds = (bytes: Buffer, { at, bytes: size, crc }: Extent): boolean =>
  crc32(bytes.subarray(at, at + size)) === crc;

function extentsOf(parts: readonly (readonly [string, number, number])[], from: number): Map<string, Extent> {
  let at = from;
  return new Map(
    parts.map(([name, bytes, crc]) => {
      const extent = { at, bytes, crc };
      at += bytes;
      return [name, extent];
    }),
  );
}
