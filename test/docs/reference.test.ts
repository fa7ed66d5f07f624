import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ALERTER_KINDS } from '../../src/alerts/alerters/index.ts';
import { COMMON_OPTIONS } from '../../src/alerts/rules/options.ts';
import { RULE_KINDS } from '../../src/alerts/types/index.ts';
import { MASK_PRESETS } from '../../src/parse/mask.ts';
import { MULTILINE_PRESETS } from '../../src/parse/multiline.ts';

const page = (name: string): string => readFileSync(`docs/reference/${name}.md`, 'utf8');

/** What stands in backticks in the first cells of a page's tables, below a heading. */
function rowsOf(text: string, column = 1): string[] {
  const cells = text
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(line => line.split(' | ')[column - 1]!);
  return cells.flatMap(cell => [...cell.matchAll(/`([^`]+)`/g)].map(match => match[1]!)).sort();
}

const section = (text: string, heading: string): string => text.split(`\n${heading}\n`)[1]!.split(/\n##+ /)[0]!;

test('masks.md has every preset', () => {
  const [, presets] = page('masks').split('| Preset |');
  expect(rowsOf(presets!)).toEqual([...MASK_PRESETS].sort());
});

test('multiline.md has every preset', () => {
  const [, presets] = page('multiline').split('| Preset |');
  expect(rowsOf(presets!)).toEqual([...MULTILINE_PRESETS].sort());
});

test('rules.md has every type with its options', () => {
  const types = section(page('rules'), '## What a rule looks for');
  expect(rowsOf(types)).toEqual(RULE_KINDS.map(kind => kind.type).sort());
  const options = RULE_KINDS.flatMap(kind => Object.keys(kind.options));
  expect(options.filter(option => !types.includes(`\`${option}\``))).toEqual([]);
});

test('rules.md has every option of every rule', () => {
  expect(rowsOf(section(page('rules'), '## Options of every rule'))).toEqual(Object.keys(COMMON_OPTIONS).sort());
});

/** Told once for all alerters. */
const IS_COMMON = /_(?:proxy(?:_login|_pass|_password)?|ca_certs|ignore_ssl_errors|timeout)$/;

test.for(ALERTER_KINDS)('alerters.md has every option of $type', ({ type, options }) => {
  const told = rowsOf(section(page('alerters'), `### ${type}`)).filter(name => !IS_COMMON.test(name));
  const known = Object.keys(options).filter(name => !IS_COMMON.test(name));
  expect(told).toEqual(known.sort());
});

/** What takes events in, in `src/inputs`. */
const OF_INPUTS = [
  ...['POST /api/deploys', 'POST /api/logs', 'POST /<tag>', 'POST /gelf', 'POST /v1/logs', 'POST /loki/api/v1/push'],
  ...['POST /services/collector/event', 'POST /services/collector/raw', 'POST /services/collector/ack'],
  ...['GET /services/collector/health', 'POST /_bulk', 'POST /:index/_bulk', 'POST /:index/_doc'],
];

test('http-api.md has every path of the API', () => {
  const source = globSync('src/web/{routes-*,login/routes}.ts')
    .map(path => readFileSync(path, 'utf8'))
    .join('\n');
  const paths = [...source.matchAll(/(?:\bapp\.(get|post)(?:<[^(]*>)?\(|\bpost\(app, )'([^']+)'/g)];
  const routes = paths.map(([, method = 'post', path]) => `${method.toUpperCase()} ${path}`);
  const told = rowsOf(page('http-api')).filter(cell => /^(GET|POST) /.test(cell));
  expect(routes.length).toBeGreaterThan(15);
  expect(told.filter(cell => !OF_INPUTS.includes(cell))).toEqual(routes.sort());
  expect(OF_INPUTS.filter(cell => !told.includes(cell))).toEqual([]);
});
