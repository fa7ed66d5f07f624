import { describe, expect, test } from 'vitest';
import { halvesOf, MessageFraming } from '../../../src/inputs/stream/message-framing.ts';
import { seeded } from '../../support/chance.ts';

/** Messages as texts; of one that was cut with the bytes left out. */
function framed(reads: readonly Buffer[], maxBytes = 1000): string[] {
  const framing = new MessageFraming(maxBytes, true);
  const batches = reads.flatMap(read => framing.push(Buffer.from(read)));
  const last = framing.end();
  if (last !== undefined) batches.push(last);
  expect(framing.heldBytes).toBe(0);
  for (const { messages, size } of batches) expect(size).toBe(Buffer.concat(messages as Buffer[]).length);
  return batches.flatMap(({ messages, cutBytes }) =>
    messages.map(message => `${message}${cutBytes > 0 ? ` +${cutBytes}` : ''}`),
  );
}

const cases: [name: string, wire: string, messages: string[]][] = [
  ['lines', '<1>a\n<2>b\r\n\n<3>c', ['<1>a', '<2>b', '<3>c']],
  ['ended by zero bytes', '<1>a\0<2>b\0', ['<1>a', '<2>b']],
  ['counted', '4 <1>a5 <2>bb', ['<1>a', '<2>bb']],
  ['counted, with a line end within and behind', '5 <1>a\n4 <2>b\n4 <3>c', ['<1>a', '<2>b', '<3>c']],
  ['counted, of several lines', '8 <1>a\nb\nc4 <2>d', ['<1>a\nb\nc', '<2>d']],
  ['told apart for each message', '<1>a\n4 <2>b<3>c\n4 <4>d', ['<1>a', '<2>b', '<3>c', '<4>d']],
  ['bytes are counted, not characters', '7 <1>안a4 <2>b', ['<1>안a', '<2>b']],
  ['a line that begins with a number', '12 monkeys\n4 <1>a', ['12 monkeys', '<1>a']],
  ['a line that is a number', '2026\n20\n', ['2026', '20']],
  ['a number in front of a priority at the end', '5 <1>a', ['<1>a']],
  ['no length has so many digits', '1234567890 <1>a\n<2>b', ['1234567890 <1>a', '<2>b']],
  ['nor a zero in front', '04 <1>a\n<2>b', ['04 <1>a', '<2>b']],
  ['text without priority', 'hello\nNov 20 13:55:36 h a: x\n', ['hello', 'Nov 20 13:55:36 h a: x']],
];

describe('any split into reads gives the same messages', () => {
  test.for(cases)('%s', ([, wire, messages]) => {
    const bytes = Buffer.from(wire);
    expect(framed([bytes])).toEqual(messages);
    expect(framed([...bytes].map(byte => Buffer.of(byte)))).toEqual(messages);
    for (let cut = 1; cut < bytes.length; cut++)
      expect(framed([bytes.subarray(0, cut), bytes.subarray(cut)]), `cut at ${cut}`).toEqual(messages);
  });

  test('also of many messages, at random', () => {
    const random = seeded(7);
    const wire = Array.from({ length: 300 }, () => cases[Math.floor(random() * 5)]![1].replace(/[\n\0]?$/, '\n')).join(
      '',
    );
    const whole = framed([Buffer.from(wire)]);
    const reads: Buffer[] = [];
    for (let rest = Buffer.from(wire); rest.length > 0; ) {
      const length = 1 + Math.floor(random() * 40);
      reads.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    expect(framed(reads)).toEqual(whole);
  });
});

describe('above the limit', () => {
  test.for([
    ['a line', `<1>${'x'.repeat(20)}\n<2>b\n`, ['<1>xxxxxxx +13', '<2>b']],
    ['a counted message', `23 <1>${'x'.repeat(20)}4 <2>b`, ['<1>xxxxxxx +13', '<2>b']],
    ['the last line', `<1>${'x'.repeat(20)}`, ['<1>xxxxxxx +13']],
    ['a counted message that never ends', `999999999 <1>${'x'.repeat(20)}`, ['<1>xxxxxxx +13']],
  ] as const)('%s is cut, and what follows is whole', ([, wire, messages]) => {
    const bytes = Buffer.from(wire);
    expect(framed([bytes], 10)).toEqual(messages);
    for (let cut = 1; cut < bytes.length; cut++)
      expect(framed([bytes.subarray(0, cut), bytes.subarray(cut)], 10)).toEqual(messages);
  });

  test('an endless message costs no more memory than the limit', () => {
    const framing = new MessageFraming(1000, true);
    for (let i = 0; i < 1000; i++) expect(framing.push(Buffer.alloc(1000, 'x'))).toEqual([]);
    expect(framing.heldBytes).toBe(1000);
    expect(framing.end()).toMatchObject({ size: 1000, cutBytes: 999_000 });
  });

  test('what is open when memory is short is cut off, the next is whole', () => {
    const framing = new MessageFraming(1000, true);
    framing.push(Buffer.from('<1>abc'));
    framing.freeze();
    const batches = framing.push(Buffer.from('def\n<2>b\n'));
    expect(batches.map(({ messages, cutBytes }) => [messages.join(), cutBytes])).toEqual([
      ['<1>abc', 3],
      ['<2>b', 0],
    ]);
  });
});

test('a batch has two halves until it is one message', () => {
  const [batch] = new MessageFraming(1000, true).push(Buffer.from('<1>a\n<2>b\n<3>c\n'));
  const [first, second] = halvesOf(batch!)!;
  expect([first, second].map(({ messages, size }) => [messages.join(), size])).toEqual([
    ['<1>a', 4],
    ['<2>b,<3>c', 8],
  ]);
  expect(halvesOf(first)).toBeUndefined();
});

test('where nothing is counted, a number is text', () => {
  const framing = new MessageFraming(1000, false);
  expect(framing.push(Buffer.from('4 <1>a\0{"a":1}\0')).map(({ messages }) => messages.map(String))).toEqual([
    ['4 <1>a', '{"a":1}'],
  ]);
});
