import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { longshore } from './support.ts';

const dir = mkdtempSync(join(tmpdir(), 'longshore-import-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const CONFIG = `rules_folder: $RULES
es_host: $ES_HOST
es_password: hush
run_every: { minutes: 1 }
buffer_time: { minutes: 15 }
realert: { minutes: 20 }
alert_time_limit: { hours: 1 }
slack_webhook_url: $SLACK_URL
smtp_host: mail.example.com
runbook: https://wiki.example.com
disable_rules_on_error: false
`;
const GOOD = `name: Good
type: frequency # a remark
index: docker-logs-*
num_events: 010
timeframe: { minutes: 1 }
filter: [{ term: { level: error } }]
alert: slack
alert_text: '{0}'
alert_text_args: [runbook]
`;
const FILES: Record<string, string> = {
  'ea/config.yaml': CONFIG,
  'ea/rules/good.yaml': GOOD,
  'ea/rules/deep/imports.yml': 'import: ../../shared/common.yaml\ntype: any\nalert: debug\nrealert: { minutes: 1 }\n',
  'ea/shared/common.yaml': 'index: docker-logs-*\n',
  'ea/rules/off.yaml': 'name: Asleep\ntype: any\nindex: docker-logs-*\nalert: debug\nis_enabled: no\n',
  'broken/bad.yaml': 'name: Bad\ntype: frequenzy\nindex: docker-logs-*\nalert: debug\n',
  'broken/tool.yaml': 'name: Eql\ntype: any\nindex: docker-logs-*\nalert: debug\nfilter: [{ eql: any where true }]\n',
};
for (const [path, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
}
const env = { RULES: 'rules', SLACK_URL: 'https://hooks.slack.com/services/T/B/secret' };
const run = (...args: string[]) => longshore(['import', ...args], { cwd: dir, env });

describe('import elastalert', () => {
  test('says what loads and what is left behind, and writes settings and rules that check takes', async () => {
    const { code, out } = await run('elastalert', 'ea', '--out', 'new/');
    expect(code).toBe(0);
    expect(out).toMatch(/^ok +ea\/rules\/good\.yaml:1: Good \(frequency\)$/m);
    expect(out).toMatch(/^ok .*Asleep \(any, switched off\)$/m);
    expect(out).toMatch(/es_host, es_password: events come from the stream/);
    expect(out).toMatch(/disable_rules_on_error: a rule that fails/);
    expect(out).toMatch(/^warning +ea\/config\.yaml:6: realert: ElastAlert takes no notice of it/m);
    expect(out).toMatch(/^2 rules load, 1 switched off, 0 with errors$/m);
    expect(out).not.toContain('hush');

    const kept = readFileSync(join(dir, 'new/rules/good.yaml'), 'utf8');
    expect(kept).toBe(GOOD);
    expect(existsSync(join(dir, 'new/shared/common.yaml'))).toBe(true);
    const settings = readFileSync(join(dir, 'new/longshore.yaml'), 'utf8');
    expect(settings).not.toContain('secret');
    expect(settings).toContain('slack_webhook_url: ${SLACK_URL}');
    expect(settings).toContain('alert_time_limit_ms: 3600000');
    expect(statSync(join(dir, 'new/longshore.yaml')).mode & 0o077).toBe(0);

    const checked = await longshore(['check', '--offline', '--config', 'new/longshore.yaml'], { cwd: dir, env });
    expect(checked.out).toMatch(/rules: .*Good/);
    expect(checked.out).toMatch(/^0 errors/m);
  });

  test('nothing that is there is written over', async () => {
    mkdirSync(join(dir, 'taken/rules'), { recursive: true });
    writeFileSync(join(dir, 'taken/rules/good.yaml'), 'mine');
    const { code, err } = await run('elastalert', 'ea/config.yaml', '--out', 'taken');
    expect(code).toBe(1);
    expect(err).toMatch(/taken\/rules\/good\.yaml: this file is there already; nothing was written/);
    expect(readFileSync(join(dir, 'taken/rules/good.yaml'), 'utf8')).toBe('mine');
    expect(existsSync(join(dir, 'taken/longshore.yaml'))).toBe(false);
  });

  test('a folder of rules will do; mistakes are told with their lines, and the exit code is 1', async () => {
    const { code, out } = await run('elastalert', 'broken');
    expect(code).toBe(1);
    expect(out).toMatch(/^error +broken\/bad\.yaml:2: there is no rule type frequenzy\./m);
    expect(out).toMatch(/^error +broken\/tool\.yaml:5: in the filter: eql asks Elasticsearch/m);
    expect(out).toMatch(/^0 rules load, 2 with errors$/m);
  });

  test.each([
    [['elastalert'], 2, /name what to import/],
    [['prometheus', 'x'], 2, /name what to import/],
    [['elastalert', 'nowhere'], 1, /there is no nowhere/],
  ])('%j', async (args, code, says) => {
    const outcome = await run(...args);
    expect(outcome.code).toBe(code);
    expect(outcome.out + outcome.err).toMatch(says);
  });
});
