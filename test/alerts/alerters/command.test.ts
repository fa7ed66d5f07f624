import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SendContext } from '../../../src/alerts/alerters/alerter.ts';
import { loadRules } from '../../../src/alerts/rules/load.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { filtersToQuery } from '../../../src/store/query/filters.ts';
import { compilePredicate } from '../../../src/store/query/predicate.ts';
import { tempFolder } from '../support.ts';

const BASE = 'name: r\ntype: any\nindex: docker-logs-*\nalert: command\n';
const context: SendContext = { fetch, idempotencyKey: 'k', signal: new AbortController().signal };
const match: Fields = Object.assign(newFields(), {
  '@timestamp': '2026-11-20T12:00:00.000Z',
  message: '$(touch longshore-was-here); %(service)s {service} `id`',
  service: 'shop',
  nested: { code: 7 },
});

function loaded(text: string, allowsCommands = true) {
  return loadRules([{ path: 'rules/case.yaml', text: BASE + text }], {
    filters: filtersToQuery,
    predicate: node => compilePredicate(node, Date.now),
    alerterDefaults: {},
    env: {},
    allowsCommands,
  });
}

async function sent(text: string, alert = { rule: 'r', matches: [match] }, signal = context.signal) {
  const { rules, errors } = loaded(text);
  if (errors[0] !== undefined) throw errors[0];
  const [alerter] = rules[0]!.alerters;
  return alerter!.send(alerter!.render(alert)[0]!, { ...context, signal });
}

describe('command', () => {
  test('without alerts.allow_commands it runs nothing, and check says so', () => {
    const { rules, warnings } = loaded('command: [touch, /nowhere]\n', false);
    expect(rules[0]?.alerters[0]?.missing).toBe('alerts.allow_commands');
    expect(warnings[0]?.message).toMatch(/alerts.allow_commands is not set.*set it in the configuration/);
    expect(
      loaded('command: [touch]\nallow_commands: true\nalerts: { allow_commands: true }\n', false).rules[0]?.alerters[0]
        ?.missing,
    ).toBe('alerts.allow_commands');
  });

  test('arguments are filled in and reach the program as they are, without a shell', async () => {
    const file = join(tempFolder(), 'out');
    const program = `require('fs').writeFileSync(process.argv[1], JSON.stringify(process.argv.slice(2)))`;
    const words = [
      process.execPath,
      '-e',
      program,
      file,
      '%(message)s',
      '{service}',
      '{match[nested.code]}',
      '%(nope)s',
      'a b',
    ];
    expect(await sent(`command: ${JSON.stringify(words)}\nfail_on_non_zero_exit: true\n`)).toEqual({ ok: true });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([match['message'], 'shop', '7', '<MISSING VALUE>', 'a b']);
    expect(existsSync('longshore-was-here')).toBe(false);
  });

  test.for([
    ['pipe_match_json: true', /^\[\{"@timestamp": "2026.*"nested": \{"code": 7\}\}\]\n$/],
    ['pipe_alert_text: true\nalert_text: hello\nalert_text_type: alert_text_only', /^hello\n\n$/],
    ['pipe_match_json: false', /^$/],
  ] as const)('its input with %s', async ([more, want]) => {
    const file = join(tempFolder(), 'out');
    const program = `process.stdin.pipe(require('fs').createWriteStream(process.argv[1]))`;
    const words = [process.execPath, '-e', program, file];
    expect(await sent(`command: ${JSON.stringify(words)}\n${more}\n`)).toEqual({ ok: true });
    expect(readFileSync(file, 'utf8')).toMatch(want);
  });

  test.for([
    [
      'an exit that is not zero, where that counts',
      ['-e', 'console.error("sorry"); process.exit(3)'],
      'fail_on_non_zero_exit: true',
      { ok: false, scope: 'message', reason: 'it ended with 3: sorry' },
    ],
    ['an exit that is not zero, where it does not', ['-e', 'process.exit(3)'], '', { ok: true }],
    [
      'too long a time',
      ['-e', 'setInterval(() => {}, 1000)'],
      'command_timeout: 0.3',
      { ok: false, scope: 'message', reason: 'not done after 300 ms' },
    ],
  ] as const)('%s', async ([, words, more, want]) => {
    expect(await sent(`command: ${JSON.stringify([process.execPath, ...words])}\n${more}\n`)).toEqual(want);
  });

  test('a program that is not there is final, and one that reads nothing does no harm', async () => {
    expect(await sent('command: [/nowhere/at/all]\npipe_match_json: true\n')).toMatchObject({
      ok: false,
      isFinal: true,
    });
    const many = { rule: 'r', matches: Array.from({ length: 20_000 }, () => match) };
    expect(await sent('command: ["true"]\npipe_match_json: true\n', many)).toEqual({ ok: true });
  });

  test('it ends with the service', async () => {
    const stop = new AbortController();
    const words = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
    const result = sent(`command: ${JSON.stringify(words)}\n`, undefined, stop.signal);
    stop.abort();
    expect(await result).toMatchObject({ ok: false, reason: 'stopped' });
  });

  test('a line for a shell is a mistake', () => {
    expect(loaded("command: 'echo %(message)s | mail x'\n").errors[0]?.message).toMatch(/no shell runs here/);
  });
});
