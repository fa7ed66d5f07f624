import { describe, expect, test } from 'vitest';
import { MsgpackError } from '../../../src/base/msgpack/msgpack.ts';
import { MsgpackReader } from '../../../src/base/msgpack/read.ts';
import { MsgpackScanner } from '../../../src/base/msgpack/scan.ts';
import { encodeMsgpack, eventTime } from '../../../src/base/msgpack/write.ts';
import { bytesOf, nested } from '../../support/bytes.ts';
import { seeded } from '../../support/chance.ts';

const limits = { max_nesting_depth: 64, max_values_per_frame: 1_000_000 };

function readAll(bytes: Buffer, reader = new MsgpackReader(limits, [])): unknown {
  reader.begin(bytes, 0, bytes.length);
  const value = reader.readValue(0);
  expect(reader.atEnd).toBe(true);
  return value;
}

/** A random value of every type, and what the reader makes of it. */
function randomValue(random: () => number, depth: number): [given: unknown, read: unknown] {
  const below = (limit: number) => Math.floor(random() * limit);
  const text = () => 'aé각🚢'.repeat(below(30)).slice(0, below(90)).toWellFormed();
  const same = (value: unknown): [unknown, unknown] => [value, value];
  switch (below(depth > 0 ? 12 : 9)) {
    case 0:
      return same(null);
    case 1:
      return same(random() < 0.5);
    case 2:
      return same(Math.floor((random() - 0.5) * 2 ** below(54)));
    case 3:
      return same((random() - 0.5) * 10 ** below(200));
    case 4:
    case 5:
      return same(text());
    case 6: {
      const bytes = text();
      return [Buffer.from(bytes), bytes];
    }
    case 7: {
      const large = (1n << 53n) + BigInt(below(2 ** 32)) * 1_000_000_007n;
      const signed = random() < 0.5 ? -large : large;
      return [signed, String(signed)];
    }
    case 8: {
      const ms = below(4_294_967_296_000);
      return [eventTime(ms), new Date(ms).toISOString()];
    }
    default: {
      const items = Array.from({ length: below(random() < 0.1 ? 300 : 20) }, () => randomValue(random, depth - 1));
      if (random() < 0.4) return [items.map(([given]) => given), items.map(([, read]) => read)];
      const keys = items.map((_, i) => `${i}${text()}`);
      const given = items.map(([value], i) => [keys[i]!, value] as const);
      const read = Object.fromEntries(items.map(([, value], i) => [keys[i]!, value]));
      return [random() < 0.5 ? new Map(given) : Object.fromEntries(given), read];
    }
  }
}

test('what the writer writes, the reader reads, and the scanner knows where it ends', () => {
  const reader = new MsgpackReader(limits, []);
  for (let seed = 1; seed <= 150; seed++) {
    const [given, read] = randomValue(seeded(seed), 4);
    const bytes = encodeMsgpack(given);
    expect(JSON.stringify(readAll(bytes, reader))).toBe(JSON.stringify(read));
    expect(new MsgpackScanner().scan(Buffer.concat([bytes, bytes]), 0, bytes.length * 2, 1e9)).toBe(bytes.length);
  }
  expect(Object.values(reader.repairs).every(count => count === 0)).toBe(true);
});

const powers = [5, 7, 8, 15, 16, 31, 32, 52, 53].map(power => 2 ** power);
const integers = powers.flatMap(power => [-power - 1, -power, -power + 1, power - 1, power, power + 1]);
const lengths = [0, 1, 15, 16, 31, 32, 33, 255, 256, 65_535, 65_536];

test('numbers around each boundary come back', () => {
  for (const number of [0, ...integers.filter(Number.isSafeInteger), 0.5, -1e300, 5e-324, 2 ** 60, 1.5])
    expect(readAll(encodeMsgpack(number))).toBe(number);
  for (const integer of [2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n, -(2n ** 53n), -(2n ** 63n)])
    expect(readAll(encodeMsgpack(integer))).toBe(String(integer));
  for (const integer of [0n, 127n, -32n, -33n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n])
    expect(readAll(encodeMsgpack(integer))).toBe(Number(integer));
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(readAll(encodeMsgpack(number))).toBe(String(number));
  expect(readAll(encodeMsgpack(undefined))).toBeNull();
});

test.for(lengths)('texts, bytes, arrays and maps of %i come back', length => {
  const text = 'x'.repeat(length);
  const list = Array.from({ length }, (_, i) => i % 7);
  const map = Object.fromEntries(list.map((value, i) => [`k${i}`, value]));
  expect(readAll(encodeMsgpack(text))).toBe(text);
  expect(readAll(encodeMsgpack(Buffer.from(text)))).toBe(text);
  expect(readAll(encodeMsgpack(list))).toEqual(list);
  expect(Object.entries(readAll(encodeMsgpack(map)) as object)).toEqual(Object.entries(map));
});

test.for<[string, number, number]>([
  ['whole milliseconds', 1_795_183_200_123, 1_795_183_200_123],
  ['1970', 0, 0],
  ['the last second', 4_294_967_295_999, 4_294_967_295_999],
  ['a fraction', 1_000_000.25, 1_000_000.25],
  ['before 1970, as seconds', -1500, -2000],
  ['after 2106, as seconds', 4_294_967_296_500, 4_294_967_296_000],
  ['no time', Number.NaN, 0],
])('an event time comes back: %s', ([, given, expected]) => {
  const bytes = encodeMsgpack(eventTime(given));
  const reader = new MsgpackReader(limits, []);
  reader.begin(bytes, 0, bytes.length);
  expect(reader.readTime()).toBeCloseTo(expected, 6);
  expect(reader.atEnd).toBe(true);
});

/** What no writer of ours writes, and how it is read. */
const forms: [hex: string, value: unknown][] = [
  ['cc80', 128],
  ['cdffff', 65_535],
  ['d080', -128],
  ['d18000', -32_768],
  ['d280000000', -2_147_483_648],
  ['d3ffffffffffffffff', -1],
  ['ca3fc00000', 1.5],
  ['ca7fc00000', 'NaN'],
  ['cbfff0000000000000', '-Infinity'],
  ['d90161', 'a'],
  ['da000161', 'a'],
  ['db0000000161', 'a'],
  ['c4016b', 'k'],
  ['c50001ff', '\ufffd'],
  ['dc000101', [1]],
  ['dd0000000101', [1]],
  ['de00010102', { 1: 2 }],
  ['df00000001a16b02', { k: 2 }],
  // Ext: event time (0), timestamps (-1), and others as base64 of their bytes.
  ['d7000000000a05f5e100', '1970-01-01T00:00:10.100Z'],
  ['c708000000000a05f5e100', '1970-01-01T00:00:10.100Z'],
  ['d6ff0000000a', '1970-01-01T00:00:10.000Z'],
  ['d7ff17d784000000000a', '1970-01-01T00:00:10.100Z'],
  ['c70cff05f5e100ffffffffffffffff', '1969-12-31T23:59:59.100Z'],
  ['d40561', 'YQ=='],
  ['d5056161', 'YWE='],
  ['d605616161ff', 'YWFh/w=='],
  ['d80561616161616161616161616161616161', 'YWFhYWFhYWFhYWFhYWFhYQ=='],
  ['c7000f', ''],
  ['c800010f61', 'YQ=='],
  ['c9000000010f61', 'YQ=='],
  ['d4ff00', 'AA=='],
];

test.for(forms)('%s is read, and is as long as the scanner says', ([hex, value]) => {
  const bytes = Buffer.from(hex, 'hex');
  expect(readAll(bytes)).toEqual(value);
  const scanner = new MsgpackScanner();
  for (let end = 0; end < bytes.length; end++) expect(scanner.scan(bytes, 0, end, 100)).toBe(-1);
  expect(scanner.scan(bytes, 0, bytes.length, 100)).toBe(bytes.length);
});

describe('broken input', () => {
  test('whatever is cut off is refused, and never read beyond its end', () => {
    const whole = [...forms.map(([hex]) => Buffer.from(hex, 'hex')), encodeMsgpack({ a: [1, 'x', { b: 2 ** 40 }] })];
    for (const bytes of whole) {
      for (let end = 0; end < bytes.length; end++) {
        expect(() => readAll(Buffer.concat([Buffer.from(bytes.subarray(0, end))]))).toThrow('truncated');
      }
    }
  });

  test.for<[string, string, string]>([
    ['a byte that is none', 'c1', 'invalid_byte'],
    ['one inside', '9201c1', 'invalid_byte'],
    ['an array of more than there is', 'ddffffffff01', 'truncated'],
    ['a map of more than there is', 'dfffffffff01', 'truncated'],
    ['a text of more than there is', 'dbffffffff61', 'truncated'],
    ['an ext of more than there is', 'c9ffffffff0061', 'truncated'],
  ])('%s', ([, hex, reason]) => {
    expect(() =>
      readAll(Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(100)]).subarray(0, hex.length / 2)),
    ).toThrow(reason);
  });

  const deep = `${'91'.repeat(300)}c3`;
  test.for<[string, string, unknown]>([
    ['an array below the deepest level', `${'91'.repeat(65)}c0`, nested('[null]')],
    ['hundreds of levels', `${'91'.repeat(63)}${deep}`, nested(`[${'['.repeat(298)}true${']'.repeat(298)}]`)],
    ['what stands beside it', `92${'91'.repeat(63)}9207918001`, [nested('[7,[{}]]', 63), 1]],
    [
      'all that a map can hold',
      `${'91'.repeat(64)} 84 a1'a' 92 01 02 a1'b' 80 01 c2 c0 a4 000a22ff`,
      nested('{"a":[1,2],"b":{},"1":false,"null":"\\u0000\\n\\"\ufffd"}'),
    ],
    ['maps and arrays as keys', "83 80 00 92 a1'x' 91 01 01 a1'k' 02", { '{}': 0, '["x",[1]]': 1, k: 2 }],
    ['a key with a key that is a map', '8181810102 03 04', { '{{"1":2}:3}': 4 }],
    ['hundreds of levels as a key', `81${deep}01`, { [`${'['.repeat(300)}true${']'.repeat(300)}`]: 1 }],
  ])('kept as text: %s', ([, hex, expected]) => {
    const reader = new MsgpackReader(limits, []);
    expect(readAll(bytesOf(hex), reader)).toEqual(expected);
    expect(reader.repairs.nested_as_text).toBeGreaterThan(0);
  });

  test.for([
    ['too_deep', `${'91'.repeat(64)}92`],
    ['bad_key', '8192'],
  ])('not kept, for a megabyte of it would be text: %s', ([reason, hex]) => {
    const large = encodeMsgpack('x'.repeat(1 << 20));
    expect(() => readAll(Buffer.concat([Buffer.from(hex!, 'hex'), large, Buffer.from('0102', 'hex')]))).toThrow(
      reason!,
    );
  });

  test('more values than allowed', () => {
    const reader = new MsgpackReader({ max_nesting_depth: 64, max_values_per_frame: 10 }, []);
    expect(readAll(encodeMsgpack(Array(10).fill(0)), reader)).toHaveLength(10);
    expect(() =>
      readAll(
        encodeMsgpack([
          [1, 2, 3],
          [1, 2, 3],
          [1, 2, 3],
        ]),
        reader,
      ),
    ).toThrow('too_many_values');
  });

  test('mutated bytes are read or refused for a reason; what the scanner finds whole is not cut off for the reader', () => {
    const reader = new MsgpackReader(limits, []);
    const outcomes = { read: 0, refused: 0 };
    for (let seed = 1; seed <= 3000; seed++) {
      const random = seeded(seed);
      const bytes = encodeMsgpack(randomValue(random, 1)[0]);
      for (let i = 1 + Math.floor(random() * 3); i > 0; i--) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      let end = -1;
      try {
        end = new MsgpackScanner().scan(bytes, 0, bytes.length, 1e6);
      } catch (error) {
        expect(error).toBeInstanceOf(MsgpackError);
      }
      reader.begin(bytes, 0, end < 0 ? bytes.length : end);
      try {
        reader.readValue(0);
        if (end >= 0) expect(reader.atEnd).toBe(true);
        outcomes.read++;
      } catch (error) {
        expect(error).toBeInstanceOf(MsgpackError);
        if (end >= 0) expect((error as MsgpackError).reason).not.toBe('truncated');
        outcomes.refused++;
      }
    }
    expect(outcomes.read).toBeGreaterThan(500);
    expect(outcomes.refused).toBeGreaterThan(200);
  });
});

test('more keys than the table has room for are read right, again and again', () => {
  const reader = new MsgpackReader(limits, ['log']);
  const record = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key_${i * 7919}`, i]));
  const small = Object.fromEntries(Object.entries(record).slice(0, 30));
  for (let round = 0; round < 3; round++) {
    for (const expected of [record, small]) {
      const bytes = encodeMsgpack(expected);
      reader.begin(bytes, 0, bytes.length);
      expect({ ...reader.readRecord('log', 'partial_message') }).toEqual(expected);
    }
  }
});

test('the writer takes short forms', () => {
  const hex = (value: unknown) => encodeMsgpack(value).subarray(0, 5).toString('hex');
  expect([hex(127), hex(-32), hex(128), hex(2 ** 32), hex(-33)]).toEqual([
    '7f',
    'e0',
    'ce00000080',
    'cf00000001',
    'd3ffffffff',
  ]);
  expect([hex('x'.repeat(31)).slice(0, 2), hex('x'.repeat(32)), hex('x'.repeat(256)), hex('x'.repeat(65_536))]).toEqual(
    ['bf', 'd920787878', 'da01007878', 'db00010000'],
  );
  expect([hex(Buffer.alloc(1)), hex(Buffer.alloc(256)), hex(Array(16)), hex({})]).toEqual([
    'c40100',
    'c501000000',
    'dc0010c0c0',
    '80',
  ]);
});
