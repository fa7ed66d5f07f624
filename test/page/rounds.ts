import { setTimeout as sleep } from 'node:timers/promises';
import type { Page, Request, Route } from 'playwright-core';

/**
 * How many times something waits for the server before it is there: all that is asked for is held back until the page has nothing
 * more to do, and then answered together, which is a round. A chain of requests takes as many rounds as it is long, however fast the
 * machine is; over a long way each of them is felt.
 */
export async function roundsUntil(page: Page, begin: () => unknown, isThere: () => Promise<boolean>): Promise<number> {
  const waiting: { route: Route; request: Request }[] = [];
  const ended = new Set<Request>();
  const end = (request: Request): void => void ended.add(request);
  let rounds = 0;
  const hold = (route: Route, request: Request): unknown => {
    if (!request.isNavigationRequest()) return waiting.push({ route, request });
    // The document comes at once: without one the page cannot be asked whether it is at rest.
    rounds++;
    return route.continue();
  };
  page.on('requestfinished', end);
  page.on('requestfailed', end);
  await page.route('**/*', hold);
  try {
    await begin();
    for (let looks = 0; looks < 50; looks++) {
      await atRest(page, () => waiting.length);
      if (await isThere()) return rounds;
      if (waiting.length === 0) continue;
      rounds++;
      const released = waiting.splice(0);
      // One that the page has given up meanwhile has ended.
      await Promise.all(released.map(({ route }) => route.continue().catch(() => undefined)));
      while (released.some(({ request }) => !ended.has(request))) await sleep(5);
    }
    throw new Error(`it is not there after ${rounds} rounds`);
  } finally {
    page.off('requestfinished', end);
    page.off('requestfailed', end);
    await page.unroute('**/*', hold);
    await Promise.all(waiting.map(({ route }) => route.continue().catch(() => undefined)));
  }
}

/** Without its styles there are no frames, and no script that could ask for more. */
const NO_FRAMES_MS = 500;

/** Frames have been drawn, what waits for them has run, and still nothing more is asked for. */
async function atRest(page: Page, asked: () => number): Promise<void> {
  for (let before = -1; before !== asked(); ) {
    before = asked();
    const drawn = page
      .evaluate(async () => {
        for (let times = 0; times < 3; times++)
          await new Promise<void>(resolve => {
            requestAnimationFrame(() => setTimeout(() => requestIdleCallback(() => resolve())));
          });
      })
      .catch(() => undefined);
    await Promise.race([drawn, sleep(NO_FRAMES_MS)]);
  }
}
