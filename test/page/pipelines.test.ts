import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser } from '../support/browser.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { axeFindings, PageBrowser } from './open-page.ts';

const SHOP = `# The lines of our shop.
match: { container: shop }
processors:
  - grok:
      field: message
      patterns:
        - '^%{WORD:method} %{URIPATH:path} %{INT:status:int}$' # requests
  - set: { field: level, value: ERROR, if: 'ctx.status != null && ctx.status >= 500' }
tests:
  - input: 'GET /cart 200'
    expect: { method: GET, status: 200 }
`;
const OTHER = `match: { container: other }
processors:
  - set: { field: a, value: 1 }
`;
const REFUND = (n: number): string => `WARN refund order=${n} amount=1${n}.50`;
const found = findBrowser();

describe.runIf(requireOrSkip('a browser', typeof found === 'object' || found))('pipelines', () => {
  let running: Longshore;
  let browser: PageBrowser;
  let file: string;

  beforeAll(async () => {
    const pipelines = { 'shop.yaml': SHOP, 'other.yaml': OTHER };
    [running, browser] = await Promise.all([
      Longshore.start({ pipelines, set: { 'http.edit_definitions': 'true' } }),
      PageBrowser.launch(),
    ]);
    file = join(running.pipelinesDir, 'shop.yaml');
    mkdirSync(join(running.pipelinesDir, 'kept'));
    writeFileSync(join(running.pipelinesDir, 'kept/linked.yaml'), OTHER.replace('other', 'linked'));
    symlinkSync('kept/linked.yaml', join(running.pipelinesDir, 'linked.yaml'));
    const lines = [1, 2, 3].flatMap(n => [`GET /cart/${n} ${n === 3 ? 500 : 200}`, REFUND(n)]);
    const body = lines.map(message => JSON.stringify({ container_name: 'shop', message })).join('\n');
    const headers = { 'content-type': 'application/x-ndjson' };
    const sent = await fetch(`${running.url}/api/logs?tag=docker.shop`, { method: 'POST', headers, body });
    expect(sent.status).toBe(200);
    await running.untilReady();
  });
  afterAll(async () => {
    await browser.close();
    await running.remove();
  });

  const open = (params = 'file=shop.yaml&container=shop') => browser.open(`${running.url}/#/pipelines?${params}`);
  const lineOf = (page: Page, text: string) =>
    page.getByRole('list', { name: 'Lines' }).getByRole('button', { name: text });
  const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

  test('a pipeline is mended for a line that it does not parse, and nothing else changes', async () => {
    const { page, errors } = await open();
    await page.getByText('6 lines, 3 not parsed').waitFor();
    await lineOf(page, REFUND(2)).click();
    const details = section(page, 'What becomes of it');
    await details.getByText('does not fit: the pattern wants').waitFor();
    await details.getByRole('button', { name: 'Suggest a pattern' }).click();
    await details.getByText('matches 3 of 3 lines that are not parsed').waitFor();
    await details.getByRole('button', { name: 'Add it to the pipeline' }).click();

    const difference = section(page, 'What the change does');
    await difference.getByText('3 lines come out otherwise; 3 as today.').waitFor();
    await difference.getByRole('row', { name: '3 parsed now' }).waitFor();
    await section(page, 'Tests').getByText('1 passed, 0 failed').waitFor();
    await page.getByText('6 lines, 0 not parsed').waitFor();
    await details
      .getByRole('listitem')
      .filter({ hasText: /^amount/ })
      .first()
      .waitFor();
    await details.getByRole('button', { name: 'Keep as a test' }).click();
    await section(page, 'Tests').getByText('2 passed, 0 failed').waitFor();
    expect(await axeFindings(page)).toEqual([]);

    expect(readFileSync(file, 'utf8')).toBe(SHOP);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/shop\.yaml is saved and runs/).waitFor({ state: 'attached' });
    const saved = readFileSync(file, 'utf8');
    for (const kept of ['# The lines of our shop.', "{INT:status:int}$' # requests", "input: 'GET /cart 200'"])
      expect(saved).toContain(kept);
    expect(saved).toContain(REFUND(2));
    const parsed = (await (
      await fetch(`${running.url}/api/parse`, {
        method: 'POST',
        body: JSON.stringify({ lines: REFUND(7), container: 'shop' }),
      })
    ).json()) as { results: { event: Record<string, unknown> }[] };
    expect(parsed.results[0]?.event).toMatchObject({ level: 'WARN', amount: 17.5 });
    expect(errors).toEqual([]);
  });

  test('mistakes and failing tests show while it is typed, and nobody is overwritten', async () => {
    const { page, errors } = await open('file=linked.yaml');
    await page.getByText('It cannot be saved here. Copy the text into').waitFor();
    await page.getByText('It is a link').waitFor();
    await page.getByRole('combobox', { name: 'Pipeline', exact: true }).selectOption('other.yaml');
    const editor = page.getByRole('textbox', { name: 'Text of the pipeline' });
    await editor.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('proces: 1');
    await page.getByText('1 mistake').waitFor();
    await section(page, 'Text of the pipeline').getByText('line 4: ').waitFor();
    await page.keyboard.press('Control+Shift+ArrowLeft');
    await page.keyboard.press('Control+Shift+ArrowLeft');
    await page.keyboard.press('Control+Shift+ArrowLeft');
    await page.keyboard.type('tests: [{ input: x, expect: { a: 2 } }]');
    await section(page, 'Tests').getByText('a: expected 2, got 1').waitFor();
    const path = join(running.pipelinesDir, 'other.yaml');
    writeFileSync(path, `${OTHER}# by hand\n`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('the file was changed meanwhile').waitFor();
    page.once('dialog', dialog => void dialog.accept());
    await page.getByRole('button', { name: 'Load what is there now' }).click();
    await editor.getByText('# by hand').waitFor();
    expect(readFileSync(path, 'utf8')).toBe(`${OTHER}# by hand\n`);
    expect(errors).toEqual([]);
  });

  test('pasted lines are text, whatever they hold, at 360 pixels', async () => {
    const { page, errors } = await browser.open(`${running.url}/#/pipelines`, {
      viewport: { width: 360, height: 700 },
    });
    await page.getByText('6 lines').waitFor();
    await page.getByRole('button', { name: 'Paste', exact: true }).click();
    const hostile = '<img src=x onerror=alert(1)> \u202egpj.exe \u001b[31mred\u001b[0m {{x}} javascript:alert(1)';
    await page.getByRole('textbox', { name: 'Paste lines here' }).fill(`${hostile}\nGET /a 200\n${'x'.repeat(3000)}`);
    await page.getByRole('textbox', { name: 'Container' }).fill('shop');
    await lineOf(page, '<img src=x onerror=alert(1)>').waitFor();
    await page.getByText('3 lines, 2 not parsed').waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.pipelines').textContent()).not.toMatch(/[\u202e\u001b]/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await lineOf(page, 'GET /a 200').click();
    await section(page, 'What becomes of it').getByText('method').first().waitFor();
    await page.keyboard.press('k');
    await section(page, 'What becomes of it').getByText('Nothing fits').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
  });
});
