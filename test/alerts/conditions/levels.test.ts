import { expect, test } from 'vitest';
import { engine, hit, rule, START, tempFolder } from '../support.ts';

const burst = (levels: string, more = ''): string =>
  `name: burst\ntype: frequency\nindex: docker-logs-*\nquery_key: service\nlevels: ${levels}\ntimeframe: { minutes: 5 }\nrealert: { minutes: 10 }\nalert: debug\n${more}`;

const LEVELS = '{ warning: { num_events: 3 }, critical: { num_events: 6 } }';

test('each level is an alert of its own; both, and what they count, survive a restart', async () => {
  const dir = tempFolder();
  const rules = [rule(burst(LEVELS))];
  const events = [1, 2, 3, 4, 5].map(n => hit('burst', `e${n}`, START + n * 1000));
  let alerts = await engine({ dir, rules });
  alerts.consume(events, 1);
  await alerts.stop(AbortSignal.abort());
  alerts = await engine({ dir, rules });
  alerts.consume([hit('burst', 'e6', START + 6000)], 2);
  expect(alerts.recent().map(({ num_hits }) => num_hits)).toEqual([6, 3]);
  expect([...alerts.instances()].map(({ labels }) => labels)).toEqual([
    { alertname: 'burst', service: 'api', severity: 'warning' },
    { alertname: 'burst', service: 'api', severity: 'critical' },
  ]);
  expect(new Set([...alerts.instances()].map(({ fingerprint }) => fingerprint)).size).toBe(2);
  const [status] = alerts.rulesStatus();
  expect(status).toMatchObject({ levels: ['warning', 'critical'], active_alerts: 2 });
  expect(status!.silenced.map(({ key }) => key)).toEqual(['api, severity=warning', 'api, severity=critical']);
});

test('an edited number keeps what was counted; alerts of a level that is gone are over', async () => {
  const alerts = await engine({ rules: [rule(burst(LEVELS))] });
  const count = (from: number, to: number, position: number): void => {
    for (let n = from; n <= to; n++) alerts.consume([hit('burst', `e${n}`, START + n * 1000)], position + n);
  };
  count(1, 5, 0);
  alerts.replaceRules([rule(burst('{ warning: { num_events: 3 }, critical: { num_events: 7 } }'))]);
  count(6, 7, 0);
  expect(alerts.recent().map(({ num_hits }) => num_hits)).toEqual([7, 3]);
  alerts.replaceRules([rule(burst('{ critical: { num_events: 7 } }'))]);
  expect([...alerts.instances()].map(({ labels, reason }) => [labels['severity'], reason])).toEqual([
    ['critical', undefined],
    ['warning', 'rule_changed'],
  ]);
});

test('other overrides begin anew, other numbers in them do not', () => {
  const of = (override: string) => rule(burst(LEVELS, `overrides: [${override}]\n`)).windowFingerprint;
  const one = of('{ match: { service: a }, levels: { critical: { num_events: 3 } } }');
  expect(of('{ match: { service: a }, levels: { critical: { num_events: 4 } } }')).toBe(one);
  expect(of('{ match: { service: b }, levels: { critical: { num_events: 3 } } }')).not.toBe(one);
  expect(rule(burst(LEVELS)).windowFingerprint).not.toBe(one);
});

test('a hostile key neither counts for another nor silences it', async () => {
  const alerts = await engine({ rules: [rule(burst('{ warning: { num_events: 1 }, critical: { num_events: 3 } }'))] });
  const keys = ['api, severity=warning', 'api\0critical', '__proto__', 'api', ''];
  for (const [n, service] of keys.entries()) alerts.consume([hit('burst', `e${n}`, START + n, { service })], n + 1);
  expect(alerts.recent()).toHaveLength(keys.length);
});

test('keys and memory stay bounded over all windows of a rule', async () => {
  const text = burst(LEVELS, 'overrides: [{ match: \'service=~"s.*"\', levels: { warning: { num_events: 2 } } }]\n');
  const settings = { max_keys_per_rule: 100, max_window_events: 400 };
  const alerts = await engine({ rules: [rule(text)], settings });
  for (let n = 0; n < 2000; n++)
    alerts.consume([hit('burst', `e${n}`, START + n, { service: `${n % 2 === 0 ? 's' : 'k'}${n}` })], n + 1);
  expect(alerts.rulesStatus()[0]!.keys).toBeLessThanOrEqual(200);
  expect(alerts.rulesStatus()[0]!.forgotten_keys).toBeGreaterThan(0);
});
