import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { FileStateStore } from '../../src/alerts/file-state.ts';
import type { HitTaker, PositionHits } from '../../src/alerts/hit-source.ts';
import { outboxOf } from '../../src/alerts/outbox.ts';
import { recentOf } from '../../src/alerts/recent.ts';
import { countersOf } from '../../src/alerts/rule-counts.ts';
import { type AlertState, parseState } from '../../src/alerts/state.ts';
import { UserSilences } from '../../src/alerts/user-silences.ts';
import { Connection } from '../../src/buffer/redis/connection.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { AlertEvaluator, type AlertEvaluatorDeps } from '../../src/evaluator/evaluator.ts';
import { EvaluatorView } from '../../src/evaluator/evaluator-view.ts';
import { unpackText } from '../../src/evaluator/hits-codec.ts';
import { HitsStream } from '../../src/evaluator/hits-stream.ts';
import { SharedSilences } from '../../src/evaluator/shared-silences.ts';
import { engine, hit, START, tempFolder } from '../alerts/support.ts';
import { redisOptions } from '../buffer/redis/options.ts';
import { RedisServer, redisEngine } from '../support/redis.ts';
import { requireOrSkip } from '../support/services.ts';
import { startWebhook } from '../support/webhook.ts';
import { burst, each, evaluatorRules, type ProcessOptions, passing, silence } from './evaluator-rules.ts';

const LOCK_MS = 1000;
const settings = { state_write_interval_ms: 50, retry_min_ms: 50, retry_max_ms: 200 };

describe.runIf(requireOrSkip('Redis in Docker', await redisEngine()))('one evaluator for many processes', () => {
  let redis: RedisServer;
  let webhook: Awaited<ReturnType<typeof startWebhook>>;
  let accepts = true;
  let ends: (() => unknown)[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
  }, 300_000);
  afterAll(() => redis?.remove());
  beforeEach(async () => {
    await redis.client.flushall();
    accepts = true;
    webhook = await startWebhook(() => (accepts ? 200 : 503));
  });
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
    ends = [];
    await webhook.close();
  });

  const options = () => redisOptions(redis.url, { evaluator_lock_ms: LOCK_MS });
  /** Events that the webhook heard of, in order. */
  const eventsTold = (): unknown[] => webhook.received.map(one => (one.body as Fields)['_id']);

  async function evaluator(node: string, rules: string[], deps: Partial<AlertEvaluatorDeps> = {}) {
    const made = new AlertEvaluator({ options: options(), node, rules: evaluatorRules(rules), settings, ...deps });
    await made.start();
    ends.push(() => made.stop(AbortSignal.timeout(2000)));
    return made;
  }

  const untilActive = (one: AlertEvaluator) =>
    vi.waitFor(() => expect(one.status().state).toBe('active'), { timeout: 10_000, interval: 5 });

  /** A spool of which only the hits matter. */
  class Ingest {
    readonly source: string;
    readonly kept: PositionHits[] = [];
    stream!: HitsStream;
    #taker!: HitTaker;
    #position = 0;

    constructor(source: string) {
      this.source = source;
    }

    async start(): Promise<this> {
      this.stream = new HitsStream(options());
      this.#taker = this.stream.add(this.source, {
        releaseHits: position => {
          while (this.kept.length > 0 && this.kept[0]!.position <= position) this.kept.shift();
        },
        reread: async after => ({ positions: this.kept.filter(({ position }) => position > after), isAll: true }),
      });
      this.#taker.opened();
      await this.stream.start();
      ends.push(() => this.stream.stop(AbortSignal.timeout(300)));
      return this;
    }

    hit(rule: string, id: string, at = Date.now()): void {
      const event = Object.assign(newFields(), {
        '@timestamp': new Date(at).toISOString(),
        level: 'ERROR',
        service: 'api',
        message: id,
      });
      const hits = [{ rule, id, event }];
      this.kept.push({ position: ++this.#position, hits });
      this.#taker.take(hits, this.#position);
    }

    /** As intake does, but more often, so that tests are short. */
    speak(offset = 0): () => void {
      const timer = setInterval(() => this.#taker.watermark(Date.now() + offset), 100);
      const stop = (): void => clearInterval(timer);
      ends.push(stop);
      return stop;
    }
  }

  /** An evaluator as a process of its own. */
  async function spawnEvaluator(node: string, rules: string[]) {
    const given: ProcessOptions = { options: options(), node, rules, settings };
    const child: ChildProcess = spawn(
      process.execPath,
      ['test/evaluator/evaluator-process.ts', JSON.stringify(given)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, LOG_LEVEL: 'error' },
      },
    );
    const states: string[] = [];
    createInterface({ input: child.stdout! }).on('line', line => states.push(line));
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    };
    ends.push(() => end('SIGKILL'));
    const until = (state: string) =>
      vi.waitFor(() => expect(states.at(-1)).toBe(state), { timeout: 10_000, interval: 5 });
    return { child, states, end, until };
  }

  const untilTold = (count: number, timeout = 10_000) =>
    vi.waitFor(() => expect(webhook.received.length).toBeGreaterThanOrEqual(count), { timeout, interval: 10 });
  /** What a successor would begin with. */
  const untilWritten = (holds: (state: AlertState) => boolean) =>
    vi.waitFor(
      async () => {
        const { z, ...fields } = await redis.client.hgetall('{longshore}:alerts:state');
        const parts: Record<string, string[]> = {};
        for (const [name, packed] of Object.entries(fields))
          if (name.startsWith('page:')) parts[name] = (await unpackText(packed, 1e9)).split('\n');
        expect(z !== undefined && holds({ ...parseState(await unpackText(z, 1e9)), parts })).toBe(true);
      },
      { timeout: 5000, interval: 10 },
    );
  /** Long enough for anything that is sent a second time. */
  const quiet = () => new Promise(resolve => setTimeout(resolve, 500));

  test('two at once: every alert is told once, and the standby shows what the active one knows', async () => {
    const rules = [each(webhook.url)];
    const all = [await evaluator('a', rules), await evaluator('b', rules)];
    await vi.waitFor(() => expect(all.map(one => one.status().state).sort()).toEqual(['active', 'standby']));
    const [active, standby] = all.toSorted((a, b) => a.status().state.localeCompare(b.status().state));
    const sources = [await new Ingest('n1/w0').start(), await new Ingest('n2/w0').start()];
    for (let i = 0; i < 40; i++) sources[i % 2]!.hit('each', `e${i}`);
    await untilTold(40);
    await quiet();
    expect(eventsTold().sort()).toEqual(Array.from({ length: 40 }, (_, i) => `e${i}`).sort());
    await vi.waitFor(
      async () => {
        expect(await standby!.recent(100)).toEqual(await active!.recent(100));
        expect((await standby!.rulesStatus())[0]).toMatchObject({ name: 'each', hits: 40, alerts: 40 });
      },
      { timeout: 4000, interval: 200 },
    );
    await vi.waitFor(() => expect(standby!.status().active).toBe(active!.status().active));
  });

  test('an orderly end hands over at once, with window and silence', async () => {
    const rules = [burst(webhook.url, 10)];
    const a = await evaluator('a', rules);
    await untilActive(a);
    const b = await evaluator('b', rules);
    const ingest = await new Ingest('n/w0').start();
    for (let i = 0; i < 5; i++) ingest.hit('burst', `before${i}`);
    await vi.waitFor(async () => expect((await a.rulesStatus())[0]).toMatchObject({ hits: 5 }));
    const since = performance.now();
    await a.stop(AbortSignal.timeout(2000));
    await untilActive(b);
    expect(performance.now() - since).toBeLessThan(LOCK_MS);
    for (let i = 0; i < 30; i++) ingest.hit('burst', `after${i}`);
    await untilTold(1);
    await quiet();
    expect(eventsTold()).toEqual(['after4']);
    expect((await b.rulesStatus())[0]).toMatchObject({ hits: 35, matches: 3, alerts: 1, suppressed: 2 });
  });

  test('kill -9 in the middle of a window: the standby goes on with it within seconds', async () => {
    const rules = [burst(webhook.url, 10)];
    const first = await spawnEvaluator('a', rules);
    await first.until('active');
    const second = await spawnEvaluator('b', rules);
    await second.until('standby');
    const ingest = await new Ingest('n/w0').start();
    for (let i = 0; i < 5; i++) ingest.hit('burst', `before${i}`);
    await vi.waitFor(async () => expect(await redis.client.hget('{longshore}:alerts:state', 'cursor')).not.toBeNull());
    const since = performance.now();
    await first.end('SIGKILL');
    for (let i = 0; i < 5; i++) ingest.hit('burst', `after${i}`);
    await second.until('active');
    await untilTold(1);
    expect(performance.now() - since).toBeLessThan(LOCK_MS + 3000);
    await quiet();
    expect(eventsTold()).toEqual(['after4']);
  });

  test('alerts go over with the state: that one is over is told once, whoever is killed meanwhile', async () => {
    const rules = [passing(webhook.url, 5)];
    const ingest = await new Ingest('n/w0').start();
    ingest.speak();
    const first = await spawnEvaluator('a', rules);
    await first.until('active');
    const second = await spawnEvaluator('b', rules);
    await second.until('standby');
    for (const id of ['one', 'two']) ingest.hit('passing', id);
    const keys = (): Set<unknown> => new Set(webhook.received.map(one => one.headers['idempotency-key']));
    await vi.waitFor(() => expect(keys().size).toBe(1), { timeout: 10_000 });
    await vi.waitFor(async () => {
      const names = await redis.client.hkeys('{longshore}:alerts:state');
      expect(names.filter(name => name.startsWith('page:alerts.'))).toHaveLength(1);
    });
    await first.end('SIGKILL');
    await second.until('active');
    const third = await spawnEvaluator('c', rules);
    await third.until('standby');
    await vi.waitFor(() => expect(keys().size).toBe(2), { timeout: 15_000 });
    await second.end('SIGKILL');
    await third.until('active');
    await quiet();
    expect(keys().size).toBe(2);
    // A process that only looks sees it as well.
    const connection = new Connection(options(), 'commands');
    connection.open();
    ends.push(() => connection.close());
    const view = new EvaluatorView(connection, options().queue);
    await vi.waitFor(async () =>
      expect(await view.instances()).toMatchObject([{ labels: { service: 'api' }, reason: 'quiet', matches: 1 }]),
    );
    expect(await view.rulesStatus(evaluatorRules(rules), Date.now())).toMatchObject([{ active_alerts: 0 }]);
  });

  test('a silence that one process makes holds for the one that evaluates', async () => {
    const open = async (): Promise<UserSilences> => {
      const connection = new Connection(options(), 'commands');
      connection.open();
      const silences = new UserSilences(new SharedSilences(connection, options().queue));
      await vi.waitFor(() => expect(connection.isReady).toBe(true));
      await silences.start();
      ends.push(async () => {
        await silences.stop();
        connection.close();
      });
      return silences;
    };
    const [here, there] = [await open(), await open()];
    const a = await evaluator('a', [each(webhook.url)], { silences: here.store });
    await untilActive(a);
    const matchers = [{ name: 'alertname', value: 'each', isRegex: false, isEqual: true }];
    const endsAt = Date.now() + 3_600_000;
    const { id } = await there.add({ matchers, endsAt, createdBy: 'kim', comment: '' });
    await vi.waitFor(() => expect(here.store.list()).toMatchObject([{ id }]), { timeout: 5000 });
    const ingest = await new Ingest('n/w0').start();
    ingest.speak();
    ingest.hit('each', 'quiet');
    await vi.waitFor(async () => expect((await a.rulesStatus())[0]).toMatchObject({ matches: 1, suppressed: 1 }));
    await here.expire(id);
    await untilTold(1);
    expect(eventsTold()).toEqual(['quiet']);
    await vi.waitFor(() => expect(there.store.get(id)!.endsAt).toBeLessThan(endsAt), { timeout: 5000 });
    // A Redis that lost everything gets them back.
    await redis.client.flushall();
    await vi.waitFor(async () => expect(await redis.client.hlen('{longshore}:alerts:silences')).toBe(2), {
      timeout: 5000,
    });
    await expect(there.expire('nobody')).rejects.toThrow(/LS_ALERTS_SILENCE_UNKNOWN/);
  });

  test('kill -9 again and again while hits come: each alert is told, and again only with the same key', async () => {
    const rules = [each(webhook.url)];
    const ingest = await new Ingest('n/w0').start();
    let next = 0;
    let running = await spawnEvaluator('p0', rules);
    for (let round = 1; round <= 3; round++) {
      await running.until('active');
      const successor = await spawnEvaluator(`p${round}`, rules);
      for (let i = 0; i < 30; i++) ingest.hit('each', `e${next++}`);
      await untilTold(next - 20);
      await running.end('SIGKILL');
      running = successor;
    }
    await vi.waitFor(() => expect(new Set(eventsTold()).size).toBe(next), { timeout: 10_000 });
    const keys = new Map(webhook.received.map(one => [one.headers['idempotency-key'], (one.body as Fields)['_id']]));
    expect(keys.size).toBe(next);
    // One message for each kill, at most.
    expect(webhook.received.length - next).toBeLessThanOrEqual(3);
  });

  test('frozen past its time and woken: it neither writes nor tells again', async () => {
    const rules = [each(webhook.url), burst(webhook.url, 10)];
    const first = await spawnEvaluator('a', rules);
    await first.until('active');
    const second = await spawnEvaluator('b', rules);
    await second.until('standby');
    const ingest = await new Ingest('n/w0').start();
    ingest.speak();
    for (let i = 0; i < 5; i++) ingest.hit('burst', `before${i}`);
    ingest.hit('each', 'one');
    await untilTold(1);
    await untilWritten(state => outboxOf(state).length === 0 && recentOf(state).length === 1);
    // One that waits for its next try, several times a second.
    accepts = false;
    ingest.hit('each', 'refused');
    await untilTold(3);
    await untilWritten(state => outboxOf(state).length === 1);
    first.child.kill('SIGSTOP');
    await quiet();
    accepts = true;
    const refused = webhook.received.splice(1).length;
    expect(refused).toBeGreaterThan(1);
    for (let i = 0; i < 5; i++) ingest.hit('burst', `after${i}`);
    ingest.hit('each', 'two');
    await second.until('active');
    await untilTold(4);
    const token = await redis.client.hget('{longshore}:alerts:state', 'token');
    first.child.kill('SIGCONT');
    await first.until('standby');
    ingest.hit('each', 'three');
    await untilTold(5);
    await quiet();
    expect(eventsTold().sort()).toEqual(['after4', 'one', 'refused', 'three', 'two']);
    expect(await redis.client.hget('{longshore}:alerts:state', 'token')).toBe(token);
    expect(Number(await redis.client.hget('{longshore}:alerts:state', 'token'))).toBeGreaterThan(1);
  });

  test('Redis is killed and comes back, twice: nothing is lost, nothing told twice', async () => {
    const rules = [each(webhook.url), burst(webhook.url, 10)];
    const all = [await evaluator('a', rules), await evaluator('b', rules)];
    const ingest = await new Ingest('n/w0').start();
    for (let i = 0; i < 5; i++) ingest.hit('burst', `before${i}`);
    for (let i = 0; i < 5; i++) ingest.hit('each', `x${i}`);
    await untilTold(5);
    for (let round = 0; round < 2; round++) {
      // What is told and not yet written may be told again, with the same key.
      await untilWritten(state => outboxOf(state).length === 0 && recentOf(state).length === 5 + round * 5);
      await redis.kill();
      for (let i = 0; i < 5; i++) ingest.hit('each', `y${round}${i}`);
      if (round === 1) await new Promise(resolve => setTimeout(resolve, LOCK_MS * 1.5));
      await redis.startAgain();
      await untilTold(10 + round * 5, 15_000);
    }
    for (let i = 0; i < 5; i++) ingest.hit('burst', `after${i}`);
    await untilTold(16);
    await quiet();
    expect(new Set(eventsTold()).size).toBe(16);
    expect(eventsTold()).toHaveLength(16);
    expect(eventsTold()).toContain('after4');
    expect(all.filter(one => one.status().state === 'active')).toHaveLength(1);
  });

  test('Redis loses everything: the evaluator goes on with what it knew', async () => {
    const a = await evaluator('a', [burst(webhook.url, 10)]);
    await untilActive(a);
    const ingest = await new Ingest('n/w0').start();
    for (let i = 0; i < 5; i++) ingest.hit('burst', `before${i}`);
    await vi.waitFor(async () => expect(await redis.client.hget('{longshore}:alerts:state', 'cursor')).not.toBeNull());
    await redis.client.flushall();
    await vi.waitFor(async () => expect(await redis.client.get('{longshore}:alerts:lock')).not.toBeNull(), {
      timeout: 5000,
    });
    for (let i = 0; i < 5; i++) ingest.hit('burst', `after${i}`);
    await untilTold(1);
    await quiet();
    expect(eventsTold()).toEqual(['after4']);
  });

  test('its clock goes back an hour: nothing is lost, nothing told twice', async () => {
    let shift = 0;
    const rules = [each(webhook.url), burst(webhook.url, 3, 'realert: { seconds: 1 }\n')];
    const a = await evaluator('a', rules, { now: () => Date.now() - shift });
    await untilActive(a);
    const ingest = await new Ingest('n/w0').start();
    const three = (name: string): void => {
      for (let i = 0; i < 3; i++) ingest.hit('burst', `${name}${i}`);
    };
    three('a');
    ingest.hit('each', 'x');
    await untilTold(2);
    shift = 3_600_000;
    ingest.hit('each', 'y');
    await untilTold(3);
    await new Promise(resolve => setTimeout(resolve, 1100));
    three('b');
    await untilTold(4);
    expect(a.status().state).toBe('active');
    const b = await evaluator('b', rules);
    await a.stop(AbortSignal.timeout(2000));
    await untilActive(b);
    ingest.hit('each', 'z');
    await untilTold(5);
    await quiet();
    expect(eventsTold().sort()).toEqual(['a2', 'b2', 'x', 'y', 'z']);
  });

  test('silence of two sources is told once, and a dead one does not hold it up', async () => {
    const a = await evaluator('a', [silence(webhook.url, 5)], { silentMs: 2000 });
    await untilActive(a);
    const [one, two, dead] = [
      await new Ingest('n1/w0').start(),
      await new Ingest('n2/w0').start(),
      await new Ingest('n3/w0').start(),
    ];
    one.speak();
    two.speak(-200);
    const die = dead.speak();
    one.hit('silence', 'the last');
    setTimeout(die, 1000);
    await untilTold(1, 20_000);
    await quiet();
    await quiet();
    expect(webhook.received).toHaveLength(1);
    expect((webhook.received[0]!.body as Fields)['count']).toBe(0);
  });

  test('the state of a time without Redis is taken over', async () => {
    const dir = tempFolder();
    const at = START + 5000;
    const rules = [burst(webhook.url, 5)];
    const told = each(webhook.url)
      .replace('each', 'told')
      .replace(/alert: post.*/s, 'alert: debug\n');
    const alone = await engine({ dir, rules: evaluatorRules([...rules, told]), now: () => at });
    for (const n of [1, 2, 3, 4]) alone.consume([hit('burst', `b${n}`, START + n * 1000)], n);
    alone.consume([hit('told', 'o1', START)], 5);
    await alone.stop(AbortSignal.timeout(2000));
    const a = await evaluator('a', rules, { now: () => at, seed: () => new FileStateStore(dir).read() });
    const ingest = await new Ingest('n/w0').start();
    ingest.hit('burst', 'the fifth', at);
    await untilTold(1);
    expect(eventsTold()).toEqual(['the fifth']);
    expect((await a.recent()).map(({ rule }) => rule)).toEqual(['burst', 'told']);
  });

  test('new rules count in the active one, at once', async () => {
    const a = await evaluator('a', []);
    await untilActive(a);
    a.replaceRules(evaluatorRules([each(webhook.url)]));
    const ingest = await new Ingest('n/w0').start();
    ingest.hit('each', 'x');
    await untilTold(1);
    expect((await a.rulesStatus()).map(({ name }) => name)).toEqual(['each']);
  });

  test('what a rule knows is a part of its own in Redis, written when it changed, gone with its rule', async () => {
    const state = '{longshore}:alerts:state';
    const a = await evaluator('a', [burst(webhook.url, 5), burst(webhook.url, 5).replace('burst', 'other')]);
    await untilActive(a);
    const ingest = await new Ingest('n/w0').start();
    ingest.hit('burst', 'x');
    ingest.hit('other', 'x');
    const untilParts = (names: string[]) =>
      vi.waitFor(
        async () => {
          const fields = await redis.client.hkeys(state);
          expect(fields.filter(name => name.startsWith('rule:base:')).sort()).toEqual(names);
        },
        { timeout: 5000, interval: 10 },
      );
    await untilParts(['rule:base:burst', 'rule:base:other']);
    await vi.waitFor(async () => expect((await a.rulesStatus()).map(({ hits }) => hits)).toEqual([1, 1]));
    // A mark that stays as long as the part is not written again.
    await vi.waitFor(
      async () => {
        const part = await unpackText((await redis.client.hget(state, 'rule:base:other'))!, 1e9);
        expect(JSON.parse(part)).toMatchObject({ counters: { hits: 1 } });
      },
      { timeout: 5000, interval: 10 },
    );
    await redis.client.hset(state, 'rule:base:other', 'marked');
    ingest.hit('burst', 'y');
    await untilWritten(saved => countersOf(saved).get('burst')?.hits === 2);
    expect(await redis.client.hget(state, 'rule:base:other')).toBe('marked');
    a.replaceRules(evaluatorRules([burst(webhook.url, 5)]));
    await untilParts(['rule:base:burst']);
  });

  test('a state that nobody can read is put aside, and evaluation goes on', async () => {
    await redis.client.hset('{longshore}:alerts:state', 'token', 4, 'z', 'rubbish', 'cursor', '1-1');
    const a = await evaluator('a', [each(webhook.url)]);
    const ingest = await new Ingest('n/w0').start();
    ingest.hit('each', 'x');
    await untilTold(1);
    expect(a.status().state).toBe('active');
    expect((await redis.client.keys('*unreadable*')).length).toBe(1);
  });
});
