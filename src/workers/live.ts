import type { LiveEvents, StoredEvent } from '../core/contracts.ts';
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
  readonly #send: (events: StoredEvent[]) => void;
  #unsubscribe: (() => void) | undefined;
  #batch: StoredEvent[] = [];

  constructor(events: LiveEvents, send: (events: StoredEvent[]) => void) {
    this.#events = events;
    this.#send = send;
  }

  watch(isWatched: boolean): void {
    if (!isWatched) {
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    } else this.#unsubscribe ??= this.#events.subscribe(event => this.#take(event));
  }

  #take(event: StoredEvent): void {
    if (this.#batch.length >= MAX_BATCH) {
      dropped.inc();
      return;
    }
    this.#batch.push(event);
    if (this.#batch.length > 1) return;
    setImmediate(() => {
      this.#send(this.#batch);
      this.#batch = [];
    });
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
export function bareEvent<T extends object>(crossed: T): T {
  return Object.assign(newFields(), crossed) as T;
}
