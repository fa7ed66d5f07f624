import type { BrowserContext } from 'playwright-core';
import { ThreadTime } from './thread-time.ts';

const ROWS = 100_000;
const FRAMES = 200;
/** A wheel that is turned fast. */
const PIXELS = 300;

/** A search read to its hundred-thousandth row, then scrolled through, on and in jumps. As Markdown. */
export async function scrollLongList(context: BrowserContext, url: string): Promise<string> {
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('#hits > li').first().waitFor();
  const time = await ThreadTime.of(page);
  const start = performance.now();
  const rows = await page.evaluate(readAll, ROWS);
  const readMs = performance.now() - start;
  const ways: string[] = [];
  for (const [name, step] of [
    [`${PIXELS} pixels a frame`, 0],
    ['in jumps', 7919],
  ] as const) {
    const before = await time.now();
    const gaps = await page.evaluate(scroll, { frames: FRAMES, step, pixels: PIXELS });
    const { task, script, layout } = time.between(before, await time.now());
    const ms = (value: number): string => ((value * 1000) / FRAMES).toFixed(1);
    const late = gaps.toSorted((a, b) => a - b)[Math.floor(FRAMES * 0.99)]!;
    ways.push(
      `| scrolled ${name}: CPU a frame, of it scripts / layout; 99 % of gaps | ${ms(task)} ms, ${ms(script)} / ${ms(layout)} ms; ${Math.round(late)} ms |\n`,
    );
  }
  const heap = await time.heapMb();
  const elements = await page.locator('#hits > li').count();
  await context.close();
  return `| a list of ${rows.toLocaleString('en')} rows | |
|---|---|
| read to its end | ${(readMs / 1000).toFixed(1)} s |
${ways.join('')}| memory of its scripts; elements of rows | ${Math.round(heap)} MB; ${elements} |
`;
}

/** Runs in the page: to the end, again and again. How many rows there are then. */
async function readAll(rows: number): Promise<number> {
  const size = (): number => Number(document.querySelector('#hits > li')?.getAttribute('aria-setsize'));
  while (size() < rows && document.querySelector('#more') !== null) {
    scrollTo(0, document.body.scrollHeight);
    await new Promise(resolve => requestAnimationFrame(resolve));
  }
  return size();
}

interface Scroll {
  readonly frames: number;
  /** Rows of a jump; 0 scrolls on. */
  readonly step: number;
  readonly pixels: number;
}

/** Runs in the page. Milliseconds between frames. */
async function scroll({ frames, step, pixels }: Scroll): Promise<number[]> {
  const gaps: number[] = [];
  let before = performance.now();
  for (let n = 0; n < frames; n++) {
    const { scrollHeight } = document.body;
    scrollTo(0, step === 0 ? n * pixels : ((n * step * 27) % scrollHeight) + 1);
    const now: number = await new Promise(resolve => requestAnimationFrame(resolve));
    gaps.push(now - before);
    before = now;
  }
  return gaps;
}
