import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser } from '../support/browser.ts';
import type { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { BreakableWay } from './breakable.ts';
import { PageBrowser } from './open-page.ts';
import { roundsUntil } from './rounds.ts';
import { startScene } from './scene.ts';
import { sendEvents } from './send-events.ts';

const found = findBrowser();
const WAIT = { timeout: 20_000, interval: 100 };
/** There and back: 200 ms. */
const ONE_WAY_MS = 100;

/** What is there when a view is. */
const VIEWS: Record<string, (page: Page) => Promise<boolean>> = {
  Logs: page => page.locator('#hits > li').first().isVisible(),
  Containers: page => page.getByRole('link', { name: 'till', exact: true }).isVisible(),
  Alerts: page => page.getByRole('article', { name: /Mail stuck/ }).isVisible(),
  Pipelines: async page => (await page.getByRole('option', { name: 'till.yaml' }).count()) > 0,
  Health: page => page.getByRole('button', { name: 'order 1 was slow' }).isVisible(),
};

describe.runIf(requireOrSkip('a browser', typeof found === 'object' || found))('over a long way', () => {
  let scene: Awaited<ReturnType<typeof startScene>>;
  let running: Longshore;
  let browser: PageBrowser;

  beforeAll(async () => {
    [scene, browser] = await Promise.all([
      startScene({ 'store.seal_rows': '100', 'store.seal_max_age_ms': '20' }),
      PageBrowser.launch(),
    ]);
    running = scene.running;
    const many = Array.from({ length: 250 }, (_, n) => ({ service: 'many', message: `one of many ${n}` }));
    await sendEvents(running.url, many);
  });
  afterAll(async () => {
    await browser.close();
    await scene.remove();
  });

  const view = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click();

  test('no view waits in a chain of requests: the document, scripts, and what it shows; later that alone', async () => {
    const first: Record<string, number> = {};
    const later: Record<string, number> = {};
    // The others are loaded as Health is.
    for (const name of ['Logs', 'Health']) {
      const { page } = await browser.open('about:blank');
      const address = `${running.url}/#/${name.toLowerCase()}`;
      first[name] = await roundsUntil(
        page,
        () => page.goto(address, { waitUntil: 'commit' }),
        () => VIEWS[name]!(page),
      );
      if (name === 'Logs') {
        // The other views have come meanwhile.
        await page.waitForFunction(
          () => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).length >= 5,
        );
        await page.waitForLoadState('networkidle');
        // Their styles came, too, and change nothing here.
        const heights = page
          .locator('.chart .bars')
          .evaluate(bars => [bars, bars.firstElementChild!].map(each => each.clientHeight));
        expect(new Set(await heights).size).toBe(1);
        for (const [other, there] of Object.entries(VIEWS))
          if (other !== name)
            later[other] = await roundsUntil(
              page,
              () => view(page, other),
              () => there(page),
            );
      }
      await page.context().close();
    }
    expect(first).toEqual({ Logs: 3, Health: 4 });
    expect(later).toEqual({ Containers: 1, Alerts: 1, Pipelines: 1, Health: 1 });
  });

  test('the answer to an earlier question is thrown away, and its search ended', async () => {
    const { page } = await browser.open(`${running.url}/#/logs`);
    const query = page.getByRole('combobox', { name: 'Search', exact: true });
    const ended = page.waitForEvent('requestfailed', request => request.url().includes('query=service%3Amany'));
    const held = Promise.withResolvers<void>();
    await page.route('**/api/search?*many*', async route => {
      const response = await route.fetch();
      await held.promise;
      await route.fulfill({ response }).catch(() => undefined);
    });
    await query.fill('service:many');
    await query.press('Enter');
    await page.locator('#hits.old').waitFor();
    await query.fill('service:mail AND level:ERROR');
    await query.press('Enter');
    await ended;
    await expect.poll(() => page.locator('#hits .message').count(), WAIT).toBe(3);
    held.resolve();
    await page.getByText(/^3 events/).waitFor();
    expect(await page.locator('#hits .message').first().textContent()).toMatch(/^no letter/);
    await page.context().close();
  });

  test('every view works, and who clicks twice gets what they wanted once', async () => {
    const way = await BreakableWay.open(running.url, ONE_WAY_MS);
    const { page, errors } = await browser.open(`${way.url}/#/logs?query=service:many`);
    try {
      await page.locator('#hits > li').first().waitFor();
      await page.getByRole('button', { name: 'Search', exact: true }).dblclick();
      await page.locator('#hits > li').first().waitFor();
      await page.evaluate(() => scrollTo(0, 1e6));
      await expect.poll(() => page.locator('#hits > li').last().getAttribute('aria-setsize'), WAIT).toBe('250');
      await page.getByText('These are all: 250.').waitFor();
      await page.evaluate(() => scrollTo(0, 0));

      await view(page, 'Alerts');
      const card = page.getByRole('article', { name: /Mail stuck/ });
      await card.getByRole('button', { name: /^Silence/ }).dblclick();
      await page.getByRole('button', { name: 'Silence for 2 h' }).dblclick();
      await card.getByText('Silenced by').waitFor();
      const answer = await fetch(`${running.url}/api/silences?state=active`);
      expect(((await answer.json()) as { silences: object[] }).silences).toHaveLength(1);

      await view(page, 'Health');
      const letters = page.getByRole('region', { name: 'Dead letters' });
      await letters.getByRole('button', { name: 'order 1 was slow' }).click();
      await letters.locator('.letter').getByRole('button', { name: 'Replay', exact: true }).dblclick();
      await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).dblclick();
      await letters.getByText('1 replayed, 0 dropped by pipelines, 0 left.').waitFor();
      await expect.poll(async () => (await running.search('"order 1 was slow"')).total, WAIT).toBe(1);

      await view(page, 'Pipelines');
      await page.getByRole('combobox', { name: 'Pipeline', exact: true }).selectOption('till.yaml');
      const editor = page.getByRole('textbox', { name: 'Text of the pipeline' });
      await editor.click();
      await page.keyboard.press('Control+End');
      await page.keyboard.type('# the end\n');
      await page.getByText('1 passed, 0 failed').waitFor();
      await page.getByRole('button', { name: 'Save' }).dblclick();
      await page.getByText(/till\.yaml is saved and runs/).waitFor({ state: 'attached' });
      expect(await page.getByRole('alert').count()).toBe(0);

      await view(page, 'Containers');
      await page.getByRole('link', { name: 'Watch till live' }).dblclick();
      await page.locator('#hits > li').first().waitFor();
      expect(errors).toEqual([]);
    } finally {
      await page.context().close();
      await way.close();
    }
  });
});
