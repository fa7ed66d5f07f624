import { describe, expect, test } from 'vitest';
import { post as sendOnce } from '../../src/alerts/alerters/http.ts';
import { FileStateStore } from '../../src/alerts/file-state.ts';
import { outboxOf } from '../../src/alerts/outbox.ts';
import { alertSettings } from '../../src/alerts/settings.ts';
import { engine, hit, rule, START, savedText, tempFolder, until } from './support.ts';
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
      inStateWhenSent.push(savedText(dir).includes(`"id":"${key}"`));
      return fetch(input, init);
    };
    const alerts = await engine({ dir, rules: [rule(post(hook.url))], fetch: spy, settings: QUICK });
    alerts.consume([hit('all', 'a', START)], 1);
    await until(() => alerts.recent(1)[0]?.deliveries[0]?.state === 'sent', 'the delivery');
    await alerts.flush();
    expect(inStateWhenSent).toEqual([true]);
    expect(hook.received).toHaveLength(1);
    expect(hook.received[0]?.body).toMatchObject({ _id: 'a', service: 'api', num_hits: 1 });
    expect(outboxOf((await new FileStateStore(dir).read())!)).toEqual([]);
    expect(savedText(dir)).not.toContain(hook.url);
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

  test('stopping does not wait for a receiver: what it had not taken comes again with the same key', async () => {
    const dir = tempFolder();
    const hook = await webhook();
    hook.answers.push(() => {});
    const before = await engine({ dir, rules: [rule(post(hook.url))], settings: QUICK });
    before.consume([hit('all', 'a', START)], 1);
    await until(() => hook.received.length === 1, 'the request that is not answered');
    await before.stop(new AbortController().signal);
    await engine({ dir, rules: [rule(post(hook.url))], settings: QUICK });
    await until(() => hook.received.length === 2, 'the same message again');
    expect(hook.received[1]!.key).toBe(hook.received[0]!.key);
  });

  test('Retry-After is waited for', async () => {
    const hook = await webhook();
    hook.answers.push(status(429, { 'retry-after': '0.25' }));
    const alerts = await engine({ rules: [rule(post(hook.url))], settings: QUICK });
    alerts.consume([hit('all', 'a', START), hit('all', 'b', START)], 1);
    await until(() => hook.received.length === 3, 'three requests');
    expect(hook.received[1]!.at - hook.received[0]!.at).toBeGreaterThanOrEqual(240);
  });

  test('what waits for a rule that is gone for a while is delivered when it is back, and given up else', async () => {
    const hook = await webhook();
    const dir = tempFolder();
    let now = START + 60_000;
    const first = await engine({ dir, rules: [rule(post(hook.url))], now: () => now, mayNotify: () => false });
    first.consume([hit('all', 'a', START)], 1);
    await first.stop(AbortSignal.abort());
    const second = await engine({ dir, rules: [], now: () => now, settings: QUICK });
    await second.flush();
    expect(second.recent()[0]?.deliveries[0]?.state).toBe('pending');
    await second.stop(AbortSignal.abort());
    now += 1_800_000;
    const third = await engine({ dir, rules: [rule(post(hook.url))], now: () => now, settings: QUICK });
    await until(() => third.recent()[0]?.deliveries[0]?.state === 'sent', 'the delivery');
    third.consume([hit('all', 'b', START)], 2);
    third.replaceRules([]);
    now += 3_600_001;
    third.consume([], 3);
    await until(() => third.recent()[0]?.deliveries[0]?.state === 'dead', 'giving up');
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
    hook.answers.push(status(302));
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

  test('a full outbox drops of the rule that has most in it', async () => {
    const hang: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const rules = ['critical', 'noisy'].map(name =>
      rule(post('http://127.0.0.1:2/').replace('name: all', `name: ${name}`)),
    );
    const settings = { ...QUICK, max_outbox_notifications: 4, max_waiting_per_rule: 10 };
    const alerts = await engine({ rules, fetch: hang, settings });
    alerts.consume([hit('critical', 'c', START)], 1);
    for (let n = 0; n < 6; n++) alerts.consume([hit('noisy', `n${n}`, START)], n + 2);
    const states = alerts.recent(9).map(view => [view.rule, view.deliveries[0]?.state]);
    expect(states.filter(([, state]) => state === 'dropped')).toEqual([
      ['noisy', 'dropped'],
      ['noisy', 'dropped'],
      ['noisy', 'dropped'],
    ]);
    expect(states.at(-1)).toEqual(['critical', 'pending']);
  });

  test.for([
    ['500', (response: import('node:http').ServerResponse) => response.writeHead(500).end('no')],
    ['a broken connection', (response: import('node:http').ServerResponse) => response.destroy()],
  ] as const)('a message that always gets %s holds up none behind it, and is given up', async ([, answer]) => {
    const hook = await webhook();
    hook.answer = (body, response) => (body._id === 'poison' ? answer(response) : response.end('ok'));
    const settings = { ...QUICK, max_tries_alone: 3 };
    const alerts = await engine({ rules: [rule(post(hook.url))], settings });
    alerts.consume(
      ['poison', 'a', 'b', 'c'].map(id => hit('all', id, START)),
      1,
    );
    const stateOf = (id: string) => alerts.recent(100).find(view => view.event_id === id)?.deliveries[0];
    await until(() => ['a', 'b', 'c'].every(id => stateOf(id)?.state === 'sent'), 'the good ones');
    expect(stateOf('poison')?.state).toBe('retrying');
    // Others go on getting through: then it is the message.
    for (let n = 0; stateOf('poison')?.state !== 'dead' && n < 500; n++) {
      alerts.consume([hit('all', `later${n}`, START)], n + 2);
      await until(() => stateOf(`later${n}`)?.state === 'sent', 'a later one');
    }
    expect(stateOf('poison')).toMatchObject({ state: 'dead' });
    expect(stateOf('poison')?.last_error).toMatch(/while others got through/);
  });

  test('a message that hangs holds up none behind it for longer than it seems slow', async () => {
    const hook = await webhook();
    hook.answer = (body, response) => (body._id === 'poison' ? undefined : response.end('ok'));
    let shift = 0;
    const now = (): number => START + 60_000 + performance.now() + shift;
    const alerts = await engine({ rules: [rule(post(hook.url, 'http_post_timeout: 60\n'))], settings: QUICK, now });
    alerts.consume(
      ['poison', 'a', 'b'].map(id => hit('all', id, START)),
      1,
    );
    await until(() => hook.received.length === 1, 'the one that hangs');
    shift = 3000;
    alerts.consume([hit('all', 'c', START)], 2);
    await until(() => hook.received.length === 4, 'the others');
    expect(hook.received.map(one => one.body._id)).toEqual(['poison', 'a', 'b', 'c']);
  });

  test.for([302, 307])('%i is given up after a few tries, and says so', async status => {
    const hook = await webhook();
    hook.answer = (body, response) => (body._id === 'bad' ? response.writeHead(status).end('no') : response.end('ok'));
    const alerts = await engine({ rules: [rule(post(hook.url))], settings: { ...QUICK, max_refused_tries: 4 } });
    alerts.consume([hit('all', 'bad', START), hit('all', 'good', START)], 1);
    await until(() => alerts.recent(2)[1]?.deliveries[0]?.state === 'dead', 'giving up');
    expect(alerts.recent(2)[1]?.deliveries[0]).toMatchObject({
      attempts: 4,
      last_error: expect.stringMatching(/refused 4 times/),
    });
    expect(alerts.recent(2)[0]?.deliveries[0]?.state).toBe('sent');
    expect(hook.received.filter(one => one.body._id === 'bad')).toHaveLength(4);
  });

  test('after an outage all that waits leaves within the longest wait', async () => {
    const hook = await webhook();
    let isAway = true;
    hook.answer = (_body, response) => (isAway ? response.writeHead(503).end() : response.end('ok'));
    const settings = { ...QUICK, retry_max_ms: 200 };
    const alerts = await engine({ rules: [rule(post(hook.url))], settings });
    for (let n = 0; n < 20; n++) alerts.consume([hit('all', `e${n}`, START)], n + 1);
    await until(() => hook.received.length > 8, 'many tries');
    isAway = false;
    const back = performance.now();
    await until(() => alerts.recent(20).every(view => view.deliveries[0]?.state === 'sent'), 'all of them');
    // A busy machine may be slow; without the limit the ninth wait alone is longer.
    expect(performance.now() - back).toBeLessThan(2000);
    expect(alertSettings().retry_max_ms).toBeLessThanOrEqual(15_000);
  });

  test.for([
    [429, '120', 120_000],
    [429, '86400', 3_600_000],
    [503, '86400', 15_000],
    [503, 'soon', undefined],
  ] as const)('%i with Retry-After %s', async ([status, retryAfter, waitMs]) => {
    const answer = new Response('no', { status, headers: { 'retry-after': retryAfter } });
    const result = await sendOnce(
      { address: { url: 'http://127.0.0.1:2/', headers: {} }, headers: {}, body: '', timeoutMs: 1000 },
      { fetch: () => Promise.resolve(answer), idempotencyKey: 'k', signal: new AbortController().signal },
    );
    expect(result).toMatchObject({ ok: false, scope: 'place', retryAfterMs: waitMs });
  });

  test('a Retry-After of a rate limit is its own place only', async () => {
    const [limited, free] = [await webhook(), await webhook()];
    limited.answers.push(status(429, { 'retry-after': '3600' }));
    const text = `${ANY}alert:\n- post: { http_post_url: '${limited.url}' }\n- slack: { slack_webhook_url: '${free.url}' }\n`;
    const alerts = await engine({ rules: [rule(text)], settings: QUICK });
    alerts.consume(
      ['a', 'b', 'c'].map(id => hit('all', id, START)),
      1,
    );
    await until(() => free.received.length === 3, 'the free place');
    expect(limited.received).toHaveLength(1);
  });

  test('rules take turns at one place', async () => {
    const hook = await webhook();
    const rules = ['noisy', 'critical'].map(name => rule(post(hook.url).replace('name: all', `name: ${name}`)));
    const alerts = await engine({ rules, settings: QUICK });
    const noise = Array.from({ length: 50 }, (_, n) => hit('noisy', `n${n}`, START));
    alerts.consume([...noise, hit('critical', 'c', START)], 1);
    await until(() => hook.received.length === 51, 'all of them');
    expect(hook.received.findIndex(one => one.body._id === 'c')).toBeLessThan(3);
  });

  test('an address with user and password sends basic authentication; headers have one value each', async () => {
    const hook = await webhook();
    const url = hook.url.replace('http://', 'http://us%40er:p%3Aw@');
    const text = post(url, 'http_post_headers: { content-type: application/x-alert, X-Team: a }\n');
    const alerts = await engine({ rules: [rule(text)], settings: QUICK });
    alerts.consume([hit('all', 'a', START)], 1);
    await until(() => hook.received.length === 1, 'the delivery');
    const { headers } = hook.received[0]!;
    expect(headers.authorization).toBe(`Basic ${Buffer.from('us@er:p:w').toString('base64')}`);
    expect(headers['content-type']).toBe('application/x-alert');
    expect(headers['x-team']).toBe('a');
  });

  test('without an address alerts stay in the list', async () => {
    const alerts = await engine({ rules: [rule(`${ANY}alert: slack\nslack_webhook_url: $SLACK_WEBHOOK_URL\n`)] });
    alerts.consume([hit('all', 'a', START)], 1);
    expect(alerts.recent(1)[0]).toMatchObject({ rule: 'all', deliveries: [{ alerter: 'slack', state: 'log_only' }] });
  });
});

describe('a storm', () => {
  const QUIET = { ...QUICK, storm_interval_ms: 300 };

  test('becomes a few messages, and one with the number of all others', async () => {
    const hook = await webhook();
    const text = `${ANY}alert: slack\nslack_webhook_url: ${hook.url}\n`;
    const alerts = await engine({ rules: [rule(text)], settings: { ...QUIET, max_waiting_per_rule: 10 } });
    const storm = Array.from({ length: 20_000 }, (_, n) => hit('all', `e${n}`, START));
    alerts.consume(storm, 1);
    await until(() => hook.received.length === 10, 'the first ones');
    await until(() => {
      alerts.advance(0);
      return hook.received.length === 11;
    }, 'the one for the others');
    expect(hook.received[10]?.body.attachments[0].text).toMatch(/^\*api\*\n19,990 matches/);
    expect(alerts.recent(1)[0]).toMatchObject({ matches: 19_990 });
    expect(alerts.rulesStatus()[0]).toMatchObject({ hits: 20_000, matches: 20_000 });
    // It is over: the next one is told by itself.
    await until(() => {
      alerts.advance(0);
      return alerts.recent(1)[0]?.deliveries[0]?.state === 'sent';
    }, 'the delivery');
  });

  test('does not touch the alerts of other rules', async () => {
    const hook = await webhook();
    const rules = ['noisy', 'calm'].map(name => rule(post(hook.url).replace('name: all', `name: ${name}`)));
    const alerts = await engine({ rules, settings: { ...QUIET, max_waiting_per_rule: 10 } });
    const storm = Array.from({ length: 5000 }, (_, n) => hit('noisy', `e${n}`, START));
    alerts.consume([...storm, hit('calm', 'c', START)], 1);
    await until(() => hook.received.some(one => one.body._id === 'c'), 'the calm one');
  });

  test('survives a restart', async () => {
    const dir = tempFolder();
    const hook = await webhook();
    const rules = [rule(post(hook.url))];
    const first = await engine({ dir, rules, settings: { ...QUIET, max_waiting_per_rule: 1 } });
    first.consume(
      Array.from({ length: 50 }, (_, n) => hit('all', `e${n}`, START)),
      1,
    );
    await first.stop(AbortSignal.abort());
    const second = await engine({ dir, rules, settings: { ...QUIET, max_waiting_per_rule: 1 } });
    await until(() => {
      second.advance(0);
      return hook.received.some(one => one.body.left_out === 48);
    }, 'the one for the others');
    expect(hook.received.find(one => one.body.left_out === 48)?.body).toMatchObject({ num_matches: 49 });
  });

  test('while the receiver is away one message waits for all of them', async () => {
    const hook = await webhook();
    let isAway = true;
    hook.answer = (_body, response) => (isAway ? response.destroy() : response.end('ok'));
    const alerts = await engine({ rules: [rule(post(hook.url))], settings: { ...QUIET, max_waiting_per_rule: 5 } });
    for (let n = 0; n < 300; n++) alerts.consume([hit('all', `e${n}`, START)], n + 1);
    await until(() => hook.received.length > 2, 'some tries');
    isAway = false;
    await until(() => {
      alerts.advance(0);
      return hook.received.some(one => one.body.left_out === 294);
    }, 'the number of the others');
    const told = new Set(hook.received.map(one => one.key));
    expect(told.size).toBe(6);
  });

  test('of a common alert for a receiver of single matches is cut, with their number', async () => {
    const hook = await webhook();
    const text = `${post(hook.url)}aggregation: { seconds: 10 }\n`;
    let now = START;
    const alerts = await engine({
      rules: [rule(text)],
      now: () => now,
      settings: { ...QUIET, max_waiting_per_rule: 3 },
    });
    alerts.consume(
      Array.from({ length: 8 }, (_, n) => hit('all', `e${n}`, START)),
      1,
    );
    now += 10_001;
    alerts.advance(now);
    await until(() => hook.received.length === 3, 'three');
    expect(hook.received[0]?.body).toMatchObject({ left_out: 5, num_matches: 8 });
  });

  test('of a rule that is only logged fills neither the log nor the list', async () => {
    const alerts = await engine({
      rules: [rule(`${ANY}alert: slack\n`)],
      settings: { ...QUIET, max_waiting_per_rule: 10, recent_alerts: 1000 },
    });
    alerts.consume(
      Array.from({ length: 500 }, (_, n) => hit('all', `e${n}`, START)),
      1,
    );
    expect(alerts.recent(1000)).toHaveLength(10);
    await until(() => {
      alerts.advance(0);
      return alerts.recent(1)[0]?.matches === 490;
    }, 'the number of the others');
  });
});
