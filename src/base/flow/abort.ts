/** Resolves after `ms`, or at once when the signal aborts. */
export function abortableDelay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Resolves when the promise settles, however it does, or when the signal aborts. */
export async function orAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let listener = (): void => {};
  const aborted = new Promise<void>(resolve => {
    listener = resolve;
    signal.addEventListener('abort', listener, { once: true });
  });
  try {
    await Promise.race([promise.then(ignore, ignore), aborted]);
  } finally {
    signal.removeEventListener('abort', listener);
  }
}

const ignore = (): void => {};
