/*
 * npm run bench -- page [--events 5e6] [--turns 5] [--seconds 20] [--rate 2000] [--keep DIR] [--trace FILE]
 *
 * How fast the page is: fills the embedded store with access lines of the last 24 hours as the shipped pipeline leaves them,
 * starts the service on it, and opens the page in Chromium. Prints, as a table for docs/BENCHMARKS.md, medians with the lowest and the
 * highest of the turns: from the navigation until the first rows are painted, from a query's Enter until its rows are, a list of 100,000 rows, and a live tail beside
 * `rate` lines a second. `--seconds 0`: without it. `--keep`: the store stays in this folder, and one
 * that is there already is used as it is, at the hours that it has. `--trace`: of the last cold navigation, for chrome://tracing.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { configureLog } from '../../../src/core/log.ts';
import { commit } from '../../bench/page.ts';
import { chunks as eventChunks } from '../../bench/search/events.ts';
import { embeddedStore } from '../../bench/search/longshore.ts';
import { findBrowser } from '../../support/browser.ts';
import { ACCESS_LOG, Longshore } from '../../support/longshore.ts';
import { watchTail } from './live-tail.ts';
import { scrollLongList } from './long-list.ts';

const BROWSER_REST_MS = 1500;
const DAY_MS = 86_400_000;
const FRESH_MS = 600_000;
const QUERIES = [
  'level:ERROR',
  'response:500',
  'verb:POST AND response:404',
  'service:web-3',
  '"Quetzalcoatls/7"',
  'xylophone',
  '',
];

declare global {
  // In the page.
  var firstRows: number | undefined;
  var nextRows: Promise<number> | undefined;
}

export async function pageBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: 'string', default: '5e6' },
      turns: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '20' },
      rate: { type: 'string', default: '2000' },
      keep: { type: 'string' },
      trace: { type: 'string' },
    },
  });
  configureLog('error');
  const found = findBrowser();
  if (typeof found === 'string') throw new Error(found);
  const events = Number(values.events);
  const turns = Number(values.turns);
  const dir = values.keep ?? mkdtempSync(join(tmpdir(), 'longshore-bench-'));
  let running: Longshore | undefined;
  let browser: Browser | undefined;
  try {
    if (!existsSync(join(dir, 'data', 'store'))) await stored(join(dir, 'data'), join(dir, 'chunks'), events);
    running = await Longshore.start({ dataDir: dir, pipelines: ACCESS_LOG, env: { LOG_LEVEL: 'error' } });
    await running.untilReady();
    const { total, hits } = await running.search('', { size: '1' });
    const newest = Date.parse(hits[0]!['@timestamp']);
    browser = await chromium.launch({
      executablePath: found.path,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
    const views: [string, FirstView[]][] = [];
    for (const hours of [1, 24] as const) {
      const name = hours === 1 ? 'the last hour' : 'the last 24 hours';
      const path = addressOf(hours, newest);
      const cold: FirstView[] = [];
      const warm: FirstView[] = [];
      for (let turn = 0; turn < turns; turn++) {
        const context = await contextOf(browser);
        const isTraced = values.trace !== undefined && views.length === 0 && turn === turns - 1;
        const page = await readyPage(context);
        if (isTraced) await browser.startTracing(undefined, { path: values.trace!, categories: TRACED });
        cold.push(await firstView(page, `${running.url}/${path}`));
        if (isTraced) await browser.stopTracing();
        for (let again = 0; again < 2; again++) await page.reload();
        warm.push(await firstView(page, undefined));
        await context.close();
      }
      views.push([`${name}, cold`, cold], [`${name}, warm`, warm]);
    }
    const searches = await searchAll(browser, `${running.url}/${addressOf(24, newest)}`, turns);
    const list = await scrollLongList(await contextOf(browser), `${running.url}/${addressOf(24, newest)}`);
    const seconds = Number(values.seconds);
    const tail = seconds === 0 ? '' : await watchTail(await contextOf(browser), running, seconds, Number(values.rate));
    print(pageSpeedTables(total, views, searches, `${list}\n${tail}`, ['npm run bench -- page', ...args].join(' ')));
  } finally {
    await browser?.close();
    await running?.stop();
    if (values.keep === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

const TRACED = [
  'devtools.timeline',
  'v8.execute',
  'blink.user_timing',
  'loading',
  'disabled-by-default-v8.cpu_profiler',
];
/** Where the page shows the newest hours of what is stored: as it opens, as long as that was stored just now. */
function addressOf(hours: 1 | 24, newest: number): string {
  if (Date.now() - newest < FRESH_MS) return hours === 1 ? '' : `#/logs?range=${hours}h`;
  const [from, to] = [newest - hours * 3_600_000, newest].map(at => new Date(at).toISOString());
  return `#/logs?from=${from}&to=${to}`;
}

async function stored(dataDir: string, chunks: string, events: number): Promise<void> {
  mkdirSync(chunks, { recursive: true });
  const store = await embeddedStore(dataDir, []);
  try {
    for (const chunk of eventChunks(chunks, events, Date.now() - DAY_MS, DAY_MS, 1)) await store.accept(chunk);
    await store.settled();
  } finally {
    await store.end();
  }
}

/** A profile of its own, with nothing in its cache. */
async function contextOf(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  await context.addInitScript(() => {
    /** Resolves after the frame in which `isThere` first held was painted. */
    const painted = (isThere: () => boolean): Promise<number> =>
      new Promise(resolve => {
        const look = (): void => {
          if (!isThere()) requestAnimationFrame(look);
          else {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.now());
            requestAnimationFrame(() => port2.postMessage(0));
          }
        };
        requestAnimationFrame(look);
      });
    void painted(() => document.querySelector('#hits > li') !== null).then(at => {
      globalThis.firstRows = at;
    });
    addEventListener(
      'submit',
      () => {
        const start = performance.now();
        const first = (): string | undefined => document.querySelector<HTMLElement>('#hits .toggle')?.dataset['id'];
        const before = first();
        let wasOld = false;
        globalThis.nextRows = painted(() => {
          const isOld = document.querySelector('#hits.old') !== null;
          wasOld ||= isOld;
          return !isOld && (wasOld || first() !== before);
        }).then(at => at - start);
      },
      true,
    );
  });
  return context;
}

/** The browser is open already: what it does for itself with a new profile is no part of the page. */
async function readyPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await sleep(BROWSER_REST_MS);
  return page;
}

interface FirstView {
  readonly ms: number;
  /** Before the rows were painted: requests begun, and kilobytes that had come. */
  readonly requests: number;
  readonly kilobytes: number;
}

/** From the navigation, to this address or to the same once more, to the first rows. */
async function firstView(page: Page, url: string | undefined): Promise<FirstView> {
  if (url === undefined) await page.reload({ waitUntil: 'commit' });
  else await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => globalThis.firstRows !== undefined);
  return page.evaluate(() => {
    const at = globalThis.firstRows!;
    const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    const before = (all as PerformanceResourceTiming[]).filter(({ requestStart }) => requestStart < at);
    const bytes = before.reduce((sum, { transferSize }) => sum + transferSize, 0);
    return { ms: at, requests: before.length, kilobytes: bytes / 1000 };
  });
}

async function searchAll(browser: Browser, url: string, turns: number): Promise<[string, number[]][]> {
  const context = await contextOf(browser);
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => globalThis.firstRows !== undefined);
  const times = QUERIES.map((query): [string, number[]] => [query, []]);
  for (let turn = 0; turn < turns; turn++)
    for (const [query, all] of times) {
      await page.locator('#query').fill(query);
      await page.locator('#summary').getByText('events').waitFor();
      await page.locator('#query').press('Enter');
      all.push(await page.evaluate(() => globalThis.nextRows!));
    }
  await context.close();
  return times;
}

function pageSpeedTables(
  events: number,
  views: readonly [string, readonly FirstView[]][],
  searches: readonly [string, readonly number[]][],
  tail: string,
  command: string,
): string {
  const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`;
  const shown = (values: readonly number[], unit = ' ms'): string => {
    const sorted = values.toSorted((a, b) => a - b);
    const text = (value: number): string => Math.round(value).toLocaleString('en');
    const [least, most] = [text(sorted[0]!), text(sorted.at(-1)!)];
    const middle = text(sorted[sorted.length >> 1]!);
    return least === most ? `${middle}${unit}` : `${middle}${unit} (${least} - ${most})`;
  };
  return `## The page

Printed by \`${command}\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit()}, on ${machine}. Load average at the end: ${loadavg()[0]!.toFixed(1)}. Service, store and a Chromium without a
graphics processor share the machine. ${events.toLocaleString('en')} access lines of the last 24 hours are in the embedded store. Each time is the median, with the lowest and the highest.

| first view | navigation to rows painted | requests before | kB |
|---|---|---|---|
${views
  .map(
    ([name, all]) =>
      `| ${name} | ${shown(all.map(({ ms }) => ms))} | ${shown(
        all.map(({ requests }) => requests),
        '',
      )} | ${shown(
        all.map(({ kilobytes }) => kilobytes),
        '',
      )} |\n`,
  )
  .join('')}
| search of the last 24 hours | Enter to rows painted |
|---|---|
${searches.map(([query, times]) => `| ${query === '' ? 'everything' : `\`${query}\``} | ${shown(times)} |\n`).join('')}
${tail}`;
}

function print(text: string): void {
  process.stdout.write(text);
}
