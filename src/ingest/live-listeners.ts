import type { Hit, LiveEvents, LiveListener } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import type { Stored } from './draft.ts';

const log = logger('intake');

/** Whoever wants each event as soon as it is durable. */
export class LiveListeners implements LiveEvents {
  readonly #indexOf: (day: string) => string;
  readonly #listeners = new Set<LiveListener>();

  constructor(indexOf: (day: string) => string) {
    this.#indexOf = indexOf;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  subscribe(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One that throws is told nothing more: the others, and the acknowledgement, do not wait for it. */
  publish({ event, id, seq }: Stored): void {
    const hit = { _id: id, _index: this.#indexOf(event.day), seq, ...event.fields } as Hit;
    for (const listener of this.#listeners) {
      try {
        listener(hit);
      } catch (error) {
        this.#listeners.delete(listener);
        log.error({ error: messageOf(error) }, 'a live tail failed and is told nothing more');
      }
    }
  }
}
