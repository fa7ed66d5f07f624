import { LongshoreError } from '../../core/errors.ts';

/** Lets work through, and while it is shut lets none begin: a backup looks at the files of several spools at one moment. */
export class Gate {
  readonly #inside = new Set<Promise<unknown>>();
  #shut: PromiseWithResolvers<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Begins when the gate is open. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    while (this.#shut !== undefined) await this.#shut.promise;
    const running = work();
    this.#inside.add(running);
    try {
      return await running;
    } finally {
      this.#inside.delete(running);
    }
  }

  /**
   * Resolves when nothing is inside any more. Opens by itself after `ms`, so that whoever forgets it does no harm.
   * @throws LongshoreError LS_SPOOL_HELD (retryable) when it is shut already, or what is inside does not end in time.
   */
  async shut(ms: number): Promise<void> {
    if (this.#shut !== undefined) throw held('it is held already');
    const shut = Promise.withResolvers<void>();
    this.#shut = shut;
    let isLate = false;
    this.#timer = setTimeout(() => {
      isLate = true;
      this.open();
    }, ms);
    await Promise.race([Promise.allSettled(this.#inside), shut.promise]);
    if (isLate) throw held('what it writes does not end');
  }

  open(): void {
    clearTimeout(this.#timer);
    const shut = this.#shut;
    this.#shut = undefined;
    shut?.resolve();
  }
}

function held(why: string): LongshoreError {
  return new LongshoreError('LS_SPOOL_HELD', `The spool cannot be held: ${why}.`, { retryable: true });
}
