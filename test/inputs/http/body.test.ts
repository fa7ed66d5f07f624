import { describe, expect, test } from 'vitest';
import { decodeBody } from '../../../src/inputs/http/body.ts';
import { bytesOf, nested } from '../../support/bytes.ts';

const LIMITS = { max_events_per_request: 1000, max_nesting_depth: 32 };
const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const ABSURD = `{"b":{${Array.from({ length: 100_001 }, (_, i) => `"${i}":1`).join()}}}`;
const NAMES = JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`n${i}`, 1])));
const NDJSON = 'application/x-ndjson';

/** What a body holds, by its type. */
const TAKEN: { name: string; type?: string; body: string; records: unknown[]; bad?: unknown[] }[] = [
  { name: 'an object', body: '{"a":1}', records: [{ a: 1 }] },
  { name: 'an object over several lines', body: '{\n  "a": 1\n}\n', records: [{ a: 1 }] },
  { name: 'an array', body: ' [{"a":1},{"b":2}]', records: [{ a: 1 }, { b: 2 }] },
  { name: 'an empty array', body: '[]', records: [] },
  { name: 'lines, announced', type: NDJSON, body: '{"a":1}\n{"b":2}\n', records: [{ a: 1 }, { b: 2 }] },
  {
    name: 'lines, not announced',
    type: 'application/json; charset=UTF-8',
    body: '{"a":1}\r\n\r\n{"b":2}',
    records: [{ a: 1 }, { b: 2 }],
  },
  { name: 'an empty batch of lines', type: NDJSON, body: '\n', records: [] },
  {
    name: 'a bad line',
    type: NDJSON,
    body: '{"a":1}\n{"b":\n{"c":3}\n',
    records: [{ a: 1 }, { message: '{"b":' }, { c: 3 }],
    bad: [{ at: 2, reason: 'not_json' }],
  },
  {
    name: 'a bad line, not announced',
    body: '{"a":1}\nnope\n',
    records: [{ a: 1 }, { message: 'nope' }],
    bad: [{ at: 2, reason: 'not_json' }],
  },
  {
    name: 'elements that are no objects',
    body: '[{"a":1},"text",7,null,[1]]',
    records: [{ a: 1 }, { message: 'text' }, { message: '7' }, { message: 'null' }, { message: '[1]' }],
    bad: [
      { at: 2, reason: 'not_an_object' },
      { at: 3, reason: 'not_an_object' },
      { at: 4, reason: 'not_an_object' },
      { at: 5, reason: 'not_an_object' },
    ],
  },
  {
    name: 'elements that are no JSON',
    body: '[{"a":[1,"],{"]},{"b":NaN, "c": [2, 3]},"text", 7, {"d":-Infinity},{"e":1},]',
    records: [
      { a: [1, '],{'] },
      { message: '{"b":NaN, "c": [2, 3]}' },
      { message: 'text' },
      { message: '7' },
      { message: '{"d":-Infinity}' },
      { e: 1 },
    ],
    bad: [
      { at: 2, reason: 'not_json' },
      { at: 3, reason: 'not_an_object' },
      { at: 4, reason: 'not_an_object' },
      { at: 5, reason: 'not_json' },
    ],
  },
  {
    name: 'plain text is what it says it is, whatever its lines look like',
    type: 'text/plain',
    body: 'one\n42\n{"a":\n[1]\n{"a":1}',
    records: [{ message: 'one' }, { message: '42' }, { message: '{"a":' }, { message: '[1]' }, { a: 1 }],
  },
  {
    name: 'lines of JSON that are none',
    type: 'application/x-ndjson',
    body: 'one\n42',
    records: [{ message: 'one' }, { message: '42' }],
    bad: [
      { at: 1, reason: 'not_json' },
      { at: 2, reason: 'not_an_object' },
    ],
  },
  {
    name: 'a form as Fluentd has it',
    type: 'application/x-www-form-urlencoded',
    body: 'json=%7B%22a%22%3A%22x+y%22%7D',
    records: [{ a: 'x y' }],
  },
  {
    name: 'a form that is none (curl -d)',
    type: 'application/x-www-form-urlencoded',
    body: '{"a":"1+1=2"}',
    records: [{ a: '1+1=2' }],
  },
  { name: 'a vendor type', type: 'application/vnd.logs+json', body: '{"a":1}', records: [{ a: 1 }] },
  { name: 'a byte order mark', body: '\uFEFF{"a":1}', records: [{ a: 1 }] },
  {
    name: 'more names than an event has',
    body: `[{"a":1},${NAMES}]`,
    records: [{ a: 1 }, { message: NAMES }],
    bad: [{ at: 2, reason: 'too_many_names' }],
  },
  {
    name: 'more names somewhere inside than can be looked at',
    body: `[{"a":1},${ABSURD}]`,
    records: [{ a: 1 }, { message: ABSURD }],
    bad: [{ at: 2, reason: 'too_many_names' }],
  },
  {
    name: 'nested too deeply',
    body: `{"a":${DEEP}}`,
    records: [{ message: `{"a":${DEEP}}` }],
    bad: [{ at: 1, reason: 'too_deep' }],
  },
  {
    name: 'a line nested too deeply',
    type: NDJSON,
    body: `{"a":${DEEP}}\n{"b":2}`,
    records: [{ message: `{"a":${DEEP}}` }, { b: 2 }],
    bad: [{ at: 1, reason: 'too_deep' }],
  },
  { name: 'objects without line ends', body: '{"a":1}{"b":"}{"} {"c":3}', records: [{ a: 1 }, { b: '}{' }, { c: 3 }] },
  {
    name: 'objects without line ends, called JSON lines',
    type: NDJSON,
    body: '{"a":1}{"b":2}\n{"c":3}',
    records: [{ a: 1 }, { b: 2 }, { c: 3 }],
  },
  {
    name: 'objects over several lines, one behind the other',
    body: '{\n "a": 1\n}\n{\n "b": 2\n}',
    records: [{ a: 1 }, { b: 2 }],
  },
  {
    name: 'a bad one among objects without line ends',
    body: '{"a":1}{oops}[7]{"b":2}',
    records: [{ a: 1 }, { message: '{oops}' }, { message: '[7]' }, { b: 2 }],
    bad: [
      { at: 2, reason: 'not_json' },
      { at: 3, reason: 'not_an_object' },
    ],
  },
  {
    name: 'GELF',
    body: '{"version":"1.1","host":"h","short_message":"m","_user_id":"7"}',
    records: [{ message: 'm', host: 'h', user_id: '7' }],
  },
  { name: 'a lone surrogate', body: '{"a":"\\uD800"}', records: [{ a: '\uFFFD' }] },
];

const map = (n: number) => `81 a1'n' 0${n}`;

/** MessagePack, in the notation of `bytesOf`. */
const PACKED: { name: string; body: string; records: unknown[]; times?: number[]; bad?: unknown[] }[] = [
  { name: 'a map', body: map(1), records: [{ n: 1 }] },
  { name: 'an array of maps', body: `93 ${map(1)} ${map(2)} ${map(3)}`, records: [{ n: 1 }, { n: 2 }, { n: 3 }] },
  { name: 'an array of two maps', body: `92 ${map(1)} ${map(2)}`, records: [{ n: 1 }, { n: 2 }] },
  { name: 'an empty array', body: '90', records: [] },
  { name: 'maps one behind the other', body: `${map(1)} ${map(2)}`, records: [{ n: 1 }, { n: 2 }] },
  {
    name: 'entries of Fluent Bit',
    body: `92 d700 691ede8f 1dcd6500 ${map(1)} 92 ce691ede8f ${map(2)}`,
    records: [{ n: 1 }, { n: 2 }],
    times: [1763630735500, 1763630735000],
  },
  {
    name: 'entries with metadata',
    body: `92 92 d700 691ede8f 1dcd6500 80 ${map(1)} 92 92 cb3ff8000000000000 81 a1'm' 01 ${map(2)}`,
    records: [{ n: 1 }, { n: 2 }],
    times: [1763630735500, 1500],
  },
  {
    name: 'an array of entries',
    body: `92 92 01 ${map(1)} 92 02 ${map(2)}`,
    records: [{ n: 1 }, { n: 2 }],
    times: [1000, 2000],
  },
  {
    name: 'elements that are no maps',
    body: `94 ${map(1)} a4'text' c0 91 07`,
    records: [{ n: 1 }, { message: 'text' }, { message: 'null' }, { message: '[7]' }],
    bad: [2, 3, 4].map(at => ({ at, reason: 'not_an_object' })),
  },
  {
    name: 'nested too deeply, beside a good one',
    body: `92 81 a1'k' ${'91'.repeat(40)} 01 ${map(1)}`,
    records: [{ k: nested('[[[[[[[[[1]]]]]]]]]', 31) }, { n: 1 }],
  },
];

const REFUSED: { name: string; type?: string; body: string; code: string }[] = [
  { name: 'nothing', body: '', code: 'LS_INPUTS_BODY_EMPTY' },
  { name: 'white space', body: ' \n ', code: 'LS_INPUTS_BODY_EMPTY' },
  { name: 'truncated JSON', body: '{"a":1', code: 'LS_INPUTS_JSON_INVALID' },
  { name: 'a truncated array', body: '[{"a":1},\n{"b":2', code: 'LS_INPUTS_JSON_INVALID' },
  { name: 'a text', body: '"text"', code: 'LS_INPUTS_NOT_AN_OBJECT' },
  { name: '100,000 brackets', body: '['.repeat(100_000), code: 'LS_INPUTS_TOO_MANY_EVENTS' },
  { name: 'too many lines', type: NDJSON, body: '{}\n'.repeat(1001), code: 'LS_INPUTS_TOO_MANY_EVENTS' },
  { name: 'too many elements', body: `[${'1,'.repeat(1001)}1]`, code: 'LS_INPUTS_TOO_MANY_EVENTS' },
  {
    name: 'a form without json',
    type: 'application/x-www-form-urlencoded',
    body: 'a=b',
    code: 'LS_INPUTS_FORM_INVALID',
  },
  { name: 'a picture', type: 'image/png', body: '{"a":1}', code: 'LS_INPUTS_TYPE_UNKNOWN' },
  { name: 'a multipart form', type: 'multipart/form-data; boundary=x', body: '--x', code: 'LS_INPUTS_TYPE_UNKNOWN' },
  { name: 'truncated MessagePack', type: 'application/msgpack', body: '\x81', code: 'LS_INPUTS_MSGPACK_INVALID' },
  { name: 'JSON called MessagePack', type: 'application/msgpack', body: '{"a":1}', code: 'LS_INPUTS_MSGPACK_INVALID' },
  { name: 'MessagePack without events', type: 'application/x-msgpack', body: '', code: 'LS_INPUTS_BODY_EMPTY' },
  {
    name: 'another charset',
    type: 'application/json; charset=utf-16',
    body: '{"a":1}',
    code: 'LS_INPUTS_TYPE_UNKNOWN',
  },
];

describe('bodies', () => {
  test.for(TAKEN)('$name', ({ type, body, records, bad = [] }) => {
    const decoded = decodeBody(Buffer.from(body), type, LIMITS);
    expect(decoded.records.map(record => ({ ...record }))).toEqual(records);
    expect(decoded.bad).toEqual(bad);
    expect(decoded.invalidUtf8).toBe(false);
  });

  test.for(REFUSED)('refused: $name', ({ type, body, code }) => {
    expect(() => decodeBody(Buffer.from(body, 'latin1'), type, LIMITS)).toThrow(expect.objectContaining({ code }));
  });

  test.for(PACKED)('MessagePack: $name', ({ body, records, times, bad = [] }) => {
    const decoded = decodeBody(bytesOf(body), 'application/msgpack', LIMITS);
    expect(decoded.records.map(record => ({ ...record }))).toEqual(records);
    expect(decoded.times).toEqual(times ?? records.map(() => Number.NaN));
    expect(decoded.bad).toEqual(bad);
  });

  test.for([
    ['events', `dc0400 ${'80'.repeat(1024)}`],
    ['entries', `92 01 80`.repeat(1001)],
    ['values', `81 a1'k' dc ea60 ${'01'.repeat(60_000)}`],
  ])('MessagePack with too many %s is refused', ([, body]) => {
    expect(() => decodeBody(bytesOf(body!), 'application/msgpack', LIMITS)).toThrow(
      expect.objectContaining({ code: 'LS_INPUTS_TOO_MANY_EVENTS' }),
    );
  });

  test('invalid UTF-8 is replaced and said', () => {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    const decoded = decodeBody(body, undefined, LIMITS);
    expect(decoded.records[0]!['a']).toBe('\uFFFD(');
    expect(decoded.invalidUtf8).toBe(true);
  });

  test('records inherit nothing', () => {
    const { records } = decodeBody(
      Buffer.from('[{"__proto__":{"x":1},"in":{"__proto__":{"x":1}}}]'),
      undefined,
      LIMITS,
    );
    const record = records[0] as { [key: string]: Record<string, unknown> };
    expect(record['x']).toBeUndefined();
    expect(record['toString']).toBeUndefined();
    expect(record['in']!['x']).toBeUndefined();
    expect(Object.keys(record['in']!)).toEqual(['__proto__']);
  });
});

test('brackets in texts make no crowd, and those outside do', () => {
  const text = JSON.stringify([{ message: `"${'{['.repeat(20_000)}\\` }, { message: '\\"[' }]);
  expect(decodeBody(Buffer.from(text), 'application/json', LIMITS).records).toHaveLength(2);
  const crowd = `[{"a":"\\"","b":[${'[],'.repeat(20_000)}[]]}]`;
  expect(() => decodeBody(Buffer.from(crowd), 'application/json', LIMITS)).toThrow(/events/);
});
