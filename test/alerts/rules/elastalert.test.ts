import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Rule } from '../../../src/alerts/rules/rule.ts';
import { readElastAlert } from '../../../src/definitions/elastalert-folder.ts';

// A whole installation of ElastAlert, beside what its own loader makes of rules below their config.yaml; see elastalert/judge.py.

const FOLDER = join(import.meta.dirname, 'elastalert');
const verdict = JSON.parse(readFileSync(join(FOLDER, 'verdict.json'), 'utf8')) as Record<
  string,
  Record<string, unknown>
>;

function shown(
  rule: Rule,
  alerters: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Record<string, unknown> {
  const { options } = rule;
  return {
    ...Object.assign({}, ...Object.values(alerters)),
    ...options,
    name: rule.name,
    buffer_time: rule.bufferMs / 1000,
    run_every: rule.runEveryMs / 1000,
    realert: rule.realertMs / 1000,
    timestamp_field: rule.timestampField,
    query_key: rule.queryKey.join(','),
  };
}

test('rules get of config.yaml what they do not say themselves', () => {
  const { rules, leftOut, config } = readElastAlert(FOLDER, 'out', {});
  expect(leftOut).toEqual([]);
  const got = Object.fromEntries(
    rules.map(rule => {
      const all = shown(rule, config.alerters);
      return [rule.name, Object.fromEntries(Object.keys(verdict['plain']!).map(key => [key, all[key]]))];
    }),
  );
  expect(got).toEqual(verdict);
});

test('each option of config.yaml is carried over or named with the reason', () => {
  const { config } = readElastAlert(join(FOLDER, 'config.yaml'), 'out', {});
  const written = [...readFileSync(join(FOLDER, 'config.yaml'), 'utf8').matchAll(/^(\w+):/gm)].map(([, name]) => name!);
  const carried = [
    ...Object.keys(config.ruleDefaults),
    ...Object.values(config.alerters).flatMap(options => Object.keys(options)),
    ...config.leftBehind.map(({ option }) => option),
    'rules_folder',
    'scan_subdirectories',
    'alert_time_limit',
  ];
  expect(carried.toSorted()).toEqual(written.toSorted());
  expect(config.leftBehind.every(({ why }) => why.length > 10)).toBe(true);
  expect(config.leftBehind.find(({ option }) => option === 'es_host')?.where).toMatch(/config\.yaml:6$/);
});
