import { describe, expect, test } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { choose, TargetHealth, toProbe } from '../../../src/senders/forward/failover.ts';

const error = new LongshoreError('LS_SPOOL_FULL', 'away', { retryable: true });
const target = (isConnected = false) => ({ health: new TargetHealth(), isConnected });
const FAILOVER = 5000;

describe('the target of a message', () => {
  test('is the first, also while it has only just failed', () => {
    const all = [target(), target()];
    all[0]!.health.failed(error, 1000, 30_000, () => 0);
    expect(choose(all, undefined, 1000 + FAILOVER - 1, FAILOVER)).toBe(all[0]);
    expect(choose(all, undefined, 1000 + FAILOVER, FAILOVER)).toBe(all[1]);
  });

  test('is the one that may have it already, as long as that is not down', () => {
    const all = [target(), target()];
    expect(choose(all, all[1], 0, FAILOVER)).toBe(all[1]);
    all[1]!.health.failed(error, 0, 30_000, () => 0);
    expect(choose(all, all[1], FAILOVER, FAILOVER)).toBe(all[0]);
  });

  test('is the first again as soon as it is connected, and is tried for that when its pause is over', () => {
    const all = [target(), target()];
    all[0]!.health.failed(error, 0, 30_000, () => 0);
    const { retryAt } = all[0]!.health;
    expect(toProbe(all, all[1]!, retryAt - 1)).toEqual([]);
    expect(toProbe(all, all[1]!, retryAt)).toEqual([all[0]]);
    all[0]!.isConnected = true;
    expect(choose(all, undefined, FAILOVER * 2, FAILOVER)).toBe(all[0]);
  });

  test('is the one that may be tried soonest when all are down', () => {
    const all = [target(), target()];
    for (let i = 0; i < 4; i++) all[0]!.health.failed(error, 0, 30_000, () => 0);
    all[1]!.health.failed(error, 0, 30_000, () => 0);
    expect(choose(all, undefined, FAILOVER, FAILOVER)).toBe(all[1]);
  });
});

test('pauses double up to the longest, half of each is chance, and an acknowledgement ends them', () => {
  const health = new TargetHealth();
  const pauses = Array.from({ length: 6 }, () => {
    health.failed(error, 0, 2000, () => 1);
    return health.retryAt;
  });
  expect(pauses).toEqual([200, 400, 800, 1600, 2000, 2000]);
  health.failed(error, 0, 2000, () => 0);
  expect(health.retryAt).toBe(1000);
  health.succeeded();
  expect(health).toMatchObject({ failures: 0, failingSince: undefined, retryAt: 0 });
});
