import { randomBytes } from 'node:crypto';
import { abortableDelay } from '../base/flow/abort.ts';
import type { CanaryStatus } from '../core/api/ledger.ts';
import type { Consumer, QueryNode, Store } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { type Frame, newFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { gauge } from '../core/metrics.ts';
import type { LedgerCounts } from '../ledger/ledger.ts';
import type { CanaryOptions } from './options.ts';

const log = logger('canary');
const late = gauge('longshore_canary_late', '1 while a line that longshore sent itself did not come back in time');
const tookSeconds = gauge('longshore_canary_duration_seconds', 'How long the last line took that came back');

const CANARY_CONTAINER = 'longshore-canary';
const CANARY_TAG = 'longshore.canary';
const FIRST_LOOK_MS = 100;
const MAX_LOOK_MS = 2000;
const SEARCH_TIMEOUT_MS = 5000;

/** Where the line goes in, and where it is looked for. */
export interface CanaryWay {
  readonly intake: Consumer;
  /** Undefined: this process has no store that can be searched. */
  readonly store: Pick<Store, 'search'> | undefined;
  /** Events of all containers so far, as the ledger has them. */
  readonly counts: () => Pick<LedgerCounts, 'dropped' | 'in_flight'>;
}

/** Sends itself a line and looks for it until it is found; shouts once when it is late, and says when it is back. */
export class Canary {
  readonly #options: CanaryOptions;
  /** Makes the lines of this start unlike those of any other. */
  readonly #bootId = `c${Date.now().toString(36)}${randomBytes(4).toString('hex')}`;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #status: CanaryStatus = { state: 'not_checked' };
  #count = 0;

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  status(): CanaryStatus {
    return this.#status;
  }

  /** The first line goes when `after` resolves. */
  start(way: CanaryWay, after: Promise<unknown>): void {
    this.#status = { state: 'starting', found_in: way.store === undefined ? 'next_hop' : 'store' };
    const run = () => {
      this.#running = this.#run(way);
    };
    after.then(run, () => {});
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(way: CanaryWay): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const started = performance.now();
      await this.#round(`${this.#bootId}-${(this.#count++).toString(36)}`, way);
      await abortableDelay(Math.max(0, this.#options.interval_seconds * 1000 - (performance.now() - started)), signal);
    }
  }

  async #round(id: string, way: CanaryWay): Promise<void> {
    const { signal } = this.#stopping;
    const sentAt = Date.now();
    const started = performance.now();
    const droppedBefore = droppedOf(way);
    this.#status = { ...this.#status, last_sent_at: sentAt };
    let reason = 'it is not acknowledged';
    const sending = way.intake.consume(lineOf(id, sentAt)).then(
      () => {
        reason = way.store === undefined ? 'nobody has taken it' : 'the store does not find it';
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
        if (droppedOf(way) > droppedBefore) return this.#dropped();
        const found = await this.#isBack(id, sentAt, way).catch((error: unknown) => {
          reason = messageOf(error);
          return false;
        });
        if (found) return this.#found(performance.now() - started);
      }
      if (performance.now() >= deadline) return this.#late(reason);
    }
  }

  async #isBack(id: string, sentAt: number, { store, counts }: CanaryWay): Promise<boolean> {
    if (store === undefined) return (counts().in_flight[CANARY_CONTAINER] ?? 0) === 0;
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

const droppedOf = ({ counts }: CanaryWay): number => counts().dropped[CANARY_CONTAINER] ?? 0;

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
