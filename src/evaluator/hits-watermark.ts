import type { HitsEntry } from './hits-codec.ts';

/** A source that says nothing for this long does not hold up the others. */
const SILENT_MS = 15_000;
/** So long after the first entry every living source has been heard of: they speak each second. */
const SETTLE_MS = 3000;

interface Heard {
  /** When Redis took its last entry. */
  at: number;
  watermark: number | undefined;
}

/**
 * How far intake as a whole has come: the least of what the living sources say. Pure; the time is that of the stream, so
 * that a backlog is judged as it would have been when it came.
 */
export class StreamWatermark {
  readonly #silentMs: number;
  readonly #settleMs: number;
  readonly #sources = new Map<string, Heard>();
  #firstAt: number | undefined;
  #latestAt = 0;
  #reached = 0;

  constructor(silentMs = SILENT_MS, settleMs = SETTLE_MS) {
    this.#silentMs = silentMs;
    this.#settleMs = settleMs;
  }

  get sources(): number {
    return this.#sources.size;
  }

  /** Gives the watermark when it has grown. */
  hear({ source, at, watermark, isGoodbye }: Pick<HitsEntry, 'source' | 'at' | 'watermark' | 'isGoodbye'>) {
    this.#firstAt ??= at;
    this.#latestAt = Math.max(this.#latestAt, at);
    const known = this.#sources.get(source);
    // One that was alone with its goodbye leaves its word behind.
    const last = watermark ?? known?.watermark;
    if (isGoodbye && this.#sources.size > 1) this.#sources.delete(source);
    else this.#sources.set(source, { at, watermark: last });
    for (const [name, heard] of this.#sources)
      if (heard.at < this.#latestAt - this.#silentMs) this.#sources.delete(name);
    if (this.#latestAt - this.#firstAt < this.#settleMs) return undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const heard of this.#sources.values()) least = Math.min(least, heard.watermark ?? Number.NEGATIVE_INFINITY);
    if (!Number.isFinite(least) || least <= this.#reached) return undefined;
    this.#reached = least;
    return least;
  }
}
