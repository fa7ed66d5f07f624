import { describe, expect, test } from 'vitest';
import { type Fields, newFields } from '../../src/core/event.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { createConform } from '../../src/schema/conform.ts';

const META = { tag: 't', time: Number.NaN, receivedAt: Date.UTC(2026, 10, 20) };
const hide = (fields: object, options = {}): Fields =>
  createConform(options)(Object.assign(newFields(), structuredClone(fields)), META).fields;

/** What comes in, and what of it is stored. */
const CASES: [name: string, fields: object, stored: object][] = [
  ['the message', { message: 'login password=hunter2' }, { message: 'login password=***' }],
  ['colours within', { message: 'password\u001b[0m=\u001b[32mhunter2' }, { message: 'password=***' }],
  ['a field by its name', { password: 'my dog', user: 'kim' }, { password: '***', user: 'kim' }],
  ['a number by its name', { password: 123456, tokens: 5 }, { password: '***', tokens: 5 }],
  ['a list by its name', { authorization: ['Basic a2ltOg==', null] }, { authorization: ['Basic ***', null] }],
  [
    'within objects',
    { http: { headers: { 'X-Api-Key': 'abcd1234efgh' } } },
    { http: { headers: { 'X-Api-Key': '***' } } },
  ],
  [
    'texts within lists',
    { steps: ['pwd=hunter2', { note: 'token=abcdef123456' }] },
    { steps: ['pwd=***', { note: 'token=***' }] },
  ],
  ['the original', { event: { original: '{"password":"x y"}' } }, { event: { original: '{"password":"***"}' } }],
  [
    'a field that is not in the message',
    { message: 'hello', request: '/a?token=abcdef123456' },
    { request: '/a?token=***' },
  ],
  [
    'why a pipeline failed',
    { message: 'x', pipeline_error: 'p: fail: secret=abc' },
    { pipeline_error: 'p: fail: secret=***' },
  ],
  ['a field that is renamed', { _id: 'password=hunter2' }, { _id_: 'password=***' }],
];

describe('secrets in events', () => {
  test.for(CASES)('%s', ([, fields, stored]) => {
    expect(JSON.parse(JSON.stringify(hide(fields)))).toMatchObject(stored);
  });

  test('what a script throws is masked by the pipeline, and has no secrets where it is stored', () => {
    const set = loadPipelines([
      {
        path: 'p.yaml',
        text: [
          "match: { tag: '**' }",
          "mask: [{ pattern: 'user-\\d+', replace: X }]",
          'processors:',
          `  - script: { source: "throw new IllegalArgumentException('no such ' + ctx.message)" }`,
        ].join('\n'),
      },
    ]);
    const message = 'user-123 password=hunter2';
    const failed = set.run(Object.assign(newFields(), { message }), META)!;
    expect(hide(failed)).toMatchObject({
      message: 'X password=***',
      pipeline_error: 'p: script: IllegalArgumentException: no such X password=***',
    });
  });

  test('what is nested too deeply is text, and has none either', () => {
    let deep: object = { password: 'hunter2' };
    for (let i = 0; i < 40; i++) deep = { a: deep };
    expect(JSON.stringify(hide({ deep }))).not.toContain('hunter2');
  });

  test('the same name with another value is looked at again', () => {
    const conform = createConform({});
    const noteOf = (note: string) => conform(Object.assign(newFields(), { message: 'm', note }), META).fields['note'];
    expect([noteOf('all is well'), noteOf('all is well'), noteOf('password=abc'), noteOf('all is well')]).toEqual([
      'all is well',
      'all is well',
      'password=***',
      'all is well',
    ]);
  });

  test('they are kept when asked for', () => {
    const fields = { message: 'password=hunter2', password: 'x', a: { token: 'abcdef123456' } };
    expect(hide(fields, { hide_secrets: false })).toMatchObject(fields);
  });
});
