import { expect, test } from 'vitest';
import { beginsCounted, TcpFraming } from '../../../src/inputs/tcp-json/framing.ts';
import { decodeLines } from '../../../src/inputs/tcp-json/lines.ts';

const counted = (...messages: string[]) => messages.map(text => `${Buffer.byteLength(text)} ${text}`).join('');
const A = '<13>Nov 20 13:55:36 web-1 app: one';
const B = '<165>1 2026-11-20T13:55:36.003Z web-1 shop 8 - - 결제 실패';

/** What stands on the wire, and the messages that come out; a number is how many bytes the one before it lost. */
const CASES: { name: string; wire: string; messages: (string | number)[] }[] = [
  { name: 'messages one behind the other', wire: counted(A, B, A), messages: [A, B, A] },
  {
    name: 'newlines in a message',
    wire: counted(A, `${A}\n\tat x\n\n\tat y`, B),
    messages: [A, `${A}\n\tat x\n\n\tat y`, B],
  },
  { name: 'newlines counted at the end', wire: counted(`${A}\n`, `${B}\r\n`), messages: [A, B] },
  {
    name: 'newlines and NULs that are not counted',
    wire: `${counted(A)}\n${counted(B)}\0${counted(A)}\n`,
    messages: [A, B, A],
  },
  { name: 'digits in a message', wire: counted(`${A} 12 <13>x`, B), messages: [`${A} 12 <13>x`, B] },
  { name: 'a stream that ends within a message', wire: counted(A, B).slice(0, -5), messages: [A, B.slice(0, -5)] },
  { name: 'a stream that ends within a count', wire: `${counted(A)}12`, messages: [A, '12'] },
  { name: 'no count where one should be', wire: `${counted(A)}${A}\n${B}\n`, messages: [A, A, B] },
  {
    name: 'a count of too many digits',
    wire: `${counted(A)}${'9'.repeat(12)} x\n`,
    messages: [A, `${'9'.repeat(12)} x`],
  },
  {
    name: 'a message above the limit',
    wire: counted(A, `<13>${'x'.repeat(300)}`, B),
    messages: [A, `<13>${'x'.repeat(196)}`, 104, B],
  },
  {
    name: 'a stream that ends in a message above the limit',
    wire: counted(`<13>${'x'.repeat(300)}`).slice(0, 254),
    messages: [`<13>${'x'.repeat(196)}`, 50],
  },
];

function decode(wire: Buffer, size: number): (string | number)[] {
  const splitter = new TcpFraming(200);
  const lines = [];
  for (let at = 0; at < wire.length; at += size) {
    lines.push(...splitter.push(Buffer.from(wire.subarray(at, at + size))));
    expect(splitter.heldBytes).toBeLessThanOrEqual(210);
  }
  const last = splitter.end();
  if (last !== undefined) lines.push(last);
  expect(splitter.heldBytes).toBe(0);
  const { records } = { records: lines.flatMap(part => decodeLines(part, 64).records) };
  return records.flatMap(record =>
    [record['message'], record['truncated_bytes']].filter(value => value !== undefined),
  ) as (string | number)[];
}

test.for(CASES)('counted: $name', ({ wire, messages }) => {
  for (const size of [10_000, 64, 7, 1]) expect(decode(Buffer.from(wire), size), `reads of ${size}`).toEqual(messages);
});

test.for([
  [counted(A), true],
  [counted(B), true],
  ['{"a":1}\n', false],
  [`${A}\n`, false],
  ['12 monkeys <13>\n', false],
  ['200 <b>ok</b>\n', false],
] as const)('begins with a count: %j is %j', ([wire, expected]) => {
  expect(beginsCounted(Buffer.from(wire))).toBe(expected);
});

test('when memory is short, the open message is cut, and the next one is whole', () => {
  const splitter = new TcpFraming(200);
  splitter.push(Buffer.from(counted(A, B).slice(0, 20)));
  splitter.freeze();
  const lines = splitter.push(Buffer.from(counted(A, B)).subarray(20));
  expect(lines.map(part => [part.bytes.toString(), part.cutBytes])).toEqual([
    [A.slice(0, 17), A.length - 17],
    [B, 0],
  ]);
});
