import { expect, test } from 'vitest';
import { type Answer, AnswerReader } from '../../../src/base/forward/answers.ts';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { bytesOf } from '../../support/bytes.ts';

function read(bytes: Buffer, readBytes: number): Answer[] {
  const reader = new AnswerReader();
  const answers: Answer[] = [];
  for (let at = 0; at < bytes.length; at += readBytes) {
    reader.push(Buffer.from(bytes.subarray(at, at + readBytes)));
    for (let answer = reader.next(); answer !== undefined; answer = reader.next()) answers.push(answer);
  }
  return answers;
}

test('answers come back as they were, however they arrive; texts are bytes', () => {
  const given = [
    ['HELO', { nonce: Buffer.from('fffe', 'hex'), keepalive: false, more: [null, 1.5, -1] }],
    { ack: 'x'.repeat(300) },
    [],
    ['PONG', true, '', 'h'],
  ];
  const expected = [
    [
      Buffer.from('HELO'),
      new Map<string, unknown>([
        ['nonce', Buffer.from('fffe', 'hex')],
        ['keepalive', false],
        ['more', [null, 1.5, -1]],
      ]),
    ],
    new Map([['ack', Buffer.from('x'.repeat(300))]]),
    [],
    [Buffer.from('PONG'), true, Buffer.alloc(0), Buffer.from('h')],
  ];
  const stream = Buffer.concat(given.map(encodeMsgpack));
  for (const readBytes of [1, 2, 7, 100, stream.length]) expect(read(stream, readBytes)).toEqual(expected);
});

test.for<[string, Buffer, string]>([
  ['a byte that is none', bytesOf('92c1'), 'invalid_byte'],
  ['a number', bytesOf('05'), 'garbage'],
  ['HTTP', Buffer.from('HTTP/1.1 400'), 'garbage'],
  ['nested too deeply', bytesOf('9191919190'), 'too_deep'],
  ['more than anybody has to say', bytesOf('92c600ffffff'), 'frame_too_large'],
  ['an array of a thousand', Buffer.concat([bytesOf('dc0400'), Buffer.alloc(1024, 0xc0)]), 'too_many_values'],
  ['a map of a thousand', Buffer.concat([bytesOf('de0400'), Buffer.alloc(2048, 0xc0)]), 'too_many_values'],
])('no answer: %s', ([, bytes, reason]) => {
  expect(() => read(bytes, bytes.length)).toThrow(reason);
  expect(() => read(bytes, 1)).toThrow(reason);
});
