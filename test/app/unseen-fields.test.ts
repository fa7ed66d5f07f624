import { describe, expect, test } from 'vitest';
import { unseenFields } from '../../src/definitions/unseen-fields.ts';
import { foldersOf } from '../../src/definitions/user-files.ts';

const SEEN = ['@timestamp', 'level', 'service', 'http.status', 'labels.team', 'a.b.c'];
const unseen = (fields: string[], enabled = true) =>
  unseenFields([{ name: 'r', where: 'rules/r.yaml:1', enabled, fields }], [{ path: 'rules/r.yaml', text: TEXT }], SEEN);
const TEXT = `name: r
# htp.status in a comment is not the place
filter: [{ term: { htp.status: 500 } }]
query_key: [sevice]
`;

describe('fields that no stored event has', () => {
  test.each([
    ['a field that is there', 'level'],
    ['an object that has fields', 'a.b'],
    ["Elasticsearch's name of the exact text", 'service.keyword'],
    ['the other name of the time', 'timestamp'],
    ['what every alert knows', 'num_hits'],
    ['a wildcard that some field matches', 'http.*'],
    ['a name that events arrive with', 'service.name'],
    ['a name that events arrive with, of the exact text', 'log.level.keyword'],
    ['a path deeper than the store lists', 'a.b.c.d.e.f'],
  ])('not %s', (_, field) => {
    expect(unseen([field])).toEqual([]);
  });

  test('are told with the line that names them and the nearest name there is', () => {
    expect(unseen(['htp.status', 'sevice', 'colour', 'x.*'])).toEqual([
      { rule: 'r', field: 'htp.status', where: 'rules/r.yaml:3', near: 'http.status' },
      { rule: 'r', field: 'sevice', where: 'rules/r.yaml:4', near: 'service' },
      { rule: 'r', field: 'colour', where: 'rules/r.yaml:1', near: undefined },
      { rule: 'r', field: 'x.*', where: 'rules/r.yaml:1', near: undefined },
    ]);
  });

  test('not of a rule that is switched off', () => {
    expect(unseen(['sevice'], false)).toEqual([]);
  });
});

describe('the folders that files of pipelines and rules can appear in', () => {
  test.each([
    ['pipelines/*.yaml', [{ folder: 'pipelines', deep: false }]],
    ['/etc/longshore/{a,b}/*.yaml', [{ folder: '/etc/longshore', deep: true }]],
    ['pipelines/**/*.yaml', [{ folder: 'pipelines', deep: true }]],
    ['*.yaml', [{ folder: '.', deep: false }]],
    ['/*.yaml', [{ folder: '/', deep: false }]],
    ['one.yaml', [{ folder: '.', deep: false }]],
    ['rules/one.yaml', [{ folder: 'rules', deep: false }]],
  ])('%s', (pattern, folders) => {
    expect(foldersOf(pattern)).toEqual(folders);
  });

  test('each once', () => {
    expect(foldersOf(['r/a.yaml', 'r/*.yml', 'r/**/x.yaml'])).toEqual([{ folder: 'r', deep: true }]);
  });
});
