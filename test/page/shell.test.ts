import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser } from '../support/browser.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { axeFindings, PageBrowser } from './open-page.ts';

const found = findBrowser();

describe.runIf(requireOrSkip('a browser', typeof found === 'object' || found))('around the views', () => {
  let running: Longshore;
  let browser: PageBrowser;

  beforeAll(async () => {
    [running, browser] = await Promise.all([Longshore.start(), PageBrowser.launch()]);
  });
  afterAll(async () => {
    await browser.close();
    await running.remove();
  });

  test('every view opens by its link and by two keys, and axe finds nothing', async () => {
    const { page, errors } = await browser.open(running.url);
    for (const name of ['Containers', 'Alerts', 'Pipelines', 'Health', 'Logs']) {
      await page.getByRole('link', { name, exact: true }).click();
      await page
        .getByRole('link', { name, exact: true, includeHidden: false })
        .and(page.locator('[aria-current=page]'))
        .waitFor();
      expect([name, await page.title()]).toEqual([name, `${name} - Longshore`]);
      expect([name, await axeFindings(page)]).toEqual([name, []]);
    }
    await page.keyboard.press('Escape');
    await page.locator('#content').focus();
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await expect.poll(() => page.title()).toBe('Alerts - Longshore');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(errors).toEqual([]);
  });

  test('it speaks Korean to a browser that does, remembers language, zone and colours, and fits 360 pixels', async () => {
    const { page } = await browser.open(`${running.url}/#/alerts`, {
      locale: 'ko-KR',
      viewport: { width: 360, height: 700 },
    });
    await page.getByRole('link', { name: '알림' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ko');
    await page.getByRole('combobox', { name: '언어' }).selectOption('en');
    await page.getByRole('combobox', { name: 'Time zone' }).selectOption('UTC');
    await page.getByRole('combobox', { name: 'Colours' }).selectOption('dark');
    await page.reload();
    await page.getByRole('link', { name: 'Alerts' }).waitFor();
    expect(await page.getByRole('combobox', { name: 'Time zone' }).inputValue()).toBe('UTC');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });

  test('somebody logs in with a name and a password, and out again', async () => {
    const users = '[{ name: jiwoo, password: correct horse, scopes: [read, admin] }]';
    const guarded = await Longshore.start({ set: { 'http.users': users } });
    try {
      const { page, errors } = await browser.open(guarded.url);
      await page.getByLabel('Name').fill('jiwoo');
      await page.getByLabel('Password').fill('wrong password');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByText('The name or the password is wrong.').waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.getByLabel('Password').fill('correct horse');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('button', { name: 'Log out: jiwoo' }).waitFor();
      await expect.poll(() => page.getByLabel('Password').count()).toBe(0);
      await page.reload();
      await page.getByRole('button', { name: 'Log out: jiwoo' }).click();
      await page.getByLabel('Password').waitFor();
      expect(errors).toEqual([]);
    } finally {
      await guarded.remove();
    }
  });
});
