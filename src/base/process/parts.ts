import type { Lifecycle } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';

/** A part as it is made. */
export interface Made<T> {
  /** What others get that need it. */
  readonly value: T;
  /** After it was made. When this fails, it is stopped as well. */
  start?(): unknown;
  /** Gives up politely when the signal aborts, which is in `msLeft` milliseconds. */
  stop?(signal: AbortSignal, msLeft: () => number): unknown;
}

export const lifecycle = <T extends Lifecycle>(part: T): Made<T> => ({
  value: part,
  start: () => part.start(),
  stop: signal => part.stop(signal),
});

interface Part {
  readonly name: string;
  readonly needs: readonly string[];
  make(values: object): Made<unknown> | Promise<Made<unknown>>;
}

/**
 * The parts of a process. Each says by name what it needs; the order in which they start is made of that (those that do
 * not need each other start in the order in which they were added), and they stop in the opposite one. `P` has a type for
 * every part that there can be; what a process does not have is undefined for those that need it.
 */
export class Parts<P extends object> {
  readonly #log: Logger;
  readonly #parts = new Map<string, Part>();
  readonly #values: Partial<P> = {};
  readonly #started: (Made<unknown> & { readonly name: string })[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  add<K extends keyof P & string, N extends keyof P & string = never>(
    name: K,
    needs: readonly N[],
    make: (needed: Pick<P, N>) => Made<P[K]> | Promise<Made<P[K]>>,
  ): void {
    this.#parts.set(name, { name, needs, make: make as Part['make'] });
  }

  /** Undefined before it is made. */
  get<K extends keyof P>(name: K): P[K] | undefined {
    return this.#values[name];
  }

  /** Throws when parts need each other. */
  get order(): readonly Pick<Part, 'name' | 'needs'>[] {
    return this.#inOrder();
  }

  /** Rejects with what kept a part from starting; those before it run. */
  async start(): Promise<void> {
    for (const part of this.#inOrder()) {
      const made = await part.make(this.#values);
      this.#values[part.name as keyof P] = made.value as P[keyof P];
      this.#started.push({ name: part.name, ...made });
      await made.start?.();
    }
  }

  /** Never rejects. */
  async stop(deadlineMs: number): Promise<void> {
    const end = performance.now() + deadlineMs;
    const signal = AbortSignal.timeout(deadlineMs);
    const msLeft = () => Math.max(1, Math.round(end - performance.now()));
    const stops = this.#started.splice(0).map(({ name, stop }): Stop => [name, () => stop?.(signal, msLeft)]);
    await stopEach(stops.reverse(), this.#log);
  }

  #inOrder(): Part[] {
    const order = new Set<Part>();
    const add = (name: string, path: readonly string[]): void => {
      const part = this.#parts.get(name);
      if (part === undefined || order.has(part)) return;
      if (path.includes(name)) throw new Error(`parts need each other: ${[...path, name].join(' -> ')}`);
      for (const need of part.needs) add(need, [...path, name]);
      order.add(part);
    };
    for (const name of this.#parts.keys()) add(name, []);
    return [...order];
  }
}

type Stop = readonly [name: string, stop: () => unknown];

/** One after the other; one that fails does not keep the others from it. */
export async function stopEach(stops: readonly Stop[], log: Logger): Promise<void> {
  for (const [name, stop] of stops) {
    try {
      await stop();
    } catch (error) {
      log.error({ part: name, error: messageOf(error) }, 'a part did not stop cleanly');
    }
  }
}
