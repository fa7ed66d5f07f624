import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isoTime } from '../../src/base/time/iso.ts';
import { findBrowser } from '../support/browser.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { axeFindings, PageBrowser } from './open-page.ts';

const TIME = Math.floor(Date.now() / 1000) * 1000 - 60_000;
const SHOP = `match: { tag: shop }
processors:
  - set: { field: speed, value: slow, if: 'ctx.response_time == "slow"' }
  - remove: { field: response_time, if: 'ctx.response_time == "slow"' }
`;
const QUICK = { 'store.seal_rows': '100', 'store.seal_max_age_ms': '20' };

/** A chunk whose last lines the table of the store does not take, as the spool would leave it. */
function leaveChunk(dataDir: string): void {
  const times: unknown[] = [12, 'slow', 'slow', 'slow'];
  const lines = times.map((time, i) =>
    JSON.stringify({
      _id: `e${i}`,
      seq: TIME * 1000 + i,
      '@timestamp': isoTime(TIME + i),
      message: `order ${i} <b onclick=alert(1)>`,
      response_time: time,
      container_name: 'shop',
      tag: 'shop',
    }),
  );
  const dir = join(dataDir, 'data', 'chunks');
  mkdirSync(dir, { recursive: true });
  const day = isoTime(TIME).slice(0, 10).replaceAll('-', '');
  writeFileSync(join(dir, `0000000000000001.hand.${day}.4.${TIME}.${TIME + 3}.ndjson`), `${lines.join('\n')}\n`);
}

const found = findBrowser();

describe.runIf(requireOrSkip('a browser', typeof found === 'object' || found))('health', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'longshore-health-'));
  let running: Longshore;
  let browser: PageBrowser;

  beforeAll(async () => {
    leaveChunk(dataDir);
    [running, browser] = await Promise.all([
      Longshore.start({ dataDir, set: QUICK, pipelines: { 'shop.yaml': SHOP } }),
      PageBrowser.launch(),
    ]);
    await running.untilReady();
  });
  afterAll(async () => {
    await browser.close();
    await running.remove();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('what came in shows on its way, and a dead letter is looked at and replayed', async () => {
    const { page, errors } = await browser.open(`${running.url}/#/health`);
    const letters = page.getByRole('region', { name: 'Dead letters' });
    await letters.getByRole('button', { name: 'order 1 <b' }).click();
    await page.getByText('3 dead letters wait for a decision').waitFor();
    // What the pipelines make of it today.
    await letters.getByRole('listitem').filter({ hasText: 'speed slow' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await letters.locator('.letter').getByRole('button', { name: 'Replay', exact: true }).click();
    const sure = page.getByRole('dialog');
    await sure.getByText('Send one dead letter through the pipelines once more').waitFor();
    await sure.getByRole('button', { name: 'Replay' }).click();
    await letters.getByText('1 replayed, 0 dropped by pipelines, 0 left.').waitFor();
    await page.getByText('2 dead letters wait for a decision').waitFor();
    await expect.poll(async () => (await running.search('speed:slow')).total).toBe(1);

    // The others are given up together.
    await letters.getByRole('checkbox', { name: 'Choose all that are shown' }).check();
    await letters.getByRole('button', { name: 'Discard', exact: true }).click();
    await sure.getByRole('button', { name: 'Cancel' }).click();
    await letters.getByText('2 chosen').waitFor();
    await letters.getByRole('button', { name: 'Discard' }).click();
    await sure.getByRole('button', { name: 'Discard' }).click();
    await letters.getByText('There are none').waitFor();
    await letters.getByRole('combobox', { name: 'Status' }).selectOption('discarded');
    await expect.poll(() => letters.getByRole('button', { name: /^order \d/ }).count()).toBe(2);

    const body = JSON.stringify([
      { message: 'hello', container_name: 'web' },
      { message: 'again', container_name: 'web' },
    ]);
    await fetch(`${running.url}/api/logs?tag=web`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const way = page.getByRole('list', { name: 'The way of the events' });
    await way.getByText('http2').waitFor();
    await page.getByText('Everything works').waitFor();
    expect(errors).toEqual([]);
  });
});
