import { type EventMeta, type Fields, newFields } from '../../core/event.ts';

// A line that Docker's pieces made has the id of the first of them: in one write that piece goes and the line comes.
export const LINE_MARK = '+';

/** A record that waits for others, as it is made durable. */
export interface PieceRecord {
  record: Fields;
  meta: EventMeta;
  /** Unique among the pieces that wait: the id that the caller gave the record, with a mark behind it for a line (a line made of pieces has the id of the first one). */
  id: string;
  /** What belongs together; the joiner's own. */
  key: string;
  kind: 'docker' | 'multiline';
}

/** An event that waits no longer. */
export interface Complete {
  record: Fields;
  meta: EventMeta;
  /** The id that the caller gave its first record. */
  id: string;
  /** Ids of all the pieces (`PieceRecord.id`) that are in it, the one that completed it too, though it never waited. */
  releases: string[];
  kind: 'docker' | 'multiline';
}

/** What became of a record that was offered. */
export interface Offered {
  /** It waits, and has to be made durable as this; undefined: it is in one of `complete`, or it was here before. */
  held: PieceRecord | undefined;
  complete: Complete[];
}

/** A name that tells streams apart; anything but a text or a number is none. */
export function nameIn(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A piece as plain JSON values; see `encodePiece`. */
export interface EncodedPiece {
  id: string;
  [key: string]: unknown;
}

/**
 * A piece as plain JSON values. What JSON does not know is an object with the key `$`:
 *
 *     {"$":"bytes","v":"<base64>"}  {"$":"date","v":<epoch ms>}  {"$":"number","v":"NaN"}  {"$":"bigint","v":"123"}
 *     {"$":"fields","v":{...}}      an object that has a key `$` itself
 */
export function encodePiece(piece: PieceRecord): EncodedPiece {
  const { id, key, kind, meta, record } = piece;
  return {
    id,
    key,
    kind,
    meta: { tag: meta.tag, time: encode(meta.time), receivedAt: encode(meta.receivedAt) },
    record: encode(record),
  };
}

/** The piece that `encodePiece` made, through JSON or not. */
export function decodePiece(encoded: EncodedPiece): PieceRecord {
  const { id, key, kind } = encoded;
  const meta = encoded['meta'] as Fields;
  return {
    id: String(id),
    key: String(key),
    kind: kind === 'docker' ? 'docker' : 'multiline',
    meta: {
      tag: String(meta['tag']),
      time: decode(meta['time']) as number,
      receivedAt: decode(meta['receivedAt']) as number,
    },
    record: decode(encoded['record']) as Fields,
  };
}

function encode(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : { $: 'number', v: String(value) };
    case 'bigint':
      return { $: 'bigint', v: String(value) };
    case 'object':
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(encode);
  if (value instanceof Uint8Array) {
    return { $: 'bytes', v: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  }
  if (value instanceof Date) return { $: 'date', v: value.getTime() };
  const fields = newFields();
  const source = value as Fields;
  for (const key in source) fields[key] = encode(source[key]);
  return Object.hasOwn(source, '$') ? { $: 'fields', v: fields } : fields;
}

function decode(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  const source = value as Fields;
  const inner = source['v'];
  switch (source['$']) {
    case undefined:
      return decodeFields(source);
    case 'bytes':
      return new Uint8Array(Buffer.from(String(inner), 'base64'));
    case 'date':
      return new Date(Number(inner ?? Number.NaN));
    case 'number':
      return Number(inner);
    case 'bigint':
      return BigInt(String(inner));
    default:
      return decodeFields(inner as Fields);
  }
}

function decodeFields(source: Fields): Fields {
  const fields = newFields();
  for (const key in source) fields[key] = decode(source[key]);
  return fields;
}
