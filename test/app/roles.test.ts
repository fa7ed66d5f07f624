import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkRoles, parseRoles } from '../../src/app/roles.ts';
import { elasticsearchImage, Server } from '../store/elasticsearch/server.ts';
import { seeded } from '../support/chance.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore, type LongshoreOptions } from '../support/longshore.ts';
import { RedisServer, redisEngine } from '../support/redis.ts';
import { requireOrSkip } from '../support/services.ts';
import { StubbornSender, verifyOnce } from '../support/stubborn-sender.ts';
import { startWebhook } from '../support/webhook.ts';

describe('which roles there can be', () => {
  const redis = { buffer: { type: 'redis' } } as never as Parameters<typeof checkRoles>[1];
  const spool = { buffer: { type: 'spool' } } as never as Parameters<typeof checkRoles>[1];

  test('a list of names; without one all of them', () => {
    expect([...parseRoles('index, web')]).toEqual(['index', 'web']);
    expect([...parseRoles(undefined)]).toEqual(['ingest', 'index', 'alert', 'web']);
    expect(() => parseRoles('ingest,wep')).toThrow("there is no role 'wep'. Did you mean 'web'?");
    expect(() => parseRoles('')).toThrow('LS_CONFIG_ROLE');
  });

  test('some of them need Redis between the processes', () => {
    expect(() => checkRoles(parseRoles('ingest'), spool)).toThrow(/buffer\.type.*LS_CONFIG_ROLE/);
    expect(() => checkRoles(parseRoles('web,alert,index,ingest'), spool)).not.toThrow();
    expect(() => checkRoles(parseRoles('ingest'), redis)).not.toThrow();
  });

  test('the process says it, and ends', async () => {
    await expect(Longshore.start({ args: ['--role', 'web'], rules: {} })).rejects.toThrow(/LS_CONFIG_ROLE/);
  });
});

const canRun =
  requireOrSkip('Redis', await redisEngine()) && requireOrSkip('Elasticsearch 9', await elasticsearchImage(9));

describe.runIf(canRun)('each role a process of its own', () => {
  let elasticsearch: Server;
  let redis: RedisServer;
  const root = mkdtempSync(join(tmpdir(), 'longshore-roles-'));
  const running = new Set<Longshore>();
  let folders = 0;

  beforeAll(async () => {
    [elasticsearch, redis] = await Promise.all([Server.start(9), RedisServer.start()]);
  }, 300_000);
  afterAll(async () => {
    await redis?.remove();
    await elasticsearch?.remove();
    rmSync(root, { recursive: true, force: true });
  });
  async function clear(): Promise<void> {
    for (const one of running) await one.kill();
    running.clear();
    await redis.client.flushall();
    await elasticsearch.clear('docker-logs-*');
  }

  async function start(role: string, more: LongshoreOptions = {}): Promise<Longshore> {
    const longshore = await Longshore.start({
      args: ['--role', role],
      rules: {},
      dataDir: join(root, `${role}-${folders++}`),
      ...more,
      set: {
        'buffer.type': 'redis',
        ...(more.set?.['buffer.type'] === 'spool'
          ? {}
          : { 'buffer.url': redis.url, 'buffer.spool.chunk_max_age_ms': '50' }),
        'store.type': 'elasticsearch',
        'store.nodes': `["${elasticsearch.url}"]`,
        stop_deadline_ms: '5000',
        ...more.set,
      },
    });
    running.add(longshore);
    return longshore;
  }

  describe('one of each', () => {
    let webhook: Awaited<ReturnType<typeof startWebhook>>;
    let ingest: Longshore;
    let index: Longshore;
    let alert: Longshore;
    let web: Longshore;
    beforeAll(async () => {
      webhook = await startWebhook();
      const rules = {
        'burst.yaml': `name: burst
type: frequency
index: docker-logs-*
filter: [{ query: { query_string: { query: 'message:cherry' } } }]
num_events: 5
timeframe: { minutes: 5 }
alert: slack
slack_webhook_url: ${webhook.url}
`,
      };
      [ingest, index, alert, web] = await Promise.all([
        start('ingest', { rules }),
        start('index', { rules }),
        start('alert', { rules }),
        start('web', { rules }),
      ]);
    }, 300_000);
    afterAll(async () => {
      await clear();
      await webhook?.close();
    });

    test('a line goes all the way, and the alert comes once', { timeout: 300_000 }, async () => {
      const sender = await ForwardSender.connect(ingest.ready.forward);
      for (let i = 0; i < 5; i++) sender.message('app', dockerRecord(`INFO cherry ${i}`), `cherry-${i}`);
      await sender.acknowledged(5);
      sender.close();
      await vi.waitFor(async () => expect((await web.search('cherry')).total).toBe(5), { timeout: 20_000 });
      await vi.waitFor(() => expect(webhook.received).toHaveLength(1), { timeout: 20_000 });

      // Who has no alerts of its own shows those that there are.
      const ask = async (one: Longshore, path: string, init?: RequestInit) => {
        const response = await fetch(new URL(path, one.url), init);
        return { status: response.status, body: (await response.json()) as Record<string, object> };
      };
      await vi.waitFor(
        async () => expect((await ask(web, '/api/alerts')).body['alerts']).toMatchObject([{ rule: 'burst' }]),
        { timeout: 5000 },
      );

      // Health, readiness, metrics and the ledger are everybody's; the rest is somewhere, and it says where.
      for (const one of [ingest, index, alert, web]) {
        expect((await ask(one, '/healthz')).status).toBe(200);
        await vi.waitFor(async () => expect((await ask(one, '/readyz')).body).toEqual({ ready: true, reasons: [] }), {
          timeout: 10_000,
        });
        expect((await ask(one, '/api/ledger')).status).toBe(200);
        expect((await fetch(`${one.url}/metrics`)).status).toBe(200);
      }
      for (const one of [ingest, index, alert]) {
        for (const path of ['/api/search?query=x', '/api/tail', '/api/alerts', '/']) {
          const { status, body } = await ask(one, path, { headers: { accept: 'text/html' } });
          expect([status, body]).toMatchObject([404, { error: { code: 'LS_WEB_OTHER_ROLE' } }]);
          expect(String((body['error'] as { message: string }).message)).toMatch(/by one with the role web\b/);
        }
      }
      const posted = await ask(web, '/api/logs', { method: 'POST', body: '{"message":"x"}' });
      expect(posted).toMatchObject({ status: 404, body: { error: { code: 'LS_WEB_OTHER_ROLE' } } });
      expect(webhook.received).toHaveLength(1);
    });

    test('the live tail of a process without intake follows the store, each event once', {
      timeout: 300_000,
    }, async () => {
      const sender = await ForwardSender.connect(ingest.ready.forward);
      sender.message('app', dockerRecord('INFO before it began'), 'tail-before');
      await sender.acknowledged(1);
      await vi.waitFor(async () => expect((await web.search('before')).total).toBe(1), { timeout: 20_000 });
      const tail = await fetch(`${web.url}/api/tail?query=level:INFO`);
      const reader = tail.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      const reading = (async () => {
        while (new Set(text.match(/followed \d+/g)).size < 20) text += (await reader.read()).value ?? '';
      })();
      for (let i = 0; i < 20; i++) {
        sender.message('app', dockerRecord(`INFO followed ${i}`), `tail-${i}`);
        sender.message('app', dockerRecord(`DEBUG hidden ${i}`), `tail-hidden-${i}`);
        await sender.acknowledged(3 + 2 * i);
      }
      await reading;
      // Two looks more: none of them tells anything again.
      const more = reader.read();
      await Promise.race([more, new Promise(resolve => setTimeout(resolve, 2500))]);
      await reader.cancel();
      sender.close();
      expect(text.match(/"message":"[^"]*followed \d+"/g)).toHaveLength(20);
      expect(text).not.toMatch(/hidden|before it began/);
    });

    test('two ingest processes, one of three workers, are killed in mid-stream: each line once', {
      timeout: 300_000,
    }, async () => {
      const one = await start('ingest', { dataDir: join(root, 'kill-one') });
      const two = await start('ingest', { dataDir: join(root, 'kill-two'), set: { workers: '3' } });
      const senders = [new StubbornSender('one', seeded(41)), new StubbornSender('two', seeded(42))];
      for (const sender of senders) for (let i = 0; i < 80; i++) sender.produce();
      await Promise.all([
        senders[0]!.deliver(one.ready.forward),
        senders[1]!.deliver(two.ready.forward),
        new Promise<void>(resolve =>
          setTimeout(() => void Promise.all([one.kill(), two.kill()]).then(() => resolve()), 80),
        ),
      ]);
      const again = await Promise.all([one.again(), two.again()]);
      try {
        for (const [i, sender] of senders.entries()) {
          for (let round = 0; round < 20 && sender.unacknowledged.size > 0; round++)
            await sender.deliver(again[i]!.ready.forward);
          expect(sender.unacknowledged.size).toBe(0);
        }
        const expected = new Map(senders.flatMap(sender => [...sender.expected]));
        await vi.waitFor(async () => verifyOnce(await web.searchAll('tag:docker.app'), expected), {
          timeout: 40_000,
          interval: 300,
        });
      } finally {
        for (const longshore of again) await longshore.kill();
      }
    });
  });

  test('workers without Redis store by themselves: a line is found at once, in the spool and in the store', {
    timeout: 300_000,
  }, async () => {
    onTestFinished(clear);
    const longshore = await start('ingest,index,alert,web', {
      set: { 'buffer.type': 'spool', 'buffer.chunk_max_age_ms': '50', workers: '3' },
    });
    const all = await Promise.all(Array.from({ length: 6 }, () => ForwardSender.connect(longshore.ready.forward)));
    // While Elasticsearch makes the index of the day, it refuses to search it.
    all[0]!.message('app', dockerRecord('INFO the first'), 'first');
    await vi.waitFor(async () => expect((await longshore.ledger()).total.stored).toBe(1), { timeout: 20_000 });
    await vi.waitFor(async () => expect((await longshore.search('first')).total).toBe(1), { timeout: 20_000 });
    await Promise.all(
      all.map(async (sender, c) => {
        for (let i = 0; i < 10; i++) {
          sender.message('app', dockerRecord(`INFO direct c${c}n${i}`), `direct-${c}-${i}`);
          await sender.acknowledged(i + 1 + (c === 0 ? 1 : 0));
          expect((await longshore.search(`"c${c}n${i}"`)).total).toBe(1);
        }
      }),
    );
    for (const sender of all) sender.close();
    await vi.waitFor(
      async () => {
        const texts = (await longshore.searchAll('direct')).map(hit => hit['message']);
        expect([texts.length, new Set(texts).size]).toEqual([60, 60]);
        const ledger = await longshore.ledger();
        expect(ledger.total).toMatchObject({ received: 61, stored: 61, in_flight: 0, unaccounted: 0 });
      },
      { timeout: 20_000, interval: 200 },
    );
  });
});
