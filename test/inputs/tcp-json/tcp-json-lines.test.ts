import { describe, expect, test } from 'vitest';
import { decodeLines, LineSplitter } from '../../../src/inputs/tcp-json-lines.ts';

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
        ts: 1700000000123 * 1e6 + 456768,
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
