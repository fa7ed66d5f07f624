import { expect, test } from 'vitest';
import { FirstLines } from '../../src/alerts/first-lines.ts';
import { engine, event, hit, rule, START, until } from './support.ts';
import { webhook } from './webhook.ts';

test('a burst is told with the line that began it, by key, and the next burst begins anew', async () => {
  const hook = await webhook();
  const text = `name: burst\ntype: frequency\nindex: docker-logs-*\nnum_events: 3\ntimeframe: { minutes: 1 }\nrealert: { minutes: 0 }\nquery_key: service\nalert: slack\nslack_webhook_url: ${hook.url}\n`;
  const alerts = await engine({ rules: [rule(text)], settings: { state_write_interval_ms: 10 } });
  const lines: [ms: number, service: string, message: string][] = [
    [0, 'api', 'too old'],
    [70_000, 'api', 'no memory'],
    [71_000, 'web', 'something else'],
    [72_000, 'api', 'request failed'],
    [73_000, 'api', 'request failed again'],
    [74_000, 'api', 'the next begins'],
    [75_000, 'api', 'x'],
    [76_000, 'api', 'y'],
  ];
  for (const [n, [ms, service, message]] of lines.entries())
    alerts.consume([hit('burst', `e${n}`, START + ms, { service, message })], n + 1);
  await until(() => hook.received.length === 2, 'two messages');
  const texts = hook.received.map(({ body }) => body.attachments[0].text);
  expect(texts[0]).toMatch(
    /First, at .*:01:10.000Z:\n```\nno memory\n```\nLatest, at .*:01:13.000Z:\n```\nrequest failed again\n```$/,
  );
  expect(texts[1]).toMatch(/First, at .*\n```\nthe next begins\n```\nLatest, .*\n```\ny\n```$/);
});

test('only so many keys and characters are kept, and a line that comes late counts where it belongs', () => {
  const lines = new FirstLines(60_000);
  const seen = (key: string, time: number, message: string) => ({
    id: 'i',
    key,
    time,
    event: event(START, { message }),
  });
  for (let n = 0; n < 300; n++) lines.add(seen(`k${n}`, 1000, 'x'.repeat(5000)));
  expect(lines.take('k99', 2000)).toBeUndefined();
  expect(lines.take('k299', 2000)?.message).toHaveLength(500);
  lines.add(seen('a', 5000, 'second'));
  lines.add(seen('a', 4000, 'first, but late'));
  expect(lines.take('a', 6000)).toEqual({ time: 4000, message: 'first, but late' });
  lines.add(seen('b', 5000, 'the match itself'));
  expect(lines.take('b', 5000)).toBeUndefined();
});
