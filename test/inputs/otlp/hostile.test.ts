import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { decodeOtlpJson } from '../../../src/inputs/otlp/json.ts';
import { decodeProtobuf } from '../../../src/inputs/otlp/protobuf.ts';
import { seeded } from '../../support/chance.ts';

const LIMITS = { maxEvents: 100, maxDepth: 64, maxSharedBytes: 100_000 };
const VALUES = LIMITS.maxEvents * 10;
const RECORDED = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as { request: object; protobuf: string });

/** A message in a field of another, as Protobuf has it. */
function field(number: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let rest = body.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), body]);
}
const times = (part: Buffer, count: number): Buffer => Buffer.concat(new Array<Buffer>(count).fill(part));
const text = (value: string): Buffer => field(1, Buffer.from(value));
const logs = (...parts: readonly Buffer[]): Buffer => field(1, field(2, ...parts));
const attribute = (value: Buffer): Buffer => field(6, text('a'), field(2, value));

test.for([
  ['more records than may be', logs(times(field(2), LIMITS.maxEvents + 1))],
  ['more records in many resources', times(logs(field(2)), LIMITS.maxEvents + 1)],
  ['more attributes than may be', logs(field(2, times(field(6), VALUES + 1)))],
  ['more values in a list', logs(field(2, attribute(field(5, times(field(1), VALUES + 1)))))],
  ['more values in a map of the body', logs(field(2, field(5, field(6, times(field(1), VALUES + 1)))))],
  ['more attributes of a resource', field(1, field(1, times(field(1), VALUES + 1)))],
  ['more attributes of a scope', logs(field(1, times(field(3), VALUES + 1)))],
  [
    'a resource so large that its events come to too much',
    field(1, field(1, field(1, text('a'), field(2, text('x'.repeat(2000))))), field(2, times(field(2), 60))),
  ],
] as const)('what costs more than its bytes is refused: %s', ([, body]) => {
  expect(() => decodeProtobuf(body!, LIMITS)).toThrow(/LS_INPUTS_TOO_MANY_EVENTS/);
});

test('as much as may be is taken', () => {
  expect(decodeProtobuf(logs(times(field(2), LIMITS.maxEvents)), LIMITS).records).toHaveLength(LIMITS.maxEvents);
  const resource = field(1, field(1, text('a'), field(2, text('x'.repeat(1900)))));
  expect(decodeProtobuf(field(1, resource, field(2, times(field(2), 50))), LIMITS).records).toHaveLength(50);
});

test('JSON with more than may be is refused', () => {
  const records = (count: number): Buffer =>
    Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${new Array(count).fill('{}').join()}]}]}]}`);
  expect(() => decodeOtlpJson(records(101), LIMITS)).toThrow(/LS_INPUTS_TOO_MANY_EVENTS/);
  expect(() => decodeOtlpJson(records(10_000), LIMITS)).toThrow(/LS_INPUTS_TOO_MANY_EVENTS/);
  expect(decodeOtlpJson(records(100), LIMITS).records).toHaveLength(100);
});

test('an event has only so many values: a log record with more is refused alone, a resource with the request', () => {
  const limits = { ...LIMITS, maxEvents: 10_000 };
  const log = (values: number): Buffer => field(2, times(field(6), values));
  const decoded = decodeProtobuf(logs(log(10_001), log(10_000), log(10_000)), limits);
  expect([decoded.rejected, decoded.records.length]).toEqual([1, 2]);
  expect(() => decodeProtobuf(field(1, field(1, times(field(1), 10_001))), limits)).toThrow(/LS_INPUTS_OTLP_INVALID/);
  const attributes = (values: number): string => new Array(values).fill('{"key":"a"}').join();
  const json = Buffer.from(
    `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${[10_001, 10_000].map(n => `{"attributes":[${attributes(n)}]}`).join()}]}]}]}`,
  );
  const fromJson = decodeOtlpJson(json, limits);
  expect([fromJson.rejected, fromJson.records.length]).toEqual([1, 1]);
});

test('the depth of a value is bounded, however deep the bytes are', () => {
  let value = text('x');
  for (let i = 0; i < 20_000; i++) value = field(5, field(1, value));
  const decoded = decodeProtobuf(logs(field(2, attribute(value)), field(2, field(5, text('good')))), LIMITS);
  expect([decoded.rejected, decoded.records]).toMatchObject([1, [{ message: 'good' }]]);
});

test.for([1, 2, 3])('changed bytes give records or a refusal, seed %i', seed => {
  const chance = seeded(seed);
  const random = (below: number): number => Math.floor(chance() * below);
  const outcomes = { taken: 0, refused: 0 };
  for (let round = 0; round < 3000; round++) {
    const { request, protobuf } = RECORDED[random(RECORDED.length)]!;
    const isJson = random(2) === 0;
    const whole = isJson ? Buffer.from(JSON.stringify(request)) : Buffer.from(protobuf, 'base64');
    const bytes = whole.subarray(0, random(4) === 0 ? random(whole.length + 1) : whole.length);
    for (let change = random(4); change > 0 && bytes.length > 0; change--) bytes[random(bytes.length)] = random(256);
    try {
      const { records, times: at } = (isJson ? decodeOtlpJson : decodeProtobuf)(bytes, LIMITS);
      expect(at).toHaveLength(records.length);
      JSON.stringify(records);
      outcomes.taken++;
    } catch (error) {
      if (!(error instanceof LongshoreError)) throw error;
      outcomes.refused++;
    }
  }
  expect(outcomes.taken).toBeGreaterThan(500);
  expect(outcomes.refused).toBeGreaterThan(500);
});

test('names are told apart, however alike they are', () => {
  const chance = seeded(7);
  const names = Array.from({ length: 1500 }, (_, i) => {
    const middle = String.fromCharCode(97 + Math.floor(chance() * 3));
    return `a${middle}${i % 90}${middle}z`;
  });
  const body = logs(...names.map((name, i) => field(2, field(6, text(name), field(2, text(String(i)))))));
  const { records } = decodeProtobuf(body, { ...LIMITS, maxEvents: 2000 });
  expect(records.map(record => ({ ...record }))).toEqual(names.map((name, i) => ({ [name]: String(i) })));
});
