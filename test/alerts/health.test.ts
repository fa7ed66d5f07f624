import { expect, test } from 'vitest';
import { notificationsTotal } from '../../src/alerts/metrics.ts';
import type { Rule } from '../../src/alerts/rules/rule.ts';
import type { AlertStateChange, StateStore } from '../../src/alerts/state.ts';
import { statusOfState } from '../../src/alerts/views.ts';
import type { RuleStatus } from '../../src/core/api/alerts.ts';
import { configureLog } from '../../src/core/log.ts';
import { registry } from '../../src/core/metrics.ts';
import { engine, hit, rule, START } from './support.ts';

// What `GET /api/rules` says of a rule: each figure moves when it should, and only that of the rule.

configureLog('silent');

const burst = (name: string): Rule =>
  rule(
    `name: ${name}\ntype: frequency\nindex: docker-logs-*\nnum_events: 2\ntimeframe: { minutes: 1 }\nrealert: { minutes: 5 }\nquery_key: service\nalert: debug\n`,
  );

async function watched(rules: Rule[], settings: Record<string, number> = {}) {
  let main: AlertStateChange['main'] | undefined;
  const parts = new Map<string, readonly string[]>();
  const store: StateStore = {
    mayLag: false,
    read: async () => undefined,
    write: async change => {
      main = change.main;
      for (const name of change.parts.gone) parts.delete(name);
      for (const [name, lines] of change.parts.changed) parts.set(name, lines);
    },
  };
  const clock = { now: START };
  const alerts = await engine({ rules, now: () => clock.now, store, settings });
  let position = 0;
  return {
    /** An event that arrives now. */
    add(name: string, fields: Record<string, unknown> = {}, time = clock.now): void {
      alerts.consume([hit(name, `e${++position}`, time, fields)], position);
    },
    pass(seconds: number): void {
      clock.now += seconds * 1000;
      alerts.advance(clock.now);
    },
    of: (name: string): RuleStatus => alerts.rulesStatus().find(one => one.name === name)!,
    replace: (next: Rule[]): void => alerts.replaceRules(next),
    /** What a process shows that does not evaluate. */
    async elsewhere(name: string): Promise<RuleStatus> {
      await alerts.flush();
      return statusOfState(rules, { ...main!, parts: Object.fromEntries(parts) }, new Map(), clock.now).find(
        one => one.name === name,
      )!;
    },
  };
}

const limited = async (limit: string): Promise<number> => {
  const { values } = await registry.getSingleMetric('longshore_alert_limited_total')!.get();
  return values.filter(({ labels }) => labels['limit'] === limit).reduce((sum, { value }) => sum + value, 0);
};

test('hits, matches, alerts, what realert kept silent, and when', async () => {
  const seen = await watched([burst('one'), burst('other')]);
  expect(seen.of('one')).toMatchObject({ hits: 0, matches: 0, alerts: 0, suppressed: 0, active_alerts: 0 });
  for (let n = 0; n < 4; n++) seen.add('one');
  seen.pass(1);
  expect(seen.of('one')).toMatchObject({
    ...{ hits: 4, matches: 2, alerts: 1, suppressed: 1, active_alerts: 1 },
    last_alert: '2026-11-20T12:00:00.000Z',
    last_evaluation: '2026-11-20T12:00:01.000Z',
    silenced: [{ key: 'api', until: '2026-11-20T12:05:00.000Z' }],
  });
  expect(seen.of('other')).toMatchObject({ hits: 0, matches: 0, alerts: 0, suppressed: 0, silenced: [] });
  seen.pass(1);
  expect(seen.of('other').last_evaluation).toBe('2026-11-20T12:00:02.000Z');
});

test('late events, those of the future, and keys that are too many, with the metric of the limit', async () => {
  const seen = await watched([burst('one'), burst('other')], { max_keys_per_rule: 3 });
  const before = await limited('max_keys_per_rule');
  seen.add('other', { service: 'a' });
  seen.add('one', {}, START - 3_600_000);
  seen.add('one', {}, START + 3_600_000);
  expect(seen.of('one')).toMatchObject({ hits: 2, late: 1, future_events: 1, forgotten_keys: 0 });
  for (let n = 0; n < 10; n++) seen.add('one', { service: `s${n}` });
  expect(seen.of('one')).toMatchObject({ keys: 3, forgotten_keys: 7 });
  expect((await limited('max_keys_per_rule')) - before).toBe(7);
  // The limit of one rule is nobody else's.
  expect(seen.of('other')).toMatchObject({ late: 0, future_events: 0, keys: 1, forgotten_keys: 0 });
  seen.add('other', { service: 'a' });
  expect(seen.of('other')).toMatchObject({ matches: 1 });
});

test('the last failure, of the rule that failed', async () => {
  const broken = burst('one');
  const seen = await watched([
    {
      ...broken,
      kind: {
        ...broken.kind,
        open: (of, limits) => {
          const window = broken.kind.open(of, limits);
          window.add = () => {
            throw new Error('this event is too much');
          };
          return window;
        },
      },
    },
    burst('other'),
  ]);
  for (const name of ['one', 'one', 'other', 'other']) seen.add(name);
  expect(seen.of('one')).toMatchObject({ hits: 2, matches: 0, last_error: { what: 'this event is too much' } });
  expect(seen.of('other')).toMatchObject({ hits: 2, matches: 1 });
  expect(seen.of('other').last_error).toBeUndefined();
});

test('a reload keeps what was counted', async () => {
  const seen = await watched([burst('one')]);
  seen.add('one', {}, START - 3_600_000);
  seen.add('one');
  seen.add('one');
  seen.replace([burst('one'), burst('another')]);
  expect(seen.of('one')).toMatchObject({ hits: 3, matches: 1, alerts: 1, late: 1 });
});

test('a process that does not evaluate shows the same', async () => {
  const seen = await watched([burst('one')], { max_keys_per_rule: 3 });
  seen.add('one', {}, START - 3_600_000);
  seen.add('one', {}, START + 3_600_000);
  for (let n = 0; n < 8; n++) seen.add('one', { service: `s${n % 5}` });
  seen.pass(1);
  const { silenced: _, active_alerts: __, ...here } = seen.of('one');
  expect(here).toMatchObject({ late: 1, future_events: 1, last_evaluation: '2026-11-20T12:00:01.000Z' });
  expect(here.forgotten_keys).toBeGreaterThan(0);
  expect(await seen.elsewhere('one')).toMatchObject(here);
});

test('notifications are counted by what became of them', async () => {
  const total = async (outcome: string): Promise<number> =>
    (await notificationsTotal.get()).values.find(
      ({ labels }) => labels['alerter'] === 'debug' && labels['outcome'] === outcome,
    )?.value ?? 0;
  const before = await total('sent');
  const seen = await watched([burst('one')]);
  seen.add('one');
  seen.add('one');
  await expect.poll(async () => (await total('sent')) - before).toBe(1);
});
