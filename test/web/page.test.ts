import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findBrowser, Page } from '../support/browser.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';

const browser = findBrowser();
const WAIT = { timeout: 15_000, interval: 50 };
const TURNED = 'turned \u202egnp.exe and \u2066isolated';

const PAGED = `name: paged
type: any
index: docker-logs-*
filter: [{ term: { service: paged } }]
resolve_after: { seconds: 1 }
alert: debug
`;

describe.runIf(requireOrSkip('a browser', typeof browser === 'object' || browser))('the page', () => {
  let running: Longshore;
  let page: Page;

  beforeAll(async () => {
    running = await Longshore.start({ rules: { 'paged.yaml': PAGED } });
    const events = Array.from({ length: 12 }, (_, n) => ({
      service: 'shop',
      level: n % 2 === 0 ? 'ERROR' : 'INFO',
      message: `line number ${n} of the shop`,
      kubernetes: { pod_name: `shop-${n}`, labels: { app: 'shop' } },
    }));
    await post([...events, { service: 'odd', level: 'WARN', message: TURNED }]);
    page = await Page.open((browser as { path: string }).path, { timeZone: 'Asia/Seoul' });
  });
  afterAll(async () => {
    await page.close();
    await running.remove();
  });

  async function post(events: object[]): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${running.url}/api/logs?tag=page`, {
      method: 'POST',
      headers,
      body: JSON.stringify(events),
    });
    expect(answer.status).toBe(200);
  }

  async function search(query: string): Promise<void> {
    const text = JSON.stringify(query);
    await page.value(
      `(() => { document.getElementById('query').value = ${text}; document.getElementById('search').requestSubmit(); })()`,
    );
  }

  const rows = (n: number) => vi.waitFor(async () => expect(await page.count('#hits > li')).toBe(n), WAIT);

  test('the text of a row can be selected; a click opens its fields, nested ones by their path', async () => {
    await page.goto(running.url);
    await rows(13);
    await vi.waitFor(async () => expect(await page.count('#chart *')).toBeGreaterThan(0), WAIT);
    await page.press('.message', 2, 120);
    expect(await page.value('String(getSelection()).length')).toBeGreaterThan(5);
    expect(await page.count('.fields')).toBe(0);
    await page.value('getSelection().removeAllRanges()');
    await page.press('.message', 2);
    await vi.waitFor(async () => expect(await page.count('.fields')).toBe(1), WAIT);
    const names = await page.text('.fields');
    expect(names).toContain('kubernetes.labels.app');
    await page.value(
      `[...document.querySelectorAll('.tools button')].find(b => /with this kubernetes.pod_name/.test(b.title)).click()`,
    );
    await rows(1);
    expect(await page.value(`document.getElementById('query').value`)).toMatch(/^kubernetes\.pod_name:"shop-\d+"$/);
  });

  test('Back goes to the search before, and a search with a mistake leaves no old events', async () => {
    await search('service:shop AND level:ERROR');
    await rows(6);
    await search('level:(');
    await vi.waitFor(async () => expect(await page.text('#problem')).toContain('LS_QUERY_SYNTAX'), WAIT);
    expect(await page.count('#hits > li')).toBe(0);
    expect(await page.text('#summary')).toBe('');
    await page.value('history.back()');
    await rows(6);
    expect(await page.text('#problem')).toBe('');
  });

  test('times are in one zone, which is named and can be changed', async () => {
    const minute = (hours: number) =>
      new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 13).replace('T', ' ');
    expect(await page.text('#axis-to')).toMatch(/Asia\/Seoul$/);
    expect(await page.text('.row time')).toContain(minute(9));
    await page.value(
      `(() => { const zone = document.getElementById('zone'); zone.value = 'UTC'; zone.dispatchEvent(new Event('change')); })()`,
    );
    await vi.waitFor(async () => expect(await page.text('#axis-to')).toMatch(/UTC$/), WAIT);
    await vi.waitFor(async () => expect(await page.text('.row time')).toContain(minute(0)), WAIT);
  });

  test('a time range of an address is named as it was written', async () => {
    await page.goto(`${running.url}/#query=service:odd&from=now-2h&to=now`);
    await vi.waitFor(async () => expect(await page.text('#zoom')).toContain('now-2h to now'), WAIT);
    await rows(1);
  });

  test('no log turns the reading direction of the page', async () => {
    expect(await page.text('.message')).toMatch(/^turned .gnp\.exe and .isolated$/);
    expect(await page.text('.message')).not.toMatch(/[\u202e\u2066]/);
  });

  test('an alert that is over is grey and says how long it took; an address shows those of one rule', async () => {
    await post([{ service: 'paged', level: 'ERROR', message: 'on the page' }]);
    const over = async (): Promise<unknown[]> =>
      ((await (await fetch(`${running.url}/api/alerts?state=resolved`)).json()) as { resolved: unknown[] }).resolved;
    await vi.waitFor(async () => expect(await over()).toHaveLength(1), WAIT);
    await page.goto('about:blank');
    await page.goto(`${running.url}/#rule=paged`);
    await vi.waitFor(async () => expect(await page.count('#alerts li.over')).toBe(1), WAIT);
    expect(await page.text('#alerts')).toContain('over after 1 s');
    expect(await page.text('#alerts-title')).toMatch(/^alerts of paged$/i);
    await page.goto('about:blank');
    await page.goto(`${running.url}/#rule=other`);
    await vi.waitFor(async () => expect(await page.text('#alerts')).toContain('None'), WAIT);
    await search('service:paged');
    await vi.waitFor(async () => expect(await page.text('#alerts-title')).toMatch(/^recent alerts$/i), WAIT);
  });

  test('the live view goes on when a level is chosen, and says when the connection is lost', async () => {
    await page.goto(`${running.url}/#query=service:live`);
    await vi.waitFor(async () => expect(await page.text('#empty')).toContain('Nothing found'), WAIT);
    await page.value(`document.getElementById('live').click()`);
    await page.value(`document.querySelector('#levels .ERROR').click()`);
    expect(await page.value(`document.getElementById('live').getAttribute('aria-pressed')`)).toBe('true');
    await vi.waitFor(async () => {
      await post([
        { service: 'live', level: 'ERROR', message: 'seen at once' },
        { service: 'live', level: 'INFO', message: 'not asked for' },
      ]);
      expect(await page.text('#hits')).toContain('seen at once');
    }, WAIT);
    expect(await page.text('#hits')).not.toContain('not asked for');
    await running.kill();
    await vi.waitFor(
      async () => expect(await page.text('#problem')).toContain('connection to Longshore is lost'),
      WAIT,
    );
    expect(page.errors).toEqual([]);
  });
});
