/** Of one slice: what waits for the event loop meanwhile waits so much longer. */
const SLICE_MS = 3;

/**
 * Lets long work go on in slices beside what the process is there for: in each turn of the event loop one slice, of all the
 * work under way in turn.
 */
export class Slices {
  readonly #queue: PromiseWithResolvers<void>[] = [];

  /** Begins a piece of work; what it gives is to be asked after each step, and awaited when it says something. */
  begin(): () => Promise<void> | undefined {
    let end = 0;
    return () => {
      if (performance.now() < end) return undefined;
      return this.#turn().then(() => {
        end = performance.now() + SLICE_MS;
      });
    };
  }

  #turn(): Promise<void> {
    const turn = Promise.withResolvers<void>();
    if (this.#queue.push(turn) === 1) setImmediate(this.#next);
    return turn.promise;
  }

  readonly #next = (): void => {
    this.#queue.shift()?.resolve();
    if (this.#queue.length > 0) setImmediate(this.#next);
  };
}
