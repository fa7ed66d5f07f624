import type { Link } from '../base/process/link.ts';
import type { ClaimVerdict } from './claims.ts';
import type { JoinDelivery, Peers } from './peers.ts';
import { ownerAmong } from './places.ts';
import type { PrimaryCalls, WorkerCalls } from './protocol.ts';

const DONE_DELAY_MS = 5;

/** A worker's view of the others: through the primary, what one tick brings in one message. */
export class WorkerPeers implements Peers {
  readonly #link: Link<PrimaryCalls, WorkerCalls>;
  readonly name: string;
  readonly ownerOf: (place: string) => string;
  readonly #waiting = new Map<string, (verdict: ClaimVerdict) => void>();
  #claims: string[] = [];
  #done: string[] = [];
  #failed: string[] = [];
  #isFlushing = false;
  #doneTimer: NodeJS.Timeout | undefined;

  constructor(link: Link<PrimaryCalls, WorkerCalls>, name: string, workers: readonly string[]) {
    this.#link = link;
    this.name = name;
    this.ownerOf = ownerAmong(workers);
  }

  claim(key: string): Promise<ClaimVerdict> {
    const { promise, resolve } = Promise.withResolvers<ClaimVerdict>();
    this.#waiting.set(key, resolve);
    this.#claims.push(key);
    this.#flushSoon();
    return promise;
  }

  /** Travels with the next claims, or soon: only who waits for this very frame has to wait longer for it. */
  done(key: string): void {
    this.#done.push(key);
    this.#doneTimer ??= setTimeout(() => this.#flushSoon(), DONE_DELAY_MS).unref();
  }

  failed(key: string): void {
    this.#failed.push(key);
    this.#flushSoon();
  }

  verdicts(all: readonly [key: string, verdict: ClaimVerdict][]): void {
    for (const [key, verdict] of all) {
      this.#waiting.get(key)?.(verdict);
      this.#waiting.delete(key);
    }
  }

  deliver(owner: string, delivery: JoinDelivery): Promise<void> {
    return this.#link.request('deliver', { owner, delivery });
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    // Behind what this turn of the event loop still reads.
    setImmediate(() => {
      this.#isFlushing = false;
      clearTimeout(this.#doneTimer);
      this.#doneTimer = undefined;
      // What is over goes first: a claim of the same turn may be for it.
      if (this.#done.length > 0) this.#link.notify('done', this.#done);
      if (this.#failed.length > 0) this.#link.notify('failed', this.#failed);
      if (this.#claims.length > 0) this.#link.notify('claims', this.#claims);
      this.#done = [];
      this.#failed = [];
      this.#claims = [];
    });
  }
}
