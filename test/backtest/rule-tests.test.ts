import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type RuleTestResult, testRules } from '../../src/backtest/rule-tests/index.ts';
import type { LongshoreError } from '../../src/core/errors.ts';
import { configureLog } from '../../src/core/log.ts';

configureLog('silent');

const BURST = `name: burst
type: frequency
index: docker-logs-*
alert: debug
filter: [{ term: { level: ERROR } }]
query_key: service
num_events: 3
timeframe: { minutes: 1 }
realert: { minutes: 10 }
tests:
`;

const SILENCE = `name: silence
type: flatline
index: docker-logs-*
alert: debug
threshold: 1
timeframe: { minutes: 5 }
tests:
`;

const run = (text: string): Promise<RuleTestResult[]> =>
  testRules([{ path: 'r.yaml', text }], new Set(['r.yaml']), { env: {}, alerterDefaults: {} });

async function one(text: string): Promise<RuleTestResult> {
  const [result] = await run(text);
  return result!;
}

async function mistake(text: string): Promise<string> {
  const error = await run(text).then(
    () => undefined,
    (thrown: AggregateError) => thrown,
  );
  return (error!.errors as LongshoreError[])[0]!.message;
}

describe('tests inside of a rule', () => {
  test('a rule that compares with the day before: the events of the test are what was then', async () => {
    const rule = BURST.replace(
      'type: frequency',
      'type: spike\nspike_type: up\nspike_height: 2\nthreshold_ref: 2',
    ).replace('num_events: 3', 'compare_to: { days: 1 }');
    const text = `${rule}
  - start: 2026-11-20T12:00:00Z
    events:
      - { at: 3601s, repeat: 2, every: 1s, level: ERROR, service: api }
      - { at: 7201s, repeat: 9, every: 1s, level: ERROR, service: api }
      - { at: 90001s, repeat: 4, every: 1s, level: ERROR, service: api }
      - { at: 93601s, repeat: 9, every: 1s, level: ERROR, service: api }
      - { at: 97201s, repeat: 9, every: 1s, level: ERROR, service: api }
      - wait: 5m
    alerts: [{ at: 90060s, key: api, contains: ['A day before, between', 'it was 2.'] }]
`;
    expect(await one(text)).toMatchObject({ differences: [], passed: true });
  });

  test('times after the start, after the entry before, repeated, as ISO; waits; fields below `event`', async () => {
    expect(
      await one(
        `${BURST}
  - name: all ways to tell a time
    start: 2026-11-20T12:00:00Z
    events:
      - { at: +10s, level: ERROR, service: api }
      - { after: 5s, level: ERROR, service: api, message: second }
      - { at: 2026-11-20T12:00:20Z, event: { level: ERROR, service: api, at: here } }
      - wait: 1h
      - { repeat: 3, every: 500ms, level: ERROR, service: web }
    alerts:
      - { at: 20s, key: api, title: burst, matches: 1, num_hits: 3, contains: [at: here, 'At least 3 events'] }
      - { at: 2026-11-20T13:00:21Z, key: web, resolved: false }`.replace('[at: here,', "['at: here',"),
      ),
    ).toMatchObject({
      rule: 'burst',
      name: 'all ways to tell a time',
      where: 'r.yaml:12',
      passed: true,
      differences: [],
    });
  });

  test('what differs is told with line and time', async () => {
    const { passed, differences } = await one(`${BURST}
  - events:
      - { at: 0s, repeat: 3, every: 1s, level: ERROR, service: api }
      - { at: 0s, level: INFO }
    alerts:
      - at: 1s
        key: web
        title: other
        num_hits: 4
        contains: nowhere`);
    expect(passed).toBe(false);
    expect(differences).toEqual([
      'alert 1 (line 16): at: expected 1s, got 2s',
      'alert 1 (line 16): key: expected "web", got "api"',
      'alert 1 (line 16): title: expected "other", got "burst"',
      'alert 1 (line 16): num_hits: expected 4, got 3',
      expect.stringMatching(/^alert 1 \(line 16\): expected "nowhere" in its text, got "burst/),
      'the filter took 3 of 4 events',
    ]);
  });

  test('alerts too many and too few', async () => {
    const events =
      '      - { repeat: 3, level: ERROR, service: api }\n      - { repeat: 3, level: ERROR, service: web }';
    const many = await one(`${BURST}\n  - events:\n${events}\n    alerts: []`);
    expect(many.differences).toEqual([
      'expected no alert, got 2 alerts',
      'alert 1: not expected: at 0s, key "api", "burst"',
      'alert 2: not expected: at 0s, key "web", "burst"',
      'the filter took 6 of 6 events',
    ]);
    const few = await one(`${BURST}\n  - events:\n${events}\n    alerts: 3`);
    expect(few.differences[0]).toBe('expected 3 alerts, got 2 alerts');
    expect(await one(`${BURST}\n  - events:\n${events}\n    alerts: 2`)).toMatchObject({ passed: true });
  });

  test('silence is found by waiting', async () => {
    const text = `${SILENCE}
  - events: [{ at: 0s, message: alive }, wait: 5m]
    alerts: [{ at: 300s, key: null }]
  - events: [{ at: 0s, repeat: 10, every: 1m, message: alive }]
    alerts: []`.replace('wait: 5m]', '{ wait: 5m }]');
    const results = await run(text);
    expect(results.map(({ name, differences }) => [name, differences])).toEqual([
      ['test 1', []],
      ['test 2', []],
    ]);
  });

  test('a rule that is switched off is tested all the same', async () => {
    const text = `is_enabled: false\n${BURST}\n  - { events: [{ repeat: 3, level: ERROR }], alerts: [{ key: null }] }`;
    expect(await one(text)).toMatchObject({ passed: true });
  });

  test.each([
    [
      'tests: yes\n',
      'r.yaml:1: `tests` must be a list, not a boolean. Begin each test with `- events:`. (LS_ALERTS_TEST)',
    ],
    ['tests: [x]\n', 'r.yaml:1: a test must be a mapping.'],
    ['tests: [{ events: [] }]\n', 'r.yaml:1: a test expects nothing. Add `alerts`'],
    ['tests: [{ alerts: [] }]\n', 'r.yaml:1: a test needs `events`, a list.'],
    [
      'tests: [{ events: [], alerst: [], alerts: [] }]\n',
      'r.yaml:1: a test has no option `alerst`. Did you mean alerts?',
    ],
    ['tests: [{ events: [{ at: soon }], alerts: [] }]\n', 'r.yaml:1: "soon" is no time of a test. Write 30s'],
    ['tests: [{ events: [{ after: 5 }], alerts: [] }]\n', 'r.yaml:1: 5 is no duration.'],
    ['tests: [{ events: [{ repeat: 0 }], alerts: [] }]\n', 'r.yaml:1: `repeat` must be a whole number above 0.'],
    ['tests: [{ events: [{ repeat: 1000000 }], alerts: [] }]\n', 'r.yaml:1: `repeat` must be'],
    ['tests: [{ events: [{ wait: 900d }], alerts: [] }]\n', 'r.yaml:1: a test lasts longer than a year.'],
    ['tests: [{ events: [3], alerts: [] }]\n', 'r.yaml:1: an event must be a mapping or a text.'],
    ['tests: [{ events: [], alerts: [{ num_hits: many }] }]\n', 'r.yaml:1: `num_hits` must be a number.'],
    ['tests: [{ events: [], alerts: [{ time: 3s }] }]\n', 'r.yaml:1: an expected alert has no option `time`.'],
    ['tests: [{ events: [], alerts: none }]\n', 'r.yaml:1: `alerts` must be a list, not a text.'],
  ])('a mistake is told with its line: %s', async (tests, message) => {
    expect(await mistake(tests + BURST.replace('tests:\n', ''))).toContain(message);
  });

  test('a rule with mistakes of its own has no tests to run', async () => {
    await expect(run(BURST.replace('frequency', 'frequenzy'))).rejects.toThrow('rules have mistakes');
  });

  test.each(globSync('config/rules/**/*.yaml'))('the shipped %s passes its own', async path => {
    const text = readFileSync(path, 'utf8');
    const results = await testRules([{ path, text }], new Set([path]), { env: {}, alerterDefaults: {} });
    expect(results.length).toBeGreaterThan(0);
    expect(results.flatMap(({ differences }) => differences)).toEqual([]);
  });
});
