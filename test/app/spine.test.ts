import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { ACCESS_LOG, Longshore } from '../support/longshore.ts';
import { startWebhook } from '../support/webhook.ts';

describe('the whole way, in the real process', () => {
  let longshore: Longshore;
  let webhook: Awaited<ReturnType<typeof startWebhook>>;

  beforeAll(async () => {
    webhook = await startWebhook();
    longshore = await Longshore.start({
      pipelines: ACCESS_LOG,
      env: { SLACK_WEBHOOK_URL: webhook.url },
      set: { 'alerters.slack.slack_webhook_url': webhook.url },
    });
  });
  afterAll(async () => {
    await longshore.remove();
    await webhook.close();
  });

  test('a line is found the moment it is acknowledged', async () => {
    const sender = await ForwardSender.connect(longshore.ready.forward);
    sender.message(
      'docker.nginx',
      dockerRecord('203.0.113.9 - - [20/Nov/2026:13:55:36 +0000] "GET /moment HTTP/1.1" 500 12 "-" "curl/8.5"'),
      'moment-1',
    );
    await sender.acknowledged(1);
    const { hits } = await longshore.search('moment');
    expect(hits).toHaveLength(1);
    expect(hits[0]).toMatchObject({
      level: 'ERROR',
      service: 'web',
      container_name: 'web-1',
      stream: 'stdout',
      verb: 'GET',
      ip_address: '203.0.113.9',
    });
    sender.close();
  });

  test('a chunk that is sent again is acknowledged and not stored again', async () => {
    const first = await ForwardSender.connect(longshore.ready.forward);
    const second = await ForwardSender.connect(longshore.ready.forward);
    for (const sender of [first, first, second]) sender.message('app', dockerRecord('only once please'), 'again-1');
    await first.acknowledged(2);
    await second.acknowledged(1);
    expect((await longshore.search('"only once please"')).total).toBe(1);
    first.close();
    second.close();
  });

  test('a line over 16 KiB comes out whole, cut inside a character', async () => {
    const line = `${'가나다라마바사'.repeat(1500)} end-of-long-line`;
    const bytes = Buffer.from(line);
    const sender = await ForwardSender.connect(longshore.ready.forward);
    const cuts = [0, 16_385, 2 * 16_385, bytes.length];
    for (let i = 0; i < 3; i++) {
      const piece = {
        partial_message: 'true',
        partial_id: 'long-1',
        partial_ordinal: String(i + 1),
        partial_last: String(i === 2),
      };
      sender.message('app', { ...dockerRecord('', piece), log: bytes.subarray(cuts[i], cuts[i + 1]) }, `long-${i}`);
      await sender.acknowledged(i + 1);
    }
    const { hits } = await longshore.search('"end-of-long-line"');
    expect(hits.map(hit => hit['message'])).toEqual([line]);
    sender.close();
  });

  test('a burst of errors reaches the webhook as one Slack message', async () => {
    const sender = await ForwardSender.connect(longshore.ready.forward);
    for (let i = 0; i < 30; i++)
      sender.message('app', dockerRecord(`ERROR payment ${i} failed`, { container_name: '/billing-1' }), `burst-${i}`);
    await sender.acknowledged(30);
    await vi.waitFor(() => expect(webhook.received).toHaveLength(1), { timeout: 10_000 });
    expect(JSON.stringify(webhook.received[0]!.body)).toContain('billing');
    const alerts = (await (await fetch(`${longshore.url}/api/alerts`)).json()) as { alerts: unknown[] };
    expect(alerts.alerts.length).toBeGreaterThan(0);
    sender.close();
  });

  test('HTTP and TCP lines arrive as well', async () => {
    const posted = await fetch(`${longshore.url}/api/logs?tag=web.hook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ message: 'posted one', level: 'warn' }, { message: 'posted two' }]),
    });
    expect(posted.status).toBe(200);
    const { hits } = await longshore.search('message:posted', { order: 'asc' });
    expect(hits.map(hit => [hit['message'], hit['level'], hit['tag']])).toEqual([
      ['posted one', 'WARN', 'web.hook'],
      ['posted two', 'INFO', 'web.hook'],
    ]);
  });
});
