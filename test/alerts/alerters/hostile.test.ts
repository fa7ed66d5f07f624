import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Alerter } from '../../../src/alerts/alerters/alerter.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { load, tempFolder } from '../support.ts';
import { RULES, SECRET } from './secret-rules.ts';

// Each alerter that sends over HTTP against servers that are not kind; what they repeat of secrets is in `echo.test.ts`.

const EVENT = {
  '@timestamp': '2026-11-20T12:00:00.000Z',
  message: '<!channel> @everyone @all [toall] <b>*x*</b>',
  service: 'shop',
};

function made(name: string): Alerter {
  const folder = tempFolder();
  writeFileSync(join(folder, 'account.yaml'), `user: bot\npassword: ${SECRET}\n`);
  const text = `name: r\ntype: any\nindex: docker-logs-*\nalert: ${name.split(' ')[0]}\n${RULES[name]}\n`;
  const { rules, errors } = load([{ path: join(folder, 'r.yaml'), text }]);
  expect(errors).toEqual([]);
  return rules[0]!.alerters[0]!;
}

const event = (): Fields => Object.assign(newFields(), EVENT);

function send(alerter: Alerter, answer: () => Promise<Response>) {
  const [notification] = alerter.render({ rule: 'r', matches: [event()], instance: 'i' });
  return alerter.send(notification!, { fetch: answer, idempotencyKey: 'k', signal: new AbortController().signal });
}

describe.for(Object.keys(RULES))('%s', name => {
  test('429 with Retry-After: the place is asked again when it says', async () => {
    const answer = async () => new Response('', { status: 429, headers: { 'Retry-After': '7' } });
    expect(await send(made(name), answer)).toMatchObject({ ok: false, scope: 'place', retryAfterMs: 7000 });
  });

  test('503 and a reset concern the place, 400 the message, for good', async () => {
    const alerter = made(name);
    const reset = () =>
      Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }));
    expect(await send(alerter, reset)).toMatchObject({
      ok: false,
      scope: 'place',
      reason: 'cannot connect (ECONNRESET)',
    });
    expect(await send(alerter, async () => new Response('', { status: 503 }))).toMatchObject({
      ok: false,
      scope: 'place',
    });
    expect(await send(alerter, async () => new Response('', { status: 400 }))).toMatchObject({
      scope: 'message',
      isFinal: true,
    });
  });

  test('an answer without an end is not waited for', async () => {
    for (const status of [200, 500]) {
      let chunks = 0;
      const body = new ReadableStream({
        pull: controller => {
          chunks++;
          controller.enqueue(new Uint8Array(65_536).fill(120));
        },
      });
      const result = await send(made(name), async () => new Response(body, { status }));
      expect(JSON.stringify(result).length).toBeLessThan(1000);
      expect(chunks).toBeLessThan(40);
    }
  });

  test('what waits in a file holds no secret, and calls nobody', () => {
    const [notification] = made(name).render({ rule: 'r', matches: [event()], instance: 'i' });
    const body = decodeURIComponent(JSON.stringify(notification).replaceAll('+', ' '));
    expect(body).not.toContain(SECRET);
    if (name.startsWith('slack')) expect(body).not.toMatch(/<!|<b>/);
    if (
      /^(?:discord|mattermost|rocketchat|gitter|yzj|matrixhookshot|lark|workwechat|dingtalk|webex|googlechat)/.test(
        name,
      )
    )
      expect(body).not.toMatch(/@everyone|@all\b/);
    if (name === 'chatwork') expect(body).not.toContain('[toall]');
  });
});
