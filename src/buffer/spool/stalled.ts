/**
 * Resolves when what `left` counts has not changed for `ms`: whoever waits for it to become nothing waits in vain.
 * `stop` ends the watch.
 */
export function stalled(left: () => number, ms: number): { promise: Promise<void>; stop: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let last = left();
  let since = performance.now();
  const timer = setInterval(
    () => {
      const now = left();
      if (now !== last) since = performance.now();
      last = now;
      if (performance.now() - since >= ms) resolve();
    },
    Math.max(1, ms / 10),
  );
  return { promise, stop: () => clearInterval(timer) };
}
