import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { fingerprint } from '../../../src/alerts/instances/fingerprint.ts';
import { keyLabels, labelsOf } from '../../../src/alerts/instances/labels.ts';
import { seeded } from '../../support/chance.ts';
import { reusablePort } from '../../support/free-port.ts';
import { requireOrSkip } from '../../support/services.ts';
import { rule, tempFolder } from '../support.ts';

test('no labels, and their order', () => {
  expect(fingerprint({})).toBe('cbf29ce484222325');
  expect(fingerprint({ a: '1', b: '2' })).toBe(fingerprint({ b: '2', a: '1' }));
  expect(fingerprint({ a: '1', b: '2' })).not.toBe(fingerprint({ a: '2', b: '1' }));
});

function alertmanager(): true | string {
  try {
    execFileSync('prometheus-alertmanager', ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return "there is none in PATH; Debian's prometheus-alertmanager has it";
  }
}

describe.runIf(requireOrSkip('Alertmanager', alertmanager()))('Alertmanager', () => {
  test('has the same fingerprints', { timeout: 300_000 }, async () => {
    const dir = tempFolder();
    writeFileSync(join(dir, 'a.yml'), 'route: { receiver: none }\nreceivers: [{ name: none }]\n');
    const port = await reusablePort();
    const args = [
      ...[`--config.file=${join(dir, 'a.yml')}`, `--storage.path=${dir}`, '--cluster.listen-address='],
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const child = spawn('prometheus-alertmanager', args, { stdio: 'ignore' });
    const exit = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await exit;
    });
    const url = `http://127.0.0.1:${port}/api/v2/alerts`;
    await vi.waitFor(async () => expect((await fetch(url)).ok).toBe(true), { timeout: 20_000, interval: 100 });
    const random = seeded(7);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const values = ['api', 'größe', '日本', '😀', 'a b', '"', '\\', '\u0000', 'x'.repeat(500), '\n', 'é'];
    const sets = Array.from({ length: 200 }, (_, n) => {
      const labels: Record<string, string> = { alertname: `n${n}` };
      for (let i = 0; i < random() * 5; i++) labels[pick(['a', 'B', '_c', 'service', 'z9'])] = pick(values);
      return labels;
    });
    const body = JSON.stringify(sets.map(labels => ({ labels })));
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200);
    const known = (await (await fetch(url)).json()) as { labels: Record<string, string>; fingerprint: string }[];
    expect(known).toHaveLength(sets.length);
    expect(known.filter(one => fingerprint(one.labels) !== one.fingerprint)).toEqual([]);
  });
});

describe('labels', () => {
  const keyed = (key: string) => rule(`name: r\ntype: any\nindex: docker-logs-*\nalert: debug\nquery_key: ${key}\n`);

  test.for([
    ['service', 'api', { service: 'api' }],
    ['service.keyword', 'api', { service: 'api' }],
    ['service', null, {}],
    ['service', '', {}],
    ['user_id', 42, { user_id: '42' }],
    ['[service, host]', 'api, h1', { service: 'api', host: 'h1' }],
    ['[service, host]', 'api, None', { service: 'api' }],
    ['[service, host]', 'a, b, h1', { 'service,host': 'a, b, h1' }],
    ['__proto__', 'x', JSON.parse('{"__proto__":"x"}')],
  ] as const)('of query_key %s: %s', ([key, value, labels]) => {
    const found = keyLabels(keyed(key), { key: value, event: undefined });
    expect(Object.entries(found)).toEqual(Object.entries(labels));
  });

  test('are those of the rule before those of the event; its name is its own', () => {
    const text =
      'query_key: service\nlabels: { service: mine, alertname: other, empty: "", n: 3, list: [1] }\nowner: kim\n';
    const one = rule(`name: r\ntype: any\nindex: docker-logs-*\nalert: debug\n${text}`);
    const labels = labelsOf(one, { service: 'api' });
    expect({ ...labels }).toEqual({ alertname: 'r', service: 'mine', owner: 'kim', n: '3' });
  });

  test('that are too long are cut, and stay two where they were two', () => {
    const [a, b] = ['a', 'b'].map(end =>
      keyLabels(keyed('user_id'), { key: 'x'.repeat(5000) + end, event: undefined }),
    );
    expect(a!['user_id']).toHaveLength(1000);
    expect(a!['user_id']).not.toBe(b!['user_id']);
  });
});
