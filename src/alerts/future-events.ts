import type { Fields } from '../core/event.ts';
import { firstAfter } from './types/times.ts';

export type SavedFuture = [time: number, id: string, event: string];

export interface FutureEvent {
  readonly id: string;
  readonly event: Fields;
}

/**
 * Events of one rule whose own time is still to come (a sender's clock is ahead): they wait until then, the soonest
 * first. Bounded: beyond the limits the ones furthest ahead come out at once. Kept as JSON text, so that their size is known.
 */
export class FutureEvents {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #times: number[] = [];
  readonly #waiting: { id: string; text: string }[] = [];
  #bytes = 0;
  #isChanged = false;

  constructor(limits: { readonly max_future_events: number; readonly max_future_bytes: number }) {
    this.#maxEvents = limits.max_future_events;
    this.#maxBytes = limits.max_future_bytes;
  }

  get size(): number {
    return this.#times.length;
  }

  /** Gives those that do not fit. */
  add(time: number, id: string, event: Fields): FutureEvent[] {
    this.#insert(time, id, JSON.stringify(event));
    const out: FutureEvent[] = [];
    while (this.#times.length > this.#maxEvents || (this.#bytes > this.#maxBytes && this.#times.length > 0)) {
      this.#times.pop();
      out.push(this.#taken(this.#waiting.pop()!));
    }
    return out;
  }

  /** Takes out those whose time has come, the oldest first. */
  due(now: number): FutureEvent[] {
    if (this.#times.length === 0 || this.#times[0]! > now) return [];
    const count = firstAfter(this.#times, now);
    this.#times.splice(0, count);
    return this.#waiting.splice(0, count).map(one => this.#taken(one));
  }

  /** Whether others wait than when this was called last. */
  takeChanged(): boolean {
    const isChanged = this.#isChanged;
    this.#isChanged = false;
    return isChanged;
  }

  save(): SavedFuture[] {
    return this.#times.map((time, i) => [time, this.#waiting[i]!.id, this.#waiting[i]!.text]);
  }

  restore(saved: readonly SavedFuture[]): void {
    for (const [time, id, text] of saved) this.#insert(time, id, text);
  }

  #insert(time: number, id: string, text: string): void {
    const at = firstAfter(this.#times, time);
    this.#times.splice(at, 0, time);
    this.#waiting.splice(at, 0, { id, text });
    this.#bytes += text.length;
    this.#isChanged = true;
  }

  #taken({ id, text }: { id: string; text: string }): FutureEvent {
    this.#bytes -= text.length;
    this.#isChanged = true;
    return { id, event: JSON.parse(text) as Fields };
  }
}
