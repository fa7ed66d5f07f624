import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gateway, takesAll } from '../store/elasticsearch/gateway.ts';
import { elasticsearchImage, type Served, Server } from '../store/elasticsearch/server.ts';
import { RedisServer, redisEngine } from '../support/redis.ts';
import { requireOrSkip } from '../support/services.ts';
import { inProcess } from './in-process.ts';

const NOWHERE = 'http://127.0.0.1:9';

function check(set: Record<string, string>, ...more: string[]) {
  const sets = Object.entries(set).flatMap(([path, value]) => ['--set', `${path}=${value}`]);
  // Files are looked at elsewhere.
  return inProcess(['check', '--url', NOWHERE, '--set', 'pipelines=[]', '--set', 'rules=[]', ...sets, ...more]);
}

const elasticsearch = (...nodes: string[]) => ({ 'store.type': 'elasticsearch', 'store.nodes': JSON.stringify(nodes) });
const redis = (url: string) => ({ 'buffer.type': 'redis', 'buffer.url': url, ...elasticsearch(NOWHERE) });

describe('check looks behind the URLs', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await Gateway.start(takesAll);
  });
  afterAll(() => gateway.close());

  test('what does not answer is an error, without its password; --offline looks at files only', async () => {
    const url = 'redis://someone:secret@127.0.0.1:9';
    const found = await check({ ...redis(url), ...elasticsearch('http://someone:secret@127.0.0.1:9') });
    expect(found.code).toBe(1);
    expect(found.out).toMatch(/^error +--set buffer\.url: there is no Redis at 127\.0\.0\.1:9: .*\(LS_REDIS_AWAY\)$/m);
    expect(found.out).toMatch(
      /^error +--set store\.nodes: http:\/\/127\.0\.0\.1:9: Elasticsearch cannot be reached: /m,
    );
    expect(found.out + found.err).not.toContain('secret');
    expect(found.err).toBe('');

    const offline = await check(redis(url), '--offline');
    expect(offline).toMatchObject({ code: 0, out: expect.not.stringMatching(/Redis|Elasticsearch/) });
  });

  test('a node of several that is away is a warning', async () => {
    gateway.handler = takesAll;
    const { code, out } = await check(elasticsearch(gateway.url, NOWHERE));
    expect(code).toBe(0);
    expect(out).toContain(`ok       store: Elasticsearch 9.2.0 at ${gateway.url}\n`);
    expect(out).toMatch(/^warning +--set store\.nodes: http:\/\/127\.0\.0\.1:9: Elasticsearch cannot be reached/m);
  });

  test.for([
    [{ number: '7.10.2' }, 'Elasticsearch 7.10.2 is not supported. (LS_STORE_ELASTICSEARCH_VERSION)'],
    [
      { number: '1.3.20', distribution: 'opensearch' },
      'OpenSearch 1.3.20 is not supported. (LS_STORE_ELASTICSEARCH_VERSION)',
    ],
  ] as const)('%s is refused by name', async ([version, text]) => {
    gateway.handler = (_, response) => {
      const isElasticsearch = !('distribution' in version);
      response.writeHead(200, {
        'content-type': 'application/json',
        ...(isElasticsearch ? { 'x-elastic-product': 'Elasticsearch' } : {}),
      });
      response.end(JSON.stringify({ version }));
      return undefined;
    };
    const { code, out } = await check(elasticsearch(gateway.url));
    expect(code).toBe(1);
    expect(out).toContain(`${gateway.url}: ${text}`);
    expect(out).toMatch(/^ +Use Elasticsearch 7\.17, 8\.11 or newer, or 9; or OpenSearch 2 or 3\./m);
  });

  test('what wants a password, a red cluster and a known fault of a version are said', async () => {
    gateway.handler = () => ({ status: 401, body: { error: { type: 'security', reason: 'missing credentials' } } });
    expect((await check(elasticsearch(gateway.url))).out).toMatch(
      /^error .*does not let us in \(status 401\): missing/m,
    );
    gateway.handler = ({ path }) => ({
      status: 200,
      body: path.startsWith('/_cluster') ? { status: 'red' } : { version: { number: '9.1.2' } },
    });
    const { code, out } = await check(elasticsearch(gateway.url));
    expect(code).toBe(0);
    expect(out).toMatch(/^warning .*: this version indexes quotes and backslashes of keywords wrongly/m);
    expect(out).toMatch(/^warning .*: its cluster is red/m);
  });
});

for (const major of [8, 9] as const satisfies Served[]) {
  describe.runIf(requireOrSkip(`Elasticsearch ${major}`, await elasticsearchImage(major)))('with a real one', () => {
    let server: Server;
    beforeAll(async () => {
      server = await Server.start(major);
    }, 300_000);
    afterAll(() => server?.remove());

    test(`Elasticsearch ${major} is named with its version, and nothing is put there`, async () => {
      const { code, out } = await check(elasticsearch(server.url));
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^ok +store: Elasticsearch ${major}\\.\\d+\\.\\d+ at ${server.url}$`, 'm'));
      expect((await server.json('GET', '/_index_template/longshore-docker-logs')).status).toBe(404);
    });
  });
}

describe.runIf(requireOrSkip('Redis', await redisEngine()))('with a real Redis', () => {
  const findingsOf = async (...args: string[]) => {
    const server = await RedisServer.start(args);
    try {
      return (await check(redis(server.url))).out;
    } finally {
      await server.remove();
    }
  };

  test('one that is set up well is just named', async () => {
    const out = await findingsOf('--appendonly', 'yes', '--appendfsync', 'always');
    expect(out).toMatch(/^ok +buffer: Redis \d+\.\S+ at 127\.0\.0\.1:\d+, appendfsync always$/m);
    expect(out).not.toMatch(/^warning .*buffer/m);
  });

  test('one that loses chunks at a restart, or throws them away, is warned of', async () => {
    const out = await findingsOf('--maxmemory-policy', 'allkeys-lru', '--maxmemory', '100mb');
    expect(out).toMatch(/^warning +--set buffer\.url: The append-only file of Redis is off: .* Set appendonly yes\.$/m);
    expect(out).toMatch(/^warning .*maxmemory-policy of Redis is allkeys-lru: .* Set noeviction\.$/m);
    expect(out).toMatch(/^warning .*maxmemory of Redis \(105 MB\) is less than buffer\.max_bytes \(10000 MB\)\.$/m);
  });

  test('one without WAITAOF is said to be known by waiting only', async () => {
    const out = await findingsOf('--appendonly', 'yes');
    const [, major, minor] = /Redis (\d+)\.(\d+)/.exec(out)!.map(Number);
    const hasWaitAof = major! > 7 || (major === 7 && minor! >= 2);
    if (hasWaitAof) expect(out).toMatch(/^ok .*append-only file confirmed by WAITAOF$/m);
    else expect(out).toMatch(/^warning .*has no WAITAOF: /m);
  });

  test('one that wants a password says so', async () => {
    expect(await findingsOf('--requirepass', 'x')).toMatch(
      /^error .*Redis wants a password\. \(LS_REDIS_REFUSED\)\n +Write it into buffer\.url/m,
    );
  });
});
