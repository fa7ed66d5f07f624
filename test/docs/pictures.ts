/*
 * Makes the pictures of the manual anew, from the running program:
 *
 *     node test/docs/pictures.ts
 *
 * The page is the real page after a demo. The Slack alert is the message that the demo's alert sent, drawn by
 * `slackMessage` below: what Slack makes of it looks much the same and is Slack's own.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { findBrowser } from '../support/browser.ts';
import { command } from '../support/command.ts';
import { Longshore } from '../support/longshore.ts';
import { startWebhook } from '../support/webhook.ts';

const MAX_BYTES = 250_000;
const DEMO_SECONDS = 45;
/** The views of the page, and what is there when one is ready. */
const VIEWS = {
  logs: '#hits > li',
  containers: 'tbody tr',
  alerts: 'article, li',
  pipelines: '.step',
  health: '.station',
};

interface SlackPayload {
  username: string;
  attachments: { title: string; text: string }[];
}

const found = findBrowser();
if (typeof found === 'string') throw new Error(found);
const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
const browser = await chromium.launch({ executablePath: found.path, args });
const folder = mkdtempSync(join(tmpdir(), 'longshore-pictures-'));
const webhook = await startWebhook();
const longshore = await Longshore.start({ env: { SLACK_WEBHOOK_URL: webhook.url }, pipelines: 'all' });
try {
  const from = new Date();
  const demo = ['--forward', `127.0.0.1:${longshore.ready.forward}`, '--url', longshore.url];
  const wanted = ['--seconds', `${DEMO_SECONDS}`, '--rate', '25'];
  const run = await command(process.execPath, ['bin/longshore.js', 'demo', ...wanted, ...demo], {
    timeout_ms: 120_000,
  });
  if (run.code !== 0) throw new Error(run.err);
  const zoom = { from: from.toISOString(), to: new Date(from.getTime() + DEMO_SECONDS * 1000).toISOString() };
  const search = new URLSearchParams({ query: 'service:(api or shop or mailer)', range: '1h', ...zoom });
  await picture('page.png', `${longshore.url}/#${search}`, 1280, 760, '#hits > li');
  for (const [view, shows] of Object.entries(VIEWS)) {
    const address = `${longshore.url}/#/${view}${view === 'pipelines' ? '?container=demo-web-1' : ''}`;
    await picture(`page-${view}.png`, address, 1440, 900, shows);
    await picture(`page-${view}-phone.png`, address, 390, 844, shows, 'dark');
  }
  const html = join(folder, 'slack.html');
  writeFileSync(html, slackMessage(webhook.received[0]!.body as SlackPayload));
  await picture('slack-alert.png', `file://${html}`, 760, 310, '.attachment');
} finally {
  await browser.close();
  await longshore.remove();
  await webhook.close();
  rmSync(folder, { recursive: true, force: true });
}

/** `shows`: what is there when the page is ready. */
async function picture(
  name: string,
  url: string,
  width: number,
  height: number,
  shows: string,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<void> {
  const target = resolve('docs/images', name);
  const page = await browser.newPage({ viewport: { width, height }, timezoneId: 'UTC', colorScheme });
  await page.goto(url);
  await page.locator(shows).first().waitFor();
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: target });
  await page.close();
  const { size: bytes } = statSync(target);
  if (bytes > MAX_BYTES) throw new Error(`${target} has ${bytes} bytes, more than ${MAX_BYTES}`);
  console.error(`${target}: ${bytes} bytes`);
}

/** Slack's marks: bold, links, ends of lines. */
function marked(text: string): string {
  return text
    .replace(/<([^|>]+)\|([^>]+)>/g, '<a href="$1">$2</a>')
    .replace(/\*([^*\n]+)\*/g, '<b>$1</b>')
    .replaceAll('\n', '<br>');
}

/** The message as a page: sender, bar of the colour, title, text with its code. */
function slackMessage({ username, attachments }: SlackPayload): string {
  const [{ title, text } = { title: '', text: '' }] = attachments;
  const body = text
    .trim()
    .split('```')
    .map((part, i) => (i % 2 === 0 ? `<p>${marked(part.trim())}</p>` : `<pre>${part.trim()}</pre>`))
    .join('');
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; padding: 20px 24px; font: 15px/1.45 system-ui, sans-serif; color: #1d1c1d; background: #fff }
    .message { display: grid; grid-template-columns: 40px 1fr; gap: 2px 12px }
    .face { width: 36px; height: 36px; border-radius: 8px; background: #b3261e; color: #fff; font: 700 20px/36px sans-serif; text-align: center }
    .who { font-weight: 700 } .app { font: 10px sans-serif; background: #e4e4e4; border-radius: 3px; padding: 1px 4px; margin: 0 6px; color: #555 }
    .at { color: #616061; font-size: 12px; font-weight: 400 }
    .attachment { border-left: 4px solid #a30200; padding: 2px 0 2px 12px; margin-top: 4px }
    .title { font-weight: 700 } p { margin: 4px 0 }
    pre { margin: 4px 0; padding: 8px; background: #f6f6f6; border: 1px solid #ddd; border-radius: 4px; font: 12.5px/1.4 ui-monospace, monospace; white-space: pre-wrap }
  </style><div class="message"><div class="face">!</div><div>
    <div class="who">${username} <span class="app">APP</span><span class="at">now</span></div>
    <div class="attachment"><div class="title">${title}</div>${body}</div></div></div>`;
}
