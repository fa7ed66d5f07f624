import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type ApiError, addressOf, ask, type Params } from './api.ts';

export interface Polled<T> {
  /** The latest answer to this question; undefined before the first one. */
  readonly data: ReadonlySignal<T | undefined>;
  /** Why the last try gave none. The answer before it stays. */
  readonly error: ReadonlySignal<ApiError | undefined>;
  /** When the latest answer came, epoch milliseconds. */
  readonly at: ReadonlySignal<number>;
  /** Asks now. */
  again(): void;
}

/** What a path answers, asked again so often while the component is there and the tab is seen; never, where the path is undefined. */
export function usePolled<T>(path: string | undefined, params: Params, everyMs: number): Polled<T> {
  const address = path === undefined ? '' : addressOf(path, params);
  const polled = useMemo(() => new Polling<T>(), []);
  useEffect(() => (path === undefined ? undefined : polled.start(path, params, everyMs)), [address, everyMs]);
  return polled;
}

class Polling<T> implements Polled<T> {
  readonly data = signal<T | undefined>(undefined);
  readonly error = signal<ApiError | undefined>(undefined);
  readonly at = signal(0);
  again: () => void = () => {};

  start(path: string, params: Params, everyMs: number): () => void {
    // What answered an earlier question is not shown under this one.
    this.data.value = undefined;
    this.error.value = undefined;
    let running = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async (): Promise<void> => {
      clearTimeout(timer);
      running.abort();
      running = new AbortController();
      const { signal: aborted } = running;
      try {
        const answer = await ask<T>(path, params, { signal: aborted });
        if (aborted.aborted) return;
        this.data.value = answer;
        this.error.value = undefined;
        this.at.value = Date.now();
      } catch (error) {
        if (aborted.aborted) return;
        this.error.value = error as ApiError;
      }
      timer = setTimeout(next, everyMs);
    };
    // A tab in the background asks nothing.
    const next = (): void => void (document.hidden || run());
    const seen = (): void => void (document.hidden || run());
    document.addEventListener('visibilitychange', seen);
    this.again = () => void run();
    void run();
    return () => {
      document.removeEventListener('visibilitychange', seen);
      clearTimeout(timer);
      running.abort();
      this.again = () => {};
    };
  }
}
