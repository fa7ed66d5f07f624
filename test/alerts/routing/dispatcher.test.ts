import { describe, expect, test } from 'vitest';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import { Dispatcher, type Flush } from '../../../src/alerts/routing/dispatcher.ts';
import { NotifyLog } from '../../../src/alerts/routing/notify-log.ts';
import { readAlerts } from '../../../src/alerts/routing/read-alerts.ts';
import { isInside } from '../../../src/alerts/routing/time-intervals.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-30T02:00:00Z');

const CONFIG = `
route: { receiver: a, group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 1h }
receivers:
- name: a
  webhook_configs: [{ url: 'http://127.0.0.1:1/' }]
  slack_configs: [{ api_url: 'http://127.0.0.1:1/' }]
`;

class Bench {
  now = START;
  readonly log = new NotifyLog();
  readonly gone: string[] = [];
  readonly limited: string[] = [];
  dispatcher: Dispatcher;

  constructor(text = CONFIG, limits = { maxAlerts: 1000, maxGroups: 100 }) {
    const { config, mistakes } = readRoutingConfig('alertmanager.yml', text);
    expect(mistakes).toEqual([]);
    this.dispatcher = new Dispatcher({
      config,
      log: this.log,
      silencing: () => [],
      limits,
      onGone: ({ fingerprint }) => this.gone.push(fingerprint),
      onLimit: limit => this.limited.push(limit),
    });
  }

  put(labels: Record<string, string>, times: { startsAt?: number; endsAt?: number } = {}): void {
    const iso = Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, new Date(ms).toISOString()]));
    for (const alert of readAlerts([{ labels, ...iso }], this.now, 5 * MINUTE)!.alerts)
      this.dispatcher.put(alert, this.now);
  }

  /** What is told up to a time, as `time kind: status of each alert`. `takes`: who takes it. */
  until(to: number, takes: (flush: Flush, kind: string) => boolean = () => true): string[] {
    const told: string[] = [];
    for (; this.now <= to; this.now += 1000) {
      for (const flush of this.dispatcher.due(this.now)) {
        const results = flush.tasks.map(task => {
          const isTaken = takes(flush, task.integration.kind);
          const states = task.alerts.map(
            ({ labels, endsAt }) => `${labels['i'] ?? ''}${endsAt === undefined ? '+' : '-'}`,
          );
          if (!task.isSilent)
            told.push(
              `${(this.now - START) / 1000} ${task.integration.kind}: ${states.join(' ')}${isTaken ? '' : ' failed'}`,
            );
          if (isTaken) this.dispatcher.told(task);
          return isTaken;
        });
        this.dispatcher.ended(flush, results.every(Boolean));
      }
    }
    return told;
  }
}

describe('when a group is told', () => {
  test('after group_wait, when it changed after group_interval, and again after repeat_interval', () => {
    const bench = new Bench();
    bench.put({ alertname: 'A', i: '1' }, { endsAt: START + 1000 * MINUTE });
    expect(bench.until(START + 40_000)).toEqual(['30 webhook: 1+', '30 slack: 1+']);
    bench.put({ alertname: 'A', i: '2' }, { endsAt: START + 1000 * MINUTE });
    expect(bench.until(START + 20 * MINUTE)).toEqual(['330 webhook: 1+ 2+', '330 slack: 1+ 2+']);
    expect(bench.until(START + 71 * MINUTE)).toEqual(['4230 webhook: 1+ 2+', '4230 slack: 1+ 2+']);
  });

  test('that an alert is over is told once, to those who want it, and then it is gone', () => {
    const bench = new Bench();
    bench.put({ alertname: 'A', i: '1' });
    bench.until(START + MINUTE);
    // Nobody spoke of it: it is over after resolve_timeout.
    expect(bench.until(START + 30 * MINUTE)).toEqual(['330 webhook: 1-']);
    expect(bench.dispatcher.alertCount).toBe(0);
    expect(bench.gone).toHaveLength(1);
    expect(bench.dispatcher.groupCount).toBe(0);
    bench.put({ alertname: 'A', i: '1' });
    expect(bench.until(bench.now + MINUTE)).toHaveLength(2);
  });

  test('whoever did not take it is told at the next interval, and only that one', () => {
    const bench = new Bench();
    bench.put({ alertname: 'A', i: '1' }, { endsAt: START + 1000 * MINUTE });
    expect(bench.until(START + MINUTE, (_, kind) => kind === 'slack')).toEqual([
      '30 webhook: 1+ failed',
      '30 slack: 1+',
    ]);
    expect(bench.until(START + 10 * MINUTE)).toEqual(['330 webhook: 1+']);
  });

  test('what is over before anybody was told is told to nobody', () => {
    const bench = new Bench();
    bench.put({ alertname: 'A', i: '1' }, { endsAt: START + 10_000 });
    expect(bench.until(START + 20 * MINUTE)).toEqual([]);
    bench.put({ alertname: 'A', i: '2' }, { startsAt: START, endsAt: bench.now - 1000 });
    expect(bench.dispatcher.alertCount).toBe(0);
  });

  test('an alert that has waited elsewhere is told at once', () => {
    const bench = new Bench();
    bench.put({ alertname: 'A', i: '1' }, { startsAt: START - MINUTE, endsAt: START + 1000 * MINUTE });
    expect(bench.until(START + 1000)).toHaveLength(2);
  });

  test('another dispatcher on the same log goes on: it repeats nothing', () => {
    const bench = new Bench();
    bench.put({ alertname: 'A', i: '1' }, { endsAt: START + 1000 * MINUTE });
    bench.until(START + MINUTE);
    const next = new Bench();
    Object.assign(next, { log: bench.log, now: bench.now });
    const { config } = readRoutingConfig('alertmanager.yml', CONFIG);
    next.dispatcher = new Dispatcher({
      config,
      log: bench.log,
      silencing: () => [],
      limits: { maxAlerts: 9, maxGroups: 9 },
      onGone: () => {},
      onLimit: () => {},
    });
    for (const alert of bench.dispatcher.alerts()) next.dispatcher.restore(alert, next.now);
    expect(next.until(START + 20 * MINUTE)).toEqual([]);
  });

  test('limits: more alerts and more groups than there may be are left out, and counted', () => {
    const bench = new Bench(CONFIG, { maxAlerts: 5, maxGroups: 2 });
    for (let i = 0; i < 4; i++) bench.put({ alertname: `A${i}` });
    expect(bench.limited).toEqual(['groups', 'groups']);
    for (let i = 0; i < 4; i++) bench.put({ alertname: 'A0', i: `${i}` });
    expect(bench.limited).toEqual(['groups', 'groups', 'alerts', 'alerts', 'alerts']);
    bench.until(START + 20 * MINUTE);
    expect(bench.dispatcher.alertCount).toBe(0);
  });

  test('a clock that is set back does not keep groups waiting', () => {
    const bench = new Bench();
    bench.put({ alertname: 'A', i: '1' }, { endsAt: START + 1000 * MINUTE });
    bench.now -= 60 * MINUTE;
    bench.dispatcher.setBack(60 * MINUTE);
    expect(bench.until(START - 59 * MINUTE)).toHaveLength(2);
  });
});

describe('time intervals', () => {
  const holds = (interval: string, time: string): boolean => {
    const text = `${CONFIG}time_intervals: [{ name: t, time_intervals: [${interval}] }]`;
    const { config, mistakes } = readRoutingConfig('alertmanager.yml', text);
    expect(mistakes).toEqual([]);
    return isInside(config.timeIntervals.get('t')!, Date.parse(time));
  };

  test.for([
    ['{}', '2026-11-30T02:00:00Z', true],
    ['{ times: [{ start_time: "09:00", end_time: "17:00" }] }', '2026-11-30T09:00:00Z', true],
    ['{ times: [{ start_time: "09:00", end_time: "17:00" }] }', '2026-11-30T17:00:00Z', false],
    ['{ times: [{ start_time: "09:00", end_time: "24:00" }] }', '2026-11-30T23:59:59Z', true],
    [
      '{ times: [{ start_time: "09:00", end_time: "17:00" }], location: America/New_York }',
      '2026-11-30T13:59:00Z',
      false,
    ],
    [
      '{ times: [{ start_time: "09:00", end_time: "17:00" }], location: America/New_York }',
      '2026-11-30T14:00:00Z',
      true,
    ],
    [
      '{ times: [{ start_time: "09:00", end_time: "17:00" }], location: America/New_York }',
      '2026-07-30T13:00:00Z',
      true,
    ],
    ['{ weekdays: ["monday:friday"] }', '2026-11-30T02:00:00Z', true],
    ['{ weekdays: ["saturday", "sunday"] }', '2026-11-30T02:00:00Z', false],
    ['{ weekdays: ["sunday"], location: America/New_York }', '2026-11-30T02:00:00Z', true],
    ['{ days_of_month: ["-1"] }', '2026-11-30T02:00:00Z', true],
    ['{ days_of_month: ["-1"] }', '2026-12-30T02:00:00Z', false],
    ['{ days_of_month: ["-3:-1"] }', '2028-02-27T02:00:00Z', true],
    ['{ days_of_month: ["-3:-1"] }', '2028-02-26T02:00:00Z', false],
    ['{ days_of_month: ["25:31"] }', '2027-02-28T02:00:00Z', true],
    ['{ days_of_month: ["29:31"] }', '2027-02-28T02:00:00Z', false],
    ['{ days_of_month: ["1:-2"] }', '2026-11-30T02:00:00Z', false],
    ['{ months: ["november:december"] }', '2026-11-30T02:00:00Z', true],
    ['{ months: ["1:3", "12"] }', '2026-11-30T02:00:00Z', false],
    ['{ years: ["2026"] }', '2026-11-30T02:00:00Z', true],
    ['{ years: ["2027:2030"] }', '2026-11-30T02:00:00Z', false],
    ['{ years: ["2027"], location: Asia/Seoul }', '2026-12-31T16:00:00Z', true],
    ['{ years: ["2027"] }, { months: [november] }', '2026-11-30T02:00:00Z', true],
    ['{ weekdays: ["monday"], months: ["december"] }', '2026-11-30T02:00:00Z', false],
  ] as const)('%s at %s: %s', ([interval, time, expected]) => {
    expect(holds(interval, time)).toBe(expected);
  });
});
