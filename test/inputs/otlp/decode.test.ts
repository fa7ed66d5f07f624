import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Fields } from '../../../src/core/event.ts';
import type { DecodedRequest } from '../../../src/inputs/otlp/decoded.ts';
import { decodeOtlpJson } from '../../../src/inputs/otlp/json.ts';
import { decodeProtobuf } from '../../../src/inputs/otlp/protobuf.ts';

interface Case {
  readonly name: string;
  readonly request: object;
  /** Of the same request, in base64: `record.py` has written it. */
  readonly protobuf: string;
  readonly records: Fields[];
  readonly times: (number | null)[];
  readonly rejected?: number;
}

const CASES = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Case);
const LIMITS = { maxEvents: 100, maxDepth: 64, maxSharedBytes: 100_000 };

/** As JSON, whose objects have no prototype to differ by; milliseconds are whole. */
function shown({ records, times, rejected }: DecodedRequest): object {
  return {
    records: JSON.stringify(records),
    times: times.map(time => (Number.isNaN(time) ? null : Math.floor(time))),
    rejected,
  };
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
};
const sortedText = (json: unknown): unknown => sorted(JSON.parse(json as string));

test.for(CASES)('$name', ({ request, protobuf, records, times, rejected = 0 }) => {
  const expected = { records: sorted(records), times, rejected };
  for (const decoded of [
    decodeProtobuf(Buffer.from(protobuf, 'base64'), LIMITS),
    decodeOtlpJson(Buffer.from(JSON.stringify(request)), LIMITS),
  ]) {
    const seen = shown(decoded) as { records: unknown };
    expect({ ...seen, records: sortedText(seen.records) }).toEqual(expected);
  }
});

test('both encodings give the same, in the same order', () => {
  for (const { request, protobuf } of CASES) {
    expect(shown(decodeOtlpJson(Buffer.from(JSON.stringify(request)), LIMITS))).toEqual(
      shown(decodeProtobuf(Buffer.from(protobuf, 'base64'), LIMITS)),
    );
  }
});

test('events of one resource share nothing', () => {
  const { protobuf } = CASES.find(({ name }) => name === 'a resource')!;
  const [a, b] = decodeProtobuf(Buffer.from(protobuf, 'base64'), LIMITS).records;
  const args = (record: Fields | undefined) => (record!['resource'] as Fields)['process.command_args'] as string[];
  args(a).push('changed');
  expect(args(b)).toEqual(['node']);
});

test.for([
  [
    'names of the proto files',
    {
      resource_logs: [
        {
          scope_logs: [
            {
              log_records: [{ time_unix_nano: 1795182936500123456n, severity_number: 17, body: { string_value: 'a' } }],
            },
          ],
        },
      ],
    },
    [{ message: 'a', level: 'ERROR' }],
  ],
  [
    'the name of a severity',
    { resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: 'SEVERITY_NUMBER_WARN3' }] }] }] },
    [{ level: 'WARN' }],
  ],
  [
    'numbers as numbers',
    {
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: [
                {
                  attributes: [
                    { key: 'a', value: { intValue: 5 } },
                    { key: 'b', value: { intValue: 9007199254740993n } },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
    [{ a: 5, b: '9007199254740993' }],
  ],
  [
    'nulls and unknown names',
    {
      resourceLogs: [
        {
          resource: null,
          scopeLogs: [{ scope: null, later: 1, logRecords: [{ body: null, attributes: null, severityText: null }] }],
        },
      ],
      more: {},
    },
    [{}],
  ],
] as const)('JSON: %s', ([, request, records]) => {
  const text = JSON.stringify(request, (_key, value: unknown) =>
    typeof value === 'bigint' ? `<${value}>` : value,
  ).replace(/"<(\d+)>"/g, '$1');
  expect(JSON.parse(JSON.stringify(decodeOtlpJson(Buffer.from(text), LIMITS).records))).toEqual(records);
});

test('numbers that JSON has no word for are those of Protobuf, and text keeps them', () => {
  const value = (name: string, text: string): string => `{"key":"${name}","value":{"doubleValue":${text}}}`;
  const values = ['a,NaN', 'b,Infinity', 'c,-Infinity', 'd,"NaN"', 'e,-1.5'].map(pair => {
    const [name, text] = pair.split(',');
    return value(name!, text!);
  });
  const body = `{"body":{"stringValue":"\\"NaN, -Infinity\\\\"},"attributes":[${values.join()}]}`;
  const request = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${body}]}]}]}`;
  expect(decodeOtlpJson(Buffer.from(request), LIMITS).records).toEqual([
    {
      message: '"NaN, -Infinity\\',
      ...{ a: Number.NaN, b: Number.POSITIVE_INFINITY, c: Number.NEGATIVE_INFINITY, d: Number.NaN, e: -1.5 },
    },
  ]);
});

test.for([
  ['no JSON', '{"resourceLogs":'],
  ['no JSON, with NaN in it', '{"resourceLogs":NaN'],
  ['a word that is no number', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"flags":NaNo}]}]}]}'],
  ['a list', '[]'],
  ['an object for a list', '{"resourceLogs":{}}'],
  ['a text for an object', '{"resourceLogs":["a"]}'],
  ['a number for a text', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":1}]}]}]}'],
  ['a time that is none', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"noon"}]}]}]}'],
  [
    'a resource nested too deeply',
    `{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":${'{"arrayValue":{"values":['.repeat(70)}{}${']}}'.repeat(70)}}]}}]}`,
  ],
  ['absurd nesting', '['.repeat(100_000)],
])('JSON that is no request is refused: %s', ([, text]) => {
  expect(() => decodeOtlpJson(Buffer.from(text!), LIMITS)).toThrow(/LS_INPUTS_(OTLP_INVALID|TOO_MANY_EVENTS)/);
});

test.for([
  ['cut within a message', [0x0a, 0x05, 0x12]],
  ['cut within a number', [0x0a]],
  ['a length beyond the end', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
  ['a number of eleven bytes', [0x08, ...new Array<number>(10).fill(0x80), 0x00]],
  ['a group', [0x0b, 0x0c]],
  ['a field with the number 0', [0x02, 0x00]],
  ['a field that crosses the end of its message', [0x0a, 0x03, 0x12, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00]],
  ['text', [...Buffer.from('hello, world')]],
] as const)('bytes that are no request are refused: %s', ([, bytes]) => {
  expect(() => decodeProtobuf(Buffer.from(bytes), LIMITS)).toThrow(/LS_INPUTS_OTLP_INVALID/);
});

test('fields that are not known are stepped over', () => {
  const log = Buffer.from('2a030a0161', 'hex');
  const unknown = Buffer.from('f80101' + 'f1010102030405060708' + 'fa0103616263' + 'fd0101020304', 'hex');
  const wrap = (tag: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([Buffer.from([tag, body.length]), body]);
  };
  const request = Buffer.concat([unknown, wrap(0x0a, unknown, wrap(0x12, unknown, wrap(0x12, unknown, log, unknown)))]);
  expect(decodeProtobuf(request, LIMITS).records).toMatchObject([{ message: 'a' }]);
});

test('text that is no UTF-8 is kept and told', () => {
  const request = Buffer.from('0a0912071205' + '2a030a01ff', 'hex');
  const decoded = decodeProtobuf(request, LIMITS);
  expect([decoded.invalidUtf8, decoded.records[0]!['message']]).toEqual([true, '\uFFFD']);
});
