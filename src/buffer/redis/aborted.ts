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
