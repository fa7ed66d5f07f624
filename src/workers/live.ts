import type { Hit, LiveEvents, LiveListener } from '../core/contracts.ts';
import { newFields } from '../core/event.ts';
import { counter } from '../core/metrics.ts';

const dropped = counter(
  'longshore_workers_live_dropped_total',
  'Events that the live tail misses because a worker had too many of them on the way.',
);

/** Above so many in one turn of the event loop nobody could read them. */
const MAX_BATCH = 2000;

/** In a worker: events go to the primary while somebody watches there, a turn of the event loop in one message. */
export class LiveSender {
  readonly #events: LiveEvents;
  readonly #send: (hits: Hit[]) => void;
  #unsubscribe: (() => void) | undefined;
  #batch: Hit[] = [];

  constructor(events: LiveEvents, send: (hits: Hit[]) => void) {
    this.#events = events;
    this.#send = send;
  }

  watch(isWatched: boolean): void {
    if (!isWatched) {
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    } else this.#unsubscribe ??= this.#events.subscribe(hit => this.#take(hit));
  }

  #take(hit: Hit): void {
    if (this.#batch.length >= MAX_BATCH) {
      dropped.inc();
      return;
    }
    this.#batch.push(hit);
    if (this.#batch.length > 1) return;
    setImmediate(() => {
      this.#send(this.#batch);
      this.#batch = [];
    });
  }
}

/** In the primary: the events of all workers. */
export class WorkersLive implements LiveEvents {
  readonly #watch: (isWatched: boolean) => void;
  readonly #listeners = new Set<LiveListener>();

  /** `watch`: told when the first one listens, and when the last one has gone. */
  constructor(watch: (isWatched: boolean) => void) {
    this.#watch = watch;
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  subscribe(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#watch(true);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#watch(false);
    };
  }

  /** As they came from a worker. */
  publish(hits: readonly Hit[]): void {
    for (const crossed of hits) {
      const hit = bareHit(crossed);
      for (const listener of this.#listeners) listener(hit);
    }
  }
}

/** The events of several intakes as one. */
export function mergedLive(all: readonly LiveEvents[]): LiveEvents {
  return {
    subscribe: listener => {
      const ends = all.map(live => live.subscribe(listener));
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

/** Objects that crossed to another process are ordinary ones: keys from outside belong into those that inherit nothing. */
export function bareHit<T extends object>(crossed: T): T {
  return Object.assign(newFields(), crossed) as T;
}
