import { firstWork } from '../base/first-work.ts';

/** Does it when the first rows are there, and then again, while the page is in sight; until what comes back is called. */
export function every(ms: number, act: (signal: AbortSignal) => Promise<void>): () => void {
  const abort = new AbortController();
  const run = (): void => {
    if (!document.hidden && !abort.signal.aborted) void act(abort.signal);
  };
  void firstWork.then(run);
  const timer = setInterval(run, ms);
  return () => {
    clearInterval(timer);
    abort.abort();
  };
}
