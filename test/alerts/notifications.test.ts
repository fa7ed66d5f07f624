import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { Notifications } from '../../src/alerts/notifications.ts';
import type { OutboxItem } from '../../src/alerts/outbox.ts';
import { alertSettings } from '../../src/alerts/settings.ts';
import { engine, hit, partsOf, rule, START, tempFolder, until } from './support.ts';
import { status, webhook } from './webhook.ts';

const ANY = 'name: all\ntype: any\nindex: docker-logs-*\nrealert: { seconds: 0 }\n';
const post = (url: string, more = ''): string => `${ANY}alert: post\nhttp_post_url: ${url}\n${more}`;
const QUICK = { retry_min_ms: 10, retry_max_ms: 50, state_write_interval_ms: 10 };

describe('a server as Slack is one', () => {
  test('with rate limits, slow answers, poison and dropped connections gets each message once', async () => {
    const hook = await webhook();
    const taken: string[] = [];
    const take = (text: string, response: ServerResponse): void => {
      taken.push(text);
      response.end('ok');
    };
    const tries = new Map<string, number>();
    hook.answer = (body, response) => {
      const text = String(body.attachments[0].text).trim();
      const n = (tries.get(text) ?? 0) + 1;
      tries.set(text, n);
      const number = Number(/\d+/.exec(text)?.[0]);
      if (text.startsWith('poison')) return status(400)(response);
      if (n === 1 && number % 5 === 1) return status(429, { 'retry-after': '0.1' })(response);
      if (n === 1 && number % 5 === 2) return response.destroy();
      if (n <= 2 && number % 5 === 3) return status(503)(response);
      if (n === 1 && number % 5 === 4) return setTimeout(() => take(text, response), 300);
      return take(text, response);
    };
    const text = `${ANY}alert: slack\nslack_webhook_url: ${hook.url}/services/T0/B0/SECRETTOKEN\nalert_text: '{0}'\nalert_text_args: [message]\nalert_text_type: alert_text_only\n`;
    const alerts = await engine({ rules: [rule(text)], settings: QUICK });
    const names = Array.from({ length: 25 }, (_, n) => (n === 7 ? 'poison 7' : `message ${n}`));
    for (const [n, message] of names.entries()) alerts.consume([hit('all', `e${n}`, START, { message })], n + 1);
    await until(() => alerts.notifications('sent').length === 24, 'all but the poison', 20_000);
    expect(taken.toSorted()).toEqual(names.filter(name => name !== 'poison 7').toSorted());
    expect(tries.get('poison 7')).toBe(1);
    expect(alerts.notifications('dead')).toMatchObject([{ rule: 'all', alerter: 'slack', last_error: 'HTTP 400: no' }]);
    expect(JSON.stringify(alerts.notifications(undefined, 1000))).not.toContain('SECRETTOKEN');
  });

  test.for([400, 401, 403, 404, 410, 413, 422])('HTTP %s is final at once', async code => {
    const hook = await webhook();
    hook.answers.push(status(code));
    const alerts = await engine({ rules: [rule(post(hook.url))], settings: QUICK });
    alerts.consume([hit('all', 'a', START), hit('all', 'b', START)], 1);
    await until(() => alerts.notifications('sent').length === 1, 'the next');
    expect(hook.received.map(one => one.body._id)).toEqual(['a', 'b']);
    expect(alerts.recent(9).map(view => view.deliveries[0]?.state)).toEqual(['sent', 'dead']);
  });

  test('a limit that is told in the answer is waited for', async () => {
    const hook = await webhook();
    hook.answers.push(response => response.writeHead(429).end('{"message":"slow down","retry_after": 0.3}'));
    const alerts = await engine({ rules: [rule(post(hook.url))], settings: QUICK });
    alerts.consume([hit('all', 'a', START)], 1);
    await until(() => hook.received.length === 2, 'the second try');
    expect(hook.received[1]!.at - hook.received[0]!.at).toBeGreaterThanOrEqual(290);
  });

  test.for([408, 425, 429, 500, 502, 503])('HTTP %s is tried again', async code => {
    const hook = await webhook();
    hook.answers.push(status(code));
    const alerts = await engine({ rules: [rule(post(hook.url))], settings: QUICK });
    alerts.consume([hit('all', 'a', START)], 1);
    await until(() => alerts.notifications('sent').length === 1, 'the delivery');
    expect(alerts.notifications('sent')[0]).toMatchObject({ attempts: 2, tries: [{ error: `HTTP ${code}: no` }] });
  });
});

test('a storm of 100,000 matches that are collected is one message with their true number', async () => {
  const hook = await webhook();
  let now = START;
  const text = `${ANY}alert: slack\nslack_webhook_url: ${hook.url}\naggregation: { minutes: 1 }\n`;
  const alerts = await engine({ rules: [rule(text)], now: () => now, settings: QUICK });
  for (let n = 0; n < 100; n++)
    alerts.consume(
      Array.from({ length: 1000 }, (_, i) => hit('all', `e${n}-${i}`, START + n * 10)),
      n + 1,
    );
  now += 60_001;
  alerts.advance(now);
  await until(() => alerts.notifications('sent').length === 1, 'the message', 20_000);
  expect(hook.received).toHaveLength(1);
  expect(hook.received[0]?.body.attachments[0].text).toMatch(/^\*api\*\n100,000 matches/);
});

describe('dead letters among notifications', () => {
  test('outlive a restart, and one is sent again by hand with the same key', async () => {
    const dir = tempFolder();
    const hook = await webhook();
    hook.answers.push(status(403));
    const rules = [rule(post(hook.url))];
    const first = await engine({ dir, rules, settings: QUICK });
    first.consume([hit('all', 'a', START)], 1);
    await until(() => first.notifications('dead').length === 1, 'the refusal');
    await first.stop(AbortSignal.abort());
    const alerts = await engine({ dir, rules, settings: QUICK });
    const [dead] = alerts.notifications('dead');
    expect(dead).toMatchObject({ attempts: 1, tries: [{ error: 'HTTP 403: no' }] });
    expect(alerts.retryNotification('nothing')).toBe(false);
    expect(alerts.retryNotification(dead!.id)).toBe(true);
    expect(alerts.retryNotification(dead!.id)).toBe(false);
    await until(() => alerts.notifications('sent').length === 1, 'the delivery');
    expect(hook.received.map(one => one.key)).toEqual([dead!.id, dead!.id]);
    expect(hook.received[1]?.body).toMatchObject({ _id: 'a' });
    expect(alerts.recent(1)[0]?.deliveries[0]?.state).toBe('sent');
    expect(alerts.notifications('dead')).toEqual([]);
  });

  test('states are listed apart, newest first', async () => {
    const hook = await webhook();
    hook.answer = (body, response) => status(body._id === 'bad' ? 400 : 503)(response);
    let now = START;
    const slow = { ...QUICK, retry_min_ms: 60_000, retry_max_ms: 60_000 };
    const alerts = await engine({ rules: [rule(post(hook.url))], settings: slow, now: () => now });
    alerts.consume([hit('all', 'bad', START)], 1);
    await until(() => alerts.notifications('dead').length === 1, 'the refusal');
    now += 5;
    alerts.consume([hit('all', 'x', START)], 2);
    alerts.consume([hit('all', 'y', START)], 3);
    await until(() => alerts.notifications('retrying').length === 1, 'a failure');
    expect(
      alerts
        .notifications(undefined)
        .map(one => one.state)
        .sort(),
    ).toEqual(['dead', 'pending', 'retrying']);
    expect(alerts.notifications(undefined).at(-1)?.state).toBe('dead');
    expect(alerts.notifications('retrying')[0]?.next).toBeDefined();
  });

  test('are bounded by number and by size, the oldest go first, and sent ones keep no text', () => {
    const limits = { ...alertSettings(), max_dead_notifications: 3, max_dead_bytes: 100, max_sent_notifications: 2 };
    const log = new Notifications(limits);
    const item = (id: string, body = 'x'): OutboxItem => ({
      ...{ id, alert: 'a', rule: 'r', slot: 0, alerter: 'post', target: 0, body, createdAt: 0, attempts: 1, nextAt: 0 },
    });
    for (const id of ['a', 'b', 'c', 'd']) log.finished(item(id), 'dead', 1);
    expect(log.takeDead('a')).toBeUndefined();
    expect(log.takeDead('b')).toMatchObject({ body: 'x' });
    log.finished(item('big', 'x'.repeat(99)), 'dropped', 2);
    expect(log.list([], 'dead', 9).map(one => one.id)).toEqual(['d']);
    log.finished(item('huge', 'x'.repeat(1000)), 'dead', 3);
    expect(log.list([], undefined, 9).map(one => one.id)).toEqual(['huge']);
    for (const id of ['s1', 's2', 's3']) log.finished(item(id), 'sent', 4);
    expect(log.list([], 'sent', 9).map(one => one.id)).toEqual(['s2', 's3']);
    const saved = (kind: string): unknown[] =>
      Object.entries(partsOf(...log.pages)).flatMap(([name, lines]) => (name.startsWith(`page:${kind}.`) ? lines : []));
    const finished = saved('finished').map(line => JSON.parse(String(line)));
    expect(finished.map(one => [one.state, one.item.body.length])).toEqual([
      ['dead', 1000],
      ['sent', 0],
      ['sent', 0],
    ]);
    for (let n = 0; n < 1005; n++) log.remember(`k${n}`, 'v', n);
    log.remember('k1004', undefined, 0);
    log.remember('long', 'x'.repeat(501), 0);
    expect(saved('remembered')).toHaveLength(999);
  });
});

describe('a bot of Slack', () => {
  const TEXT = (url: string): string =>
    `${ANY}alert: slack\nslack_bot_token: xoxb-s3cret-token\nslack_api_url: ${url}\nslack_channel_override: '#ops'\n`;
  const resolved = { startsAt: 0, endsAt: 60_000, matches: 3 };

  test('opens a thread, writes into it, and edits its first message when it is over', async () => {
    const hook = await webhook();
    hook.answer = (_, response) => response.end('{"ok":true,"channel":"C1","ts":"1.5"}');
    const [alerter] = rule(TEXT(hook.url)).alerters;
    const context = { fetch, idempotencyKey: 'k', signal: new AbortController().signal };
    const send = (more: object, remembered?: string) => {
      const [one] = alerter!.render({
        rule: 'all',
        matches: [{ message: 'boom', '@timestamp': '2026-11-20T12:00:00Z' }],
        instance: 'i',
        ...more,
      });
      return alerter!.send(one!, { ...context, remembered });
    };
    expect(await send({})).toEqual({ ok: true, remember: 'C1 1.5' });
    expect(await send({}, 'C1 1.5')).toEqual({ ok: true, remember: 'C1 1.5' });
    expect(await send({ resolved }, 'C1 1.5')).toEqual({ ok: true, remember: 'C1 1.5' });
    expect(hook.received.map(({ path, body }) => [path, body.channel, body.ts, body.thread_ts])).toEqual([
      ['/chat.postMessage', '#ops', undefined, undefined],
      ['/chat.postMessage', 'C1', undefined, '1.5'],
      ['/chat.update', 'C1', '1.5', undefined],
      ['/chat.postMessage', 'C1', undefined, '1.5'],
    ]);
    expect(hook.received[2]?.body.attachments[0]).toMatchObject({ color: 'good', title: 'Resolved: all' });
    expect(hook.received[0]?.headers['authorization']).toBe('Bearer xoxb-s3cret-token');
  });

  test.for([
    ['channel_not_found', { scope: 'message', isFinal: true }],
    ['ratelimited', { scope: 'place', retryAfterMs: 30_000 }],
    ['invalid_auth for xoxb-s3cret-token', { scope: 'message', isFinal: true }],
  ] as const)('the answer %s', async ([error, want]) => {
    const hook = await webhook();
    hook.answer = (_, response) => response.end(JSON.stringify({ ok: false, error }));
    const [alerter] = rule(TEXT(hook.url)).alerters;
    const [one] = alerter!.render({ rule: 'all', matches: [{}] });
    const result = await alerter!.send(one!, { fetch, idempotencyKey: 'k', signal: new AbortController().signal });
    expect(result).toMatchObject({ ok: false, ...want });
    expect(JSON.stringify(result)).not.toContain('s3cret');
  });
});
