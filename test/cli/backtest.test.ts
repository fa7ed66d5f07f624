import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { BacktestAnswer } from '../../src/core/api/backtest.ts';
import { inProcess as longshore } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'longshore-backtest-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const BURST = `name: burst
type: frequency
index: docker-logs-*
alert: debug
filter: [{ term: { level: ERROR } }]
query_key: service
num_events: 3
timeframe: { minutes: 1 }
realert: { minutes: 10 }
alert_text: '{0} is broken'
alert_text_args: [service]
`;

/** Three days with a burst each, and what no rule wants. */
const EVENTS = [0, 1, 2]
  .flatMap(day =>
    Array.from({ length: 6 }, (_, i) => ({
      '@timestamp': new Date(Date.UTC(2026, 10, 20 + day, 12, 0, i)).toISOString(),
      level: i === 5 ? 'INFO' : 'ERROR',
      service: day === 2 ? 'web\u001b[31m' : 'api',
      message: `m${i}`,
    })),
  )
  .map(event => JSON.stringify(event))
  .join('\n');

describe('longshore backtest', () => {
  const rule = file('burst.yaml', BURST);
  const events = file('events.ndjson', EVENTS);

  test('tells when, how often a day, and what the message would read', async () => {
    const { code, out, err } = await longshore(['backtest', rule, '--events', events, '--messages']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^burst \(frequency, .*burst\.yaml:1\) would have fired 3 times$/m);
    expect(out).toContain('  15 events counted, 3 matches, 0 kept silent by realert\n');
    expect(out).toContain('  2026-11-20T12:00:02.000Z  api  burst  (3 events)\n');
    expect(out).toMatch(/messages a day; most on 2026-11-20: 1$/m);
    expect(out).toContain('    api is broken\n');
    expect(out).toContain('  To debug:\n');
    expect(out).toContain('"message":"m2"');
    expect(out).not.toContain('\x1b');
  });

  test('as JSON, from standard input, within a time', async () => {
    const args = ['backtest', rule, '--events', '-', '--json', '--from', '2026-11-21', '--to', '2026-11-21'];
    const { code, out } = await longshore(args, { stdin: EVENTS });
    const answer = JSON.parse(out) as BacktestAnswer;
    expect(code).toBe(0);
    expect(answer).toMatchObject({ from: '2026-11-21T00:00:00.000Z', to: '2026-11-21T23:59:59.999Z', mistakes: [] });
    expect(answer.rules).toMatchObject([
      { hits: 5, alerts: 1, fired: [{ key: 'api', at: '2026-11-21T12:00:02.000Z', title: 'burst', num_hits: 3 }] },
    ]);
  });

  test('a folder of rules, and one with a mistake in it', async () => {
    const rules = mkdtempSync(join(folder, 'rules-'));
    writeFileSync(join(rules, 'a.yaml'), BURST);
    writeFileSync(
      join(rules, 'b.yml'),
      BURST.replace('name: burst', 'name: all').replace('num_events: 3', 'num_events: 99'),
    );
    writeFileSync(join(rules, 'c.yaml'), BURST.replace('frequency', 'frequenzy'));
    const { code, out } = await longshore(['backtest', rules, '--events', events]);
    expect(code).toBe(1);
    expect(out).toMatch(/^skipped {2}.*c\.yaml:2: there is no rule type frequenzy/m);
    expect(out).toMatch(/^burst .* would have fired 3 times$/m);
    expect(out).toMatch(/^all .* would not have fired$/m);
  });

  test('two versions of a rule', async () => {
    const stricter = file(
      'stricter.yaml',
      BURST.replace('num_events: 3', 'num_events: 5').replace('{ minutes: 1 }', '{ seconds: 4 }'),
    );
    const { out } = await longshore(['backtest', '--diff', rule, stricter, '--events', events]);
    expect(out).toMatch(/^burst: 3 only in old, 0 only in new, 0 in both$/m);
    expect(out).toContain('  - 2026-11-20T12:00:02.000Z  api  burst  (3 events)\n');
    const same = await longshore(['backtest', '--diff', rule, rule, '--events', events, '--json']);
    expect(JSON.parse(same.out).differences).toMatchObject([{ only_old: [], only_new: [], both: [{}, {}, {}] }]);
  });

  test('what is missing is said', async () => {
    const missing = await longshore(['backtest', join(folder, 'nothing.yaml'), '--events', events]);
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('no file matches') });
    const noEvents = await longshore(['backtest', rule, '--events', join(folder, 'none.ndjson')]);
    expect(noEvents).toMatchObject({ code: 1, err: expect.stringContaining('LS_BACKTEST_EVENTS') });
    const alone = await longshore(['backtest', '--diff', rule, '--events', events]);
    expect(alone).toMatchObject({ code: 1, err: expect.stringContaining('--diff compares two files') });
  });
});

describe('longshore rules test', () => {
  const tests = `tests:
  - name: passes
    events: [{ repeat: 3, level: ERROR, service: api }]
    alerts: [{ key: api }]
  - name: fails
    events: [{ repeat: 2, level: ERROR, service: api }]
    alerts: [{ key: api }]
`;

  test('prints as tests of pipelines do; together with them, too', async () => {
    const path = file('tested.yaml', BURST + tests);
    const wanted = [
      `ok    ${path}:13 burst: passes`,
      `FAIL  ${path}:16 burst: fails`,
      '        expected 1 alert, got no alert',
      '        the filter took 2 of 2 events',
    ].join('\n');
    const own = await longshore(['rules', 'test', path]);
    expect(own).toMatchObject({ code: 1, out: `${wanted}\n1 passed, 1 failed\n`, err: '' });
    const both = await longshore(['test', 'pipelines/nginx.yaml', path]);
    expect(both.code).toBe(1);
    expect(both.out).toContain(wanted);
    expect(both.out).toMatch(/nginx/);
  });

  test('as JSON; the shipped ones pass', async () => {
    const { code, out } = await longshore(['rules', 'test', '--json']);
    expect(code).toBe(0);
    const results = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(results[0]).toMatchObject({ rule: 'Error burst', passed: true, where: expect.stringContaining('.yaml:') });
  });

  test('no test is no success, and a mistake names its line', async () => {
    const bare = await longshore(['rules', 'test', file('bare.yaml', BURST)]);
    expect(bare).toMatchObject({ code: 1, err: expect.stringContaining('no rule has tests') });
    const wrong = await longshore([
      'rules',
      'test',
      file('wrong.yaml', `${BURST}tests: [{ events: [{ at: soon }], alerts: [] }]\n`),
    ]);
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringMatching(/wrong\.yaml:12: "soon" is no time.*LS_ALERTS_TEST/),
    });
    const unknown = await longshore(['rules', 'tset']);
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("Did you mean 'test'?") });
  });
});
