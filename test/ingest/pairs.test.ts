import { expect, test } from 'vitest';
import { isoMsOfBytes } from '../../src/base/time/iso-bytes.ts';
import { readTime } from '../../src/base/time/text.ts';
import { findZone } from '../../src/base/time/zone.ts';
import { durationOf } from '../../src/ingest/compiled/structured/duration-bytes.ts';
import { milliseconds } from '../../src/schema/map-fields.ts';
import { seeded } from '../support/chance.ts';
import { compare, RECEIVED, set } from './ways.ts';

/*
 * Lines of pairs become documents from their bytes, without texts in between: the same documents, wherever blanks, quotes, escapes,
 * secrets, times, durations and levels stand.
 */
const random = (seed: number) => {
  const next = seeded(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, pick: <T>(list: readonly T[]): T => list[below(list.length)]! };
};

const NAMES = [
  ...[
    'a',
    'b',
    'msg',
    'level',
    'lvl',
    'severity',
    'at',
    'path',
    'host',
    'fwd',
    'status',
    'method',
    'request_id',
    'l',
    'm',
  ],
  ...['time', 'ts', 't', 'created_at', 'timestamp', 'duration', 'took', 'elapsed_ms', 'request_time', 'service', 'tz'],
  ...[
    'date',
    'user',
    'user.id',
    'userId',
    'trace_id',
    'traceId',
    'hostname',
    'response_time',
    'ip_address',
    'remote_ip',
  ],
  ...[
    'by',
    'x_key',
    'monkey',
    'token',
    'tokens',
    'a--b',
    'ghp_',
    'eyJ',
    'x-4111-1111-1111-1111',
    `ghp_${'aB3dE6gH9'.repeat(4)}`,
    'label',
    'err_code',
    'image',
    'tag',
    'stream',
    'container_id',
    'json',
    'log',
  ],
];
const VALUES = [
  ...['', '""', '-', "'", "'a b'", "it's", '"', '"a', 'a"b', '"a"b', 'a=b', '==', '"a=b c=d"', '{"a":1}', '[x]', '(y)'],
  ...[
    'info',
    'WARN',
    'notice',
    'error',
    'Trace',
    '30',
    '200',
    '404',
    '503',
    '99',
    '"[ERROR] x"',
    '"x ERROR y"',
    '(FATAL)',
  ],
  ...[
    '"no error: none"',
    '"a warning: late"',
    '"|WARN|"',
    '<info>',
    '"npm ERR! x"',
    '"it is Warning: x"',
    'error:',
    '"[E] x"',
  ],
  ...['"panic recovered: x"', '"WordPress database error x"', '"b:3:in \'c\'"', '(d)', '"http: panic serving x"', 'at'],
  ...[
    'jörg',
    '한글',
    '"한글 로그"',
    '😀',
    'a\u00a0b',
    'a\u3000b',
    'a\u2003b',
    'a\u2028b',
    'a\ufeffb',
    'a\u1680b',
    '“x”',
  ],
  ...[
    '\ud800',
    'x\udc00y',
    '\u007f',
    '"\u0085"',
    'a\tb',
    '"a\tb"',
    '"a\\tb"',
    '"a\\nb"',
    '"a\\"b"',
    '"a\\\\"',
    '"\\é"',
    '"\\u0041"',
  ],
  ...[
    'password=hunter2x',
    '"password: hunter2x"',
    '--token',
    '--password',
    'abcdef0123456789abcdef',
    'token',
    '"my token"',
  ],
  ...[
    '"identified by"',
    '4111111111111111',
    '"4111 1111 1111 1111"',
    '4111-1111-1111-1111',
    '4111',
    '1111',
    '378282246310005',
  ],
  ...[
    'https://u:pass@host/x',
    '://',
    'kim@example.org',
    '_abcdefghijklmnopqrstuvwxyz',
    'ghp_abcdefghijklmnopqrstuvwxyz0123',
  ],
  ...[
    '"-----BEGIN PRIVATE KEY-----"',
    '"token\\": \\"abcdef0123456789"',
    '"token"',
    ':',
    '"=x"',
    '"\': y"',
    '203.0.113.9',
    '::1',
  ],
  ...[
    '12',
    '0.5',
    '12ms',
    '1.5s',
    '559.4ms',
    '0.0012s',
    '7us',
    '9ns',
    '1e3',
    '1e-7ms',
    '.5s',
    '5.s',
    '1m30s',
    'PT1M',
    '1 s',
  ],
  ...[
    '00012ms',
    '123456789012345678ms',
    '1.10ms',
    '+5ms',
    '-5ms',
    '12 ms',
    '12MS',
    '0',
    '0ms',
    '999999999.5',
    '1000000000.25ms',
  ],
  ...[
    '"2026-11-20T13:55:36Z"',
    '2026-11-20T13:55:36.123Z',
    '2026-11-20T13:55:36.123456Z',
    '2026-11-20T13:55:36.000000001Z',
  ],
  ...[
    '2026-11-20T24:00:00Z',
    '2026-11-20T13:55:60Z',
    '2026-02-30T13:55:36Z',
    '1999-11-20T13:55:36Z',
    '"2026-11-20 13:55:36Z"',
  ],
  ...[
    '2026-11-20T13:55:36+09:00',
    '2026-11-20T13:55:36.Z',
    '2026-11-20T13:55:36z',
    '2026-11-20',
    '13:55:36',
    '1795182936',
  ],
  ...['x'.repeat(70), `"${'y '.repeat(300)}"`, 'z'.repeat(3000)],
];

function pairLines(seed: number, count: number): string[] {
  const { below, pick } = random(seed);
  const near = (): string => new Date(RECEIVED - below(3_000_000)).toISOString();
  const pair = (): string => `${pick(NAMES)}=${below(6) === 0 ? near() : pick(VALUES)}`;
  const gaps = [' ', ' ', ' ', ' ', ' ', ' ', '  ', '\t', '\u00a0', '\n', ','];
  return Array.from({ length: count }, () => {
    let line = pair();
    for (let i = below(6); i > 0; i--) line += pick(gaps) + pair();
    return below(10) === 0 ? line + pick(gaps) : line;
  }).flatMap(line => ['msg=ok a=b', line]);
}

test('pairs of chance', () => {
  const lines = pairLines(41, 500);
  // Else little was compared with anything.
  expect(compare(set, lines, ['docker.shop', 'docker', 'app'])).toBeGreaterThan(lines.length);
});

test('times in bytes are what readTime says, or left to it', () => {
  const { below, pick } = random(3);
  const two = (limit: number): string => String(below(limit)).padStart(2, '0');
  const utc = findZone('UTC')!;
  let read = 0;
  for (let i = 0; i < 4000; i++) {
    const fraction = pick(['', '', '.1', '.12', '.123', '.123456', '.123000', '.000001', '.999999999', '.', ',123']);
    const year = pick(['2026', '1970', '2024', '2000', '1900', '0000', '9999', '202x']);
    const day = `${year}-${two(14)}-${two(33)}`;
    const text = `${day}${pick(['T', 'T', 'T', ' ', 't'])}${two(26)}:${two(61)}:${two(62)}${fraction}${pick(['Z', 'Z', 'Z', '', 'z', '+01:00'])}`;
    const ms = isoMsOfBytes(Buffer.from(`=${text} `), 1, 1 + text.length);
    if (Number.isNaN(ms)) continue;
    read++;
    expect([text, ms]).toEqual([text, readTime(text, RECEIVED, utc)]);
  }
  expect(read).toBeGreaterThan(500);
});

test('durations in bytes are what milliseconds says, or left to it', () => {
  const { below, pick } = random(4);
  let read = 0;
  for (let i = 0; i < 4000; i++) {
    const whole = String(below(10 ** below(10)));
    const text =
      pick(['', '', '0', '-', ' ']) +
      whole +
      pick(['', '.', `.${below(1e6)}`, `.0${below(99)}`, 'e3']) +
      pick(['', 'ms', 's', 'us', 'ns', 'm', 'µs', ' ms', 'sec']);
    for (const unit of ['ms', 's', 'us', 'ns', 'named'] as const) {
      const ms = durationOf(Buffer.from(`"${text}"`), 1, 1 + Buffer.byteLength(text), unit);
      if (Number.isNaN(ms)) continue;
      read++;
      expect([text, unit, ms]).toEqual([text, unit, milliseconds(text, unit)]);
    }
  }
  expect(read).toBeGreaterThan(3000);
});
