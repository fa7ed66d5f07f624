import { crc32 } from 'node:zlib';
import { LongshoreError } from '../../core/errors.ts';
import type { FlatCounts } from '../ledger/counts.ts';

/*
 * The append log of the spool.
 *
 *   log     = magic(8: "LSSPOOL" 0x01) record*
 *   record  = length(u32 LE: bytes of payload) crc32(u32 LE of payload) payload
 *   payload = metaLength(u32 LE) meta(JSON, UTF-8) body(documents, NDJSON, UTF-8)
 *
 * Is: all or nothing. A record holds everything that the frames of one commit brought, and it counts only if its length
 * and CRC hold. Survives kill -9 at any byte and the loss of power (fdatasync before anybody is told).
 * Is not: a place to read from while running, except at start-up. A record that does not hold ends the log: what
 * follows was never acknowledged, since commits are written one after another.
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
  /** Documents by container, one list for each of `d`. Records of builds that did not count have none. */
  c?: FlatCounts[];
  /** What pipelines dropped, by container. */
  x?: FlatCounts;
  /** Alert hits: [index of the document in the body, rule]. */
  h?: [number, string][];
  /** Pieces that wait for their rest. */
  o?: unknown[];
  /** Ids of pieces that are now part of a document (or given up). */
  r?: string[];
}

export interface SpoolRecord {
  meta: RecordMeta;
  body: Buffer;
}

/** The parts of one record as they go to the file: header, meta, then the bodies as given. */
export function encodeRecord(meta: RecordMeta, bodies: readonly Buffer[]): Buffer[] {
  const metaBytes = Buffer.from(JSON.stringify(meta), 'utf8');
  const head = Buffer.allocUnsafe(RECORD_HEADER_BYTES + 4 + metaBytes.length);
  let length = 4 + metaBytes.length;
  for (const body of bodies) length += body.length;
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE(metaBytes.length, RECORD_HEADER_BYTES);
  metaBytes.copy(head, RECORD_HEADER_BYTES + 4);
  let crc = crc32(head.subarray(RECORD_HEADER_BYTES));
  for (const body of bodies) crc = crc32(body, crc);
  head.writeUInt32LE(crc, 4);
  return [head, ...bodies];
}

export interface LogContent {
  records: SpoolRecord[];
  /** Bytes up to the end of the last good record. */
  goodBytes: number;
  /** Bytes after it: a torn tail. */
  tornBytes: number;
}

/**
 * Reads a whole log; stops at the first record that does not hold. An empty or foreign file has no records and is torn
 * from its start. Throws LS_SPOOL_NEWER for a log of a later build.
 */
export function decodeLog(bytes: Buffer): LogContent {
  const records: SpoolRecord[] = [];
  const version = bytes[LOG_MAGIC.length - 1];
  if (version !== undefined && version > LOG_VERSION && bytes.subarray(0, 7).equals(LOG_MAGIC.subarray(0, 7))) {
    throw new LongshoreError('LS_SPOOL_NEWER', `a log of the spool has the version ${version}, not ${LOG_VERSION}.`, {
      fix: 'Use the newer longshore that wrote it. It was left as it is.',
    });
  }
  if (bytes.length < LOG_MAGIC.length || !bytes.subarray(0, LOG_MAGIC.length).equals(LOG_MAGIC)) {
    return { records, goodBytes: 0, tornBytes: bytes.length };
  }
  let offset = LOG_MAGIC.length;
  while (offset + RECORD_HEADER_BYTES + 4 <= bytes.length) {
    const length = bytes.readUInt32LE(offset);
    const start = offset + RECORD_HEADER_BYTES;
    if (length < 4 || start + length > bytes.length) break;
    const payload = bytes.subarray(start, start + length);
    if (crc32(payload) !== bytes.readUInt32LE(offset + 4)) break;
    const metaLength = payload.readUInt32LE(0);
    if (4 + metaLength > payload.length) break;
    const meta = parseMeta(payload.subarray(4, 4 + metaLength));
    if (meta === undefined) break;
    records.push({ meta, body: payload.subarray(4 + metaLength) });
    offset = start + length;
  }
  return { records, goodBytes: offset, tornBytes: bytes.length - offset };
}

function parseMeta(bytes: Buffer): RecordMeta | undefined {
  try {
    return JSON.parse(bytes.toString('utf8')) as RecordMeta;
  } catch {
    return undefined;
  }
}
