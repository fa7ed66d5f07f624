import type { LiveEvents, LiveListener, StoredEvent } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';

const log = logger('intake');

/** Whoever wants each event as soon as it is durable. */
export class LiveListeners implements LiveEvents {
  readonly #watch: (isWatched: boolean) => void;
  readonly #listeners = new Set<LiveListener>();

  /** `watch`: told when the first one listens, and when the last one has gone. */
  constructor(watch: (isWatched: boolean) => void = () => {}) {
    this.#watch = watch;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  subscribe(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#watch(true);
    return () => this.#remove(listener);
  }

  /** One that throws is told nothing more: the others, and the acknowledgement, do not wait for it. */
  publish(event: StoredEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#remove(listener);
        log.error({ error: messageOf(error) }, 'a live tail failed and was closed');
      }
    }
  }

  #remove(listener: LiveListener): void {
    if (this.#listeners.delete(listener) && this.isEmpty) this.#watch(false);
  }
}
