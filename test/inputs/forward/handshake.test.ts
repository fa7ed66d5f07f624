import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MsgpackReader } from '../../../src/base/msgpack/read.ts';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { Handshake } from '../../../src/inputs/forward/handshake.ts';
import { bytesOf } from '../../support/bytes.ts';

const nonce = Buffer.from('00ff112233445566778899aabbccddee', 'hex');
const authSalt = Buffer.from('80818283848586878889808182838485', 'hex');
const users = [{ username: 'ship', password: 'ahoy' }];
const key = 'secret';
// Fluent Bit sends random bytes in a str.
const salt = Buffer.from('fffefd0102030405ffff0a0b0c0d0e0f', 'hex');
const sha512 = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};
const proof = (sharedKey = key, hostname = 'peer') => sha512(salt, hostname, nonce, sharedKey);
const login = (user: string, password: string) => sha512(authSalt, user, password);

function answer(ping: unknown, withUsers: typeof users = []) {
  const handshake = new Handshake({ shared_key: key, self_hostname: 'us', users: withUsers }, nonce, authSalt);
  const bytes = Buffer.isBuffer(ping) ? ping : encodeMsgpack(ping);
  const result = handshake.answer(bytes, 0, bytes.length);
  return { ...result, pong: read(result.pong) };
}

function read(bytes: Buffer): unknown {
  const reader = new MsgpackReader({ max_nesting_depth: 4, max_values_per_frame: 100 }, []);
  reader.begin(bytes, 0, bytes.length);
  return reader.readValue(0);
}

const accepted = ['PONG', true, '', 'us', sha512(salt, 'us', nonce, key)];

test('HELO has nonce and salt as bytes; no salt when nobody needs to log in', () => {
  const helo = (withUsers: typeof users) =>
    new Handshake({ shared_key: key, self_hostname: 'us', users: withUsers }, nonce, authSalt).helo().toString('hex');
  const bin = (bytes: Buffer) => `c410${bytes.toString('hex')}`;
  const text = (notation: string) => bytesOf(notation).toString('hex');
  expect(helo([])).toBe(text("92 a4'HELO' 83 a5'nonce'") + bin(nonce) + text("a4'auth' a0 a9'keepalive' c3"));
  expect(helo(users)).toContain(text("a4'auth'") + bin(authSalt));
});

describe('PING with the key', () => {
  test('is answered with our proof', () => {
    expect(answer(['PING', 'peer', salt, proof(), '', ''])).toEqual({
      pong: accepted,
      refusal: undefined,
      name: 'peer',
    });
  });

  test('with a salt in a str that is no text', () => {
    const ping = Buffer.concat([bytesOf("96 a4'PING' a4'peer' b0"), salt, encodeMsgpack(proof()), bytesOf('a0 a0')]);
    expect(answer(ping).pong).toEqual(accepted);
  });

  test('and a password', () => {
    const result = answer(['PING', 'peer', salt, proof(), 'ship', login('ship', 'ahoy')], users);
    expect(result).toEqual({ pong: accepted, refusal: undefined, name: 'ship' });
  });
});

describe('is refused:', () => {
  test.for<[string, unknown, string, boolean]>([
    ['another key', ['PING', 'peer', salt, proof('other'), '', ''], 'shared_key mismatch', false],
    ['the proof of another peer', ['PING', 'other', salt, proof(), '', ''], 'shared_key mismatch', false],
    ['a short digest', ['PING', 'peer', salt, proof().slice(1), '', ''], 'shared_key mismatch', false],
    ['a digest that is a number', ['PING', 'peer', salt, 5, '', ''], 'shared_key mismatch', false],
    ['our own name', ['PING', 'us', salt, proof(key, 'us'), '', ''], 'Same hostname', false],
    [
      'a wrong password',
      ['PING', 'peer', salt, proof(), 'ship', login('ship', 'x')],
      'username/password mismatch',
      true,
    ],
    [
      'an unknown user',
      ['PING', 'peer', salt, proof(), 'boat', login('boat', 'ahoy')],
      'username/password mismatch',
      true,
    ],
    [
      'an unknown user with the key as password',
      ['PING', 'peer', salt, proof(), 'boat', login('boat', key)],
      'username/password mismatch',
      true,
    ],
    ['no user', ['PING', 'peer', salt, proof(), '', ''], 'username/password mismatch', true],
    ['no user at all', ['PING', 'peer', salt, proof()], 'username/password mismatch', true],
    ['a frame instead', ['tag', 1, {}], 'no PING message', false],
    ['a map instead', { PING: 1 }, 'no PING message', false],
    ['PONG', ['PONG', true, '', '', ''], 'no PING message', false],
    ['a nested PING', ['PING', [[[]]], salt, proof(), '', ''], 'no PING message', false],
  ])('%s', ([, ping, reason, needsLogin]) => {
    const result = answer(ping, needsLogin ? users : []);
    expect(result.refusal).toContain(reason);
    expect(result.pong).toEqual(['PONG', false, result.refusal, '', '']);
  });
});
