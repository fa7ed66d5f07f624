import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inProcess as longshore } from './in-process.ts';

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

describe('import of pipelines', () => {
  const LOGSTASH =
    'filter { grok { match => { "message" => "%{WORD:w}" } } ruby { code => "x" } }\noutput { stdout {} }\n';
  const INGEST = '{"processors":[{"uppercase":{"field":"message"}}]}';
  writeFileSync(join(dir, 'shop.conf'), LOGSTASH);
  writeFileSync(join(dir, 'nginx.json'), INGEST);
  writeFileSync(join(dir, 'broken.conf'), 'filter {\n  grok { match => }\n}\n');
  writeFileSync(join(dir, 'fluent.conf'), '@include more.conf\n<match **>\n  @type null\n</match>\n');
  writeFileSync(join(dir, 'more.conf'), '<source>\n  @type forward\n</source>\n');
  writeFileSync(join(dir, 'shop.log'), 'hello\n!\n');

  test('a pipeline alone goes to standard output, what is said of it to standard error', async () => {
    const { code, out, err } = await run('ingest', 'nginx.json');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^# yaml-language-server: .*\n# From nginx\.json, .*\n\nmatch: \{ image: nginx\* \}\nprocessors:\n/,
    );
    expect(err).toMatch(/^1 pipeline with 1 processor, 0 not imported$/m);
  });

  test('files are written, loaded by check, never over others; what is missing is named and is exit code 1', async () => {
    const { code, out } = await run('logstash', 'shop.conf', '--out', 'shop', '--lines', 'shop.log');
    expect(code).toBe(1);
    expect(out).toMatch(/^warning +shop\.conf:1: ruby is not imported\.$/m);
    expect(out).toMatch(/^2 lines: 2 give the same event both ways, 0 differ$/m);
    expect(readFileSync(join(dir, 'shop/pipelines/shop.yaml'), 'utf8')).toMatch(
      /^ {2}# not imported: ruby \(shop\.conf:1\)/m,
    );
    expect(readFileSync(join(dir, 'shop/longshore.yaml'), 'utf8')).toMatch(/^# not imported: shop\.conf:1: ruby/m);
    // What the first line of the pipelines names.
    expect(JSON.parse(readFileSync(join(dir, 'shop/config/pipeline.schema.json'), 'utf8'))).toHaveProperty('$schema');
    const checked = await longshore(['check', '--offline', '--config', 'shop/longshore.yaml'], { cwd: dir });
    expect(checked.code, checked.out).toBe(0);
    const again = await run('logstash', 'shop.conf', '--out', 'shop');
    expect(again.code).toBe(1);
    expect(again.err).toMatch(/is there already; nothing was written.*LS_IMPORT_EXISTS/);
    expect((await run('logstash', 'shop.conf', '--out', 'shop', '--force')).out).toMatch(/^2 files written/m);
  });

  test('what is included is read', async () => {
    const { code, out } = await run('fluentd', 'fluent.conf');
    expect(code).toBe(0);
    expect(out).toMatch(/address: :24224/);
    expect(out).toMatch(/- drop: \{\}/);
  });

  test('lines that differ are shown, with exit code 1', async () => {
    writeFileSync(join(dir, 'add.conf'), 'filter { mutate { add_field => { "a" => "%{nobody} x" } } }');
    const { code, err } = await run('logstash', 'add.conf', '--lines', 'shop.log');
    expect(code).toBe(1);
    expect(err).toMatch(/^2 lines: 0 give the same event both ways, 2 differ$/m);
    expect(err).toMatch(/^ {2}shop\.log:1\n {4}a: there "%\{nobody\} x", here " x" \(Logstash leaves/m);
  });

  test.each([
    [['logstash'], 2, /name what to import/],
    [['logstash', 'nowhere.conf'], 1, /there is no nowhere\.conf/],
    [['logstash', 'broken.conf'], 1, /broken\.conf:2:19: a value is expected, and there is `\}`/],
    [['fluentd', 'broken.conf'], 1, /LS_IMPORT_SYNTAX/],
    [['ingest', 'shop.log'], 1, /LS_IMPORT_S/],
  ])('%j', async (args, code, says) => {
    const outcome = await run(...args);
    expect(outcome.code).toBe(code);
    expect(outcome.out + outcome.err).toMatch(says);
  });
});
