import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContext } from 'playwright-core';
import { accessLine } from '../../bench/lines/access.ts';
import { Dice } from '../../bench/lines/words.ts';
import { dockerRecord, ForwardSender } from '../../support/forward-sender.ts';
import type { Longshore } from '../../support/longshore.ts';
import { ThreadTime } from './thread-time.ts';

const FRAME_MS = 20;

declare global {
  // In the page.
  var tailFigures: { behind: number[]; gaps: number[]; long: number[]; rows: number } | undefined;
}

/**
 * A live tail beside `rate` lines a second. Each line says when it was written. At every frame of the browser the newest line in the
 * list is so old: whatever was written before it is there, too, so no line waited longer than the highest of these ages. As Markdown.
 */
export async function watchTail(
  context: BrowserContext,
  running: Longshore,
  seconds: number,
  rate: number,
): Promise<string> {
  const page = await context.newPage();
  await page.goto(`${running.url}/#/logs?live=1&query=service:web`);
  const writing = new AbortController();
  const written = write(running.ready.forward, rate, writing.signal);
  await page.locator('#hits > li').first().waitFor();
  await sleep(2000);
  const time = await ThreadTime.of(page);
  await page.evaluate(watch);
  const before = await time.now();
  const start = performance.now();
  await sleep(seconds * 1000);
  const { task, script, layout } = time.between(before, await time.now());
  const { behind, gaps, long, rows } = await page.evaluate(() => globalThis.tailFigures!);
  const took = (performance.now() - start) / 1000;
  const ofCore = (spent: number): string => `${((spent / took) * 100).toFixed(1)} %`;
  const heap = await time.heapMb();
  writing.abort();
  const lines = await written;
  await context.close();
  const at = (values: readonly number[], part: number): string => {
    const sorted = values.toSorted((a, b) => a - b);
    return `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)} ms`;
  };
  return `| live tail beside ${Math.round(lines.rate).toLocaleString('en')} lines/s, ${seconds} s | |
|---|---|
| from written to seen, median / 99 % / most | ${at(behind, 0.5)} / ${at(behind, 0.99)} / ${at(behind, 1)} |
| frames: number, median gap / 99 % / most | ${gaps.length}, ${at(gaps, 0.5)} / ${at(gaps, 0.99)} / ${at(gaps, 1)} |
| frames later than 34 ms; tasks longer than 50 ms | ${gaps.filter(gap => gap > 34).length}; ${long.length} (${at(long, 1)}) |
| places with missing lines | ${rows} |
| CPU of the page's thread, of it scripts / layout | ${ofCore(task)} of a core, ${ofCore(script)} / ${ofCore(layout)} |
| memory of its scripts | ${Math.round(heap)} MB |
`;
}

/** Runs in the page. */
function watch(): void {
  const figures = { behind: [] as number[], gaps: [] as number[], long: [] as number[], rows: 0 };
  globalThis.tailFigures = figures;
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) figures.long.push(duration);
  }).observe({ type: 'longtask' });
  let before = performance.now();
  const look = (now: number): void => {
    figures.gaps.push(now - before);
    before = now;
    const text = document.querySelector('#hits > li[data-index="0"] .message')?.textContent ?? '';
    const at = /written=(\d{13})/.exec(text)?.[1];
    if (at !== undefined) figures.behind.push(Date.now() - Number(at));
    figures.rows = document.querySelectorAll('#hits .gap').length;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** So many lines a second until it is told to end, as Docker's driver sends them; how many a second they were. */
async function write(port: number, rate: number, signal: AbortSignal): Promise<{ rate: number }> {
  const sender = await ForwardSender.connect(port);
  const dice = new Dice(7);
  const start = performance.now();
  let sent = 0;
  while (!signal.aborted) {
    const due = ((performance.now() - start) / 1000) * rate;
    for (; sent < due; sent++) {
      const line = accessLine(dice).replace(/ HTTP/, `?written=${Date.now()} HTTP`);
      sender.message('docker.nginx', dockerRecord(line));
    }
    await sleep(FRAME_MS);
  }
  sender.close();
  return { rate: sent / ((performance.now() - start) / 1000) };
}
