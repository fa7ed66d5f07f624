import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SearchParams } from '../../src/core/api/search.ts';
import type { StoredEvent } from '../../src/core/contracts.ts';
import { WebServer } from '../../src/web/web-server.ts';
import { findBrowser } from '../support/browser.ts';
import { requireOrSkip } from '../support/services.ts';
import { eventOf, FakeDeps, optionsOf } from '../web/fake-deps.ts';
import { PageBrowser } from './open-page.ts';

const found = findBrowser();
const WAIT = { timeout: 20_000, interval: 50 };
const BATCH = 2500;
const FILLED = 8;
const MORE = 8;

/* The page beside more than it may hold. Behind the server stands no store: what comes is what the test says. */
describe.runIf(requireOrSkip('a browser', typeof found === 'object' || found))('many events', () => {
  let deps: FakeDeps;
  let server: WebServer;
  let browser: PageBrowser;
  let page: Page;

  beforeAll(async () => {
    deps = new FakeDeps();
    deps.alerts.list = () => ({ alerts: [], active: [], resolved: [] });
    // As long as it may take on a machine that has other work.
    server = new WebServer(optionsOf({ max_tail_ms_per_second: 1000, max_tails_ms_per_second: 1000 }), deps);
    [, browser] = await Promise.all([server.start(), PageBrowser.launch()]);
    ({ page } = await browser.open('about:blank'));
  });
  afterAll(async () => {
    await browser.close();
    await server.stop(AbortSignal.abort());
  });
  beforeEach(() => {
    deps.searcher.search = async () => ({ total: { value: 0, relation: 'eq' }, hits: [], took_ms: 1 });
  });

  const open = async (hash: string): Promise<void> => {
    await page.context().close();
    ({ page } = await browser.open(`http://127.0.0.1:${server.port}/${hash}`));
  };
  const setSize = () => page.locator('#hits > li').first().getAttribute('aria-setsize');
  const publish = (from: number, to: number): void => {
    for (let n = from; n < to; n++) deps.publish(eventOf(n, { message: `event ${n} ${'x'.repeat(150)}` }));
  };

  /** Of its scripts, when nothing is left to be thrown away, megabytes. */
  async function heapMb(session: CDPSession): Promise<number> {
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value / 1e6;
  }

  test('what was too much for the live tail is counted where it is missing, and fetched when somebody wants it', async () => {
    await open('#/logs?live=1');
    await page.getByText('Waiting for events').waitFor();
    publish(0, 1);
    await page.locator('#hits .message').getByText('event 0 ').waitFor();
    // In one go more than may wait for a tail, which holds about 3,500 of them.
    publish(1, 5001);
    const gap = page.locator('#hits .gap');
    await gap.getByText(/^\d,\d{3} events were too many to show here/).waitFor();
    const missing = Number((await gap.textContent())!.match(/^[\d,]+/)![0].replace(',', ''));
    expect(Number(await setSize())).toBe(5001 - missing + 1);
    publish(5001, 5002);
    await expect.poll(() => page.locator('#hits .message').first().textContent(), WAIT).toMatch(/^event 5001 /);

    const asked: SearchParams[] = [];
    deps.searcher.search = async params => {
      asked.push(params);
      const { from = '', to = '', cursor = '0' } = params;
      const all = Array.from({ length: 5002 }, (_, n) => eventOf(5001 - n)).filter(
        ({ '@timestamp': time }) => time >= String(from) && time <= String(to),
      );
      const start = Number(cursor);
      const next = start + 1000 < all.length ? { cursor: String(start + 1000) } : {};
      return { total: { value: 0, relation: 'gte' }, hits: all.slice(start, start + 1000), ...next, took_ms: 1 };
    };
    await gap.getByRole('button', { name: 'Fetch them' }).click();
    await expect.poll(setSize, WAIT).toBe('5002');
    expect(await gap.count()).toBe(0);
    // From the newest that was there before to the oldest that came behind.
    expect(asked[0]).toMatchObject({ from: eventOf(5000 - missing)['@timestamp'], to: eventOf(5001)['@timestamp'] });
    await page.evaluate(() => scrollTo(0, document.querySelector<HTMLElement>('#hits > li')!.offsetHeight * 1000));
    await page
      .locator('#hits .message')
      .getByText(/^event 4000 ?/)
      .waitFor();
  });

  test('the live tail keeps ten thousand rows, and no memory of those before', async () => {
    await page.context().close();
    ({ page } = await browser.open('about:blank'));
    await page.clock.install();
    await page.goto(`http://127.0.0.1:${server.port}/#/logs?live=1`);
    await page.getByText('Waiting for events').waitFor();
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    let batch = 0;
    const run = async (batches: number): Promise<number> => {
      for (const end = batch + batches; batch < end; batch++) {
        publish(batch * BATCH, (batch + 1) * BATCH);
        // The bars are counted anew every five seconds.
        await page.clock.fastForward(5000);
        // As fast as the page takes them: what is newest is on it.
        await page.waitForFunction(
          text => document.querySelector('#hits .message')?.textContent?.startsWith(text) === true,
          `event ${(batch + 1) * BATCH - 1} `,
        );
      }
      expect(Number(await setSize())).toBe(10_000);
      return heapMb(session);
    };
    const filled = await run(FILLED);
    // The ten thousand take three.
    expect((await run(MORE)) - filled).toBeLessThan(3);
    expect(await page.locator('#hits .gap').count()).toBe(0);
  });

  test('a list of a hundred thousand rows has some dozens of elements, and a place for each row', async () => {
    const hits = Array.from({ length: 100_000 }, (_, n): StoredEvent => eventOf(100_000 - n));
    deps.searcher.search = async ({ cursor = '0' }) => {
      const start = Number(cursor);
      const end = start + 10_000;
      const next = end < hits.length ? { cursor: String(end) } : {};
      return { total: { value: 1, relation: 'gte' }, hits: hits.slice(start, end), ...next, took_ms: 1 };
    };
    await open('#/logs');
    await page.locator('#hits > li').first().waitFor();
    await page.evaluate(async () => {
      const size = (): string | null | undefined => document.querySelector('#hits > li')?.getAttribute('aria-setsize');
      while (size() !== '100000') {
        scrollTo(0, document.body.scrollHeight);
        await new Promise(resolve => requestAnimationFrame(resolve));
      }
    });
    for (const part of [0.5, 1, 0.001, 0.25]) {
      await page.evaluate(share => {
        const list = document.querySelector('#hits')!.getBoundingClientRect();
        scrollTo(0, list.top + scrollY + list.height * share - innerHeight / 2);
      }, part);
      await expect
        .poll(
          () =>
            page.evaluate(() => {
              const at = document.elementFromPoint(innerWidth / 3, innerHeight / 2)?.closest('li');
              return Number(at?.dataset['index']) / 100_000;
            }),
          WAIT,
        )
        .toBeCloseTo(part, 2);
      expect(await page.locator('#hits > li').count()).toBeLessThan(80);
    }
    expect(await page.locator('#hits .message').first().textContent()).toMatch(/^event 75\d{3}$/);
  });
});
