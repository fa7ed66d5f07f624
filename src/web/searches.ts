import type { FastifyReply, FastifyRequest } from 'fastify';
import { Semaphore } from '../base/flow/semaphore.ts';
import type { SearchApi } from '../core/api/search.ts';
import { LongshoreError } from '../core/errors.ts';
import { counter } from '../core/metrics.ts';

const limited = counter('longshore_web_searches_limited_total', 'Searches refused or ended by a limit.', ['reason']);

/** Runs so many searches at a time, each so long; a client that goes away ends its search. */
export class BoundedSearches {
  readonly #places: Semaphore;
  readonly #timeoutMs: number;

  constructor({ max, timeoutMs }: SearchApi['limits']) {
    this.#places = new Semaphore(max);
    this.#timeoutMs = timeoutMs;
  }

  /** Throws `LS_SEARCH_BUSY` (503) and `LS_SEARCH_TIMEOUT` (504), else what the search throws. */
  async run<T>(request: FastifyRequest, reply: FastifyReply, search: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#places.isFull) {
      limited.inc({ reason: 'max_searches' });
      throw new LongshoreError('LS_SEARCH_BUSY', 'Too many searches are running.', { retryable: true });
    }
    const abort = new AbortController();
    const gone = (): void => {
      if (!reply.raw.writableEnded) abort.abort();
    };
    request.raw.socket.once('close', gone);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      limited.inc({ reason: 'search_timeout' });
      reject(timedOut(this.#timeoutMs));
      abort.abort();
    }, this.#timeoutMs);
    try {
      // It counts until it has really ended, also when nobody waits for it any more.
      return await Promise.race([this.#places.run(() => search(abort.signal)), late]);
    } finally {
      clearTimeout(timer);
      request.raw.socket.off('close', gone);
    }
  }
}

function timedOut(ms: number): LongshoreError {
  return new LongshoreError('LS_SEARCH_TIMEOUT', `The search took longer than ${ms} ms.`, {
    fix: 'Narrow the time range.',
  });
}
