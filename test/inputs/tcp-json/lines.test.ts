import { describe, expect, test } from 'vitest';
import { decodeLines, LineSplitter } from '../../../src/inputs/tcp-json/lines.ts';

const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

/** One line each: what stands on the wire, what comes out, what is counted. */
const CASES: { name: string; wire: string | Buffer; records: unknown[]; faults?: string[] }[] = [
  { name: 'one object', wire: '{"a":1}\n', records: [{ a: 1 }] },
  { name: 'CRLF', wire: '{"a":1}\r\n{"b":2}\r\n', records: [{ a: 1 }, { b: 2 }] },
  { name: 'the last line needs no newline', wire: '{"a":1}\n{"b":2}', records: [{ a: 1 }, { b: 2 }] },
  { name: 'empty lines are skipped', wire: '\n\n  \r\n{"a":1}\n\n', records: [{ a: 1 }] },
  { name: 'a byte order mark', wire: '\uFEFF{"a":1}\n', records: [{ a: 1 }] },
  { name: 'truncated JSON', wire: '{"a":1\n', records: [{ message: '{"a":1' }], faults: ['not_json'] },
  { name: 'plain text with CR', wire: 'hello\r\n', records: [{ message: 'hello' }], faults: ['not_json'] },
  { name: 'an array', wire: '[1]\n', records: [{ message: '[1]' }], faults: ['not_an_object'] },
  { name: 'a list of objects', wire: '[{"a":1},{"b":[2]}]\n{"c":3}\n', records: [{ a: 1 }, { b: [2] }, { c: 3 }] },
  {
    name: 'lists of objects without newlines',
    wire: '[{"a":1}, {"b":2}][ {"c":3} ]',
    records: [{ a: 1 }, { b: 2 }, { c: 3 }],
  },
  {
    name: 'a list of objects and other things',
    wire: '[{"a":1},"x",[2],null,{"b":9007199254740993}]\n',
    records: [{ a: 1 }, { message: 'x' }, { message: '[2]' }, { message: 'null' }, { b: '9007199254740993' }],
    faults: ['not_an_object', 'not_an_object', 'not_an_object'],
  },
  { name: 'an empty list', wire: '[]\n', records: [{ message: '[]' }], faults: ['not_an_object'] },
  {
    name: 'brackets that are text',
    wire: '[{x}] a\n[a] b\n',
    records: [{ message: '[{x}] a' }, { message: '[a] b' }],
    faults: ['not_json', 'not_json'],
  },
  {
    name: 'a list of objects with something nested absurdly deep',
    wire: `[{"a":1},${DEEP},{"b":${DEEP}}]\n`,
    records: [{ a: 1 }, { message: DEEP }, { message: `{"b":${DEEP}}` }],
    faults: ['too_deep', 'too_deep'],
  },
  {
    name: 'a line with many brackets that are none of JSON',
    wire: `${'[a] '.repeat(2000)}\n{"a":1}${'[1x]'.repeat(2000)}\n`,
    records: [{ message: '[a] '.repeat(2000) }, { message: `{"a":1}${'[1x]'.repeat(2000)}` }],
    faults: ['not_json', 'not_json'],
  },
  { name: 'a number', wire: '42\n', records: [{ message: '42' }], faults: ['not_an_object'] },
  { name: 'null', wire: 'null\n', records: [{ message: 'null' }], faults: ['not_an_object'] },
  {
    name: 'bad beside good',
    wire: '{"a":1}\n{x}\n{"b":2}\n',
    records: [{ a: 1 }, { message: '{x}' }, { b: 2 }],
    faults: ['not_json'],
  },
  {
    name: 'invalid UTF-8',
    wire: Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d, 0x0a]),
    records: [{ a: '\uFFFD' }],
    faults: ['invalid_utf8'],
  },
  { name: 'a replacement character is valid', wire: '{"a":"\uFFFD"}\n', records: [{ a: '\uFFFD' }] },
  {
    name: 'a lone surrogate',
    wire: '{"a":"\\ud800","\\udc00":{"b":["\\uDBFF!"]}}\n',
    records: [{ a: '\uFFFD', '\uFFFD': { b: ['\uFFFD!'] } }],
  },
  { name: 'a surrogate pair', wire: '{"a":"\\ud83d\\ude00"}\n', records: [{ a: '😀' }] },
  {
    name: 'digits beyond 2^53',
    wire: '{"id":9007199254740993,"n":{"x":-12345678901234567890},"f":0.1234567890123456,"ts":1700000000123456768}\n',
    records: [
      {
        id: '9007199254740993',
        n: { x: '-12345678901234567890' },
        f: 0.1234567890123456,
        ts: '1700000000123456768',
      },
    ],
  },
  { name: 'nested too deeply', wire: `{"a":${DEEP}}\n`, records: [{ message: `{"a":${DEEP}}` }], faults: ['too_deep'] },
  {
    name: 'nested too deeply, careful',
    wire: `{"a":${DEEP},"b":"\\ud800"}\n`,
    records: [{ message: `{"a":${DEEP},"b":"\\ud800"}` }],
    faults: ['too_deep'],
  },
  { name: 'Korean', wire: '{"message":"안녕하세요"}\n', records: [{ message: '안녕하세요' }] },
  {
    name: 'objects without newlines',
    wire: '{"a":1}{"b":{"c":"}{"}}{"d":"\\"}"}',
    records: [{ a: 1 }, { b: { c: '}{' } }, { d: '"}' }],
  },
  {
    name: 'objects without newlines, on a line',
    wire: '{"a":1} {"b":2}\t{"c":3}\r\n{"d":4}\n',
    records: [{ a: 1 }, { b: 2 }, { c: 3 }, { d: 4 }],
  },
  {
    name: 'a bad one among objects without newlines',
    wire: '{"a":1}{b}{"c":[3]}[4]\n',
    records: [{ a: 1 }, { message: '{b}' }, { c: [3] }, { message: '[4]' }],
    faults: ['not_json', 'not_an_object'],
  },
  {
    name: 'text that begins like an object',
    wire: '{x} and {y}\n',
    records: [{ message: '{x} and {y}' }],
    faults: ['not_json'],
  },
  {
    name: 'objects, then text',
    wire: 'take {"a":1} of {"b":2}\n',
    records: [{ message: 'take {"a":1} of {"b":2}' }],
    faults: ['not_json'],
  },
  { name: 'NUL behind objects', wire: '{"a":1}\0{"b":2}\0', records: [{ a: 1 }, { b: 2 }] },
  {
    name: 'NUL and newline behind objects',
    wire: '{"a":1}\0\n{"b":2}\n\0{"c":3}',
    records: [{ a: 1 }, { b: 2 }, { c: 3 }],
  },
  { name: 'NUL in text', wire: 'a\0b\n', records: [{ message: 'a\0b' }], faults: ['not_json'] },
  {
    name: 'GELF of Docker',
    wire: '{"version":"1.1","host":"h","short_message":"one","timestamp":1795971601.25,"level":3,"_container_id":"c","_container_name":"web-1","_image_name":"shop:1","_tag":"c","_created":"2026"}\0{"version":"1.1","host":"h","short_message":"two","level":6}\0',
    records: [
      {
        message: 'one',
        host: 'h',
        timestamp: 1795971601.25,
        level: 3,
        container_id: 'c',
        container_name: 'web-1',
        image_name: 'shop:1',
        stream: 'stderr',
        tag: 'c',
        created: '2026',
      },
      { message: 'two', host: 'h', level: 6 },
    ],
  },
  {
    name: 'GELF whose further fields have the names of its own',
    wire: '{"version":"1.1","host":"h","short_message":"m","full_message":"m\\nmore","_host":"other","_message":"x","_":1}\n',
    records: [{ message: 'm', host: 'h', full_message: 'm\nmore', _host: 'other', _message: 'x', _: 1 }],
  },
  {
    name: 'what only looks like GELF',
    wire: '{"short_message":"m","version":"2.0","_a":1}\n',
    records: [{ short_message: 'm', version: '2.0', _a: 1 }],
  },
  {
    name: 'NUL and control characters in a key',
    wire: '{"a\\u0000\\n":"\\u001b[31m"}\n',
    records: [{ 'a\0\n': '\x1b[31m' }],
  },
];

function decode(wire: Buffer, cuts: number[], maxLineBytes = 1_000_000): { records: unknown[]; faults: string[] } {
  const splitter = new LineSplitter(maxLineBytes);
  const records: unknown[] = [];
  const faults: string[] = [];
  const ends = [...cuts, wire.length];
  const lines = ends.flatMap((end, index) => splitter.push(wire.subarray(index === 0 ? 0 : ends[index - 1], end)));
  const last = splitter.end();
  if (last !== undefined) lines.push(last);
  for (const part of lines) {
    const decoded = decodeLines(part, 64);
    records.push(...decoded.records.map(plain));
    faults.push(...decoded.faults);
  }
  return { records, faults };
}

/** Ordinary objects, for comparing. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

describe('JSON lines', () => {
  test.for(CASES)('$name', ({ wire, records, faults = [] }) => {
    const bytes = Buffer.isBuffer(wire) ? wire : Buffer.from(wire);
    expect(decode(bytes, [])).toEqual({ records, faults });
  });

  test('any split of the stream into reads gives the same records', () => {
    const small = CASES.filter(c => c.wire.length < 1000 && c.faults?.includes('invalid_utf8') !== true);
    const wire = Buffer.from(small.map(c => (c.wire as string).replace(/\n?$/, '\n')).join(''));
    const whole = decode(wire, []);
    expect(whole.records.length).toBeGreaterThan(20);
    for (let size = 1; size < 70; size++) {
      const cuts = Array.from({ length: Math.floor(wire.length / size) }, (_, i) => (i + 1) * size);
      expect(decode(wire, cuts).records).toEqual(whole.records);
    }
  });

  test('objects are there as soon as they are whole, and a line is one as soon as it is text', () => {
    const splitter = new LineSplitter(1000);
    const given = (bytes: string) => splitter.push(Buffer.from(bytes)).map(part => part.bytes.toString());
    expect(given('{"a":')).toEqual([]);
    expect(given('1}{"b":2}{"c"')).toEqual(['{"a":1}{"b":2}']);
    expect(given(':3}')).toEqual(['{"c":3}']);
    expect(given('\n')).toEqual([]);
    expect(given('text {"d":4}')).toEqual([]);
    expect(given(' {"e":5}')).toEqual([]);
    expect(given('\n')).toEqual(['text {"d":4} {"e":5}']);
    expect(splitter.heldBytes).toBe(0);
  });

  test.for([7, 64, 100, 1000, 9000])(
    'an endless stream of objects without newlines is never cut, in reads of %i',
    size => {
      const splitter = new LineSplitter(100);
      const object = Buffer.from('{"a":"0123456789"}');
      const stream = Buffer.concat(Array.from({ length: 500 }, () => object));
      let events = 0;
      for (let at = 0; at < stream.length; at += size) {
        for (const lines of splitter.push(Buffer.from(stream.subarray(at, at + size)))) {
          expect(lines.cutBytes).toBe(0);
          events += decodeLines(lines, 64).records.length;
        }
      }
      expect(events).toBe(500);
    },
  );

  test('__proto__ is a key like others, however it is spelled', () => {
    const wire =
      '{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":1}},"b":{"\\u005f_proto__":{"polluted":1}}}\n';
    const { records } = decodeLines(new LineSplitter(1000).push(Buffer.from(wire))[0]!, 64);
    const record = records[0] as Record<string, Record<string, unknown>>;
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(record['polluted']).toBeUndefined();
    expect(Object.keys(record)).toEqual(['__proto__', 'a', 'b']);
    for (const key of ['a', 'b']) {
      const inner = record[key]!;
      expect(Object.hasOwn(inner, '__proto__')).toBe(true);
      expect(inner['polluted']).toBeUndefined();
      const copy: Record<string, unknown> = Object.create(null);
      for (const name of Object.keys(inner)) copy[name] = inner[name];
      expect(copy['polluted']).toBeUndefined();
    }
  });
});

describe('lines above the limit', () => {
  const cut = (text: string, cuts: number[] = [], max = 100) => decode(Buffer.from(text), cuts, max);

  test.for([
    ['in one read', []],
    ['cut by a read', [150]],
    ['cut in the head', [50]],
    ['byte by byte', Array.from({ length: 260 }, (_, i) => i + 1)],
  ] as [string, number[]][])('%s: the begin is kept, the rest is skipped and counted', ([, cuts]) => {
    const text = `{"a":1}\n${'x'.repeat(250)}\n{"b":2}\n`;
    expect(cut(text, cuts)).toEqual({
      records: [{ a: 1 }, { message: 'x'.repeat(100), truncated_bytes: 150 }, { b: 2 }],
      faults: ['cut'],
    });
  });

  test('a line of exactly the limit is whole, one byte more is not', () => {
    const line = `{"a":"${'y'.repeat(92)}"}`;
    expect(cut(`${line}\n`).records).toEqual([{ a: 'y'.repeat(92) }]);
    expect(cut(`${line} \n`, [30]).faults).toEqual(['cut']);
  });

  test('no half character at the cut', () => {
    const { records } = cut(`${'안'.repeat(40)}\n`);
    expect(records).toEqual([{ message: '안'.repeat(33), truncated_bytes: 20 }]);
  });

  test('an endless line costs no more memory than the limit', () => {
    const splitter = new LineSplitter(1000);
    const read = Buffer.alloc(65_536, 'z');
    for (let i = 0; i < 16_384; i++) expect(splitter.push(read)).toHaveLength(0);
    expect(splitter.heldBytes).toBe(1000);
    expect(splitter.end()?.cutBytes).toBe(2 ** 30 - 1000);
  });

  test('a frozen splitter keeps what it has and cuts the rest of that line only', () => {
    const splitter = new LineSplitter(1000);
    splitter.push(Buffer.from('{"a":'));
    splitter.freeze();
    const lines = splitter.push(Buffer.from('1}\n{"b":2}\n'));
    expect(lines.map(part => [part.bytes.toString(), part.cutBytes])).toEqual([
      ['{"a":', 2],
      ['{"b":2}', 0],
    ]);
  });
});
