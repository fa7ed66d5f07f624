/** One who waits. */
interface Waiting {
  readonly who: string;
  enter(): void;
  refuse(reason: unknown): void;
}

/** The line is full, and nobody has more in it than whoever was refused. */
export class LineFull extends Error {}

export interface FairLineLimits {
  readonly places: number;
  /** So many may wait. */
  readonly waiting: number;
  /** Of the places, one alone may have so many. Default: all. */
  readonly placesOfOne?: number;
}

/**
 * Lets so many run at a time; the others wait. Whoever has the fewest places is next, of equals whoever has not had one for
 * longest. When too many wait, the last of whoever has most of them has to go.
 */
export class FairLine {
  readonly #limits: Required<FairLineLimits>;
  readonly #places = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  /** When they had their last place, counted, of those who have one or wait. */
  readonly #last = new Map<string, number>();
  #taken = 0;
  #count = 0;

  constructor(limits: FairLineLimits) {
    this.#limits = { placesOfOne: limits.places, ...limits };
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when a place is free: give it back with `leave`. Rejects with LineFull, or with the reason of the signal when that aborts first. */
  async enter(who: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#taken < this.#limits.places && this.#mayHaveMore(who)) {
      this.#take(who);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const over = (): void => signal?.removeEventListener('abort', giveUp);
      const waiting: Waiting = {
        who,
        enter: () => {
          over();
          resolve();
        },
        refuse: reason => {
          over();
          reject(reason);
        },
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        this.#forget(who);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(waiting);
      if (this.#waiting.length > this.#limits.waiting) this.#refuseOne();
    });
  }

  leave(who: string): void {
    this.#taken--;
    const left = this.#placesOf(who) - 1;
    if (left > 0) this.#places.set(who, left);
    else this.#places.delete(who);
    this.#forget(who);
    while (this.#taken < this.#limits.places) {
      const next = this.#next();
      if (next === undefined) return;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#take(next.who);
      next.enter();
    }
  }

  /** Does the work in a place of its own. Rejects as `enter` and as the work. */
  async run<T>(who: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.enter(who, signal);
    try {
      return await work();
    } finally {
      this.leave(who);
    }
  }

  #placesOf(who: string): number {
    return this.#places.get(who) ?? 0;
  }

  #mayHaveMore(who: string): boolean {
    return this.#placesOf(who) < this.#limits.placesOfOne;
  }

  #take(who: string): void {
    this.#taken++;
    this.#places.set(who, this.#placesOf(who) + 1);
    this.#last.set(who, ++this.#count);
  }

  #forget(who: string): void {
    if (!this.#places.has(who) && !this.#waiting.some(waiting => waiting.who === who)) this.#last.delete(who);
  }

  #next(): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (!this.#mayHaveMore(waiting.who)) continue;
      if (next === undefined || this.#isBefore(waiting.who, next.who)) next = waiting;
    }
    return next;
  }

  #isBefore(a: string, b: string): boolean {
    const fewer = this.#placesOf(a) - this.#placesOf(b);
    return fewer < 0 || (fewer === 0 && (this.#last.get(a) ?? 0) < (this.#last.get(b) ?? 0));
  }

  #refuseOne(): void {
    const counts = new Map<string, number>();
    for (const { who } of this.#waiting) counts.set(who, (counts.get(who) ?? 0) + 1);
    const most = Math.max(...counts.values());
    // The newest: of two with as many, whoever came last has to go.
    const at = this.#waiting.findLastIndex(({ who }) => counts.get(who) === most);
    const refused = this.#waiting.splice(at, 1)[0]!;
    this.#forget(refused.who);
    refused.refuse(new LineFull('too many wait already'));
  }
}
