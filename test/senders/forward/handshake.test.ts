import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Handshake } from '../../../src/inputs/forward/handshake.ts';
import { type Answer, AnswerReader } from '../../../src/senders/forward/answers.ts';
import { type Credentials, judgePong, ping, readHelo } from '../../../src/senders/forward/handshake.ts';

function read(bytes: Buffer): Answer {
  const reader = new AnswerReader();
  // Byte by byte: answers arrive as they please.
  for (const byte of bytes.subarray(0, -1)) {
    reader.push(Buffer.of(byte));
    expect(reader.next()).toBeUndefined();
  }
  reader.push(bytes.subarray(-1));
  return reader.next()!;
}

const server = (users: [string, string][] = [], sharedKey = 'key') =>
  new Handshake({ sharedKey, selfHostname: 'centre', users: new Map(users) }, randomBytes(16), randomBytes(16));

test.for<[string, Partial<Credentials>, [string, string][], string | undefined]>([
  ['the right key', {}, [], undefined],
  ['another key', { sharedKey: 'yek' }, [], 'shared_key mismatch'],
  [
    'our name is that of the target',
    { selfHostname: 'centre' },
    [],
    'Same hostname between input and output: invalid configuration',
  ],
  ['a user', { username: 'u', password: 'p' }, [['u', 'p']], undefined],
  ['a wrong password', { username: 'u', password: 'q' }, [['u', 'p']], 'username/password mismatch'],
  ['no user where one is wanted', {}, [['u', 'p']], 'username/password mismatch'],
])('%s', ([, given, users, refusal]) => {
  const target = server(users);
  const credentials = { sharedKey: 'key', selfHostname: 'edge', ...given };
  const helo = readHelo(read(target.helo()))!;
  const salt = randomBytes(16);
  const sent = ping(helo, credentials, salt);
  const { pong } = target.answer(sent, 0, sent.length);
  expect(judgePong(read(pong), helo, credentials, salt)).toBe(refusal);
});

test('a target that says yes without knowing the key is found out', () => {
  const credentials = { sharedKey: 'key', selfHostname: 'edge' };
  const helo = readHelo(read(server().helo()))!;
  const pong = ['PONG', true, '', 'centre', 'f'.repeat(128)].map(part =>
    typeof part === 'string' ? Buffer.from(part) : part,
  );
  expect(judgePong(pong, helo, credentials, randomBytes(16))).toBe('it does not know the shared_key itself');
});

test.for([
  ['c1', /byte 0xc1/],
  ['cf0000000000000001', /byte 0xcf/],
  ['dc0400', /too many parts/],
  ['919191919100', /too many parts/],
  ['c600ffffff', /without end/],
] as const)('no answer: %s', ([hex, expected]) => {
  const reader = new AnswerReader();
  reader.push(Buffer.from(hex, 'hex'));
  expect(() => reader.next()).toThrow(expected);
});
