import { abortableDelay } from '../base/flow/abort.ts';
import type { CanaryStatus } from '../core/api/ledger.ts';
import type { Consumer, Lifecycle, QueryNode, Store } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { type Frame, newFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { gauge } from '../core/metrics.ts';
import type { CanaryOptions } from './options.ts';

const log = logger('canary');
const late = gauge('longshore_canary_late', '1 while a line that longshore sent itself did not come back in time');
const tookSeconds = gauge('longshore_canary_duration_seconds', 'How long the last line took that came back');

export const CANARY_CONTAINER = 'longshore-canary';
const CANARY_TAG = 'longshore.canary';
const FIRST_LOOK_MS = 100;
const MAX_LOOK_MS = 2000;
const SEARCH_TIMEOUT_MS = 5000;

export interface CanaryDeps {
  readonly intake: Consumer;
  /** Undefined: this process has no store that can be searched. */
  readonly store?: Pick<Store, 'search'> | undefined;
  /** Events of `CANARY_CONTAINER` so far. */
  readonly counts: () => { dropped: number; in_flight: number };
  /** Makes the lines of this start unlike those of any other. */
  readonly bootId: string;
}

/** Sends itself a line and looks for it until it is found; shouts once when it is late, and says when it is back. */
export class Canary implements Lifecycle {
  readonly #options: CanaryOptions;
  readonly #deps: CanaryDeps;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #status: CanaryStatus;
  #count = 0;

  constructor(options: CanaryOptions, deps: CanaryDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#status = { state: 'starting', found_in: deps.store === undefined ? 'next_hop' : 'store' };
  }

  status(): CanaryStatus {
    return this.#status;
  }

  async start(): Promise<void> {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const started = performance.now();
      await this.#round(`${this.#deps.bootId}-${(this.#count++).toString(36)}`);
      await abortableDelay(Math.max(0, this.#options.interval_seconds * 1000 - (performance.now() - started)), signal);
    }
  }

  async #round(id: string): Promise<void> {
    const { signal } = this.#stopping;
    const sentAt = Date.now();
    const started = performance.now();
    const droppedBefore = this.#deps.counts().dropped;
    this.#status = { ...this.#status, last_sent_at: sentAt };
    let reason = 'it is not acknowledged';
    const sending = this.#deps.intake.consume(lineOf(id, sentAt)).then(
      () => {
        reason = this.#deps.store === undefined ? 'nobody has taken it' : 'the store does not find it';
        return true;
      },
      error => {
        reason = messageOf(error);
        return false;
      },
    );
    let isSent = false;
    void sending.then(sent => {
      isSent = sent;
    });
    const deadline = started + this.#options.timeout_seconds * 1000;
    for (let wait = FIRST_LOOK_MS; !signal.aborted; wait = Math.min(MAX_LOOK_MS, wait * 2)) {
      await abortableDelay(Math.max(1, Math.min(wait, deadline - performance.now())), signal);
      if (signal.aborted) return;
      if (isSent) {
        if (this.#deps.counts().dropped > droppedBefore) return this.#dropped();
        const found = await this.#isBack(id, sentAt).catch((error: unknown) => {
          reason = messageOf(error);
          return false;
        });
        if (found) return this.#found(performance.now() - started);
      }
      if (performance.now() >= deadline) return this.#late(reason);
    }
  }

  async #isBack(id: string, sentAt: number): Promise<boolean> {
    const { store, counts } = this.#deps;
    if (store === undefined) return counts().in_flight === 0;
    // The store itself: the open tail would find it wherever it is.
    const query: QueryNode = {
      type: 'and',
      nodes: [
        { type: 'terms', field: 'container_name', values: [CANARY_CONTAINER] },
        { type: 'terms', field: 'trace_id', values: [id] },
      ],
    };
    const range = { from: sentAt - 60_000, to: sentAt + 60_000 };
    const tooLate = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(SEARCH_TIMEOUT_MS)]);
    const searching = store.search({ query, size: 1, ...range, timeoutMs: SEARCH_TIMEOUT_MS }, tooLate);
    // A store that stands still may not even hear that the search was given up.
    searching.catch(() => {});
    const givenUp = new Promise<never>((_, reject) => {
      tooLate.addEventListener('abort', () => reject(new Error('the store does not answer')), { once: true });
    });
    return (await Promise.race([searching, givenUp])).hits.length > 0;
  }

  #found(tookMs: number): void {
    if (this.#status.state === 'late') log.info({ took_ms: Math.round(tookMs) }, 'the canary is back');
    late.set(0);
    tookSeconds.set(tookMs / 1000);
    const { found_in, last_sent_at } = this.#status;
    this.#status = {
      state: 'ok',
      ...(found_in === undefined ? {} : { found_in }),
      ...(last_sent_at === undefined ? {} : { last_sent_at }),
      last_found_at: Date.now(),
      took_ms: Math.round(tookMs),
    };
  }

  #late(reason: string): void {
    if (this.#status.state !== 'late') {
      const seconds = this.#options.timeout_seconds;
      log.error({ seconds, reason }, 'a line that longshore sent itself did not come back in time');
    }
    late.set(1);
    this.#status = { ...this.#status, state: 'late', late_since: this.#status.late_since ?? Date.now(), reason };
  }

  #dropped(): void {
    if (this.#status.state !== 'dropped')
      log.warn({ tag: CANARY_TAG }, 'a pipeline drops the canary: it tells nothing');
    late.set(0);
    this.#status = { ...this.#status, state: 'dropped' };
  }
}

function lineOf(id: string, at: number): Frame {
  const record = newFields();
  record['message'] = `longshore sends itself a line: ${id}`;
  record['level'] = 'DEBUG';
  record['container_name'] = CANARY_CONTAINER;
  record['trace_id'] = id;
  return {
    source: 'canary',
    sender: 'longshore',
    tag: CANARY_TAG,
    receivedAt: at,
    records: [record],
    times: [at],
    bytes: 0,
    isSilent: true,
  };
}
