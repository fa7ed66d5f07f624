import { Backoff } from '../../base/flow/backoff.ts';
import { Outage } from '../../base/flow/outage.ts';
import type { Chunk } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import * as metrics from './metrics.ts';
import { isScattered } from './pages.ts';

const log = logger('spool');

const RETRY = { baseMs: 100, capMs: 5000 };

/** Who counts what becomes of chunks. */
export interface OffersBook {
  take(id: string): void;
  /** Nobody can ever take it. */
  lose(id: string): void;
}

/**
 * The chunks that the store has not taken yet, offered oldest first, so many at a time, each until it is taken.
 * Their documents stay in memory to be searched, up to `maxTailBytes`; beyond that a slow store shows as files only.
 */
export class Offers {
  readonly #maxTailBytes: number;
  readonly #release: (bodies: readonly Buffer[]) => void;
  readonly #book: OffersBook;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<string, { chunk: Chunk; bodies: Buffer[] | undefined }>();
  #accept: ((chunk: Chunk) => Promise<void>) | undefined;
  /** Chunks take turns; within a lane one after another. */
  #lanes: Promise<void>[] = [Promise.resolve()];
  #turn = 0;
  readonly #outage = new Outage();
  /** Of all chunks that wait. */
  bytes = 0;
  /** Of those that are kept in memory. */
  tailBytes = 0;

  /** `release`: told when the documents of a chunk are not kept in memory (any more). */
  constructor(
    maxTailBytes: number,
    signal: AbortSignal,
    release: (bodies: readonly Buffer[]) => void = () => {},
    book: OffersBook = { take: () => {}, lose: () => {} },
  ) {
    this.#book = book;
    this.#maxTailBytes = maxTailBytes;
    this.#release = release;
    this.#signal = signal;
  }

  /** Chunks whose taker has not answered yet. */
  offering = 0;

  get count(): number {
    return this.#waiting.size;
  }

  /** Resolves when everything offered so far is taken. */
  get settled(): Promise<unknown> {
    return Promise.all(this.#lanes);
  }

  ids(): Iterable<string> {
    return this.#waiting.keys();
  }

  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  start(accept: (chunk: Chunk) => Promise<void>, concurrency = 1): void {
    this.#accept = accept;
    this.#lanes = Array.from({ length: concurrency }, () => Promise.resolve());
    for (const { chunk } of this.#waiting.values()) this.#enqueue(chunk);
  }

  add(chunk: Chunk, bodies: Buffer[] | undefined): void {
    const isKept = bodies !== undefined && this.tailBytes + chunk.bytes <= this.#maxTailBytes;
    this.#waiting.set(chunk.id, { chunk, bodies: isKept ? this.#keep(bodies) : undefined });
    this.bytes += chunk.bytes;
    if (isKept) this.tailBytes += chunk.bytes;
    else if (bodies !== undefined) this.#release(bodies);
    if (this.#accept !== undefined) this.#enqueue(chunk);
  }

  /** The few late events of a log lie all over its pages: they would hold many times their size until they are taken. */
  #keep(bodies: Buffer[]): Buffer[] {
    if (!isScattered(bodies)) return bodies;
    const own = [Buffer.concat(bodies)];
    this.#release(bodies);
    return own;
  }

  /** Those whose documents are in memory. */
  *inMemory(): Generator<{ chunk: Chunk; bodies: Buffer[] }> {
    for (const { chunk, bodies } of this.#waiting.values()) if (bodies !== undefined) yield { chunk, bodies };
  }

  #enqueue(chunk: Chunk): void {
    const lane = this.#turn++ % this.#lanes.length;
    this.#lanes[lane] = this.#lanes[lane]!.then(() => this.#offerUntilTaken(chunk));
  }

  async #offerUntilTaken(chunk: Chunk): Promise<void> {
    const backoff = new Backoff(RETRY);
    while (!this.#signal.aborted) {
      try {
        await this.#offer(chunk);
      } catch (error) {
        if (error instanceof LongshoreError && !error.retryable) return this.#lose(chunk, error);
        this.#refused(chunk, error);
        await backoff.wait(this.#signal);
        continue;
      }
      this.#forget(chunk);
      this.#book.take(chunk.id);
      this.#taken();
      return;
    }
  }

  async #offer(chunk: Chunk): Promise<void> {
    this.offering++;
    try {
      await this.#accept!(chunk);
    } finally {
      this.offering--;
    }
  }

  /** Every chunk of hours meets the same outage. */
  #refused(chunk: Chunk, error: unknown): void {
    const details = { chunk: chunk.id, error: messageOf(error), waiting: this.#waiting.size, bytes: this.bytes };
    this.#outage.failed(facts =>
      log.warn({ ...details, ...facts }, 'the store did not accept a chunk; chunks wait and are retried'),
    );
  }

  #taken(): void {
    this.#outage.over(facts => log.info({ waiting: this.#waiting.size, ...facts }, 'the store accepts chunks again'));
  }

  /** For example a chunk file that somebody removed: offering it again would hold up all that follow. */
  #lose(chunk: Chunk, error: LongshoreError): void {
    log.error({ chunk: chunk.id, events: chunk.events, error: error.message }, 'a chunk cannot be stored');
    this.#book.lose(chunk.id);
    metrics.abandonedChunks.inc();
    this.#forget(chunk);
  }

  #forget(chunk: Chunk): void {
    const bodies = this.#waiting.get(chunk.id)?.bodies;
    if (bodies !== undefined) {
      this.tailBytes -= chunk.bytes;
      this.#release(bodies);
    }
    this.#waiting.delete(chunk.id);
    this.bytes -= chunk.bytes;
  }
}
