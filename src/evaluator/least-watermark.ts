import { logger } from '../core/log.ts';

const log = logger('alerts');

/** A source that says nothing for this long, while others speak, does not hold them up. */
const SILENT_MS = 15_000;

interface Heard {
  /** By the clock of this process. */
  at: number;
  /** Epoch milliseconds; 0 before its first word. */
  watermark: number;
}

/** How far intake as a whole has come, where its sources are processes of this machine: the least of what the living say. */
export class LeastWatermark {
  readonly #silentMs: number;
  readonly #now: () => number;
  readonly #sources = new Map<string, Heard>();
  readonly #leftOut = new Set<string>();
  #latestAt: number;

  /** `now`: a clock that never goes back, milliseconds. */
  constructor(silentMs = SILENT_MS, now = () => performance.now()) {
    this.#silentMs = silentMs;
    this.#now = now;
    this.#latestAt = now();
  }

  /** Nothing is judged before this source has spoken. */
  expect(source: string): void {
    if (!this.#sources.has(source)) this.#sources.set(source, { at: this.#now(), watermark: 0 });
  }

  /** A source speaks, each second; `watermark` is undefined while it takes nothing in. Gives what all have reached. */
  hear(source: string, watermark: number | undefined): number | undefined {
    const now = this.#now();
    // Nobody has spoken: this process was asleep, not they.
    if (now - this.#latestAt > this.#silentMs / 3) for (const heard of this.#sources.values()) heard.at = now;
    this.#latestAt = now;
    this.#sources.set(source, { at: now, watermark: watermark ?? this.#sources.get(source)?.watermark ?? 0 });
    this.#leftOut.delete(source);
    let least = Number.POSITIVE_INFINITY;
    for (const [name, heard] of this.#sources) {
      if (now - heard.at <= this.#silentMs) least = Math.min(least, heard.watermark);
      else if (!this.#leftOut.has(name)) {
        this.#leftOut.add(name);
        log.warn(
          { source: name, silent_ms: Math.round(now - heard.at) },
          'a worker says nothing; rules go on without it',
        );
      }
    }
    return least > 0 ? least : undefined;
  }
}
