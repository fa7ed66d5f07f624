import { setTimeout as wait } from 'node:timers/promises';

const MAX_MS = 1000;
const SILENCE_MS = 20;

/** Resolves when what `received` counts stands still for a moment (20 ms), or has not done so for a second: what the kernel holds has been read. */
export async function untilSilent(received: () => number): Promise<void> {
  const until = Date.now() + MAX_MS;
  for (let before = -1; before !== received() && Date.now() < until; ) {
    before = received();
    await wait(SILENCE_MS);
  }
}
