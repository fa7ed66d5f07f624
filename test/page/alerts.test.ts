import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findBrowser } from '../support/browser.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { axeFindings, PageBrowser } from './open-page.ts';
import { sendEvents } from './send-events.ts';

const found = findBrowser();
const WAIT = { timeout: 15_000, interval: 100 };

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1234/hook';
const RULES = {
  'burst.yaml': `name: Error burst
description: three errors of one service within a minute
import: errors.yaml
type: frequency
query_key: service
num_events: 3
timeframe: { minutes: 1 }
realert: { minutes: 10 }
alert: [post2, routes]
http_post2_url: ${NOWHERE}
alert_subject: 'Errors in {0}'
alert_subject_args: [service]
labels: { team: shop }
`,
  'errors.yaml': 'index: docker-logs-*\nfilter: [{ term: { level: ERROR } }]\n',
  'typo.yaml': `name: With a mistake
type: frequency
index: docker-logs-*
num_event: 3
timeframe: { minutes: 1 }
alert: debug
`,
};

describe.runIf(requireOrSkip('a browser', typeof found === 'object' || found))('alerts', () => {
  let running: Longshore;
  let browser: PageBrowser;

  beforeAll(async () => {
    [running, browser] = await Promise.all([
      Longshore.start({ rules: RULES, set: { 'http.edit_definitions': 'true' } }),
      PageBrowser.launch(),
    ]);
    await post([0, 1, 2].map(n => ({ service: 'shop', level: 'ERROR', message: `no database <b>${n}</b> \u202egnp` })));
    await vi.waitFor(async () => expect(await statesOf('Error burst')).toEqual(['firing']), WAIT);
  });
  afterAll(async () => {
    await browser?.close();
    await running?.remove();
  });

  const post = (events: object[]) => sendEvents(running.url, events);

  async function statesOf(rule: string): Promise<string[]> {
    const answer = await fetch(`${running.url}/api/alerts?rule=${encodeURIComponent(rule)}`);
    const { active, posted } = (await answer.json()) as Record<'active' | 'posted', { state: string }[]>;
    expect(posted).toEqual([]);
    return active.map(({ state }) => state);
  }

  const open = async (params: string, options = {}): Promise<{ page: Page; errors: string[] }> =>
    browser.open(`${running.url}/#/alerts${params}`, options);

  test('an alert is silenced for two hours with two clicks, and told of again when that is undone', async () => {
    const { page, errors } = await open('');
    const card = page.getByRole('article', { name: /Errors in shop/ });
    await card.getByText('3 events (at least 3 in 1 min)').waitFor();
    expect(await card.getByRole('list', { name: 'Labels' }).textContent()).toContain('service=shop');
    expect(await card.getByRole('list', { name: 'Events that caused it' }).textContent()).toContain(
      'no database <b>2</b> \ufffdgnp',
    );
    await card.getByText(/failed, is tried again.*: /).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await card.getByRole('button', { name: 'Details' }).click();
    await card.getByRole('cell', { name: /failed, is tried again (in \d+ (s|min)|0 s ago)/ }).waitFor();
    await card.getByRole('button', { name: 'Details' }).click();

    await card.getByRole('button', { name: 'Silence Errors in shop' }).click();
    await page.getByRole('button', { name: 'Silence for 2 h' }).click();

    await card.getByText('Silenced by').waitFor();
    const [silence] = await silences();
    expect(silence!.text).toBe('{alertname="Error burst",service="shop"}');
    expect(Date.parse(silence!.ends_at) - Date.parse(silence!.starts_at)).toBeCloseTo(2 * 3_600_000, -5);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => statesOf('Error burst'), WAIT).toEqual(['firing']);
    expect(errors).toEqual([]);
  });

  test('an alert that Prometheus posts is there with its source, and is silenced like any other', async () => {
    const source = 'http://prometheus.example:9090/graph?g0.expr=up';
    const alerts = [
      {
        labels: { alertname: 'Target down', service: 'gateway', severity: 'page' },
        annotations: { summary: 'gateway <img src=x> is down \u202egnp', runbook: 'javascript:alert(1)' },
        generatorURL: source,
      },
      { labels: { alertname: 'Odd', odd: '\u001b[31mred' }, generatorURL: 'javascript:alert(document.domain)' },
    ];
    const body = JSON.stringify(alerts);
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${running.url}/api/v2/alerts`, { method: 'POST', headers, body })).status).toBe(200);
    const { page, errors } = await open('');
    const card = page.getByRole('article', { name: 'gateway <img src=x> is down \ufffdgnp' });
    const link = card.getByRole('link', { name: 'posted by prometheus.example:9090' });
    expect(await link.getAttribute('href')).toBe(source);
    expect(await card.getByRole('link', { name: 'Logs' }).getAttribute('href')).toContain('service%3A%22gateway%22');
    const odd = page.getByRole('article', { name: 'Odd' });
    await odd.getByText('posted by javascript:alert(document.domain)').waitFor();
    expect(await odd.getByRole('link').count()).toBe(1);
    expect(await odd.getByRole('list', { name: 'Labels' }).textContent()).toBe('odd=red');
    await card.getByRole('button', { name: 'Details' }).click();
    await card.getByText('javascript:alert(1)').waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await card.getByRole('button', { name: /^Silence / }).click();
    await page.getByText('This holds for 1 alert that lasts now.').waitFor();
    await page.getByRole('button', { name: 'Silence for 2 h' }).click();
    await card.getByText('Silenced by').waitFor();
    const all = await fetch(`${running.url}/api/alerts?state=suppressed`);
    expect(((await all.json()) as { posted: object[] }).posted).toMatchObject([{ source, state: 'suppressed' }]);
    expect(await statesOf('Error burst')).toEqual(['firing']);
    expect(errors).toEqual([]);
  });

  test('a rule for a failure is written, and tells how often it would have fired last week', async () => {
    const days = [1, 3, 4].map(day => Date.now() - day * 86_400_000);
    await post(
      days.flatMap((day, n) =>
        Array.from({ length: n === 2 ? 3 : 4 }, (_, i) => {
          const at = new Date(day + i * 1000).toISOString();
          return { '@timestamp': at, service: 'pay', level: 'INFO', message: 'card refused by the bank' };
        }),
      ),
    );
    const { page, errors } = await open('?tab=rules');
    await page.getByRole('cell', { name: /num_events is missing/ }).waitFor();
    await page.getByRole('link', { name: 'New rule' }).click();
    await page.getByLabel('Name').fill('Cards refused');
    await page.getByLabel('Events that match').fill('service:pay AND message:refused');
    await page.getByLabel('Alert at').fill('4');
    await page.getByRole('button', { name: 'When would it have fired?' }).click();
    await page.getByText('It would have fired 2 times in 7 d.').waitFor();
    expect(await page.getByRole('img', { name: 'This rule: 2' }).count()).toBe(1);
    await page.getByText(/\/cards-refused\.yaml$/).waitFor();

    const editor = page.getByRole('textbox', { name: 'The rule as YAML' });
    await editor.getByText('num_events').click();
    await page.keyboard.press('Home');
    await page.keyboard.type('num_event: [\n');
    await page
      .getByRole('alert')
      .getByText(/^Line \d+:/)
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: 'When would it have fired?' }).isDisabled()).toBe(true);
    expect(await axeFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('what a change of a rule would change is seen before it is saved', async () => {
    const { page, errors } = await open('?tab=rules&rule=Error+burst');
    await page.getByText('at least 3 in 1 min', { exact: true }).waitFor();
    await page.getByRole('img', { name: /^shop: \d+ in the latest window, at most 3$/ }).waitFor();
    await page.goto(`${running.url}/#/alerts?tab=rules&rule=Error+burst&edit=1&days=1d`);
    await page.getByText(/^It would have fired 1 time/).waitFor();
    await page.getByLabel('Alert at').fill('4');
    await page.getByRole('button', { name: 'When would it have fired?' }).click();
    await page.getByText("Today's version: 1 time.").waitFor();
    await page.getByText(/^It would not have fired/).waitFor();
    await page.getByRole('cell', { name: "only today's" }).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('at least 4 in 1 min', { exact: true }).waitFor();
    expect(readFileSync(join(running.rulesDir, 'burst.yaml'), 'utf8')).toBe(
      RULES['burst.yaml'].replace('num_events: 3', 'num_events: 4'),
    );
    expect(errors).toEqual([]);
  });

  async function silences(): Promise<{ text: string; starts_at: string; ends_at: string }[]> {
    const answer = await fetch(`${running.url}/api/silences?state=active`);
    return ((await answer.json()) as { silences: { text: string; starts_at: string; ends_at: string }[] }).silences;
  }
});
