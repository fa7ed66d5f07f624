import { expect, test } from 'vitest';
import { decodeBulk } from '../../../src/inputs/elasticsearch/bulk.ts';
import { readFilterPath } from '../../../src/inputs/elasticsearch/filter-path.ts';
import { answerQuestion, greeting, isClient } from '../../../src/inputs/elasticsearch/start-questions.ts';
import { tagOfIndex } from '../../../src/inputs/elasticsearch/tag.ts';
import { seeded } from '../../support/chance.ts';
import { bulkCases } from './bulk-cases.ts';

const limits = { max_events_per_request: 10, max_nesting_depth: 64 };

test.for(bulkCases)('a bulk body: $name', ({ body, index, pipeline, items, refused }) => {
  const decode = () => decodeBulk(body, { index, pipeline }, limits);
  if (refused !== undefined) {
    expect(decode).toThrow(expect.objectContaining({ code: refused }));
    return;
  }
  const found = decode().map(({ action, index, id, pipeline, record, fault }) => [
    `${action} ${index} ${id ?? '-'} ${pipeline ?? '-'}`,
    fault?.type ?? JSON.parse(JSON.stringify(record)),
  ]);
  expect(found).toEqual(items);
});

test('whatever a bulk body holds, it is read or refused', () => {
  const bodies = bulkCases.map(one => one.body).filter(body => body.length < 2000);
  const lies = ['{"create":{"_index":"a"}}\n', '\n', '{', '}', '"', '\\u0000', '\ud800', '__proto__', '9e999', '[[[['];
  let taken = 0;
  for (let seed = 1; seed <= 3000; seed++) {
    const random = seeded(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    let body = bodies[below(bodies.length)]! + bodies[below(bodies.length)]!;
    for (let i = below(5); i > 0; i--) {
      const at = below(body.length + 1);
      body = body.slice(0, at) + lies[below(lies.length)] + body.slice(at + below(6));
    }
    try {
      for (const { record, fault, index, size } of decodeBulk(body, { index: 'a' }, limits)) {
        expect((record === undefined) !== (fault === undefined)).toBe(true);
        expect(index.isWellFormed() && size <= body.length).toBe(true);
        taken++;
      }
    } catch (error) {
      expect(error).toMatchObject({
        code: expect.stringMatching(/^LS_INPUTS_(BULK_INVALID|BODY_EMPTY|TOO_MANY_EVENTS)$/),
      });
    }
  }
  expect(taken).toBeGreaterThan(1000);
});

test.for([
  ['shop', 'shop'],
  ['logstash-2026.11.30', 'logstash'],
  ['fluentd-20261130', 'fluentd'],
  ['filebeat-8.15.0-2026.11', 'filebeat-8.15.0'],
  ['filebeat-8.15.0', 'filebeat-8.15.0'],
  ['hourly-2026-11-30-14', 'hourly'],
  ['logs-000001', 'logs'],
  ['.ds-logs-nginx.access-default-2026.11.30-000001', 'logs-nginx.access-default'],
  ['.ds-logs', '.ds-logs'],
  ['logs-nginx.access-default', 'logs-nginx.access-default'],
  ['<logstash-{now/d}>', 'logstash'],
  ['<logs-{now/d{yyyy.MM.dd|+09:00}}-web>', 'logs--web'],
  ['2026.11.30', '2026.11.30'],
] as const)('the index %s has the tag %s', ([index, tag]) => {
  expect(tagOfIndex(index)).toBe(tag);
  expect(tagOfIndex(index)).toBe(tag);
});

const answer = {
  errors: true,
  took: 3,
  items: [
    { index: { _id: '1', status: 201, _shards: { failed: 0 } } },
    { create: { _id: '2', status: 400, error: { type: 't' } } },
  ],
};
test.for([
  ['errors', { errors: true }],
  ['took,items.*.status', { took: 3, items: [{ index: { status: 201 } }, { create: { status: 400 } }] }],
  ['errors,items.*.error', { errors: true, items: [{ create: { error: { type: 't' } } }] }],
  ['items.create', { items: [{ create: answer.items[1]!.create }] }],
  ['**.type', { items: [{ create: { error: { type: 't' } } }] }],
  ['items.*.st*s', { items: [{ index: { status: 201 } }, { create: { status: 400 } }] }],
  ['items.**', { items: answer.items }],
  ['-items', { errors: true, took: 3 }],
  ['items,-items.*._*', { items: [{ index: { status: 201 } }, { create: { status: 400, error: { type: 't' } } }] }],
  ['nothing.of.it', {}],
] as const)('filter_path=%s', ([path, kept]) => {
  expect(readFilterPath(path)!(answer)).toEqual(kept);
});

test('a filter_path has a limit', () => {
  for (const path of [new Array(60).fill('a').join(','), 'a'.repeat(3000), ','])
    expect(() => readFilterPath(path)).toThrow(expect.objectContaining({ code: 'LS_INPUTS_FILTER_PATH' }));
  const hostile = readFilterPath(new Array(50).fill('**.a.**.b.**').join(','))!;
  expect(hostile(answer)).toEqual({});
});

test.for([
  ['GET', '_license', 200, '"basic"'],
  ['GET', '_xpack', 200, '"ilm"'],
  ['GET', '_cluster/health', 200, '"green"'],
  ['GET', '_nodes/http', 200, '"publish_address":"logs:9880"'],
  ['HEAD', '_index_template/filebeat', 404, 'resource_not_found'],
  ['GET', '_template/logstash', 404, 'resource_not_found'],
  ['PUT', '_template/logstash', 200, '{"acknowledged":true}'],
  ['PUT', '_component_template/x', 200, '{"acknowledged":true}'],
  ['GET', '_ilm/policy/x', 404, 'resource_not_found'],
  ['PUT', '_ilm/policy/x', 200, '{"acknowledged":true}'],
  ['GET', '_data_stream/x', 404, 'resource_not_found'],
  ['GET', '_cat/indices', 200, '""'],
  ['POST', 'logs/_refresh', 200, '_shards'],
  ['POST', '_refresh', 200, '_shards'],
] as const)('%s /%s is answered with %i', ([method, path, status, part]) => {
  const given = answerQuestion({ method, path, host: 'logs:9880', wantsJson: false });
  expect([given?.status, JSON.stringify(given?.body)]).toEqual([status, expect.stringContaining(part)]);
});

test.for([
  ['POST', '_search'],
  ['POST', 'logs/_search'],
  ['POST', '_monitoring/bulk'],
  ['PUT', '_cluster/settings'],
  ['POST', '_template/a/b'],
  ['GET', 'constructor'],
])('%s /%s is no question', ([method, path]) => {
  expect(answerQuestion({ method: method!, path: path!, host: undefined, wantsJson: true })).toBeUndefined();
});

test('the version is one that no Beat takes for too old', () => {
  const versionFor = (agent?: string) => (greeting(agent) as { version: { number: string } }).version.number;
  expect(versionFor()).toBe('8.19.0');
  expect(versionFor('Elastic-filebeat/8.15.1 (linux; amd64; x; y)')).toBe('8.19.0');
  expect(versionFor('Elastic-filebeat/9.2.1 (linux; amd64; x; y)')).toBe('9.2.0');
  expect(versionFor('Elastic-filebeat/999999.1.1')).toBe('8.19.0');
});

test.for([
  [{ accept: 'text/html,application/xhtml+xml,application/json;q=0.9', 'user-agent': 'Mozilla/5.0' }, false],
  [{ accept: '*/*', 'user-agent': 'curl/8.5' }, false],
  [{}, false],
  [{ accept: 'application/json' }, true],
  [{ accept: 'application/vnd.elasticsearch+json; compatible-with=9' }, true],
  [{ 'user-agent': 'logstash/8.15.0 (OS=Linux)', accept: '*/*' }, true],
  [{ 'user-agent': 'elasticsearch-ruby/8.15.0 (RUBY_VERSION: 3.2)' }, true],
  [{ 'user-agent': 'Vector/0.41.0 (x86_64)' }, true],
  [{ 'x-elastic-product-origin': 'logstash-output-elasticsearch' }, true],
] as const)('who asks for / with %o', ([headers, expected]) => {
  expect(isClient(headers)).toBe(expected);
});
