import { crc32 } from 'node:zlib';
import { LongshoreError } from '../../core/errors.ts';
import type { FlatCounts } from '../../ledger/counts.ts';
import type { PlainPiece, StoredPiece } from './stored-piece.ts';

/*
 * The append log of the spool.
 *
 *   log     = magic(8: "LSSPOOL" 0x01) record*
 *   record  = length(u32 LE: bytes of payload) crc32(u32 LE of payload) payload
 *   payload = metaLength(u32 LE) meta(JSON, UTF-8) body(documents, NDJSON, UTF-8)
 *
 * Is: all or nothing. A record holds everything that the frames of one commit brought, and it counts only if its length
 * and CRC hold. Survives kill -9 at any byte and the loss of power (fdatasync before anybody is told).
 * Is not: a place to read from while running, except at start-up. A record that does not hold ends the log when no other
 * follows and it is cut: commits are written one after another, so it was never acknowledged. Else the disk has damaged
 * it; the records behind it are read all the same.
 */

const LOG_VERSION = 1;
export const LOG_MAGIC = Buffer.from(`LSSPOOL${String.fromCharCode(LOG_VERSION)}`, 'latin1');
export const RECORD_HEADER_BYTES = 8;

/** A day's documents within a record's body, in the order of the bodies: [day, events, bytes, minTime, maxTime]. */
export type DayPart = [day: string, events: number, bytes: number, minTime: number, maxTime: number];

export interface RecordMeta {
  /** Position: grows from record to record, for ever; see `AlertEngine.consume`. */
  p: number;
  /** The highest `seq` so far. */
  s: number;
  /** Accepted keys: 16 hex digits each, concatenated. */
  a?: string;
  d?: DayPart[];
  /** Documents by container, one list for each of `d`. */
  c?: FlatCounts[];
  /** What pipelines dropped, by container. */
  x?: FlatCounts;
  /** Alert hits: [index of the document in the body, rule]. */
  h?: [number, string][];
  /** Pieces that wait for their rest. */
  o?: PlainPiece[];
  /** Ids of pieces that are now part of a document (or given up). */
  r?: string[];
}

export interface SpoolRecord {
  meta: RecordMeta;
  body: Buffer;
}

/** More than this is never one text: a reader could not make JSON of it. */
const MAX_META_BYTES = 2 ** 28;
const MAX_RECORD_BYTES = 2 ** 32 - 1;

/**
 * The parts of one record as they go to the file: header, meta, then the bodies as given. `pieces` become `meta.o`.
 * Throws LS_SPOOL_TOO_LARGE for what no reader could read again.
 */
export function encodeRecord(
  meta: RecordMeta,
  bodies: readonly Buffer[],
  pieces: readonly StoredPiece[] = [],
): Buffer[] {
  const metaBytes = Buffer.from(metaText(meta, pieces), 'utf8');
  let length = 4 + metaBytes.length;
  for (const body of bodies) length += body.length;
  if (metaBytes.length > MAX_META_BYTES || length > MAX_RECORD_BYTES) throw tooLarge(length);
  const head = Buffer.allocUnsafe(RECORD_HEADER_BYTES + 4 + metaBytes.length);
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE(metaBytes.length, RECORD_HEADER_BYTES);
  metaBytes.copy(head, RECORD_HEADER_BYTES + 4);
  let crc = crc32(head.subarray(RECORD_HEADER_BYTES));
  for (const body of bodies) crc = crc32(body, crc);
  head.writeUInt32LE(crc, 4);
  return [head, ...bodies];
}

function metaText(meta: RecordMeta, pieces: readonly StoredPiece[]): string {
  const text = JSON.stringify(meta);
  if (pieces.length === 0) return text;
  let bytes = 0;
  for (const piece of pieces) bytes += piece.bytes;
  if (bytes > MAX_META_BYTES) throw tooLarge(bytes);
  return `${text.slice(0, -1)},"o":[${pieces.map(piece => piece.json).join(',')}]}`;
}

function tooLarge(bytes: number): LongshoreError {
  return new LongshoreError('LS_SPOOL_TOO_LARGE', `a frame is too large to be written: ${bytes} bytes.`, {
    fix: 'Send smaller frames.',
  });
}

/** A part of a log that does not hold, though it was written to its end. */
export interface DamagedPart {
  /** Of the file. */
  readonly offset: number;
  readonly bytes: Buffer;
}

export interface LogContent {
  records: SpoolRecord[];
  /** Bytes up to the end of the last good record. */
  goodBytes: number;
  /** Bytes after it: a torn tail. */
  tornBytes: number;
  damaged: DamagedPart[];
}

/**
 * Reads a whole log: all its records that hold. An empty or foreign file has none and is torn from its start.
 * Throws LS_SPOOL_NEWER for a log of a later build.
 */
export function decodeLog(bytes: Buffer): LogContent {
  const records: SpoolRecord[] = [];
  const damaged: DamagedPart[] = [];
  const version = bytes[LOG_MAGIC.length - 1];
  if (version !== undefined && version > LOG_VERSION && bytes.subarray(0, 7).equals(LOG_MAGIC.subarray(0, 7))) {
    throw new LongshoreError('LS_SPOOL_NEWER', `a log of the spool has the version ${version}, not ${LOG_VERSION}.`, {
      fix: 'Use the newer longshore that wrote it. It was left as it is.',
    });
  }
  const isOurs = bytes.subarray(0, LOG_MAGIC.length).equals(LOG_MAGIC);
  let good = isOurs ? LOG_MAGIC.length : 0;
  for (let at = isOurs ? good : nextRecord(bytes, 0); at < bytes.length; ) {
    const found = recordAt(bytes, at);
    if (found === undefined) {
      at = nextRecord(bytes, at + 1);
      continue;
    }
    if (at > good) damaged.push({ offset: good, bytes: bytes.subarray(good, at) });
    records.push(found.record);
    good = found.end;
    at = good;
  }
  if (isOurs && isWhole(bytes, good)) damaged.push({ offset: good, bytes: bytes.subarray(good) });
  const isTorn = damaged.at(-1)?.offset !== good;
  return { records, goodBytes: good, tornBytes: isTorn ? bytes.length - good : 0, damaged };
}

/** A record that was written to its end; it may have been acknowledged. */
function isWhole(bytes: Buffer, offset: number): boolean {
  const start = offset + RECORD_HEADER_BYTES;
  if (start + 4 > bytes.length) return false;
  const length = bytes.readUInt32LE(offset);
  return length >= 4 && start + length <= bytes.length;
}

function recordAt(bytes: Buffer, offset: number): { record: SpoolRecord; end: number } | undefined {
  const start = offset + RECORD_HEADER_BYTES;
  if (start + 4 > bytes.length) return undefined;
  const length = bytes.readUInt32LE(offset);
  if (length < 4 || start + length > bytes.length) return undefined;
  const metaLength = bytes.readUInt32LE(start);
  if (4 + metaLength > length) return undefined;
  const payload = bytes.subarray(start, start + length);
  if (crc32(payload) !== bytes.readUInt32LE(offset + 4)) return undefined;
  const meta = parseMeta(payload.subarray(4, 4 + metaLength));
  return meta && { record: { meta, body: payload.subarray(4 + metaLength) }, end: start + length };
}

/** How every meta begins. */
const META_START = '{"p":';

/** Where the next record may begin, at `from` or later; the end of the bytes when there is none. */
function nextRecord(bytes: Buffer, from: number): number {
  const before = RECORD_HEADER_BYTES + 4;
  const meta = bytes.indexOf(META_START, from + before, 'latin1');
  return meta === -1 ? bytes.length : meta - before;
}

function parseMeta(bytes: Buffer): RecordMeta | undefined {
  try {
    return JSON.parse(bytes.toString('utf8')) as RecordMeta;
  } catch {
    return undefined;
  }
}
