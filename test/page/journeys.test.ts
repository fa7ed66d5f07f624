import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isoTime } from '../../src/base/time/iso.ts';
import { elasticsearchImage, Server } from '../store/elasticsearch/server.ts';
import { findBrowser } from '../support/browser.ts';
import type { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { PageBrowser } from './open-page.ts';
import { AT, REFUND, startScene } from './scene.ts';
import { sendEvents } from './send-events.ts';

/*
 * What somebody wants who has never seen the page, from its first view on, without an address that they would have to know.
 * The same on both stores; one service, one browser and one page each.
 */

const WAIT = { timeout: 20_000, interval: 100 };
/** As it is typed. */
const seoulTime = (at: number): string => isoTime(at + 9 * 3_600_000).slice(0, 19);

/** What an operator may add to our template, so that Elasticsearch refuses that line, too. */
const STRICT = { properties: { response_time: { type: 'double', ignore_malformed: false } } };

interface StoreOfJourney {
  /** Settings that name it. */
  readonly set: Record<string, string>;
  remove(): Promise<void>;
}

const STORES: Record<string, { able: true | string; start(): Promise<StoreOfJourney> }> = {
  'the embedded store': {
    able: true,
    start: async () => ({
      set: { 'store.seal_rows': '100', 'store.seal_max_age_ms': '20' },
      remove: async () => undefined,
    }),
  },
  'Elasticsearch 9': {
    able: await elasticsearchImage(9),
    start: async () => {
      const server = await Server.start(9);
      await server.json('PUT', '/_component_template/longshore-docker-logs-custom', { template: { mappings: STRICT } });
      const set = {
        'store.type': 'elasticsearch',
        'store.nodes': `["${server.url}"]`,
        'buffer.chunk_max_age_ms': '100',
      };
      return { set, remove: () => server.remove() };
    },
  },
};
const found = findBrowser();
const hasBrowser = requireOrSkip('a browser', typeof found === 'object' || found);

for (const [name, { able, start }] of Object.entries(STORES)) {
  describe.runIf(hasBrowser && requireOrSkip(name, able))(`somebody new, on ${name}`, () => {
    let store: StoreOfJourney;
    let scene: Awaited<ReturnType<typeof startScene>>;
    let running: Longshore;
    let browser: PageBrowser;
    let page: Page;
    let errors: string[];

    beforeAll(async () => {
      store = await start();
      [scene, browser] = await Promise.all([startScene(store.set), PageBrowser.launch()]);
      running = scene.running;
      ({ page, errors } = await browser.open(running.url));
    });
    afterAll(async () => {
      await browser?.close();
      await scene?.remove();
      await store?.remove();
    });

    const view = (name: string) => page.getByRole('link', { name, exact: true }).click();
    const messages = (of = page) => of.locator('#hits .message').allTextContents();
    const FAILED = [8, 7, 6, 5].map(n => `checkout ${n} failed: no connection to db:5432`);

    test('finds why the shop failed at 03:12 and what the database said then, and sends a colleague the link', async () => {
      const query = page.getByRole('combobox', { name: 'Search', exact: true });
      await query.fill('service:shop AND level:ERROR');
      await query.press('Enter');
      await page.getByRole('combobox', { name: 'Time range' }).selectOption('exact');
      const times = page.getByRole('dialog', { name: 'From' });
      await times.getByLabel('From').fill(seoulTime(AT));
      await times.getByLabel('To').fill(seoulTime(AT + 60_000));
      await times.getByRole('button', { name: 'Use them' }).click();
      await expect.poll(() => messages(), WAIT).toEqual(FAILED);
      await page.getByText(/^4 events/).waitFor();

      await page.locator('#hits .message').last().click();
      await page.getByRole('button', { name: 'Surroundings' }).click();
      await page.getByRole('button', { name: 'All containers' }).click();
      const around = ['GET /cart 200', 'sorry, too many clients already: 100 of 100', FAILED[3]!, FAILED[2]!];
      await expect.poll(() => messages(), WAIT).toEqual(expect.arrayContaining(around));
      const [before, cause, first] = await Promise.all(around.map(async text => (await messages()).indexOf(text)));
      expect([before, cause]).toEqual([first! - 2, first! - 1]);

      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.getByRole('button', { name: 'Copy link' }).click();
      await page.getByText('Copied').waitFor();
      const link = await page.evaluate(() => navigator.clipboard.readText());
      const colleague = await browser.open(link, { timezoneId: 'Europe/Berlin', locale: 'ko-KR' });
      await colleague.page.locator('#hits .this').getByText(FAILED[3]!).waitFor();
      expect(await messages(colleague.page)).toEqual(await messages());
      expect(await colleague.page.locator('#hits .this time').getAttribute('datetime')).toBe(isoTime(AT + 5000));
      await colleague.page.context().close();
      await page.getByRole('button', { name: 'Back to the search' }).click();
      await expect.poll(() => messages(), WAIT).toEqual(FAILED);
    });

    test('writes a rule for that failure and sees how often it would have fired last week', async () => {
      await page.getByRole('button', { name: 'Alert on this' }).click();
      await page.getByLabel('Name').fill('Checkout failed');
      expect(await page.getByLabel('Events that match').inputValue()).toBe('service:shop AND level:ERROR');
      await page.getByLabel('Alert at').fill('4');
      await page.getByRole('button', { name: 'When would it have fired?' }).click();
      await page.getByText('It would have fired 3 times in 7 d.').waitFor();
      await page.getByRole('button', { name: 'Save' }).click();
      await expect
        .poll(() => readFileSync(join(running.rulesDir, 'checkout-failed.yaml'), 'utf8'), WAIT)
        .toContain('num_events: 4');
    });

    test('watches one container while it deploys', async () => {
      const line = (level: string, message: string) => ({ service: 'api', container_name: 'api-1', level, message });
      await sendEvents(running.url, [line('INFO', 'version 41 is stopping')]);
      await view('Containers');
      await page.getByRole('link', { name: 'Watch api-1 live' }).click();
      await page.locator('#hits').getByText('version 41 is stopping').waitFor();
      await sendEvents(running.url, [line('INFO', 'version 42 starts'), { service: 'mail', message: 'not this one' }]);
      await page.locator('#hits').getByText('version 42 starts').waitFor();
      await sendEvents(running.url, [line('ERROR', 'migration failed'), line('INFO', 'ready')]);
      await expect
        .poll(() => messages(), WAIT)
        .toEqual(['ready', 'migration failed', 'version 42 starts', 'version 41 is stopping']);
      await page.getByRole('button', { name: 'Pause' }).click();
      await sendEvents(running.url, [line('INFO', 'first order')]);
      await page.getByRole('button', { name: '1 new events' }).click();
      await expect.poll(async () => (await messages())[0], WAIT).toBe('first order');
    });

    test('silences an alert for two hours', async () => {
      await view('Alerts');
      const card = page.getByRole('article', { name: /Mail stuck/ });
      await card.getByRole('button', { name: /^Silence/ }).click();
      await page.getByRole('button', { name: 'Silence for 2 h' }).click();
      await card.getByText('Silenced by').waitFor();
      const answer = await fetch(`${running.url}/api/silences?state=active`);
      const { silences } = (await answer.json()) as { silences: { starts_at: string; ends_at: string }[] };
      expect(silences.map(({ starts_at, ends_at }) => Date.parse(ends_at) - Date.parse(starts_at))).toEqual([
        expect.closeTo(2 * 3_600_000, -5),
      ]);
    });

    test('mends a pipeline for a line that it does not parse, and sees that nothing else changes', async () => {
      await view('Pipelines');
      await page.getByRole('combobox', { name: 'Pipeline', exact: true }).selectOption('till.yaml');
      await page.getByRole('button', { name: 'From the logs' }).click();
      await page.getByRole('combobox', { name: 'Container', exact: true }).selectOption('till');
      await page.getByText('3 lines, 1 not parsed').waitFor();
      await page.getByRole('list', { name: 'Lines' }).getByRole('button', { name: REFUND }).click();
      await page.getByRole('button', { name: 'Suggest a pattern' }).click();
      await page.getByRole('button', { name: 'Add it to the pipeline' }).click();
      await page.getByText(/^1 lines? comes? out otherwise; 2 as today/).waitFor();
      await page.getByText('1 passed, 0 failed').waitFor();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText(/till\.yaml is saved and runs/).waitFor({ state: 'attached' });
      await sendEvents(running.url, [{ container_name: 'till', message: REFUND }]);
      await expect.poll(async () => (await running.search('amount:17.5')).total, WAIT).toBe(1);
    });

    test('replays a dead letter', async () => {
      await view('Health');
      const letters = page.getByRole('region', { name: 'Dead letters' });
      await letters.getByRole('button', { name: 'order 1 was slow' }).click();
      await letters.locator('.letter').getByRole('button', { name: 'Replay', exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
      await letters.getByText('1 replayed, 0 dropped by pipelines, 0 left.').waitFor();
      await vi.waitFor(
        async () =>
          expect((await running.search('"order 1 was slow"')).hits.map(hit => hit['service'])).toHaveLength(1),
        WAIT,
      );
      expect(errors).toEqual([]);
    });
  });
}
