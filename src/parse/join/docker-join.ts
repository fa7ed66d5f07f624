import { type EventMeta, type Fields, newFields } from '../../core/event.ts';
import { jsonText } from '../../core/json-text.ts';
import { Ordinals } from './ordinals.ts';
import { type Complete, nameIn, type PieceRecord } from './piece.ts';
import { weightOf } from './weight.ts';

/**
 * How Docker's fluentd driver splits a line that is longer than 16 KiB:
 *
 *     partial_message "true"         on every piece, the last one too
 *     partial_id      64 hex digits  the same on all pieces of a line
 *     partial_ordinal "1", "2", ...
 *     partial_last    "true" on the last piece, else "false"
 *
 * Engines before 18.09.9 send `partial_message` alone and leave it out on the last piece. The cut goes through
 * characters, so pieces are joined as bytes.
 */
export interface Piece {
  readonly ordinal: number;
  readonly bytes: Uint8Array;
  readonly record: Fields;
  readonly meta: EventMeta;
  readonly id: string;
}

export type Cause = 'timeout' | 'max_event_bytes' | 'max_open_bytes' | 'max_open_joins';

/** What a piece says of itself. */
export function describePiece(record: Fields, sender: string, tag: string): { key: string; isOld: boolean } {
  const container = record['container_id'];
  // A container has its id from one engine only; without it, senders are kept apart.
  const origin = typeof container === 'string' && container !== '' ? container : `${sender}\u0000${tag}`;
  const place = `${origin}\u0000${nameIn(record['source']) || nameIn(record['stream'])}`;
  const id = record['partial_id'];
  const isOld = typeof id !== 'string' || id === '';
  return { key: isOld ? `old\u0000${place}` : `new\u0000${place}\u0000${id}`, isOld };
}

export function isPiece(record: Fields): boolean {
  const flag = record['partial_message'];
  return flag === 'true' || flag === true;
}

/** The pieces of one line. */
export class DockerJoin {
  readonly key: string;
  deadline = 0;
  /** About what it takes in memory. */
  bytes = 0;
  textBytes = 0;
  readonly #pieces = new Map<number, Piece>();
  /** Ordinals that went out before their time: not awaited any more. */
  readonly #gone: Ordinals;
  #last = Number.NaN;
  #highest: number;
  /** All ordinals before this one are here or gone. */
  #next: number;

  constructor(key: string, gone: Ordinals = new Ordinals()) {
    this.key = key;
    this.#gone = gone;
    this.#highest = gone.highest;
    this.#next = gone.next;
  }

  /** False when the piece was here before; one without an ordinal is a new one always, the next after all others. Whatever the record says, it throws before anything is changed, or not at all. */
  add(record: Fields, meta: EventMeta, id: string): boolean {
    const ordinal = ordinalIn(record['partial_ordinal']) ?? this.#highest + 1;
    if (this.#has(ordinal)) return false;
    const bytes = bytesOf(record['log']);
    const weight = weightOf(record);
    this.#pieces.set(ordinal, { ordinal, bytes, record, meta, id });
    this.textBytes += bytes.byteLength;
    this.bytes += Math.max(weight, bytes.byteLength + PIECE_OVERHEAD);
    this.#highest = Math.max(this.#highest, ordinal);
    const isLast = record['partial_last'];
    if (isLast === 'true' || isLast === true) this.#last = ordinal;
    // Each ordinal is passed once, so that a line of many pieces costs no more than its pieces.
    while (this.#has(this.#next)) this.#next++;
    return true;
  }

  /** The next piece is the last, whatever it says (the end of a line of an old engine). */
  addEnd(record: Fields, meta: EventMeta, id: string): boolean {
    if (!this.add(record, meta, id)) return false;
    this.#last = this.#highest;
    return true;
  }

  get isComplete(): boolean {
    return this.#next > this.#last;
  }

  /** Ordinals that are out after `finish`, for pieces that come again or late. */
  get gone(): Ordinals {
    for (const ordinal of this.#pieces.keys()) this.#gone.add(ordinal);
    return this.#gone;
  }

  #has(ordinal: number): boolean {
    return this.#pieces.has(ordinal) || this.#gone.has(ordinal);
  }

  /** The event of the pieces that are here, marked when it is not the whole line. */
  finish(cause: Cause | undefined): Complete {
    const pieces = this.#sorted();
    const first = pieces[0]!;
    const record = newFields();
    for (const key in first.record) if (!PARTIAL_KEYS.has(key)) record[key] = first.record[key];
    record['log'] = decoder.decode(Buffer.concat(pieces.map(piece => piece.bytes)));
    if (cause !== undefined || !this.#gone.isEmpty) {
      record['partial'] = true;
      const of = Number.isNaN(this.#last) ? '' : ` of ${this.#last}`;
      record['partial_reason'] = `${cause ?? 'continued'}: pieces ${rangesOf(pieces)}${of}`;
    }
    return { record, meta: first.meta, id: first.id, releases: pieces.map(piece => piece.id), kind: 'docker' };
  }

  open(): PieceRecord[] {
    return this.#sorted().map(({ record, meta, id }) => ({ record, meta, id, key: this.key, kind: 'docker' as const }));
  }

  #sorted(): Piece[] {
    return [...this.#pieces.values()].sort((a, b) => a.ordinal - b.ordinal);
  }
}

/** About what a waiting record costs beside its text, unless its fields are long. */
export const PIECE_OVERHEAD = 512;

const PARTIAL_KEYS = new Set(['partial_message', 'partial_id', 'partial_ordinal', 'partial_last', 'log']);
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function bytesOf(log: unknown): Uint8Array {
  if (log instanceof Uint8Array) return log;
  if (typeof log === 'string') return Buffer.from(log);
  return log === undefined || log === null ? NOTHING : Buffer.from(jsonText(log));
}

const NOTHING = Buffer.alloc(0);
/** No line has so many pieces; and the next ordinals can still be told apart. */
const MAX_ORDINAL = 1e9;

/** A whole number from 1 on, or the text of one; whatever else it may be counts as none. */
function ordinalIn(value: unknown): number | undefined {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (!isNumber && !(typeof value === 'string' && /^\d{1,10}$/.test(value))) return undefined;
  const ordinal = Number(value);
  return Number.isInteger(ordinal) && ordinal > 0 && ordinal <= MAX_ORDINAL ? ordinal : undefined;
}

/** `1-3,5` */
function rangesOf(pieces: readonly Piece[]): string {
  const ranges: string[] = [];
  let from = 0;
  for (let i = 1; i <= pieces.length; i++) {
    if (i < pieces.length && pieces[i]!.ordinal === pieces[i - 1]!.ordinal + 1) continue;
    const [a, b] = [pieces[from]!.ordinal, pieces[i - 1]!.ordinal];
    ranges.push(a === b ? `${a}` : `${a}-${b}`);
    from = i;
    if (ranges.length === 16 && i < pieces.length) return `${ranges.join(',')},...`;
  }
  return ranges.join(',');
}
