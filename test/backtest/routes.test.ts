import { expect, test } from 'vitest';
import { readRoutingConfig } from '../../src/alerts/routing/config/read-config.ts';
import { Backtest } from '../../src/backtest/backtest.ts';
import { compileRules } from '../../src/backtest/compile.ts';
import type { TimedEvent } from '../../src/backtest/driven-engine.ts';
import { newFields } from '../../src/core/event.ts';

const RULES = `
name: Errors
type: frequency
index: docker-logs-*
filter: [{ query: { query_string: { query: 'level:ERROR' } } }]
num_events: 2
timeframe: { minutes: 5 }
query_key: service
resolve_after: { minutes: 10 }
labels: { team: shop }
alert: routes
`;
const DOWN = `
name: Down
type: any
index: docker-logs-*
filter: [{ query: { query_string: { query: 'level:FATAL' } } }]
query_key: service
resolve_after: { minutes: 30 }
alert: [routes]
`;
const LOUD = `
name: Loud
type: any
index: docker-logs-*
filter: [{ query: { query_string: { query: 'level:WARN' } } }]
alert: debug
`;

const ROUTING = `
route:
  receiver: ops
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
  routes:
  - { match: { team: shop }, receiver: shop, continue: true, mute_time_intervals: [night] }
  - { match: { team: shop }, receiver: ops }
inhibit_rules:
- { source_match: { alertname: Down }, target_match: { alertname: Errors }, equal: [service] }
time_intervals:
- { name: night, time_intervals: [{ times: [{ start_time: '00:00', end_time: '06:00' }] }] }
receivers:
- name: ops
  webhook_configs: [{ url: 'http://SECRET.test' }]
- name: shop
  slack_configs:
  - { api_url: 'http://SECRET.test', channel: c, send_resolved: true, text: '{{ range .Alerts }}{{ .Labels.service }} {{ end }}' }
`;

const START = Date.parse('2026-11-20T12:00:00Z');
const MINUTE = 60_000;

function events(...all: [minute: number, level: string, service: string][]): TimedEvent[] {
  return all.map(([minute, level, service], i) => {
    const time = START + minute * MINUTE + i * 10;
    const event = Object.assign(newFields(), {
      '@timestamp': new Date(time).toISOString(),
      level,
      service,
      message: 'm',
    });
    return { id: `e${i}`, time, event };
  });
}

async function backtest(given: readonly TimedEvent[], to: number, routing: string | null = ROUTING) {
  const files = [RULES, DOWN, LOUD].map((text, i) => ({ path: `rules/${i}.yaml`, text }));
  const read = routing === null ? undefined : readRoutingConfig('alertmanager.yml', routing);
  expect(read?.mistakes ?? []).toEqual([]);
  const run = new Backtest(compileRules(files, { env: {}, alerterDefaults: {} }), undefined, {
    messages: true,
    routing: read && { config: read.config, templates: [] },
    to: START + to * MINUTE,
  });
  await run.begin(START);
  await run.take(given);
  const answer = await run.finish();
  expect(answer.mistakes).toEqual([]);
  return { answer, told: Object.fromEntries((answer.receivers ?? []).map(one => [one.name, one.told])) };
}

const at = (minute: number, second = 0): string => new Date(START + minute * MINUTE + second * 1000).toISOString();

test('alerts of several keys are one message, and its end another; each receiver has its own', async () => {
  const burst = ['a', 'b', 'c'].flatMap(service =>
    [1, 1].map(minute => [minute, 'ERROR', service] as [number, string, string]),
  );
  const { answer, told } = await backtest(events(...burst), 60);
  expect(answer.receivers!.map(({ name, messages }) => [name, messages])).toEqual([
    ['shop', 2],
    ['ops', 2],
  ]);
  expect(told['shop']).toMatchObject([
    {
      at: at(1, 31),
      kind: 'slack',
      status: 'firing',
      group: { alertname: 'Errors' },
      firing: 3,
      resolved: 0,
      rules: ['Errors'],
    },
    { status: 'resolved', firing: 0, resolved: 3 },
  ]);
  expect(told['shop']![0]!.body).toBe('[FIRING:3] Errors (shop)\na b c');
  expect(JSON.parse(told['ops']![0]!.body!)).toMatchObject({ version: '4', status: 'firing', receiver: 'ops' });
  expect(JSON.stringify(answer)).not.toContain('SECRET');
});

test('what inhibits, keeps silent; what is over before its message is told of by nobody', async () => {
  const { told } = await backtest(
    events([1, 'FATAL', 'a'], [2, 'ERROR', 'a'], [2, 'ERROR', 'a'], [2, 'ERROR', 'b'], [2, 'ERROR', 'b']),
    20,
  );
  expect(told['ops']!.map(({ group, firing }) => [group['alertname'], firing])).toEqual(
    expect.arrayContaining([
      ['Down', 1],
      ['Errors', 1],
    ]),
  );
  expect(told['shop']![0]!.body).toBe('[FIRING:1] Errors (b shop)\nb');
});

test('a time interval mutes one receiver under the clock of the events', async () => {
  const night = 13 * 60;
  const { told } = await backtest(events([night, 'ERROR', 'a'], [night, 'ERROR', 'a']), night + 20);
  expect(told['shop']).toBeUndefined();
  expect(told['ops']).toMatchObject([{ status: 'firing' }, { status: 'resolved' }]);
});

test('a group that still waits at the end is told; without routes nothing is said of them', async () => {
  const late = events([5, 'ERROR', 'a'], [5, 'ERROR', 'a']);
  const { told } = await backtest(late, 5);
  expect(told['ops']).toMatchObject([{ status: 'firing' }]);
  expect((await backtest(late, 5, null)).answer).not.toHaveProperty('receivers');
  expect((await backtest(events([5, 'WARN', 'a']), 6)).answer.receivers).toEqual([]);
});
