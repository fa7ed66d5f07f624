import { describe, expect, test } from 'vitest';
import { type Answer, readAnswer } from '../../../src/base/forward/answers.ts';
import {
  decodeHelo,
  decodePing,
  decodePong,
  encodeHelo,
  encodePing,
  encodePong,
  isSameDigest,
  keyDigest,
  passwordDigest,
} from '../../../src/base/forward/handshake.ts';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { seeded } from '../../support/chance.ts';

/** With other bytes around. */
function decodeWith<T>(decode: (answer: Answer) => T, message: Buffer): T {
  return decode(readAnswer(Buffer.concat([Buffer.of(0x93, 0xa1), message, Buffer.of(0xc0)]), 2, 2 + message.length));
}

function randomBytes(random: () => number, most: number): Buffer {
  return Buffer.from(Array.from({ length: Math.floor(random() * (most + 1)) }, () => Math.floor(random() * 256)));
}

test('what is encoded is decoded', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed);
    const bytes = () => randomBytes(random, seed % 3 === 0 ? 300 : 20);
    const text = () =>
      'aé각🚢'
        .repeat(20)
        .slice(0, Math.floor(random() * 60))
        .toWellFormed();
    const helo = { nonce: bytes(), auth: bytes(), keepalive: random() < 0.5 };
    expect(decodeWith(decodeHelo, encodeHelo(helo))).toEqual(helo);
    const ping = { hostname: bytes(), salt: bytes(), digest: bytes(), user: bytes(), password: bytes() };
    expect(decodeWith(decodePing, encodePing(ping))).toEqual(ping);
    const pong = { ok: random() < 0.5, reason: bytes(), hostname: bytes(), digest: bytes() };
    expect(decodeWith(decodePong, encodePong(pong))).toEqual(pong);
    // Texts are the same as their bytes.
    const asTexts = { hostname: text(), salt: text(), digest: text(), user: text(), password: text() };
    const asBytes = Object.fromEntries(Object.entries(asTexts).map(([name, value]) => [name, Buffer.from(value)]));
    expect(decodeWith(decodePing, encodePing(asTexts))).toEqual(asBytes);
  }
});

test('what was decoded does not change with the bytes', () => {
  const message = encodePing({ hostname: 'h', salt: 's', digest: 'd', user: 'u', password: 'p' });
  const ping = decodePing(readAnswer(message, 0, message.length))!;
  message.fill(0);
  expect(Object.values(ping).map(String)).toEqual(['h', 's', 'd', 'u', 'p']);
});

describe('the messages of others', () => {
  test.for([
    ['HELO of Fluentd', decodeHelo, ['HELO', { nonce: 'n', auth: 'a', keepalive: true }], { keepalive: true }],
    ['a HELO that says nothing', decodeHelo, ['HELO', {}], { nonce: Buffer.alloc(0), auth: Buffer.alloc(0) }],
    ['a HELO with more', decodeHelo, ['HELO', { x: [1], keepalive: false }, 1], { keepalive: false }],
    [
      'a HELO with a number as a name',
      decodeHelo,
      [
        'HELO',
        new Map<unknown, unknown>([
          [1, 2],
          ['keepalive', false],
        ]),
      ],
      { keepalive: false },
    ],
    ['a nonce that is none', decodeHelo, ['HELO', { nonce: 1 }], { nonce: Buffer.alloc(0) }],
    ['PING without a user', decodePing, ['PING', 'h', 's', 'd'], { user: Buffer.alloc(0), password: Buffer.alloc(0) }],
    ['PING with more', decodePing, ['PING', 'h', 's', 'd', 'u', 'p', 1, 2], { password: Buffer.from('p') }],
    [
      'a short PONG',
      decodePong,
      ['PONG', false, 'no'],
      { ok: false, reason: Buffer.from('no'), hostname: Buffer.alloc(0) },
    ],
    ['PONG that says yes with a number', decodePong, ['PONG', 1, '', 'h', 'd'], { ok: false }],
  ] as const)('%s', ([, decode, message, expected]) => {
    expect(decodeWith<unknown>(decode, encodeMsgpack(message))).toMatchObject(expected);
  });

  test.for([
    ['another one', encodeMsgpack(['NOPE', {}, 's', 'd'])],
    ['a map', encodeMsgpack({ HELO: 1 })],
    ['an empty array', encodeMsgpack([])],
    ['a number', encodeMsgpack(5)],
    ['nil', encodeMsgpack(null)],
    ['a short PING, or a long PONG', encodeMsgpack(['PING', 'h', 's'])],
  ] as const)('none of the three: %s', ([, message]) => {
    for (const decode of [decodeHelo, decodePing, decodePong])
      expect(decodeWith<unknown>(decode, message)).toBeUndefined();
  });
});

describe('digests', () => {
  const salt = Buffer.from('fffefd', 'hex');

  test('depend on everything that goes into them', () => {
    const nonce = Buffer.from('nonce');
    const all = [
      keyDigest(salt, 'host', nonce, 'key'),
      keyDigest(salt, 'host', nonce, 'yek'),
      keyDigest(salt, 'other', nonce, 'key'),
      keyDigest(salt, 'host', Buffer.from('other'), 'key'),
      keyDigest('salt', 'host', nonce, 'key'),
      passwordDigest(salt, 'user', 'password'),
      passwordDigest(salt, 'user', 'other'),
      passwordDigest(salt, 'other', 'password'),
    ];
    expect(new Set(all).size).toBe(all.length);
    for (const digest of all) expect(digest).toMatch(/^[0-9a-f]{128}$/);
  });

  test('are equal only as a whole', () => {
    const digest = keyDigest(salt, 'h', 'n', 'k');
    expect(isSameDigest(Buffer.from(digest), digest)).toBe(true);
    for (const other of ['', digest.slice(1), `${digest}0`, `${digest.slice(0, -1)}x`])
      expect(isSameDigest(Buffer.from(other), digest)).toBe(false);
  });
});
