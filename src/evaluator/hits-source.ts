import type { AlertHit } from '../alerts/engine.ts';
import type { PositionHits } from '../alerts/hit-source.ts';
import { positionText } from './hits-codec.ts';

/** Positions that travel as one entry of the stream. */
export interface Batch {
  readonly texts: string[];
  readonly first: number;
  last: number;
  hits: number;
  bytes: number;
  /** What the source said after the last position; undefined if it said nothing. */
  watermark: number | undefined;
  /** It is on its way, or was: nothing may be added. */
  isClosed: boolean;
  /** It is as durable as Redis makes it. */
  isSafe: boolean;
}

const MAX_BATCH_BYTES = 256_000;
/** What an empty batch takes. */
const OVERHEAD_BYTES = 100;

/**
 * The hits of one source on their way to Redis, in order: queued, then sent, then safe. Pure and bounded: what does not
 * fit is left to the spool (`isBehind`) and read again from there.
 */
export class OutgoingSource {
  readonly name: string;
  readonly #maxBytes: number;
  readonly #queued: Batch[] = [];
  readonly #sent: Batch[] = [];
  #bytes = 0;
  #queuedUpTo = 0;
  #latest = 0;
  #isBehind: boolean;
  #sentUpTo: number | undefined;
  #watermark: number | undefined;
  #goodbye = false;
  #turn = 0;

  /** @param isBehind the spool may have hits from before. */
  constructor(name: string, maxBytes: number, isBehind: boolean) {
    this.name = name;
    this.#maxBytes = maxBytes;
    this.#isBehind = isBehind;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The spool has hits that are not in memory. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** The last position that is or was in memory: the spool is read from here. */
  get queuedUpTo(): number {
    return this.#queuedUpTo;
  }

  /** The last position that the spool told of. */
  get latest(): number {
    return this.#latest;
  }

  /** The last position that Redis took since the order was last begun anew; undefined if none. */
  get sentUpTo(): number | undefined {
    return this.#sentUpTo;
  }

  /** Grows when the order is begun anew: an answer that belongs to an earlier turn says nothing. */
  get turn(): number {
    return this.#turn;
  }

  /** Nothing is to be sent or to be confirmed. */
  get isEmpty(): boolean {
    return !this.#isBehind && this.#queued.length === 0 && this.#sent.length === 0;
  }

  /** Durable in the spool. Gives false when it is left there for now. */
  add(position: number, hits: readonly AlertHit[]): boolean {
    this.#latest = Math.max(this.#latest, position);
    if (this.#isBehind) return false;
    // Read from the spool a moment before it told of it.
    if (position <= this.#queuedUpTo) return true;
    if (this.#bytes >= this.#maxBytes) {
      this.#isBehind = true;
      return false;
    }
    this.#put(position, hits);
    return true;
  }

  /** Read again from the spool. `isAll`: it had no more when it was read, and `latest` was this then. */
  refill(positions: readonly PositionHits[], isAll: boolean, latest: number): void {
    for (const { position, hits } of positions) if (position > this.#queuedUpTo) this.#put(position, hits);
    if (isAll && this.#latest === latest) this.#isBehind = false;
  }

  /** Holds after all that was added so far. */
  setWatermark(at: number): void {
    if (this.#isBehind) return;
    const last = this.#queued.at(-1);
    if (last === undefined || last.isClosed) this.#watermark = at;
    else last.watermark = at;
  }

  sayGoodbye(): void {
    this.#goodbye = true;
  }

  /** What to send next; the same until it is sent. */
  next(): Batch | undefined {
    const batch = this.#queued[0];
    if (batch !== undefined) batch.isClosed = true;
    return batch;
  }

  /** What to say when there are no hits to send. */
  takeSaying(): { watermark: number | undefined; goodbye: boolean } | undefined {
    if (this.#queued.length > 0) return undefined;
    const saying = { watermark: this.#watermark, goodbye: this.#goodbye && this.isEmpty };
    this.#watermark = undefined;
    if (saying.goodbye) this.#goodbye = false;
    return saying.watermark === undefined && !saying.goodbye ? undefined : saying;
  }

  /** Redis has the first batch of the queue. */
  sent(): void {
    const batch = this.#queued.shift()!;
    this.#sent.push(batch);
    this.#sentUpTo = batch.last;
  }

  /** Gives the position up to which all is safe now; undefined when something before is not yet. */
  safe(batch: Batch): number | undefined {
    batch.isSafe = true;
    let upTo: number | undefined;
    while (this.#sent[0]?.isSafe === true) {
      const done = this.#sent.shift()!;
      this.#bytes -= done.bytes;
      upTo = done.last;
    }
    return upTo;
  }

  /** Redis may have lost what is not safe: all of it goes again, in its order. */
  again(): void {
    this.#turn++;
    this.#queued.unshift(...this.#sent.splice(0));
    for (const batch of this.#queued) batch.isSafe = false;
    this.#sentUpTo = undefined;
  }

  #put(position: number, hits: readonly AlertHit[]): void {
    const text = positionText(position, hits);
    const bytes = Buffer.byteLength(text) + 1;
    const open = this.#queued.at(-1);
    if (open !== undefined && !open.isClosed && open.bytes + bytes <= MAX_BATCH_BYTES) {
      open.texts.push(text);
      open.last = position;
      open.hits += hits.length;
      open.bytes += bytes;
      this.#bytes += bytes;
    } else {
      const watermark = this.#watermark;
      this.#watermark = undefined;
      const size = bytes + OVERHEAD_BYTES;
      this.#queued.push({
        ...{ texts: [text], first: position, last: position, hits: hits.length, bytes: size, watermark },
        ...{ isClosed: false, isSafe: false },
      });
      this.#bytes += size;
    }
    this.#queuedUpTo = position;
  }
}
