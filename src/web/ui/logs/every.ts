/** Does it now and then again, while the page is in sight; until what comes back is called. */
export function every(ms: number, act: (signal: AbortSignal) => Promise<void>): () => void {
  const abort = new AbortController();
  const run = (): void => {
    if (!document.hidden) void act(abort.signal);
  };
  run();
  const timer = setInterval(run, ms);
  return () => {
    clearInterval(timer);
    abort.abort();
  };
}
