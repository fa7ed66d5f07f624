import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { registry } from '../../src/core/metrics.ts';
import type { OtherJoiners } from '../../src/ingest/documents.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { lines as benchLines } from '../bench/lines/index.ts';
import {
  COLLECTORS,
  compare,
  dockerRecord,
  mutations,
  RECEIVED,
  type RecordOf,
  samples,
  set,
  shipped,
  Way,
} from './ways.ts';

/*
 * Lines that a pipeline of plain processors takes become documents by a function that is made for the pipeline. What running
 * the pipeline gives is the reference: the documents are the same to the byte, whatever the line is.
 */
const POD = {
  ...{ pod_name: 'shop-7f9c', namespace_name: 'prod', pod_id: 'a-b', host: 'node-1', container_name: 'web' },
  ...{
    labels: { 'app.kubernetes.io/name': 'shop', team: 'é "x"' },
    docker_id: '4f1c0b7c9b1d',
    container_image: 'nginx:1',
  },
};

const named = (pipeline: string): object => ({ ...POD, annotations: { 'longshore.io/pipeline': pipeline } });

/** Records that have more than Docker's least, the same in each of a stream or not. */
const RECORDS: Record<string, RecordOf> = {
  labels: (log, i) => ({
    ...dockerRecord(log, i),
    ...{ 'com.docker.compose.service': 'cart', 'com.docker.compose.project': 'shop' },
    ...{ labels: { team: 'shop' }, ENVIRONMENT: 'prod "é"', zone: 3, isCanary: true },
  }),
  'labels in front': (log, i) => ({ 'a.b': 'c', TIER: `t${i % 2}`, ...dockerRecord(log, i) }),
  'another tag, and an output': (log, i) => ({
    ...dockerRecord(log, i),
    stream: 'stdout',
    tag: 'docker.mine',
  }),
  pod: log => ({ log, stream: 'stdout', logtag: 'F', kubernetes: POD }),
  'pod that names a pipeline': (log, i) => ({
    log,
    stream: 'stdout',
    kubernetes: named(['mine', 'passing', 'none'][i % 3]!),
  }),
  'pod, message': (message, i) => ({ kubernetes: POD, stream: i % 2 === 0 ? 'stdout' : 'stderr', _p: 'F', message }),
  'pod, message and log': message => ({ kubernetes: POD, stream: 'stdout', message, log: 'other' }),
  'container and message': (message, i) => ({ ...dockerRecord('', i), log: undefined, message }),
  'another value in each': (log, i) => ({ ...dockerRecord(log, i), offset: i }),
  'now and then': (log, i) => ({ ...dockerRecord(log, i), NODE: 'a', ...(i % 7 === 0 ? { again: 'yes' } : {}) }),
  'names of the schema': (log, i) => ({ ...dockerRecord(log, i), level: 'warn', hostname: 'h1', user: { id: 'u' } }),
  'a time': (log, i) => ({ ...dockerRecord(log, i), time: new Date(RECEIVED - i).toISOString() }),
  service: (log, i) => ({ ...dockerRecord(log, i), service: 'own', tags: ['x'] }),
  secrets: (log, i) => ({ ...dockerRecord(log, i), DB: 'password=hunter2x', 'a.token': 'abcdef0123456789abcdef' }),
  'a secret name': (log, i) => ({ ...dockerRecord(log, i), DB_PASSWORD: 'hunter2x9' }),
  'names that pipelines set': (log, i) => ({ ...dockerRecord(log, i), area: 'a', agent: 'x', verb: 'GET', kind: 'k' }),
  'names that are none': (log, i) => ({
    ...dockerRecord(log, i),
    '': 'x',
    'a b': 'y',
    'c\u0000d': 'z',
    _id: 'i',
    list: [1],
  }),
  'large values': (log, i) => ({ ...dockerRecord(log, i), big: 'x'.repeat(3000), labels: { a: 'y'.repeat(40_000) } }),
  'no container': log => ({ log, source: 'stdout', host: 'h', program: 'p' }),
  ...COLLECTORS,
};

test.for([...samples])('%s: its samples, by its pipeline alone', ([name, lines]) => {
  compare(
    set.only(name)!,
    [...lines, ...lines.map(line => `${line} é "x"`), ...mutations(lines, 3, 7)],
    ['docker.x', 'app'],
  );
});

test('lines of many applications', () => {
  const lines = globSync(join(import.meta.dirname, '../parse/lines/*.yaml')).flatMap(path =>
    (parse(readFileSync(path, 'utf8')) as { line: string }[]).map(({ line }) => line),
  );
  const all = [...lines, ...[...samples.values()].flat()];
  const tags = [
    'docker.nginx:1.27',
    'docker.httpd',
    'docker.redis:7',
    'docker.mysql:8.4',
    'docker.4f1c0b7c9b1d',
    'app',
  ];
  const plain = compare(set, [...all, ...mutations(all, 2, 3)], tags);
  // Else nothing was compared with anything.
  expect(plain).toBeGreaterThan(all.length);
});

const OWN = [
  `match: { image: 'mine*' }
processors:
  - grok: { tag: access, field: message, patterns: ['%{COMBINEDAPACHELOG}'] }
  - date: { field: timestamp, formats: ['dd/MMM/yyyy:HH:mm:ss Z'] }
  - remove: { field: timestamp }
  - convert: { field: response, type: integer }
  - grok: { field: request, patterns: ['^/%{WORD:area}'] }`,
  `match: { image: 'outer*' }
processors:
  - set: { field: kind, value: outer }
  - pipeline: { name: inner }
  - set: { field: level, value: WARN }`,
  `processors: [{ grok: { field: message, patterns: ['^%{IP:ip_address} %{WORD:verb}'] } }]`,
  `match: { image: 'lenient*' }
processors:
  - pipeline: { name: inner, ignore_failure: true }
  - set: { field: kind, value: lenient }`,
  `match: { image: 'handled*' }
processors:
  - grok: { field: message, patterns: ['^%{IP:ip_address}'], on_failure: [{ set: { field: kind, value: unknown } }] }`,
  `match: { image: 'passing*' }
pass_unmatched: true
processors:
  - grok: { field: message, patterns: ['^%{IP:ip_address} %{WORD:verb}'] }`,
  // Each line finds them in another order, and some are taken away in between.
  `match: { image: 'orders*' }
processors:
  - grok: { field: message, patterns: ['^%{IP:a} \\S+ (?<b>\\S+)', '^(?<b>\\w+) (?<a>\\w+)'], ignore_failure: true }
  - remove: { field: b, if: "ctx.message.contains('POST')" }
  - grok: { field: message, patterns: ['"(?<c>[A-Z]+) (?<d>/\\w*)', '(?<d>\\d+) (?<c>\\d+)'], ignore_failure: true }
  - grok: { if: 'ctx.c == null', field: message, patterns: ['(?<d>\\w+)(?: (?<c>\\w+))?$'], ignore_failure: true }
  - grok: { if: 'ctx.b == null', field: message, patterns: ['(?<e>=\\w+)|(?<b>\\w)'], ignore_failure: true }
  - pipeline: { name: inner, if: "ctx.message.contains('GET')", ignore_missing_pipeline: true }
  - pipeline: { name: nowhere, if: "ctx.message.contains('HEAD')", ignore_missing_pipeline: true }`,
];

const FILES = OWN.map((text, i) => ({
  path: `pipelines/${['mine', 'outer', 'inner', 'lenient', 'handled', 'passing', 'orders'][i]}.yaml`,
  text,
}));
const own = loadPipelines([...FILES, ...shipped]);
/** Streams whose lines are written without running a pipeline. */
const CONSTANT = [
  ...['labels', 'labels in front', 'another tag, and an output', 'pod', 'pod, message', 'now and then'],
  'pod that names a pipeline',
  ...['no container', ...Object.keys(COLLECTORS)],
];

test.for(Object.entries(RECORDS))('records of another kind: %s', ([name, recordOf]) => {
  const access = samples.get('access-log')!;
  const lines = [...access, ...mutations(access, 2, 5), ...access.map(line => line.replace('GET /', 'GET /a/'))];
  const plain = compare(own, lines, ['docker.mine:1', 'docker.outer', 'docker.httpd', 'app'], recordOf);
  if (CONSTANT.includes(name)) expect(plain).toBeGreaterThan(lines.length);
  else if (!/container and|names that pipelines|another value|service/.test(name)) expect(plain).toBe(0);
});

test('lines that a grok does not match', async () => {
  const access = samples.get('access-log')!;
  const lines = [
    ...access,
    ...access.map(line => line.replace('GET /', 'GET x')),
    ...['203.0.113.9 GET /', '203.0.113.9', 'ERROR no stock', 'GET 203.0.113.9 POST', 'level=warn order=7'],
  ];
  const all = [...lines, ...mutations(lines, 4, 11)];
  const tagged = (name: string): number => compare(own, all, [`docker.${name}:1`]);
  expect(tagged('mine')).toBeGreaterThan(all.length);
  // A failure inside is one outside.
  expect(tagged('outer')).toBeGreaterThan(all.length);
  expect(tagged('orders')).toBeGreaterThan(all.length / 4);
  for (const name of ['lenient', 'handled', 'passing']) tagged(name);
  const failures = async (): Promise<number> => {
    const counted = await registry.getSingleMetric('longshore_pipeline_failures_total')!.get();
    return counted.values.find(({ labels }) => labels['pipeline'] === 'mine')?.value ?? 0;
  };
  const before = await failures();
  new Way(own, 'embedded', true, false).documents(['no access line'], 'docker.mine:1');
  expect((await failures()) - before).toBe(1);
});

test('lines that others may belong to, and events of several lines', () => {
  const lines = [...benchLines('java', 160, 3), ...benchLines('logfmt', 60, 4)].map(line =>
    line.replace(/\d{4}-\d\d-\d\d/, '2026-11-20'),
  );
  const recordOf: RecordOf = (log, i) => ({
    ...dockerRecord(log, 0),
    ...(i % 40 < 5 ? { container_id: 'another0b7c9' } : {}),
  });
  const plain = compare(set, [...lines, ...mutations(lines, 1, 13)], ['docker.shop', 'app'], recordOf);
  expect(plain).toBeGreaterThan(lines.length);
  // No pod is told from another one of its name without its sender.
  compare(set, lines, ['app'], log => ({
    log,
    stream: 'stdout',
    kubernetes: { pod_name: 'web', container_name: 'c' },
  }));
});

test('lines that another worker might have joined', () => {
  const lines = [...benchLines('java', 60, 5), ...samples.get('access-log')!, '{"msg":"x","n":1}'].map(line =>
    line.replace(/\d{4}-\d\d-\d\d/, '2026-11-20'),
  );
  const ours: OtherJoiners = { takePiece: () => false, takeLine: () => false };
  const [made, run] = [true, false].map(isPlain => new Way(set, 'embedded', isPlain, true, ours));
  for (const recordOf of [dockerRecord, COLLECTORS['syslog']!])
    expect(made!.documents(lines, 'app', recordOf)).toEqual(run!.documents(lines, 'app', recordOf));
  expect(made!.plain).toBeGreaterThan(lines.length / 2);
});

test('what a stream is learned by is counted by nobody', async () => {
  const total = async (name: string): Promise<number> =>
    (await registry.getSingleMetric(name)!.get()).values.reduce((sum, { value }) => sum + value, 0);
  const counted = async (): Promise<number> =>
    (await total('longshore_schema_adjusted_total')) + (await total('longshore_secrets_hidden_total'));
  const recordOf: RecordOf = (log, i) => ({
    ...dockerRecord(log, i),
    ...{ 'a.b': 'y'.repeat(40_000), 'a.c': 'password=hunter2x', REGION: 'eu' },
  });
  const rises: number[] = [];
  for (const isPlain of [true, false]) {
    const before = await counted();
    new Way(set, 'embedded', isPlain, false).documents(['one', 'two', 'three', 'four'], 'app', recordOf);
    rises.push((await counted()) - before);
  }
  expect(rises[0]).toBeGreaterThan(0);
  expect(rises[0]).toBe(rises[1]);
});
