import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { ACCESS_LOG, Longshore } from '../support/longshore.ts';
import { inProcess } from './in-process.ts';
import { longshore } from './support.ts';

interface Case {
  name: string;
  args?: string[];
  files: Record<string, string>;
  code: number;
  out?: string[];
  not?: string[];
}

const root = mkdtempSync(join(tmpdir(), 'longshore-check-'));
afterAll(() => rmSync(root, { recursive: true }));

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(root, 'case-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe('longshore check', () => {
  const cases = parse(readFileSync('test/cli/check-cases.yaml', 'utf8')) as Case[];
  test.each(cases)('$name', async ({ args = [], files, code, out = [], not = [] }) => {
    const cwd = folderWith(files);
    const found = await inProcess(['check', '--url', 'http://127.0.0.1:9', ...args], { cwd });
    for (const line of out) expect(found.out).toMatch(new RegExp(line, 'm'));
    for (const line of not) expect(found.out).not.toMatch(new RegExp(line, 'm'));
    expect({ code: found.code, err: found.err }).toEqual({ code, err: '' });
    expect(found.out).not.toContain('\x1b');
  });

  test('what is shipped has no mistakes; without Slack it says where alerts go', async () => {
    const { code, out } = await longshore(['check', '--url', 'http://127.0.0.1:9']);
    expect(code).toBe(0);
    expect(out).toContain('0 errors, 2 warnings');
    expect(out).toMatch(/^warning {2}config\/longshore\.yaml:\d+: the variable SLACK_WEBHOOK_URL is not set/m);
    expect(out).toMatch(/^warning {2}config\/rules\/error-burst\.yaml:\d+: slack_webhook_url is not set/m);
    const url = { SLACK_WEBHOOK_URL: 'https://hooks.example/T/B/X' };
    expect((await inProcess(['check', '--url', 'http://127.0.0.1:9'], { env: url })).out).toContain('0 warnings');
  });

  test('run refuses what check refuses, before anything is started', async () => {
    const cwd = folderWith({
      'config/longshore.yaml': 'http: { address: 0.0.0.0:9880 }\nevent: { clamp_past_days: 99 }\n',
    });
    const { code, err } = await longshore(['run'], { cwd });
    expect(code).toBe(1);
    expect(err).toMatch(/^ {2}config\/longshore\.yaml:1: http\.address: .*\(LS_WEB_TOKEN_REQUIRED\)$/m);
    expect(err).toMatch(/^ {2}config\/longshore\.yaml:2: event\.clamp_past_days: /m);
    expect(err).not.toContain('"msg"');
  });
});

describe('fields of rules', () => {
  const RULE = `name: slow
type: any
index: docker-logs-*
# respones is one letter from what nginx logs
filter:
  - query: { query_string: { query: 'respones:500 AND verb:GET AND kubernetes.pod_name:*' } }
query_key: labels.team
alert: debug
alert_text_args: [num_hits, timestamp, level]
`;

  test('those that no stored event has are named, when a longshore runs', async () => {
    const running = await Longshore.start({ rules: {}, pipelines: ACCESS_LOG });
    try {
      const sender = await ForwardSender.connect(running.ready.forward);
      const line = '203.0.113.9 - - [20/Nov/2026:13:55:36 +0000] "GET /x HTTP/1.1" 500 12 "-" "curl/8.5"';
      sender.message('docker.nginx', dockerRecord(line, { 'com.example.team': 'web' }), 'one');
      await sender.acknowledged(1);
      sender.close();
      const deadline = Date.now() + 10_000;
      let names: string[] = [];
      while (!names.includes('verb') && Date.now() < deadline) {
        names = ((await (await fetch(`${running.url}/api/fields`)).json()) as { fields: string[] }).fields;
      }
      expect(names).toEqual(expect.arrayContaining(['@timestamp', 'level', 'message', 'verb', 'response']));

      const cwd = folderWith({ 'config/rules/slow.yaml': RULE });
      const { code, out } = await inProcess(['check', '--url', running.url], { cwd });
      expect(code).toBe(0);
      expect(out).toMatch(
        /^warning {2}config\/rules\/slow\.yaml:6: the rule "slow" names the field respones, which no stored event has\.\n {9}Did you mean response\?$/m,
      );
      expect(out).toMatch(/^warning {2}config\/rules\/slow\.yaml:7: .* the field labels\.team, /m);
      expect(out).toMatch(/the field kubernetes\.pod_name, /);
      expect(out).not.toMatch(/the field (verb|num_hits|timestamp|@timestamp|level),/);

      const fine = folderWith({
        'config/rules/ok.yaml': RULE.replace('respones:', 'response:')
          .replace(/ AND kub[^']*/, '')
          .replace('labels.team', 'service'),
      });
      expect((await inProcess(['check', '--url', running.url], { cwd: fine })).out).toContain(
        `ok       fields of rules: all known to ${running.url}`,
      );
    } finally {
      await running.remove();
    }
  });
});
