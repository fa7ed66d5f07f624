import type { Chunk } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { abortableDelay } from '../../core/time.ts';
import * as metrics from './metrics.ts';

const log = logger('spool');

/**
 * The chunks that the store has not taken yet, offered one after another, oldest first, each until it is taken.
 * Their documents stay in memory to be searched, up to `maxTailBytes`; beyond that a slow store shows as files only.
 */
export class Offers {
  readonly #maxTailBytes: number;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<string, { chunk: Chunk; bodies: Buffer[] | undefined }>();
  #accept: ((chunk: Chunk) => Promise<void>) | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Of all chunks that wait. */
  bytes = 0;
  /** Of those that are kept in memory. */
  tailBytes = 0;

  constructor(maxTailBytes: number, signal: AbortSignal) {
    this.#maxTailBytes = maxTailBytes;
    this.#signal = signal;
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** Resolves when everything offered so far is taken. */
  get settled(): Promise<void> {
    return this.#running;
  }

  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  start(accept: (chunk: Chunk) => Promise<void>): void {
    this.#accept = accept;
    for (const { chunk } of this.#waiting.values()) this.#enqueue(chunk);
  }

  add(chunk: Chunk, bodies: Buffer[] | undefined): void {
    const inMemory = bodies !== undefined && this.tailBytes + chunk.bytes <= this.#maxTailBytes;
    this.#waiting.set(chunk.id, { chunk, bodies: inMemory ? bodies : undefined });
    this.bytes += chunk.bytes;
    if (inMemory) this.tailBytes += chunk.bytes;
    if (this.#accept !== undefined) this.#enqueue(chunk);
  }

  /** Those whose documents are in memory. */
  *inMemory(): Generator<{ chunk: Chunk; bodies: Buffer[] }> {
    for (const { chunk, bodies } of this.#waiting.values()) if (bodies !== undefined) yield { chunk, bodies };
  }

  #enqueue(chunk: Chunk): void {
    this.#running = this.#running.then(() => this.#offerUntilTaken(chunk));
  }

  async #offerUntilTaken(chunk: Chunk): Promise<void> {
    for (let attempt = 0; !this.#signal.aborted; attempt++) {
      try {
        await this.#accept!(chunk);
      } catch (error) {
        if (error instanceof LongshoreError && !error.retryable) {
          // For example a chunk file that somebody removed: offering it again would hold up all that follow.
          metrics.abandonedChunks.inc();
          log.error({ chunk: chunk.id, events: chunk.events, error: error.message }, 'a chunk cannot be stored');
          this.#forget(chunk);
          return;
        }
        if (attempt === 0) log.warn({ chunk: chunk.id, error: messageOf(error) }, 'the store did not take a chunk');
        await abortableDelay(Math.min(5000, 100 * 2 ** attempt), this.#signal);
        continue;
      }
      this.#forget(chunk);
      return;
    }
  }

  #forget(chunk: Chunk): void {
    if (this.#waiting.get(chunk.id)?.bodies !== undefined) this.tailBytes -= chunk.bytes;
    this.#waiting.delete(chunk.id);
    this.bytes -= chunk.bytes;
  }
}
