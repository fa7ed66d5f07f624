import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser } from '../support/browser.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { axeFindings, PageBrowser } from './open-page.ts';
import { sendEvents } from './send-events.ts';

const found = findBrowser();
const NAMES = ['shop-api', 'shop-db', 'mail'];

describe.runIf(requireOrSkip('a browser', typeof found === 'object' || found))('containers', () => {
  let running: Longshore;
  let browser: PageBrowser;

  beforeAll(async () => {
    [running, browser] = await Promise.all([Longshore.start(), PageBrowser.launch()]);
    const at = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    await post([
      ...NAMES.flatMap((container_name, c) =>
        Array.from({ length: 10 * (c + 1) }, (_, i) => ({
          ...{ '@timestamp': at(i), container_name, service: 'shop', message: `line ${i}` },
          level: i < 2 && c === 0 ? 'ERROR' : 'INFO',
        })),
      ),
      { service: 'cron <b>', level: 'INFO', message: 'no container' },
      ...[die(at(9)), die(at(8)), { ...die(at(7)), event: { action: 'start' } }],
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await running?.remove();
  });

  const die = (time: string) => ({
    '@timestamp': time,
    container_name: 'mail',
    level: 'INFO',
    message: 'x',
    event: { action: 'die' },
  });

  const post = (events: object[]) => sendEvents(running.url, events);

  const open = async (params = '', options = {}): Promise<{ page: Page; errors: string[] }> =>
    browser.open(`${running.url}/#/containers${params}`, options);
  const rows = (page: Page) => page.locator('tbody tr');
  const names = (page: Page) => page.locator('tbody td.name').allTextContents();

  test('each has a row: what it wrote, its errors, when it was seen last, its ledger, its restarts', async () => {
    const { page, errors } = await open();
    const row = rows(page).filter({ hasText: 'shop-api' });
    await row.getByText('10', { exact: true }).waitFor();
    expect(await names(page)).toEqual(['mail', 'shop-db', 'shop-api', 'cron <b> (service)']);
    expect(await row.locator('td.errors').textContent()).toBe('2');
    expect(await row.locator('td.ledger').textContent()).toContain('10 all accounted for');
    await row.getByRole('img', { name: 'shop-api: 10 events, 2 of them errors' }).waitFor();
    expect(await rows(page).filter({ hasText: 'mail' }).locator('td.restarts').textContent()).toBe('1');
    expect(await row.locator('td.restarts').textContent()).toBe('–');
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'Errors' }).click();
    expect((await names(page))[0]).toBe('shop-api');
    await page.getByLabel('Filter by name').fill('SHOP');
    await expect.poll(() => names(page)).toEqual(['shop-api', 'shop-db']);
    expect(errors).toEqual([]);
  });

  test('what comes in now shows as a rate, by itself', async () => {
    const { page } = await open();
    const rate = rows(page).filter({ hasText: 'shop-db' }).locator('td.rate');
    await expect.poll(() => rate.textContent(), WAIT).toBe('0/s');
    await post(Array.from({ length: 60 }, () => ({ container_name: 'shop-db', level: 'INFO', message: 'now' })));
    await expect.poll(() => rate.textContent(), WAIT).toMatch(/^[1-9][\d.]*\/s$/);
  });

  test('one is watched live by a link; several are merged, or stand side by side on one timeline that leads to their logs', async () => {
    const { page, errors } = await open();
    const watch = await page.getByRole('link', { name: 'Watch shop-api live' }).getAttribute('href');
    expect(paramsOf(watch)).toEqual({ query: 'container_name:"shop-api"', live: '1' });
    await page.getByLabel('Choose shop-api').check();
    await page.getByLabel('Choose cron <b>').check();
    const merged = await page.getByRole('link', { name: 'Merged', exact: true }).getAttribute('href');
    expect(paramsOf(merged)).toMatchObject({
      query: '(container_name:"shop-api") OR (service:"cron <b>" AND NOT container_name:*)',
    });
    await page.getByRole('link', { name: 'Side by side' }).click();
    const lane = page.getByRole('button', { name: /^shop-api: 10 events/ });
    await lane.waitFor();
    await page.getByRole('button', { name: /^cron <b>: 1 events/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await lane.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.title()).toBe('Logs - Longshore');
    const { from = '', to = '', query } = paramsOf(new URL(page.url()).hash);
    expect([query, Date.parse(to) - Date.parse(from)]).toEqual(['container_name:"shop-api"', 60_000]);
    expect(errors).toEqual([]);
  });

  test('keys lead to the filter and through the list', async () => {
    const { page } = await open();
    await rows(page).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('shop');
    await expect.poll(() => rows(page).count()).toBe(2);
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^shop-/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.title()).toBe('Logs - Longshore');
  });

  test('it fits 360 pixels', async () => {
    const { page } = await open('', { viewport: { width: 360, height: 700 } });
    await rows(page).first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
});

const WAIT = { timeout: 15_000, interval: 100 };
const paramsOf = (address: string | null): Record<string, string> =>
  Object.fromEntries(new URLSearchParams((address ?? '').replace(/^[^?]*\?/, '')));
