import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SilenceView as Theirs } from '../../../src/core/api/alertmanager.ts';
import type { SilenceView as Ours } from '../../../src/core/api/silences.ts';
import { inProcess } from '../../cli/in-process.ts';
import { elasticsearchImage, Server } from '../../store/elasticsearch/server.ts';
import { dockerRecord, ForwardSender } from '../../support/forward-sender.ts';
import { Longshore } from '../../support/longshore.ts';
import { RedisServer, redisEngine } from '../../support/redis.ts';
import { requireOrSkip } from '../../support/services.ts';
import { startWebhook } from '../../support/webhook.ts';
import { Amtool, hasAmtool } from '../routing/amtool.ts';

const rule = (name: string, alert: string): string => `name: ${name}
type: any
index: docker-logs-*
filter: [{ query: { query_string: { query: 'level:ERROR' } } }]
realert: { minutes: 5 }
query_key: service
alert: ${alert}
`;

const [redisThere, elasticsearchThere] = [await redisEngine(), await elasticsearchImage(9)];
const WAIT = { timeout: 20_000, interval: 100 };

describe.runIf(requireOrSkip('amtool', hasAmtool()))('amtool and longshore have the same silences', () => {
  const amtool = new Amtool();
  const dir = mkdtempSync(join(tmpdir(), 'longshore-one-store-'));
  const running: Longshore[] = [];
  let hook: Awaited<ReturnType<typeof startWebhook>>;
  beforeAll(async () => {
    hook = await startWebhook();
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.kill();
    hook.received.length = 0;
  });
  afterAll(async () => {
    await hook?.close();
    amtool.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  async function start(name: string, roles: string, set: Record<string, string>): Promise<Longshore> {
    const file = join(dir, 'alertmanager.yml');
    writeFileSync(
      file,
      `route: { receiver: hook, group_by: [alertname], group_wait: 100ms, group_interval: 500ms }
receivers: [{ name: hook, webhook_configs: [{ url: '${hook.url}/routed' }] }]`,
    );
    const rules = {
      'routed.yaml': rule('routed', 'routes'),
      'direct.yaml': `${rule('direct', 'post')}http_post_url: ${hook.url}/direct\n`,
      'loud.yaml': `${rule('loud', 'post')}http_post_url: ${hook.url}/loud\n`,
    };
    const one = await Longshore.start({
      ...{ rules, pipelines: {}, dataDir: join(dir, name), args: ['--role', roles] },
      set: { alertmanager: file, ...set },
    });
    running.push(one);
    return one;
  }

  /** Silences made on one side are seen on the other, and mute rules and routes. `taking` evaluates, `looking` is asked. */
  async function proveIn(taking: Longshore, looking: Longshore): Promise<void> {
    const am = (...args: string[]): string =>
      amtool.run('--no-version-check', `--alertmanager.url=${taking.url}`, 'silence', ...args).trim();
    const theirs = (): Theirs[] => JSON.parse(am('query', '-o', 'json')) as Theirs[];
    const cli = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await inProcess(['silence', ...args, '--url', looking.url]);
      expect([code, err]).toEqual([0, '']);
      return out;
    };
    const ours = async (): Promise<Ours[]> =>
      (await cli('list', '--json'))
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as Ours);
    const paths = (): string[] => [...new Set(hook.received.map(({ path }) => basename(path)))].sort();

    const id = am('add', '--author=kim', '--comment=disk', '--duration=1h', 'alertname=~"direct|routed"');
    await vi.waitFor(
      async () =>
        expect(await ours()).toMatchObject([
          { id, state: 'active', created_by: 'kim', comment: 'disk', text: '{alertname=~"direct|routed"}' },
        ]),
      WAIT,
    );
    await cli('add', 'service="other"', '--for', '30m', '--author', 'lee', '--comment', 'tests');
    await vi.waitFor(
      () =>
        expect(
          theirs()
            .map(({ createdBy }) => createdBy)
            .sort(),
        ).toEqual(['kim', 'lee']),
      WAIT,
    );
    const other = theirs().find(({ createdBy }) => createdBy === 'lee')!;
    expect(other).toMatchObject({ matchers: [{ name: 'service', value: 'other', isRegex: false, isEqual: true }] });

    const sender = await ForwardSender.connect(taking.ready.forward);
    const record = dockerRecord('ERROR no stock', { container_name: '/shop-1' });
    sender.message('docker.shop', record, 'one');
    sender.message('docker.other', dockerRecord('ERROR none', { container_name: '/other-1' }), 'two');
    await sender.acknowledged(2);
    sender.close();
    await vi.waitFor(() => expect(paths()).toEqual(['loud']), WAIT);
    await new Promise(resolve => setTimeout(resolve, 1500));
    expect(hook.received.map(({ path }) => basename(path))).toEqual(['loud']);

    am('expire', other.id);
    await vi.waitFor(async () => expect((await ours()).map(one => one.id)).toEqual([id]), WAIT);
    await cli('expire', id);
    await vi.waitFor(() => expect(theirs()).toEqual([]), WAIT);
    await vi.waitFor(() => expect(paths()).toEqual(['direct', 'loud', 'routed']), WAIT);
  }

  test('in a file', { timeout: 300_000 }, async () => {
    const one = await start('file', 'ingest,index,alert,web', { 'buffer.chunk_max_age_ms': '50' });
    await proveIn(one, one);
  });

  const canRun = requireOrSkip('Redis', redisThere) && requireOrSkip('Elasticsearch 9', elasticsearchThere);
  test.runIf(canRun)('over Redis, in several processes', { timeout: 300_000 }, async () => {
    const [elasticsearch, redis] = await Promise.all([Server.start(9), RedisServer.start()]);
    try {
      const set = {
        ...{ 'buffer.type': 'redis', 'buffer.url': redis.url, 'buffer.spool.chunk_max_age_ms': '50' },
        ...{ 'store.type': 'elasticsearch', 'store.nodes': `["${elasticsearch.url}"]` },
      };
      const taking = await start('taking', 'ingest,index,alert', set);
      await proveIn(taking, await start('looking', 'web', set));
    } finally {
      for (const one of running.splice(0)) await one.kill();
      await redis.remove();
      await elasticsearch.remove();
    }
  });
});
