import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { engine, hit, rule, START, tempFolder, until } from './support.ts';
import { status, webhook } from './webhook.ts';

const ANY = 'name: all\ntype: any\nindex: docker-logs-*\nrealert: { seconds: 0 }\n';
const post = (url: string, more = ''): string => `${ANY}alert: post\nhttp_post_url: ${url}\n${more}`;
const QUICK = { retry_min_ms: 10, retry_max_ms: 50, state_write_interval_ms: 10 };

describe('delivery', () => {
  test('a notification is durable before it is sent, and gone after it arrived', async () => {
    const dir = tempFolder();
    const hook = await webhook();
    const inStateWhenSent: boolean[] = [];
    const spy: typeof fetch = (input, init) => {
      const key = new Headers(init?.headers).get('idempotency-key');
      inStateWhenSent.push(readFileSync(join(dir, 'alerts.json'), 'utf8').includes(`"id":"${key}"`));
      return fetch(input, init);
    };
    const alerts = await engine({ dir, rules: [rule(post(hook.url))], fetch: spy, settings: QUICK });
    alerts.consume([hit('all', 'a', START)], 1);
    await until(() => alerts.recent(1)[0]?.deliveries[0]?.state === 'sent', 'the delivery');
    await alerts.flush();
    expect(inStateWhenSent).toEqual([true]);
    expect(hook.received).toHaveLength(1);
    expect(hook.received[0]?.body).toMatchObject({ _id: 'a', service: 'api', num_hits: 1 });
    const state = JSON.parse(readFileSync(join(dir, 'alerts.json'), 'utf8'));
    expect(state.outbox).toEqual([]);
    expect(JSON.stringify(state)).not.toContain(hook.url);
  });

  test.for([
    ['the connection breaks', (response: import('node:http').ServerResponse) => response.destroy()],
    ['the answer is 500', status(500)],
    ['the answer is 429', status(429)],
    ['the answer is a redirect', status(302, { location: 'http://127.0.0.1:1/' })],
  ] as const)('when %s, the same notification comes again with the same key', async ([, answer]) => {
    const hook = await webhook();
    hook.answers.push(answer, answer);
    const alerts = await engine({ rules: [rule(post(hook.url))], settings: QUICK });
    alerts.consume([hit('all', 'a', START)], 1);
    await until(() => alerts.recent(1)[0]?.deliveries[0]?.state === 'sent', 'the delivery');
    expect(hook.received).toHaveLength(3);
    expect(new Set(hook.received.map(one => one.key)).size).toBe(1);
    expect(hook.received[0]?.body).toEqual(hook.received[2]?.body);
    expect(alerts.recent(1)[0]?.deliveries[0]).toMatchObject({ state: 'sent', attempts: 3 });
  });

  test('Retry-After is waited for', async () => {
    const hook = await webhook();
    hook.answers.push(status(429, { 'retry-after': '0.25' }));
    const alerts = await engine({ rules: [rule(post(hook.url))], settings: QUICK });
    alerts.consume([hit('all', 'a', START), hit('all', 'b', START)], 1);
    await until(() => hook.received.length === 3, 'three requests');
    expect(hook.received[1]!.at - hook.received[0]!.at).toBeGreaterThanOrEqual(240);
  });

  test('a hanging place delays no other, and its time-out is tried again', async () => {
    const [slow, quick] = [await webhook(), await webhook()];
    slow.answers.push(() => {});
    const text = `${ANY}alert:\n- post: { http_post_url: '${slow.url}', http_post_timeout: 0.3 }\n- slack: { slack_webhook_url: '${quick.url}' }\n`;
    const alerts = await engine({ rules: [rule(text)], settings: QUICK });
    alerts.consume([hit('all', 'a', START), hit('all', 'b', START)], 1);
    await until(() => quick.received.length === 2, 'the quick place');
    expect(slow.received).toHaveLength(1);
    await until(() => slow.received.length === 3, 'the slow place');
    // The next one is tried before the one that failed.
    expect(slow.received.map(one => one.body._id)).toEqual(['a', 'b', 'a']);
    expect(slow.received[0]?.key).toBe(slow.received[2]?.key);
    expect(slow.received[1]?.key).not.toBe(slow.received[0]?.key);
  });

  test('a notification that is refused for itself holds up nothing behind it', async () => {
    const hook = await webhook();
    hook.answers.push(status(400));
    const alerts = await engine({
      rules: [rule(post(hook.url))],
      settings: { ...QUICK, retry_min_ms: 400, retry_max_ms: 400 },
    });
    alerts.consume([hit('all', 'a', START), hit('all', 'b', START)], 1);
    await until(() => hook.received.length === 3, 'three requests');
    expect(hook.received.map(one => one.body._id)).toEqual(['a', 'b', 'a']);
  });

  test('what cannot be delivered is given up after the time limit', async () => {
    const refuse: typeof fetch = () => Promise.resolve(new Response('no', { status: 503 }));
    const settings = { ...QUICK, alert_time_limit_ms: 100 };
    const alerts = await engine({ rules: [rule(post('http://127.0.0.1:2/secret-path'))], fetch: refuse, settings });
    alerts.consume([hit('all', 'a', START)], 1);
    await until(() => alerts.recent(1)[0]?.deliveries[0]?.state === 'dead', 'giving up');
    expect(alerts.recent(1)[0]?.deliveries[0]?.last_error).toBe('HTTP 503: no');
  });

  test('errors do not tell the address', async () => {
    const alerts = await engine({ rules: [rule(post('http://127.0.0.1:2/secret-path'))], settings: QUICK });
    alerts.consume([hit('all', 'a', START)], 1);
    await until(() => alerts.recent(1)[0]?.deliveries[0]?.last_error !== undefined, 'a failure');
    expect(alerts.recent(1)[0]?.deliveries[0]?.last_error).toMatch(/cannot connect/);
    expect(JSON.stringify(alerts.recent(1))).not.toContain('secret-path');
  });

  test('the outbox is bounded: the oldest goes first', async () => {
    const hang: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const alerts = await engine({
      rules: [rule(post('http://127.0.0.1:2/'))],
      fetch: hang,
      settings: { ...QUICK, max_outbox_notifications: 3 },
    });
    for (const [i, id] of ['a', 'b', 'c', 'd', 'e'].entries()) alerts.consume([hit('all', id, START)], i + 1);
    const states = alerts
      .recent(9)
      .map(view => view.deliveries[0]?.state)
      .reverse();
    expect(states).toEqual(['dropped', 'dropped', 'pending', 'pending', 'pending']);
  });

  test('without an address alerts stay in the list', async () => {
    const alerts = await engine({ rules: [rule(`${ANY}alert: slack\nslack_webhook_url: $SLACK_WEBHOOK_URL\n`)] });
    alerts.consume([hit('all', 'a', START)], 1);
    expect(alerts.recent(1)[0]).toMatchObject({ rule: 'all', deliveries: [{ alerter: 'slack', state: 'log_only' }] });
  });
});
