import { abortableDelay, orAborted } from './abort.ts';

export interface SettleOptions {
  /** What is under way may end by itself for so long. */
  readonly graceMs: number;
  /** So long is waited for those that were called off. */
  readonly calledOffMs: number;
}

/** Lets what is under way end for a moment, or until the signal aborts; then calls it off, and does not wait for what does not hear. */
export async function settle(
  running: Iterable<Promise<unknown>>,
  signal: AbortSignal,
  callOff: () => void,
  { graceMs, calledOffMs }: SettleOptions,
): Promise<void> {
  const all = Promise.allSettled(running);
  const timer = new AbortController();
  const within = (ms: number, also: AbortSignal[]): Promise<void> => {
    const end = new AbortController();
    void abortableDelay(ms, timer.signal).then(() => end.abort());
    return orAborted(all, AbortSignal.any([end.signal, ...also]));
  };
  await within(graceMs, [signal]);
  callOff();
  await within(calledOffMs, []);
  timer.abort();
}
