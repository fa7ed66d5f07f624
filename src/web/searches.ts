import type { FastifyReply, FastifyRequest } from 'fastify';
import { FairLine, LineFull } from '../base/flow/fair-line.ts';
import type { SearchApi } from '../core/api/search.ts';
import { LongshoreError } from '../core/errors.ts';
import { counter, gauge } from '../core/metrics.ts';
import { clientOf, untilGone } from './requests.ts';

/** `max_searches`: the line was full; `search_timeout`; `client_gone`: nobody waits for the answer any more. */
const limited = counter('longshore_web_searches_limited_total', 'Searches refused or ended by a limit.', ['reason']);
const running = gauge('longshore_web_searches_running', 'Searches that run.');
const waiting = gauge('longshore_web_searches_waiting', 'Searches that wait for one of the places.');

/** So many times the places may wait. */
const WAITING = 4;
/** Of the places, one client alone has so many. */
const OF_ONE = 0.75;

/** Runs so many searches at a time, each so long, and lets the others wait in a fair line; a client that goes away ends its search. */
export class BoundedSearches {
  readonly #line: FairLine;
  readonly #timeoutMs: number;

  constructor({ max, timeoutMs }: SearchApi['limits']) {
    this.#line = new FairLine({ places: max, waiting: max * WAITING, placesOfOne: Math.ceil(max * OF_ONE) });
    this.#timeoutMs = timeoutMs;
  }

  /** Throws `LS_SEARCH_BUSY` (503) and `LS_SEARCH_TIMEOUT` (504), else what the search throws. */
  async run<T>(request: FastifyRequest, reply: FastifyReply, search: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const client = untilGone(request, reply);
    const late = new AbortController();
    const signal = AbortSignal.any([client.signal, late.signal]);
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      limited.inc({ reason: 'search_timeout' });
      reject(timedOut(this.#timeoutMs));
      late.abort();
    }, this.#timeoutMs);
    try {
      // It counts until it has really ended, also when nobody waits for it any more.
      return await Promise.race([this.#run(clientOf(request), signal, search), tooLate]);
    } catch (error) {
      if (!client.signal.aborted) throw error;
      limited.inc({ reason: 'client_gone' });
      throw gone();
    } finally {
      clearTimeout(timer);
      client.off();
    }
  }

  async #run<T>(client: string, signal: AbortSignal, search: (signal: AbortSignal) => Promise<T>): Promise<T> {
    waiting.inc();
    try {
      await this.#line.enter(client, signal);
    } catch (error) {
      if (!(error instanceof LineFull)) throw error;
      limited.inc({ reason: 'max_searches' });
      throw busy();
    } finally {
      waiting.dec();
    }
    running.inc();
    try {
      return await search(signal);
    } finally {
      running.dec();
      this.#line.leave(client);
    }
  }
}

function busy(): LongshoreError {
  return new LongshoreError('LS_SEARCH_BUSY', 'Too many searches are running and waiting.', {
    fix: 'Try again in a moment.',
    retryable: true,
  });
}

function gone(): LongshoreError {
  return new LongshoreError('LS_STORE_QUERY_CANCELLED', 'the search was cancelled.', { retryable: true });
}

function timedOut(ms: number): LongshoreError {
  return new LongshoreError('LS_SEARCH_TIMEOUT', `The search took longer than ${ms} ms.`, {
    fix: 'Narrow the time range.',
  });
}
