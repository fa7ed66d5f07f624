import { describe, expect, test } from 'vitest';
import { redisTarget } from '../../../src/buffer/redis/address.ts';
import type { RedisBufferOptions } from '../../../src/buffer/redis/options.ts';

type Mode = RedisBufferOptions['mode'];

describe('the address of Redis', () => {
  const good: [string | string[], Mode, object][] = [
    ['redis://cache', 'single', { addresses: [{ host: 'cache', port: 6379 }], tls: false, database: 0 }],
    ['rediss://u:p%40ss@cache:7000/3', 'single', { tls: true, username: 'u', password: 'p@ss', database: 3 }],
    ['redis://:secret@[::1]:6380/', 'single', { addresses: [{ host: '::1', port: 6380 }], password: 'secret' }],
    [
      ['redis://a', 'redis://b:1'],
      'sentinel',
      {
        addresses: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 1 },
        ],
      },
    ],
    ['redis://a', 'cluster', { addresses: [{ host: 'a', port: 6379 }] }],
  ];
  test.for(good)('%j as %s', ([url, mode, target]) => {
    expect(redisTarget({ url, mode })).toMatchObject(target);
  });

  const bad: [string | string[], Mode, RegExp][] = [
    ['http://cache', 'single', /is not the url of a Redis/],
    ['cache:6379', 'single', /is not the url of a Redis/],
    [['redis://a', 'redis://b'], 'single', /Several urls need a mode/],
    [['redis://a', 'rediss://b'], 'cluster', /some are not/],
    ['redis://a/3', 'cluster', /database 0 only/],
    ['redis://a/logs', 'single', /not the number of a database/],
    ['redis://:50%@a', 'single', /encodes nothing/],
    [[], 'cluster', /There is no url/],
  ];
  test.for(bad)('%j as %s is refused', ([url, mode, message]) => {
    expect(() => redisTarget({ url, mode })).toThrow(message);
  });

  test('a refusal does not say the password', () => {
    expect(() => redisTarget({ url: 'http://user:hunter2@cache', mode: 'single' })).toThrow(/^(?!.*hunter2)/);
  });
});
