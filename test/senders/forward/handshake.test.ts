import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Answer, AnswerReader } from '../../../src/base/forward/answers.ts';
import { decodeHelo, decodePong, encodePong } from '../../../src/base/forward/handshake.ts';
import { Handshake } from '../../../src/inputs/forward/handshake.ts';
import { type Credentials, checkPong, ping } from '../../../src/senders/forward/handshake.ts';

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

const NOBODY: { username: string; password: string }[] = [];
const SOMEBODY = [{ username: 'u', password: 'p' }];
const server = (users = NOBODY, shared_key = 'key') =>
  new Handshake({ shared_key, self_hostname: 'centre', users }, randomBytes(16), randomBytes(16));

test.for<[string, Partial<Credentials>, typeof NOBODY, string | undefined]>([
  ['the right key', {}, [], undefined],
  ['another key', { shared_key: 'yek' }, [], 'shared_key mismatch'],
  [
    'our name is that of the target',
    { self_hostname: 'centre' },
    [],
    'Same hostname between input and output: invalid configuration',
  ],
  ['a user', { username: 'u', password: 'p' }, SOMEBODY, undefined],
  ['a wrong password', { username: 'u', password: 'q' }, SOMEBODY, 'username/password mismatch'],
  ['no user where one is wanted', {}, SOMEBODY, 'username/password mismatch'],
])('%s', ([, given, users, refusal]) => {
  const target = server(users);
  const credentials = { shared_key: 'key', self_hostname: 'edge', ...given };
  const helo = decodeHelo(read(target.helo()))!;
  const sent = ping(helo, credentials, 'salt');
  const { pong } = target.answer(sent, 0, sent.length);
  expect(checkPong(decodePong(read(pong)), helo, credentials, 'salt')).toBe(refusal);
});

test('a target that says yes without knowing the key is found out', () => {
  const credentials = { shared_key: 'key', self_hostname: 'edge' };
  const helo = decodeHelo(read(server().helo()))!;
  const pong = encodePong({ ok: true, reason: '', hostname: 'centre', digest: 'f'.repeat(128) });
  expect(checkPong(decodePong(read(pong)), helo, credentials, 'salt')).toBe('it does not know the shared_key itself');
});
