import { vi } from 'vitest';

/*
 * A setup file of vitest: how long something may take is no assertion. What a test waits for comes late on a busy
 * machine, and only a test that fails waits to the end.
 */
const PATIENCE_MS = 45_000;

const { waitFor } = vi;
vi.waitFor = (callback, options = {}) => {
  const { timeout = 0, ...more } = typeof options === 'number' ? { timeout: options } : options;
  return waitFor(callback, { ...more, timeout: Math.max(timeout, PATIENCE_MS) });
};
