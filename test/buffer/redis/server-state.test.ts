import { describe, expect, test } from 'vitest';
import { redisFailure } from '../../../src/buffer/redis/failure.ts';
import { isNearlyFull, persistenceOf, proofOf, serverState } from '../../../src/buffer/redis/server-state.ts';

const safe = 'aof_enabled:1\r\naof_last_write_status:ok\r\nmaxmemory_policy:noeviction\r\n';
const everysec = { appendfsync: 'everysec', save: '' };

describe('what Redis says of itself', () => {
  const cases: [string, string, Parameters<typeof serverState>[1], boolean, string, RegExp][] = [
    ['safe, new', safe, everysec, true, 'waitaof', /^$/],
    ['safe, old', safe, everysec, false, 'interval', /^$/],
    ['always', safe, { appendfsync: 'always', save: '' }, true, 'always', /^$/],
    ['CONFIG refused', safe, undefined, false, 'interval', /^$/],
    [
      'fsync left to the system',
      safe,
      { appendfsync: 'no', save: '' },
      false,
      'interval',
      /appendfsync of Redis is no/,
    ],
    ['no file', safe.replace('aof_enabled:1', 'aof_enabled:0'), everysec, true, 'none', /loses every chunk in it/],
    ['snapshots', 'aof_enabled:0', { save: '60 1' }, true, 'none', /since its last snapshot/],
    ['broken file', safe.replace(':ok', ':err'), everysec, false, 'interval', /cannot write its append-only file/],
    ['evicts', safe.replace('noeviction', 'allkeys-lru'), everysec, true, 'waitaof', /throws chunks away/],
  ];
  test.for(cases)('%s', ([, info, config, hasWaitAof, proof, warnings]) => {
    const state = serverState(info, config, hasWaitAof);
    expect(proofOf(state)).toBe(proof);
    expect(persistenceOf(state).warnings.join('\n')).toMatch(warnings);
  });

  test('memory: no limit is never full', () => {
    const MB = 1_000_000;
    const state = (used: number, max: number) =>
      serverState(`used_memory:${used * MB}\nmaxmemory:${max * MB}`, undefined, false);
    expect(isNearlyFull(state(1e6, 0), 1e9, 10)).toBe(false);
    expect(isNearlyFull(state(800, 1000), 99 * MB, 10)).toBe(false);
    expect(isNearlyFull(state(800, 1000), 101 * MB, 10)).toBe(true);
    // A tenth of a small one is too little.
    expect(isNearlyFull(state(83, 100), 0, 10)).toBe(false);
    expect(isNearlyFull(state(85, 100), 0, 10)).toBe(true);
    expect(isNearlyFull(state(99, 100), 1 * MB, 0)).toBe(false);
  });
});

describe('errors of Redis', () => {
  test.for([
    ["OOM command not allowed when used memory > 'maxmemory'.", 'LS_REDIS_FULL'],
    ['ERR Error running script: @user_script: 5: OOM command not allowed', 'LS_REDIS_FULL'],
    ['Command timed out', 'LS_REDIS_TIMEOUT'],
    ['WRONGPASS invalid username-password pair', 'LS_REDIS_REFUSED'],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'LS_REDIS_REFUSED'],
    ['LOADING Redis is loading the dataset in memory', 'LS_REDIS_AWAY'],
    ['connect ECONNREFUSED 127.0.0.1:6379', 'LS_REDIS_AWAY'],
  ])('%s', ([message, code]) => {
    expect(redisFailure(new Error(message))).toMatchObject({ code, retryable: true });
  });
});
