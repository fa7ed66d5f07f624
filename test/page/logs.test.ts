import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser } from '../support/browser.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { BreakableWay } from './breakable.ts';
import { axeFindings, PageBrowser } from './open-page.ts';
import { sendEvents } from './send-events.ts';

const found = findBrowser();
const WAIT = { timeout: 15_000, interval: 50 };
/** What a log may try on who reads it. */
const HOSTILE = {
  markup: '<img src=x onerror="document.title=1"><script>document.title=2</script>',
  turned: 'turned \u202egnp.exe and \u2066isolated',
  coloured: '\u001b[31mred\u001b[0m and \u001b]8;;http://evil.example/\u0007a link\u001b]8;;\u0007 end',
  linked: 'see https://example.org/a?b=1. or javascript:alert(1) or data:text/html,x',
};

const PAGED = `name: paged
type: any
index: docker-logs-*
filter: [{ term: { service: paged } }]
resolve_after: { seconds: 1 }
alert: debug
`;

describe.runIf(requireOrSkip('a browser', typeof found === 'object' || found))('the logs', () => {
  let running: Longshore;
  let way: BreakableWay;
  let browser: PageBrowser;
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    [running, browser] = await Promise.all([Longshore.start({ rules: { 'paged.yaml': PAGED } }), PageBrowser.launch()]);
    const events = Array.from({ length: 12 }, (_, n) => ({
      service: 'shop',
      level: n % 2 === 0 ? 'ERROR' : 'INFO',
      message: `line number ${n} of the shop`,
      kubernetes: { pod_name: `shop-${n}`, labels: { app: 'shop' } },
    }));
    const hostile = Object.entries(HOSTILE).map(([container_name, message]) => ({
      service: 'odd',
      level: 'WARN',
      container_name,
      message,
    }));
    await post([...events, ...hostile]);
    way = await BreakableWay.open(running.url);
    ({ page, errors } = await browser.open(way.url));
  });
  afterAll(async () => {
    await browser.close();
    await way.close();
    await running.remove();
  });

  const post = (events: object[]) => sendEvents(running.url, events);

  const query = () => page.getByRole('combobox', { name: 'Search' });
  const rows = () => page.locator('#hits > li');
  const messages = () => page.locator('#hits .message');
  const count = (n: number) => expect.poll(() => rows().count(), WAIT).toBe(n);
  const open = async (hash: string): Promise<void> => {
    await page.goto('about:blank');
    await page.goto(`${way.url}/${hash}`);
  };

  async function search(text: string): Promise<void> {
    await query().fill(text);
    await query().press('Enter');
  }

  test('the text of a row can be selected; a click opens its fields, nested ones by their path', async () => {
    await count(16);
    await page.locator('.bars g[role=button]').first().waitFor({ state: 'attached' });
    await search('service:shop');
    await count(12);
    const box = (await messages().nth(2).boundingBox())!;
    await page.mouse.move(box.x + 6, box.y + 9);
    await page.mouse.down();
    await page.mouse.move(box.x + 120, box.y + 9);
    await page.mouse.up();
    expect(await page.evaluate(() => String(getSelection()).length)).toBeGreaterThan(5);
    expect(await page.locator('.fields').count()).toBe(0);
    await page.evaluate(() => getSelection()!.removeAllRanges());
    await messages().nth(2).click();
    await page.locator('.fields').getByText('kubernetes.labels.app', { exact: true }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Only events with this kubernetes.pod_name' }).click();
    await count(1);
    expect(await query().inputValue()).toMatch(/^service:shop AND kubernetes\.pod_name:"shop-\d+"$/);
  });

  test('Back goes to the search before, and a search with a mistake leaves no old events', async () => {
    await search('service:shop AND level:ERROR');
    await count(6);
    await search('level:(');
    await page.getByRole('alert').getByText('LS_QUERY_SYNTAX').waitFor();
    await count(0);
    expect(await page.locator('#summary').textContent()).toBe('');
    await page.goBack();
    await count(6);
    expect(await query().inputValue()).toBe('service:shop AND level:ERROR');
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.goForward();
    await page.getByRole('alert').waitFor();
  });

  test('a mistake is shown under the character where it is, whatever levels are chosen', async () => {
    for (const chosen of ['', '&levels=ERROR']) {
      await open(`#query=${encodeURIComponent('service:shop AND "not closed')}${chosen}`);
      const wrong = page.locator('mark.wrong');
      await wrong.waitFor();
      expect(await wrong.evaluate(mark => [mark.previousSibling?.textContent, mark.textContent])).toEqual([
        'service:shop AND ',
        '"',
      ]);
    }
    await search('levl:ERROR');
    await page.getByRole('status').getByText('Did you mean level?').waitFor();
  });

  test('times are in one zone, which is named and can be changed', async () => {
    const hour = (hours: number) =>
      new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 13).replace('T', ' ');
    await open('#query=service:shop');
    const time = page.locator('.row time').first();
    expect(await time.textContent()).toContain(hour(9));
    expect(await time.getAttribute('title')).toContain('Asia/Seoul');
    await page.getByRole('combobox', { name: 'Time zone' }).selectOption('UTC');
    await expect.poll(() => time.textContent(), WAIT).toContain(hour(0));
    await page.getByRole('combobox', { name: 'Time zone' }).selectOption('Asia/Seoul');
  });

  test('a time range of an address is named as it was written', async () => {
    await open('#query=service:odd&from=now-2h&to=now');
    await expect.poll(() => page.locator('#zoom').textContent(), WAIT).toContain('now-2h to now');
    await count(4);
    await page.locator('#zoom').click();
    await expect.poll(() => page.url(), WAIT).not.toContain('from=');
  });

  test('no log turns the reading direction, brings colours or markup, or a link but to http', async () => {
    await open('#query=service:odd');
    await count(4);
    const texts = await messages().allTextContents();
    expect(texts.find(text => text.startsWith('turned'))).toMatch(/^turned \ufffdgnp\.exe and \ufffdisolated$/);
    expect(texts).toContain('red and a link end');
    expect(texts).toContain(HOSTILE.markup);
    expect(await page.locator('#hits :is(img, script)').count()).toBe(0);
    for (const toggle of await page.getByRole('button', { name: 'Fields of this event' }).all()) await toggle.click();
    expect(await page.locator('#hits :is(img, script)').count()).toBe(0);
    const links = await page
      .locator('#hits a')
      .evaluateAll(all => all.map(a => [a.getAttribute('href'), a.getAttribute('rel')]));
    expect(links).toEqual([['https://example.org/a?b=1', 'noopener noreferrer nofollow']]);
    expect(await page.title()).toBe('Logs - Longshore');
  });

  test('names and values are completed by keyboard', async () => {
    await open('#/logs');
    await query().pressSequentially('kubernetes.la');
    await page.getByRole('option', { name: 'kubernetes.labels.app' }).waitFor();
    expect(await query().getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('ArrowDown');
    expect(await query().getAttribute('aria-activedescendant')).toBe('suggestion-0');
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'shop 12' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await query().inputValue()).toBe('kubernetes.labels.app:shop ');
    await page.keyboard.press('Enter');
    await count(12);
  });

  test('a drag on the histogram, or the keyboard, narrows the time; the time can be typed and widened again', async () => {
    await open('#query=service:shop&range=15m');
    await count(12);
    const bars = page.locator('.bars g[role=button]');
    const full = bars.and(page.locator('[aria-label*="12 events"]'));
    await full.waitFor({ state: 'attached' });
    const [bar, whole] = [(await full.boundingBox())!, (await page.locator('.bars').boundingBox())!];
    await page.mouse.move(whole.x + 5, whole.y + 40);
    await page.mouse.down();
    await page.mouse.move(bar.x + bar.width / 2, whole.y + 40, { steps: 3 });
    await page.mouse.up();
    await page.waitForURL(/from=.*to=/);
    await count(12);
    await page.goBack();
    await page.waitForURL(address => !address.href.includes('from='));
    await full.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=.*to=/);
    const narrow = page.url();
    await count(12);
    await page.getByRole('button', { name: 'A longer time' }).click();
    await page.waitForURL(address => address.href !== narrow);
    await page.getByRole('combobox', { name: 'Time range' }).selectOption('exact');
    const dialog = page.getByRole('dialog', { name: 'From' });
    await dialog.getByLabel('From').fill('2026-01-01T03:12:00');
    await dialog.getByLabel('To').fill('2026-01-01T03:13:00');
    await dialog.getByRole('button', { name: 'Use them' }).click();
    // 03:12 on a clock in Seoul.
    await page.waitForURL(/from=2025-12-31T18%3A12%3A00.000Z&to=2025-12-31T18%3A13%3A00.999Z/);
    await page.getByText('Nothing found').waitFor();
  });

  test('what was said around an event, by its container or by all; its link leads there, and Back to the search', async () => {
    await open('#query=container_name:turned');
    await count(1);
    await page.getByRole('button', { name: 'Fields of this event' }).click();
    await page.getByRole('button', { name: 'Surroundings' }).click();
    await page.locator('#hits .this').waitFor();
    await count(1);
    await page.getByRole('button', { name: 'All containers' }).click();
    await expect.poll(() => rows().count(), WAIT).toBeGreaterThan(10);
    expect(await axeFindings(page)).toEqual([]);
    const link = page.url();
    await page.goto('about:blank');
    await page.goto(link);
    await page.locator('#hits .this').getByText('turned').waitFor();
    await page.getByRole('button', { name: 'Back to the search' }).click();
    await count(1);
  });

  test('a search is kept under a name, and goes to a colleague with its times', async () => {
    await open('#query=service:odd&levels=WARN');
    await count(4);
    await page.getByRole('button', { name: 'Saved searches' }).click();
    await page.getByLabel('Name of this search').fill('odd <b>ones</b>');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Close' }).click();
    await open('#/logs');
    await page.getByRole('button', { name: 'Saved searches' }).click();
    await page.getByRole('link', { name: 'odd <b>ones</b>' }).click();
    await count(4);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByText('Copied').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toMatch(/#\/logs\?query=service%3Aodd&from=2\d{3}-.*Z&to=2\d{3}-.*Z&levels=WARN$/);
  });

  test('what is found is downloaded, and no spreadsheet runs it', async () => {
    await post([
      { service: 'sheet', message: '=cmd|calc' },
      { service: 'sheet', message: '-5' },
    ]);
    await open('#query=service:sheet');
    await count(2);
    const file = async (form: string): Promise<string> => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('combobox', { name: 'Download' }).selectOption(form),
      ]);
      return readFile(await download.path(), 'utf8');
    };
    const lines = (await file('csv')).split('\r\n');
    expect(lines[0]).toBe('@timestamp,level,service,message');
    expect(lines.slice(1).map(line => line.split(',').at(-1))).toEqual(expect.arrayContaining(["'=cmd|calc", '-5']));
    const events = (await file('ndjson'))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(events.map(({ message }) => message).sort()).toEqual(['-5', '=cmd|calc']);
  });

  test('columns are chosen, and the oldest come first', async () => {
    await open('#query=service:shop&order=asc&columns=kubernetes.pod_name,message');
    await count(12);
    expect(await page.locator('#hits .cell').allTextContents()).toEqual(
      Array.from({ length: 12 }, (_, n) => `shop-${n}`),
    );
    await page.getByRole('button', { name: 'kubernetes.pod_name' }).click();
    await expect.poll(() => page.locator('#hits .cell').count(), WAIT).toBe(0);
  });

  test('an alert that is over is grey and says how long it took; an address shows those of one rule', async () => {
    await post([{ service: 'paged', level: 'ERROR', message: 'on the page' }]);
    const over = async (): Promise<number> =>
      ((await (await fetch(`${running.url}/api/alerts?state=resolved`)).json()) as { resolved: unknown[] }).resolved
        .length;
    await expect.poll(over, WAIT).toBe(1);
    await open('#rule=paged');
    await page.locator('#alerts li.over').waitFor();
    expect(await page.locator('#alerts').textContent()).toContain('over after 1 s');
    await page.getByRole('heading', { name: 'Alerts of paged' }).waitFor();
    await open('#rule=other');
    await page.locator('#alerts').getByText('None').waitFor();
    await search('service:paged');
    await page.getByRole('heading', { name: 'Recent alerts' }).waitFor();
  });

  test('what is found is counted: over time as a picture and a table, or as a whole', async () => {
    await open('#query=service:shop');
    await count(12);
    await page.getByRole('button', { name: 'Statistics' }).click();
    await page.getByRole('img', { name: 'lines over time' }).locator('canvas').waitFor();
    await page.getByRole('combobox', { name: 'by', exact: true }).selectOption('level');
    await page.getByRole('columnheader', { name: 'ERROR' }).waitFor();
    await page.getByRole('combobox', { name: 'every', exact: true }).selectOption('all');
    await expect
      .poll(() => page.locator('.statistics tbody tr').allTextContents(), WAIT)
      .toEqual(expect.arrayContaining(['ERROR6', 'INFO6']));
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('combobox', { name: 'Show', exact: true }).selectOption('percentiles');
    await page.getByRole('combobox', { name: 'of', exact: true }).selectOption('level');
    await page.waitForURL(/stats=median%28level%29%2Cp95%28level%29/);
  });

  test('the live tail waits for who reads it, counts what waits, and shows it then', async () => {
    await open('#/logs?query=service:held&live=1');
    await page.getByText('Waiting for events').waitFor();
    await post([{ service: 'held', message: 'first' }]);
    await page.locator('#hits').getByText('first').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await post([
      { service: 'held', message: 'second' },
      { service: 'held', message: 'third' },
    ]);
    await page.getByRole('button', { name: '2 new events' }).click();
    await count(3);
    expect(await page.getByRole('button', { name: 'Pause' }).getAttribute('aria-pressed')).toBe('false');
    await page.getByRole('button', { name: 'Fields of this event' }).first().click();
    await post([{ service: 'held', message: 'fourth' }]);
    await page.getByRole('button', { name: '1 new events' }).waitFor();
    await count(3);
    await page.keyboard.press('Escape');
    await post([{ service: 'held', message: 'fifth' }]);
    await count(5);
  });

  test('after a lost connection the tail fills in what came meanwhile, each event once', async () => {
    await open('#/logs?query=service:again&live=1');
    await page.getByText('Waiting for events').waitFor();
    await post([{ service: 'again', message: 'before' }]);
    await page.locator('#hits').getByText('before').waitFor();
    way.break();
    await page.getByRole('alert').getByText('connection to Longshore is lost').waitFor();
    await post([{ service: 'again', message: 'meanwhile' }]);
    way.mend();
    await page.locator('#hits').getByText('meanwhile').waitFor();
    expect(await messages().allTextContents()).toEqual(['meanwhile', 'before']);
    expect(await page.getByText('is lost').count()).toBe(0);
  });

  test('the live view goes on when a level is chosen, and says when the connection is lost', async () => {
    await open('#query=service:live');
    await page.getByText('Nothing found').waitFor();
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await page.getByRole('button', { name: 'ERROR', exact: true }).click();
    expect(await page.getByRole('button', { name: 'Live', exact: true }).getAttribute('aria-pressed')).toBe('true');
    await post([
      { service: 'live', level: 'ERROR', message: 'seen at once' },
      { service: 'live', level: 'INFO', message: 'not asked for' },
    ]);
    await page.locator('#hits').getByText('seen at once').waitFor();
    await count(1);
    way.break();
    await page.getByRole('alert').getByText('connection to Longshore is lost').waitFor();
    expect(errors).toEqual([]);
  });
});
