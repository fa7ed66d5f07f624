import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { signedHeaders } from '../../../src/base/aws/sigv4.ts';
import { createElastic } from '../../../src/store/elasticsearch/client.ts';
import { elasticsearchStoreOptions } from '../../../src/store/elasticsearch/options.ts';
import { Gateway, type Handler, takesAll } from './gateway.ts';
import { chunk, type Given, numbered, Place, until } from './helpers.ts';

// What goes over the wire, seen by a server of the test.

let gateway: Gateway;
const places: Place[] = [];
beforeEach(async () => {
  gateway = await Gateway.start(takesAll);
});
afterEach(async () => {
  await Promise.all(places.splice(0).map(place => place.stop()));
  await gateway.close();
});

async function started(given: Partial<Given> = {}): Promise<Place> {
  const place = await Place.start({ nodes: [gateway.url], ...given });
  places.push(place);
  return place;
}

describe('requests', () => {
  test('the bulk body is the chunk, byte for byte, gzipped; media types name no version', async () => {
    const { store } = await started();
    const data = chunk(numbered(20));
    await store.write(data);
    const [bulk] = gateway.bulks;
    expect(bulk!.body.equals(data.body)).toBe(true);
    expect(bulk!.headers['content-encoding']).toBe('gzip');
    expect(bulk!.headers['content-type']).toBe('application/x-ndjson');
    expect(
      gateway.asked.filter(({ headers }) => /compatible-with/.test(`${headers.accept} ${headers['content-type']}`)),
    ).toEqual([]);
  });

  test('without compression it goes as it is', async () => {
    const { store } = await started({ compression: 'none' });
    await store.write(chunk(numbered(20)));
    expect(gateway.bulks[0]!.headers['content-encoding']).toBeUndefined();
  });

  test('an API key', async () => {
    await started({ api_key: 'a2V5OnNlY3JldA==' });
    expect(new Set(gateway.asked.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['ApiKey a2V5OnNlY3JldA==']),
    );
  });

  test('user and password', async () => {
    await started({ username: 'longshore', password: 'pässword' });
    const expected = `Basic ${Buffer.from('longshore:pässword').toString('base64')}`;
    expect(new Set(gateway.asked.map(({ headers }) => headers.authorization))).toEqual(new Set([expected]));
  });

  test('signed for AWS, over what is on the wire', async () => {
    const aws = { region: 'eu-west-1', access_key: 'AKID', secret_key: 'a secret' };
    const { store } = await started({ aws });
    await store.write(chunk(numbered(20)));
    await store.search({ query: { type: 'all' }, size: 1 });
    const asked = [...gateway.asked];
    expect(asked.map(({ method }) => method)).toEqual(expect.arrayContaining(['GET', 'PUT', 'POST']));
    for (const { method, path, headers, wire } of asked) {
      const now = Date.parse(
        String(headers['x-amz-date']).replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'),
      );
      const request = { method, url: new URL(path, `http://${headers.host}`), headers: {}, body: wire };
      const account = { accessKey: aws.access_key, secretKey: aws.secret_key };
      const expected = signedHeaders(request, account, { region: aws.region, service: 'es', now });
      expect(headers.authorization).toBe(expected['Authorization']);
    }
    expect(() => Place.of({ nodes: [gateway.url, 'http://127.0.0.1:1'], aws })).toThrow('LS_STORE_AWS');
    expect(() => Place.of({ nodes: [gateway.url], aws, username: 'u' })).toThrow('LS_STORE_AWS');
  });

  test('not more requests at the same time than max_in_flight, and more than one', async () => {
    let running = 0;
    let most = 0;
    gateway.handler = async (asked, response) => {
      if (!asked.path.includes('/_bulk')) return takesAll(asked, response);
      most = Math.max(most, ++running);
      await new Promise(resolve => setTimeout(resolve, 5));
      running--;
      return takesAll(asked, response);
    };
    const { store } = await started({ max_in_flight: 3 });
    await Promise.all(Array.from({ length: 60 }, () => store.write(chunk(numbered(2)))));
    expect(most).toBe(3);
    expect(store.stats()).toMatchObject({ stored: 120, in_flight: 0, waiting: 0 });
  });

  test('a refused request takes no more memory than its bytes', async () => {
    gateway.handler = () => ({ status: 503, body: { error: { type: 'unavailable', reason: 'for a while' } } });
    const elastic = createElastic(elasticsearchStoreOptions({ nodes: [gateway.url], compression: 'none' }));
    const bulk = Buffer.alloc(1_300_000, 'x');
    const refused = async () =>
      expect((await elastic.request({ method: 'POST', path: '/_bulk', bulk })).status).toBe(503);
    await refused();
    const before = process.resourceUsage().maxRSS;
    for (let i = 0; i < 5; i++) await refused();
    // A copy of the request in the error, made byte by byte, is 200 MB each time.
    expect((process.resourceUsage().maxRSS - before) / 1000).toBeLessThan(150);
    await elastic.close();
  });

  test('several nodes: a dead one is passed over', async () => {
    const dead = await Gateway.start(takesAll);
    await dead.close();
    const place = Place.of({ nodes: [dead.url, gateway.url] });
    places.push(place);
    await place.store.start();
    for (let i = 0; i < 5; i++) await place.store.write(chunk(numbered(2)));
    expect(gateway.bulks).toHaveLength(5);
    expect(place.store.ready()).toBe(true);
  });
});

describe('templates', () => {
  const bodies = (): { [path: string]: { template?: { settings?: { index?: object } } } } =>
    Object.fromEntries(
      gateway.asked
        .filter(({ method }) => method === 'PUT')
        .map(({ path, body }) => [path, JSON.parse(body.toString())]),
    );

  test('with an ILM policy, indices get it and retention does nothing', async () => {
    await started({
      ilm_policy: 'logs-14d',
      number_of_replicas: 2,
      index: { prefix: 'docker-logs-' },
      retention: { check_interval_ms: 100 },
    });
    const settings = bodies()['/_component_template/longshore-docker-logs-settings']!.template!.settings!.index;
    expect(settings).toMatchObject({
      lifecycle: { name: 'logs-14d' },
      number_of_replicas: 2,
      auto_expand_replicas: false,
    });
    const before = gateway.asked.length;
    await new Promise(resolve => setTimeout(resolve, 250));
    expect(gateway.asked.slice(before)).toEqual([]);
  });

  test('by default replicas follow the number of nodes', async () => {
    await started({ index: { prefix: 'docker-logs-' } });
    const settings = bodies()['/_component_template/longshore-docker-logs-settings']!.template!.settings!.index;
    expect(settings).toMatchObject({ auto_expand_replicas: '0-1', number_of_shards: 1 });
    expect(settings).not.toHaveProperty('lifecycle');
    expect(bodies()['/_index_template/longshore-docker-logs']).toMatchObject({ index_patterns: ['docker-logs-*'] });
  });

  test('a refused template is an alarm, and is tried again', async () => {
    let refuse = true;
    gateway.handler = (asked, response) =>
      refuse && asked.path.startsWith('/_index_template')
        ? {
            status: 400,
            body: { error: { type: 'illegal_argument_exception', reason: 'patterns of [other] overlap' } },
          }
        : takesAll(asked, response);
    const place = Place.of({ nodes: [gateway.url] });
    places.push(place);
    await place.store.start();
    expect(place.store.ready()).toBe(false);
    expect(place.store.stats().alarm?.reason).toContain('patterns of [other] overlap');
    refuse = false;
    await until(() => place.store.ready(), 'the store is ready');
  });
});

describe('servers', () => {
  const version =
    (number: string, more = {}): Handler =>
    (asked, response) =>
      asked.path === '/' ? { status: 200, body: { version: { number, ...more } } } : takesAll(asked, response);

  const openSearch =
    (number: string): Handler =>
    (asked, response) => {
      if (asked.path !== '/') return takesAll(asked, response);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ version: { distribution: 'opensearch', number } }));
      return undefined;
    };

  test.for([
    ...['7.17.0', '7.17.29', '8.11.0', '8.19.4', '9.0.0', '9.4.1'].map(number => ['Elasticsearch', number] as const),
    ...['2.4.0', '2.19.6', '3.0.0', '3.6.0'].map(number => ['OpenSearch', number] as const),
  ])('%s %s is served', async ([product, number]) => {
    gateway.handler = product === 'OpenSearch' ? openSearch(number) : version(number);
    const { store } = await started();
    expect(await store.probe()).toEqual({ product, version: number });
    expect(store.stats()).toMatchObject({ product, version: number });
  });

  test.for([
    ...['6.8.23', '7.16.3', '8.10.4', '10.0.0'].map(number => ['Elasticsearch', number] as const),
    ...['1.3.20', '4.0.0'].map(number => ['OpenSearch', number] as const),
  ])('%s %s is refused by name', async ([product, number]) => {
    gateway.handler = product === 'OpenSearch' ? openSearch(number) : version(number);
    const place = Place.of({ nodes: [gateway.url] });
    await expect(place.store.start()).rejects.toMatchObject({
      code: 'LS_STORE_ELASTICSEARCH_VERSION',
      message: expect.stringContaining(`${product} ${number} is not supported. Use Elasticsearch 7.17, 8.11 or newer`),
      retryable: false,
    });
  });

  test('an OpenSearch that calls itself 7.10 for old clients, or does not say who it is, is known by its node', async () => {
    const nodes = { status: 200, body: { nodes: { a: { version: '2.19.6' } } } };
    gateway.handler = (asked, response) =>
      asked.path.startsWith('/_nodes') ? nodes : openSearch('7.10.2')(asked, response);
    const expected = { product: 'OpenSearch', version: '2.19.6' };
    expect(await (await started()).store.probe()).toEqual(expected);
    gateway.handler = (asked, response) => {
      if (asked.path === '/') return { status: 405, body: {} };
      return asked.path.startsWith('/_nodes') ? nodes : takesAll(asked, response);
    };
    expect(await (await started()).store.probe()).toEqual(expected);
  });

  test('something else that answers is refused', async () => {
    gateway.handler = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"name":"grafana"}');
      return undefined;
    };
    const place = Place.of({ nodes: [gateway.url] });
    await expect(place.store.start()).rejects.toMatchObject({
      code: 'LS_STORE_ELASTICSEARCH_PRODUCT',
      message: expect.stringContaining('does not say that it is Elasticsearch or OpenSearch'),
    });
  });

  test('wrong credentials are an alarm that names the remedy', async () => {
    gateway.handler = () => ({
      status: 401,
      body: { error: { type: 'security_exception', reason: 'unable to authenticate' } },
    });
    const place = Place.of({ nodes: [gateway.url] });
    places.push(place);
    await place.store.start();
    expect(place.store.stats().alarm?.reason).toMatch(
      /unable to authenticate.*Correct api_key.*LS_STORE_ELASTICSEARCH_AUTH/s,
    );
  });
});

describe('TLS', () => {
  const fixtures = join(import.meta.dirname, '../../web/fixtures');
  const ca_file = join(fixtures, 'localhost.cert.pem');

  async function withTls(given: Partial<Given>): Promise<Place> {
    const server = createServer(
      { key: readFileSync(join(fixtures, 'localhost.key.pem')), cert: readFileSync(ca_file) },
      (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
        response.end(request.url === '/' ? '{"version":{"number":"9.2.0"}}' : '{}');
      },
    );
    await new Promise<void>(resolve => server.listen(0, 'localhost', resolve));
    try {
      const place = Place.of({ nodes: [`https://localhost:${(server.address() as AddressInfo).port}`], ...given });
      places.push(place);
      await place.store.start();
      return place;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  test('a certificate that nobody vouches for is refused', async () => {
    const { store } = await withTls({});
    expect(store.stats().alarm?.reason).toMatch(/self-signed|self signed|unable to verify/);
  });

  test('the authority of ca_file is trusted', async () => {
    expect((await withTls({ ca_file })).store.ready()).toBe(true);
  });

  test('tls_verify: false takes anything', async () => {
    expect((await withTls({ tls_verify: false })).store.ready()).toBe(true);
  });

  test('a ca_file that is not there is a mistake of the configuration', () => {
    expect(() => Place.of({ nodes: ['https://localhost:1'], ca_file: '/nowhere/ca.pem' })).toThrow(
      /store.ca_file: .*LS_STORE_CA_FILE/,
    );
  });
});
