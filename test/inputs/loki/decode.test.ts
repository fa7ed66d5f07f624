import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unsnap } from '../../../src/base/snappy.ts';
import { decodeJsonPush, decodeProtobufPush, type LokiBody } from '../../../src/inputs/loki/decode.ts';
import { parseLabels } from '../../../src/inputs/loki/label-text.ts';
import { seeded } from '../../support/chance.ts';
import { part, snapped, writePush } from './write.ts';

interface Case {
  name: string;
  tenant?: string;
  streams: { stream: Record<string, string>; values: [string, string, Record<string, string>?][] }[];
  records: object[];
  times: number[];
}
const cases = readFileSync(new URL('./cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Case);

/** The same request in protobuf. */
const inProtobuf = (streams: Case['streams']): Buffer =>
  writePush(
    streams.map(({ stream, values }) => ({
      labels: `{${Object.entries(stream).map(([name, value]) => `${name}=${JSON.stringify(value)}`)}}`,
      entries: values.map(([time, line, metadata = {}]) => ({
        seconds: Number(time.slice(0, -9)),
        nanos: Number(time.slice(-9)),
        line,
        metadata: Object.entries(metadata),
      })),
    })),
  );

describe.for(cases)('$name', ({ streams, tenant, records, times }) => {
  test.for([
    ['JSON', () => decodeJsonPush(Buffer.from(JSON.stringify({ streams })), 10, tenant)],
    ['protobuf', () => decodeProtobufPush(inProtobuf(streams), 10, tenant)],
  ] as const)('%s', ([, decode]) => {
    const found = decode() as LokiBody;
    expect(JSON.parse(JSON.stringify(found.records))).toEqual(records);
    expect(found.times).toEqual(times);
  });
});

test('the older form of JSON', () => {
  const older = (ts: string) => ({ streams: [{ labels: '{app="shop"}', entries: [{ ts, line: 'x' }] }] });
  const read = (ts: string) => decodeJsonPush(Buffer.from(JSON.stringify(older(ts))), 10, undefined);
  expect(read('2026-11-20T13:55:36.123456789+01:00')).toMatchObject({
    records: [{ message: 'x', service: 'shop', labels: { app: 'shop' } }],
    times: [Date.parse('2026-11-20T12:55:36.123Z')],
  });
  expect(read('yesterday')).toEqual({ fault: expect.stringContaining('streams[0].values[0][0]') as unknown });
});

const value = (text: string) => `{"streams":[{"stream":{"a":"b"},"values":[["1","x"],${text}]}]}`;
test.for([
  ['no JSON', '{"streams":[', 'JSON'],
  ['a list', '[]', "'streams'"],
  ['no streams', '{}', "'streams'"],
  ['no stream', '{"streams":[{"values":[]}]}', 'streams[0].stream'],
  ['labels that are none', '{"streams":[{"stream":{"a":{}},"values":[]}]}', 'streams[0].stream'],
  [
    'too many labels',
    JSON.stringify({
      streams: [{ stream: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, ''])), values: [] }],
    }),
    'streams[0].stream',
  ],
  ['no values', '{"streams":[{"stream":{}}]}', 'streams[0].values'],
  ['a value that is none', value('1'), 'streams[0].values[1]'],
  ['a time as a number', value('[1,"x"]'), 'streams[0].values[1][0]'],
  ['a time that is none', value('["now","x"]'), 'streams[0].values[1][0]'],
  ['a line that is none', value('["1",{}]'), 'streams[0].values[1][1]'],
  ['metadata that is none', value('["1","x",["a"]]'), 'streams[0].values[1][2]'],
  ['too many events', value(Array.from({ length: 10 }, () => '["1","x"]').join()), 'crowd'],
] as const)('%s: nothing is taken, and the place is told', ([, body, told]) => {
  expect(decodeJsonPush(Buffer.from(body), 10, undefined)).toEqual({ fault: expect.stringContaining(told) as unknown });
});

const entries = (count: number) => Array.from({ length: count }, () => ({ line: 'x' }));
test.for([
  ['text', Buffer.from('hello'), 'protobuf'],
  ['a cut message', writePush([{ labels: '{}', entries: entries(1) }]).subarray(0, 8), 'protobuf'],
  ['labels that are none', writePush([{ labels: 'app', entries: [] }]), 'labels of stream 0'],
  ['too many events', writePush([{ labels: '{}', entries: entries(11) }]), 'crowd'],
  ['too many empty streams', Buffer.concat(Array.from({ length: 101 }, () => part(1, ''))), 'crowd'],
  [
    'too many pairs',
    writePush([{ labels: '{}', entries: [{ line: '', metadata: Array(101).fill(['', '']) }] }]),
    'crowd',
  ],
] as const)('in protobuf %s is refused', ([, body, told]) => {
  expect(decodeProtobufPush(body, 10, undefined)).toEqual({ fault: expect.stringContaining(told) as unknown });
});

test.for([
  ['{}', []],
  [
    '{ a = "b" , c="d", }',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    '{path="C:\\\\logs\\n\\u00e9\\x41\\101\\"", raw=`a\\b`}',
    [
      ['path', 'C:\\logs\né\x41A"'],
      ['raw', 'a\\b'],
    ],
  ],
  ['{a="}{"}', [['a', '}{']]],
  ['', undefined],
  ['{a="b"', undefined],
  ['{a="b" c="d"}', undefined],
  ['{a=b}', undefined],
  ['{a="\\q"}', undefined],
  ['{a="b"} x', undefined],
  ['{1a="b"}', undefined],
] as const)('labels %s', ([text, labels]) => {
  expect(parseLabels(text)).toEqual(labels);
});

test('labels of absurd length are none', () => {
  expect(parseLabels(`{a="${'x'.repeat(20_000_000)}"}`)).toBeUndefined();
  expect(parseLabels(`{${'a="",'.repeat(1001)}}`)).toBeUndefined();
  expect(parseLabels(`{a="${'x'.repeat(99_000)}"}`)).toHaveLength(1);
});

describe('snappy', () => {
  test.for([
    ['a short literal', '0510776f726c64', 'world'],
    ['a literal with a length of its own', '05f004776f726c64', 'world'],
    ['a copy of what came before', '0a10776f726c64120500', 'worldworld'],
  ] as const)('%s', ([, hex, text]) => {
    expect(unsnap(Buffer.from(hex, 'hex'), 100)?.toString()).toBe(text);
  });
  test.for([
    ['one byte of offset', '0a00611501'],
    ['two bytes of offset', '0a0061220100'],
    ['four bytes of offset', '0a00612301000000'],
  ] as const)('a copy that reaches into itself, with %s', ([, hex]) => {
    expect(unsnap(Buffer.from(hex, 'hex'), 100)?.toString()).toBe('aaaaaaaaaa');
  });
  test.for([
    ['an offset before the begin', '0a00612202 00'],
    ['an offset of nothing', '0a0061220000'],
    ['a copy beyond the end', '0900612201 00'],
    ['less than it says', '0b0061220100'],
    ['more than it says', '0410776f726c64'],
    ['a cut copy', '0a00612201'],
    ['a cut literal', '0a10776f72'],
    ['no length', 'ffffffffff'],
    ['nothing', ''],
  ] as const)('%s is none', ([, hex]) => {
    expect(unsnap(Buffer.from(hex.replace(' ', ''), 'hex'), 100)).toBeUndefined();
  });
  test('a length beyond the limit makes nothing', () => {
    expect(unsnap(Buffer.from('ffffffff0f00', 'hex'), 1000)).toBe('too_large');
    // Within the limit, and more than so few bytes can hold.
    expect(unsnap(Buffer.from('80ade2040461', 'hex'), 100_000_000)).toBeUndefined();
  });
});

test('whatever comes, it is read or refused', () => {
  const good = writePush([
    { labels: '{a="b"}', entries: [{ seconds: 1, line: 'good', metadata: [['c', 'd']] }, { line: '' }] },
  ]);
  const json = Buffer.from(value('["1","y",{"c":"d"}]'));
  for (let seed = 1; seed <= 400; seed++) {
    const random = seeded(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const spoilt = (bytes: Buffer): Buffer => {
      const copy = Buffer.from(bytes);
      for (let i = 0; i < 3; i++) copy[below(copy.length)] = below(256);
      return copy.subarray(0, copy.length - below(4));
    };
    for (const found of [
      decodeProtobufPush(spoilt(good), 10, undefined),
      decodeJsonPush(spoilt(json), 10, undefined),
    ]) {
      if ('fault' in found) continue;
      expect(found.times).toHaveLength(found.records.length);
      for (const { message } of found.records) expect(typeof message).toBe('string');
    }
    const plain = unsnap(spoilt(snapped(good)), 10_000);
    if (Buffer.isBuffer(plain)) expect(plain.length).toBeLessThanOrEqual(10_000);
  }
});
