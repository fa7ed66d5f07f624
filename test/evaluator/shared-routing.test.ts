import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Alertmanager } from '../../src/alerts/manager/alertmanager.ts';
import { alertmanagerApi } from '../../src/alerts/manager/api.ts';
import { readRoutingConfig } from '../../src/alerts/routing/config/read-config.ts';
import { UserSilences } from '../../src/alerts/user-silences.ts';
import { Connection } from '../../src/buffer/redis/connection.ts';
import type { AlertQuery } from '../../src/core/api/alertmanager.ts';
import { EvaluatorLock } from '../../src/evaluator/evaluator-lock.ts';
import { RoutingDuty } from '../../src/evaluator/routing-duty.ts';
import { SharedRouting } from '../../src/evaluator/shared-routing.ts';
import { SharedSilences } from '../../src/evaluator/shared-silences.ts';
import { redisOptions } from '../buffer/redis/options.ts';
import { RedisServer, redisEngine } from '../support/redis.ts';
import { requireOrSkip } from '../support/services.ts';

const WAIT = { timeout: 15_000, interval: 20 };
const ALL: AlertQuery = { active: true, silenced: true, inhibited: true, filter: [], receiver: undefined };
const { config } = readRoutingConfig(
  'alertmanager.yml',
  `route: { receiver: ops, group_by: [alertname], group_wait: 50ms, group_interval: 200ms }
receivers: [{ name: ops, webhook_configs: [{ url: 'http://ops.test' }] }]`,
);

describe.runIf(requireOrSkip('Redis in Docker', await redisEngine()))('routed alerts in Redis', () => {
  let redis: RedisServer;
  let ends: (() => unknown)[] = [];
  let told: string[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
  }, 300_000);
  afterAll(() => redis?.remove());
  beforeEach(async () => {
    await redis.client.flushall();
    told = [];
  });
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
    ends = [];
  });

  async function member(name: string) {
    const options = redisOptions(redis.url, { evaluator_lock_ms: 60_000 });
    const connection = new Connection(options, 'commands');
    connection.open();
    await vi.waitFor(() => expect(connection.isReady).toBe(true), WAIT);
    const shared = new SharedRouting(connection, options);
    const silences = new UserSilences(new SharedSilences(connection, options.queue));
    const manager = new Alertmanager({
      ...{ home: shared, silences, config, templates: [] },
      externalUrl: () => 'http://here',
      fetch: (async (_url: string, { body }: RequestInit) => {
        told.push(`${name} ${(JSON.parse(String(body)) as { groupLabels: object }).groupLabels['alertname' as never]}`);
        return new Response('ok');
      }) as typeof fetch,
    });
    const lock = new EvaluatorLock(connection, { queue: options.queue, name, ttlMs: options.evaluator_lock_ms });
    const api = alertmanagerApi(manager, '1');
    ends.push(() => connection.close());
    const begin = async () => {
      const lease = (await lock.tryAcquire())!;
      const duty = new RoutingDuty(manager, shared, lease);
      await duty.start();
      const end = async (): Promise<void> => {
        await duty.stop(AbortSignal.timeout(1000));
        await lease.release();
      };
      ends.push(end);
      return { lease, end };
    };
    const names = async (): Promise<string[]> => {
      const answer = await api.alerts(ALL);
      return 'value' in answer ? answer.value.map(({ labels }) => labels['alertname']!).sort() : ['refused'];
    };
    return { manager, api, names, begin };
  }

  const alert = (alertname: string): object => ({ labels: { alertname } });

  test('who follows sees each change, also after more of them than the log has', { timeout: 300_000 }, async () => {
    const [first, second] = [await member('first'), await member('second')];
    await first.begin();
    await first.api.post([alert('A')]);
    expect(await second.names()).toEqual(['A']);
    await first.api.post([alert('B'), { ...alert('A'), endsAt: new Date().toISOString() }]);
    await vi.waitFor(async () => expect(await second.names()).toEqual(['B']), WAIT);
    for (let i = 0; i < 1200; i++) await first.api.post([alert(`C${i % 3}`)]);
    expect(await redis.client.xlen('{longshore}:alerts:routed:log')).toBeLessThan(1100);
    expect(await second.names()).toEqual(['B', 'C0', 'C1', 'C2']);
    expect(told.filter(one => one === 'first B')).toHaveLength(1);
  });

  test('who takes over goes on; who has lost its lease passes on what it is given', { timeout: 300_000 }, async () => {
    const [first, second] = [await member('first'), await member('second')];
    const duty = await first.begin();
    await first.api.post([alert('A')]);
    await vi.waitFor(() => expect(told).toEqual(['first A']), WAIT);
    await vi.waitFor(
      async () =>
        expect(await redis.client.hkeys('{longshore}:alerts:routed')).toEqual(
          expect.arrayContaining([expect.stringMatching(/^t:/)]),
        ),
      WAIT,
    );
    // Another one has the lock, and the first has not noticed yet.
    await redis.client.del('{longshore}:alerts:lock');
    await second.begin();
    await first.api.post([alert('B')]);
    expect(duty.lease.isHeld()).toBe(false);
    await duty.end();
    await vi.waitFor(() => expect(told).toContain('second B'), WAIT);
    expect(await second.names()).toEqual(['A', 'B']);
    expect(await first.names()).toEqual(['A', 'B']);
    expect(told.filter(one => one.endsWith(' A'))).toEqual(['first A']);
    expect(await redis.client.xlen('{longshore}:alerts:posted')).toBe(0);
  });

  test('a Redis that lost everything gets it back from the one that routed last', { timeout: 300_000 }, async () => {
    const [first, second] = [await member('first'), await member('second')];
    const duty = await first.begin();
    await first.api.post([alert('A'), alert('B')]);
    await vi.waitFor(() => expect(told).toHaveLength(2), WAIT);
    expect(await second.names()).toEqual(['A', 'B']);
    await duty.end();
    await redis.client.flushall();
    await first.begin();
    await first.api.post([alert('C')]);
    await vi.waitFor(() => expect(told).toHaveLength(3), WAIT);
    await vi.waitFor(async () => expect(await second.names()).toEqual(['A', 'B', 'C']), WAIT);
    expect([...told].sort()).toEqual(['first A', 'first B', 'first C']);
  });

  test('what is posted while nobody routes waits, within limits', { timeout: 300_000 }, async () => {
    const first = await member('first');
    await first.api.post([alert('A')]);
    expect(await first.names()).toEqual([]);
    await redis.client.set('{longshore}:alerts:posted:bytes', '134217728');
    await expect(first.api.post([alert('B')])).rejects.toMatchObject({ code: 'LS_REDIS_BUDGET', retryable: true });
    await first.begin();
    await vi.waitFor(async () => expect(await first.names()).toEqual(['A']), WAIT);
    await vi.waitFor(async () => expect(await redis.client.exists('{longshore}:alerts:posted:bytes')).toBe(0), WAIT);
    await first.api.post([alert('B')]);
    expect(await first.names()).toEqual(['A', 'B']);
  });
});
