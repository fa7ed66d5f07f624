import { expect, test } from 'vitest';
import { type EventMeta, type Fields, isFields, newFields } from '../../src/core/event.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { createConform } from '../../src/schema/conform.ts';
import { serialise } from '../../src/schema/serialise.ts';

/** Processors that put numbers of all types into an event; what stands in the stored JSON. */
const CASES: readonly [name: string, processors: string, message: string, stored: Record<string, unknown>][] = [
  [
    'json',
    '{ json: { field: message, target_field: j } }',
    '{"a":5.0,"b":[9007199254740993,{"c":1e3}]}',
    { j: { a: 5, b: ['9007199254740993', { c: 1000 }] } },
  ],
  [
    'json to the root',
    '{ json: { field: message, add_to_root: true } }',
    '{"a":-0.0,"b":12345678901234567890}',
    { a: 0, b: '12345678901234567890' },
  ],
  ['convert', '{ convert: { field: message, target_field: n, type: long } }', '5', { n: 5 }],
  [
    'convert of 64 bits',
    '{ convert: { field: message, target_field: n, type: long } }',
    '-9223372036854775808',
    { n: '-9223372036854775808' },
  ],
  ['convert to double', '{ convert: { field: message, target_field: n, type: double } }', '1500', { n: 1500 }],
  ['bytes', '{ bytes: { field: message, target_field: n } }', '2kb', { n: 2048 }],
  [
    'set',
    '{ set: { field: n.m, value: [5.0, 9007199254740993, { k: 1.0e3 }] } }',
    'x',
    { n: { m: [5, '9007199254740993', { k: 1000 }] } },
  ],
  [
    'copies',
    '{ set: { field: n, value: 5.0 } }, { set: { field: m, copy_from: n } }, { append: { field: m, value: 2.0 } }',
    'x',
    { n: 5, m: [5, 2] },
  ],
  [
    'templates',
    '{ set: { field: n, value: 5.0 } }, { set: { field: t, value: "{{n}} of {{#toJson}}n{{/toJson}}" } }',
    'x',
    { n: 5, t: '5 of 5' },
  ],
  ['a failure', '{ set: { field: n, value: 5.0 } }, { fail: { message: no } }', 'x', { n: 5, tags: ['_failfailure'] }],
  [
    'a handled failure',
    '{ json: { field: message, target_field: j } }, { fail: { message: no, on_failure: [{ set: { field: j.b, value: 7.0 } }] } }',
    '{"a":5.0}',
    { j: { a: 5, b: 7 } },
  ],
  [
    'lists',
    '{ split: { field: message, separator: ",", target_field: l } }, { foreach: { field: l, processor: { convert: { field: _ingest._value, type: double } } } }, { sort: { field: l } }',
    '3,1,2.5',
    { l: [1, 2.5, 3] },
  ],
  [
    'removed again',
    '{ set: { field: n, value: 5.0 } }, { rename: { field: n, target_field: o.p } }, { remove: { field: o } }',
    'x',
    {},
  ],
];

test.for(CASES)('%s: numbers are plain when the pipelines are done', ([, processors, message, stored]) => {
  const set = loadPipelines([{ path: 'a.yaml', text: `match: { tag: '**' }\nprocessors: [${processors}]` }]);
  const event = newFields();
  event['message'] = message;
  const got = set.run(event, META)!;
  expect(typedIn(got)).toEqual([]);
  const {
    message: _,
    tag,
    service,
    level,
    pipeline_error,
    ...rest
  } = JSON.parse(serialise(createConform()(got, META), 'id', 1, 'embedded')).fields ?? {};
  const { tags } = got;
  expect({ ...rest, ...(tags === undefined ? {} : { tags }) }).toEqual(stored);
});

test('what another pipeline leaves to the next one is plain as well', () => {
  const first = 'match: { tag: "**" }\npass_unmatched: true\nprocessors: [{ set: { field: n, value: 5.0 } }]';
  const second = 'match: { tag: "**" }\nprocessors: [{ set: { field: m, value: 1 } }]';
  const set = loadPipelines([
    { path: 'a.yaml', text: first },
    { path: 'b.yaml', text: second },
  ]);
  expect(JSON.stringify(set.run(newFields(), META))).toBe('{"n":5,"m":1}');
});

test('numbers in tests of pipelines have types, too, and are compared plain', () => {
  const text = `processors: [{ convert: { field: n, type: string, target_field: text } }]
tests: [{ input: { n: 5.0, o: { p: [9007199254740993] } }, expect: { n: 5, text: '5', o: { p: [9007199254740993] } } }]`;
  const [result] = loadPipelines([{ path: 'a.yaml', text }]).test({ conform: conformed });
  expect(result).toMatchObject({ passed: true, differences: [] });
});

const META: EventMeta = { tag: 't', time: Number.NaN, receivedAt: Date.UTC(2026, 10, 29) };
const conformed = (fields: Fields, meta: EventMeta): Fields => createConform()(fields, meta).fields;

/** Paths of what is neither text, number, boolean, null, list nor field map. */
function typedIn(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => typedIn(item, `${path}.${i}`));
  if (isFields(value)) return Object.entries(value).flatMap(([key, item]) => typedIn(item, `${path}.${key}`));
  return ['string', 'number', 'boolean', 'undefined'].includes(typeof value) || value === null ? [] : [path];
}
