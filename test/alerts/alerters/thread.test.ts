import { expect, test } from 'vitest';
import { engine, hit, rule, START, tempFolder, until } from '../support.ts';
import { webhook } from '../webhook.ts';

test('one alert is one thread of Slack from its first message to its end, also over a restart', async () => {
  const hook = await webhook();
  let posts = 0;
  hook.answer = (_, response) => response.end(`{"ok":true,"channel":"C1","ts":"${++posts}.0"}`);
  const text =
    `name: burst\ntype: any\nindex: docker-logs-*\nrealert: { minutes: 0 }\nquery_key: service\nresolve_after: { seconds: 30 }\nsend_resolved: true\n` +
    `alert: slack\nslack_bot_token: xoxb-1\nslack_api_url: ${hook.url}\nslack_channel_override: '#ops'\n`;
  const [dir, rules] = [tempFolder(), [rule(text)]];
  let now = START;
  const settings = { retry_min_ms: 10, retry_max_ms: 50, state_write_interval_ms: 10 };
  const first = await engine({ dir, rules, now: () => now, settings });
  first.consume([hit('burst', 'a', START, { service: 'api' }), hit('burst', 'b', START, { service: 'web' })], 1);
  await until(() => first.notifications('sent').length === 2, 'the first messages');
  await first.stop(AbortSignal.abort());

  const alerts = await engine({ dir, rules, now: () => now, settings });
  now += 5000;
  alerts.consume([hit('burst', 'c', now, { service: 'api', message: 'again' })], 2);
  await until(() => hook.received.length === 3, 'the answer in the thread');
  for (let ms = 0; ms <= 60_000; ms += 1000) {
    now += 1000;
    alerts.advance(now);
  }
  await until(() => hook.received.length === 7, 'the end of both');
  const ofApi = hook.received.filter(({ body }) => JSON.stringify(body).includes('api'));
  expect(ofApi.map(({ path, body }) => [path, body.channel, body.thread_ts, body.ts])).toEqual([
    ['/chat.postMessage', '#ops', undefined, undefined],
    ['/chat.postMessage', 'C1', '1.0', undefined],
    ['/chat.update', 'C1', undefined, '1.0'],
    ['/chat.postMessage', 'C1', '1.0', undefined],
  ]);
  expect(ofApi[2]?.body.attachments[0]).toMatchObject({ color: 'good', title: 'Resolved: burst' });
  // A new alert of the same key is a thread of its own.
  now += 1000;
  alerts.consume([hit('burst', 'd', now, { service: 'api' })], 3);
  await until(() => hook.received.length === 8, 'the next');
  expect(hook.received[7]?.body.thread_ts).toBeUndefined();
});
