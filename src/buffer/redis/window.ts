import type { Chunk } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { abortableDelay } from '../../core/time.ts';
import { orAborted } from './aborted.ts';
import { RedisFailure } from './failure.ts';
import * as metrics from './metrics.ts';

const log = logger('redis');

/**
 * Between a spool that offers one chunk after another and a Redis that makes each wait for its next fsync: takes the
 * chunks over at once, up to `maxChunks`, and gives them on until each is taken. Their files stay until then, so that
 * after a crash the spool offers them again.
 */
export class Window {
  readonly #accept: (chunk: Chunk) => Promise<void>;
  readonly #maxChunks: number;
  readonly #stopped = new AbortController();
  readonly #pending = new Map<string, Promise<void>>();

  constructor(accept: (chunk: Chunk) => Promise<void>, maxChunks: number) {
    this.#accept = accept;
    this.#maxChunks = maxChunks;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Resolves when there is room for it; until then the spool grows. Rejects only after `stop`. */
  async accept(chunk: Chunk): Promise<void> {
    while (this.#pending.size >= this.#maxChunks && !this.#stopped.signal.aborted)
      await Promise.race(this.#pending.values());
    if (this.#stopped.signal.aborted) throw new RedisFailure('away', 'The buffer is closed.');
    if (this.#pending.has(chunk.id)) return;
    this.#pending.set(
      chunk.id,
      this.#giveUntilTaken(chunk).finally(() => this.#pending.delete(chunk.id)),
    );
  }

  /** Resolves when all are taken or the signal aborts; what is left is in its files. */
  async stop(signal: AbortSignal): Promise<void> {
    await orAborted(Promise.all(this.#pending.values()), signal);
    this.#stopped.abort();
  }

  async #giveUntilTaken(chunk: Chunk): Promise<void> {
    for (let attempt = 0; !this.#stopped.signal.aborted; attempt++) {
      try {
        return await this.#accept(chunk);
      } catch (error) {
        if (error instanceof LongshoreError && !error.retryable) {
          metrics.abandoned.inc();
          log.error({ chunk: chunk.id, events: chunk.events, error: error.message }, 'a chunk cannot be buffered');
          return;
        }
        if (attempt === 0) log.warn({ chunk: chunk.id, error: messageOf(error) }, 'Redis did not take a chunk');
        await abortableDelay(Math.min(5000, 100 * 2 ** attempt), this.#stopped.signal);
      }
    }
  }
}
