import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeGelf } from '../../../src/inputs/gelf/decode.ts';
import { unpack } from '../../../src/inputs/gelf/unpack.ts';

const docker = {
  version: '1.1',
  host: 'host1',
  short_message: 'cannot open',
  timestamp: 1795182936.123,
  level: 3,
  _command: 'nginx -g daemon off;',
  _container_id: 'c'.repeat(64),
  _container_name: 'shop-web-1',
  _created: '2026-11-20T13:00:00Z',
  _image_id: 'sha256:1',
  _image_name: 'nginx:1.27',
  _tag: 'cccccccccccc',
  '_com.docker.compose.service': 'web',
};
const of = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

const cases: [name: string, message: unknown, record: object, time?: number | undefined, faults?: string[]][] = [
  [
    'a message of a library',
    {
      version: '1.1',
      host: 'h',
      short_message: 'm',
      full_message: 'm\n at x',
      timestamp: 1795182936.5,
      level: 4,
      _a: 1,
      _b_c: 'd',
    },
    { host: 'h', message: 'm', full_message: 'm\n at x', level: 4, a: 1, b_c: 'd' },
    1795182936500,
  ],
  [
    "Docker's driver, stderr",
    docker,
    {
      ...{
        host: 'host1',
        message: 'cannot open',
        level: 3,
        command: 'nginx -g daemon off;',
        container_id: 'c'.repeat(64),
      },
      ...{
        container_name: 'shop-web-1',
        created: '2026-11-20T13:00:00Z',
        image_id: 'sha256:1',
        image_name: 'nginx:1.27',
      },
      ...{ tag: 'cccccccccccc', stream: 'stderr', labels: { 'com.docker.compose.service': 'web' } },
    },
    1795182936123,
  ],
  [
    "Docker's stdout leaves the level to the text",
    { _container_id: 'c', short_message: 'm', level: 6 },
    { message: 'm', container_id: 'c', stream: 'stdout' },
  ],
  [
    'stderr that names a lower level',
    { _container_id: 'c', short_message: 'a WARN b', level: 3 },
    { message: 'a WARN b', level: 'WARN', container_id: 'c', stream: 'stderr' },
  ],
  ['the level of others is theirs', { short_message: 'INFO', level: 3 }, { message: 'INFO', level: 3 }],
  [
    'no version, and a time as text',
    { host: 'h', short_message: 'm', timestamp: '1795182936.25' },
    { host: 'h', message: 'm' },
    1795182936250,
  ],
  [
    'a time that is none stays',
    { short_message: 'm', timestamp: 'yesterday' },
    { message: 'm', timestamp: 'yesterday' },
  ],
  ['only a long message', { full_message: 'all of it' }, { message: 'all of it' }],
  [
    'names that would meet',
    { short_message: 'm', host: 'h', _host: 'x', _message: 'y', _: 1 },
    { message: 'm', host: 'h', _host: 'x', _message: 'y', _: 1 },
  ],
  [
    'names of objects',
    '{"short_message":"m","___proto__":{"a":1},"_constructor":2}',
    { message: 'm', ['__proto__']: { a: 1 }, constructor: 2 },
  ],
  ['a mark of byte order', `\ufeff${of({ short_message: 'm' })}`, { message: 'm' }],
  ['no JSON', 'hello', { message: 'hello' }, undefined, ['not_json']],
  ['a list', '[1]', { message: '[1]' }, undefined, ['not_an_object']],
  [
    'too deep',
    `{"short_message":"m","_a":${'['.repeat(100)}${']'.repeat(100)}}`,
    { message: expect.stringContaining('[[[') as unknown },
    undefined,
    ['too_deep'],
  ],
];

test.for(cases)('%s', ([, message, record, time, faults = []]) => {
  const decoded = decodeGelf([Buffer.from(of(message))], 0);
  expect(decoded.records.map(one => JSON.parse(JSON.stringify(one)) as object)).toEqual([record]);
  expect(decoded.times).toEqual([time ?? Number.NaN]);
  expect(decoded.faults).toEqual(faults);
});

test('objects one behind the other, and what was cut', () => {
  expect(decodeGelf([Buffer.from('{"short_message":"a"}{"short_message":"b"}')], 0).records).toEqual([
    { message: 'a' },
    { message: 'b' },
  ]);
  expect(decodeGelf([Buffer.from('{"short_mess')], 9)).toMatchObject({
    records: [{ message: '{"short_mess', truncated_bytes: 9 }],
    faults: ['cut'],
  });
});

describe('compression', () => {
  const text = Buffer.from('{"short_message":"안녕"}'.repeat(10));
  test.for([
    ['none', text, text],
    ['gzip', gzipSync(text), text],
    ['zlib', deflateSync(text), text],
    ['zlib, another level', deflateSync(text, { level: 1 }), text],
    ['a bomb', gzipSync(Buffer.alloc(10_000_000)), 'too_large'],
    ['a bomb of zlib', deflateSync(Buffer.alloc(10_000_000)), 'too_large'],
    ['a text that is too long', Buffer.alloc(1001, 'x'), 'too_large'],
    ['cut gzip', gzipSync(text).subarray(0, 20), 'broken_compression'],
    [
      'broken zlib',
      Buffer.concat([deflateSync(text).subarray(0, 10), Buffer.from('xxxxxxxxxxxxxxx')]),
      'broken_compression',
    ],
    ['nothing', Buffer.alloc(0), Buffer.alloc(0)],
  ] as const)('%s', ([, payload, result]) => {
    expect(unpack(payload, 1000)).toEqual(result);
  });
});
