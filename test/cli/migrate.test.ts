import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StoredEvent } from '../../src/core/contracts.ts';
import { elasticsearchImage, Server } from '../store/elasticsearch/server.ts';
import { dockerRecord, ForwardSender, type Record_ } from '../support/forward-sender.ts';
import { ACCESS_LOG, Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { inProcess as longshore } from './in-process.ts';
import { collect, start } from './support.ts';

const SEALS = { 'store.seal_max_age_ms': '10' };
/** What searches give. */
type Found = Map<string, { total: number; hits: StoredEvent[] }>;

const NOON = Date.UTC(2026, 10, 19, 12);
const DAY_MS = 86_400_000;

/** What a day of a team may look like, with what is hard to carry. */
const RECORDS: Record_[] = [
  {
    log: '203.0.113.9 - - [20/Nov/2026:13:55:36 +0000] "GET /a?b=c HTTP/1.1" 500 12 "-" "curl/8.5"',
    container_name: '/nginx-1',
  },
  {
    log: '{"level":"error","msg":"no \\"luck\\" \\\\ 안녕","user":{"id":7,"tags":["a","b"],"none":null},"took":1.25e-7}',
  },
  {
    log: '{"level":30,"big":12345678901234567890,"small":9007199254740993,"neg":-0.5,"deep":{"a":{"b":{"c":[1,{"d":2}]}}}}',
  },
  {
    log: 'plain with \t tab and \u0001 control',
    'com.docker.compose.service': 'worker',
    empty: '',
    list: [],
    object: {},
  },
  { log: 'names', 'a.b': 1, a: { b: 2 }, fields: { x: 1 }, constructor: 'c', __proto__x: 1, 'dot.': 'odd' },
  { log: 'k8s', kubernetes: { namespace_name: 'prod', labels: { 'app.kubernetes.io/name': 'api', app: 'x' } } },
  { log: `${'long '.repeat(3_000)}end` },
];
const QUERIES = [
  '',
  'level:ERROR',
  'response:500 AND verb:GET',
  'luck',
  'kubernetes.namespace_name:prod',
  'service:worker',
  'message:/pl[a-z]+n/',
  'user.id:7',
  'long end',
];

describe.runIf(requireOrSkip('Elasticsearch 9', await elasticsearchImage(9)))('longshore migrate', () => {
  let server: Server;
  /** What a service has left behind; each test has a copy of it. */
  const full = mkdtempSync(join(tmpdir(), 'longshore-migrate-full-'));
  let before: Found;
  let dataDir: string;
  beforeAll(async () => {
    server = await Server.start(9);
    before = await fill(full);
  }, 300_000);
  afterAll(async () => {
    rmSync(full, { recursive: true, force: true });
    await server?.remove();
  });
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'longshore-migrate-'));
    cpSync(full, dataDir, { recursive: true });
    await server.clear('docker-logs-*');
    return () => rmSync(dataDir, { recursive: true, force: true });
  });

  const elasticsearch = () => ({ 'store.type': 'elasticsearch', 'store.nodes': `["${server.url}"]` });
  const args = (set: Record<string, string> = {}) =>
    Object.entries({ data_dir: join(dataDir, 'data'), ...elasticsearch(), ...set }).flatMap(([path, value]) => [
      '--set',
      `${path}=${value}`,
    ]);
  const segments = (dir = dataDir) =>
    (readdirSync(join(dir, 'data', 'store', 'segments'), { recursive: true }) as string[]).filter(name =>
      name.endsWith('.parquet'),
    );

  /** Two sealed days and a chunk; what searches of it give. */
  async function fill(dataDir: string): Promise<Found> {
    const pipelines = [...ACCESS_LOG, 'json'];
    const first = await Longshore.start({ dataDir, rules: {}, pipelines, set: SEALS });
    await send(first, 3);
    await vi.waitFor(() => expect(new Set(segments(dataDir).map(path => path.split('/')[0])).size).toBe(2), 10_000);
    await vi.waitFor(() => expect(readdirSync(join(dataDir, 'data', 'chunks'))).toEqual([]), 10_000);
    await first.stop();
    const second = await Longshore.start({ dataDir, rules: {}, pipelines, set: { 'buffer.chunk_max_age_ms': '50' } });
    await send(second, 1, 'last');
    await second.untilReady();
    const found = await answersOf(second);
    await second.stop();
    return found;
  }

  async function answersOf(one: Longshore): Promise<Found> {
    const all: Found = new Map();
    for (const query of QUERIES) {
      const hits = await one.searchAll(query);
      all.set(query, { total: (await one.search(query, { size: '0' })).total, hits });
    }
    return all;
  }

  async function send(to: Longshore, rounds: number, name = 'round'): Promise<void> {
    const sender = await ForwardSender.connect(to.ready.forward);
    let frames = 0;
    for (let round = 0; round < rounds; round++) {
      for (const day of [0, 1]) {
        const records = RECORDS.map(record => dockerRecord(String(record['log']), record));
        sender.forward('docker.app', records, `${name}-${round}-${day}`, NOON + day * DAY_MS + round);
        frames++;
      }
    }
    await sender.acknowledged(frames);
    sender.close();
  }

  async function found(): Promise<Found> {
    const there = await Longshore.start({
      rules: {},
      set: { ...elasticsearch(), 'store.retention.max_age_days': '36500' },
    });
    try {
      await vi.waitFor(async () => expect((await fetch(`${there.url}/readyz`)).ok).toBe(true), 10_000);
      return await answersOf(there);
    } finally {
      await there.remove();
    }
  }

  test('searches find the same events afterwards, and a second run stores nothing twice', {
    timeout: 300_000,
  }, async () => {
    expect(before.get('')!.total).toBe(8 * RECORDS.length);
    const first = await longshore(['migrate', ...args()]);
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining('2 days done, 0 not; 56 events\n') });
    expect(first.out).toMatch(/^2026\.11\.19 {2}done: 24 events, 24 found in docker-logs-2026\.11\.19$/m);
    expect([...(await found())]).toEqual([...before]);
    expect(segments().length).toBeGreaterThanOrEqual(2);

    const second = await longshore(['migrate', '--day', '2026.11.20', ...args()]);
    expect(second.out).toMatch(
      /^2026\.11\.20 {2}done: 32 events, 32 found in docker-logs-2026\.11\.20, 32 of them from before$/m,
    );
    const removed = await longshore(['migrate', '--remove', ...args()]);
    expect(removed).toMatchObject({ code: 0, out: expect.stringMatching(/^2026\.11\.19 {2}removed from /m) });
    expect(segments()).toEqual([]);
    expect(readdirSync(join(dataDir, 'data', 'chunks'))).toEqual([]);
    expect((await longshore(['migrate', ...args()])).out).toContain('holds no events of an embedded store');
    expect([...(await found())]).toEqual([...before]);
  });

  test('killed at any moment it can be run again', { timeout: 300_000 }, async () => {
    for (const point of ['sending', 'sent', 'marked', 'sending:2', 'sent:2', 'marked:2']) {
      const child = start(['migrate', ...args()], { env: { LONGSHORE_FAULT: `migrate.${point}` } });
      const told = collect(child);
      const [, signal] = (await once(child, 'close')) as [unknown, string | null];
      expect(signal, told.out + told.err).toBe('SIGKILL');
    }
    const last = await longshore(['migrate', '--remove', ...args()]);
    expect(last).toMatchObject({ code: 0, out: expect.stringContaining('2 days done, 0 not') });
    expect([...(await found())]).toEqual([...before]);
  });

  test('what Elasticsearch refuses is a dead letter, and the day is done', { timeout: 300_000 }, async () => {
    const index = { 'store.index.prefix': 'narrow-' };
    // Somebody else's index, made before, in which a message is a date.
    await server.json('PUT', '/narrow-2026.11.20', {
      mappings: { dynamic: 'strict', properties: { seq: { type: 'long' }, '@timestamp': { type: 'date' } } },
    });
    const { code, out } = await longshore(['migrate', ...args(index)]);
    expect(out).toMatch(/^2026\.11\.20 {2}done: 32 events, 0 found in narrow-2026\.11\.20, 32 in the dead letters$/m);
    expect(out).toMatch(/^2026\.11\.19 {2}done: 24 events, 24 found/m);
    expect(code).toBe(0);
    const letters = join(dataDir, 'data', 'dead-letters');
    expect(
      readdirSync(letters)
        .map(name => readFileSync(join(letters, name), 'latin1'))
        .join(''),
    ).toContain('strict');
    await server.clear('narrow-*');
  });

  test('mistakes are named before anything is touched', { timeout: 300_000 }, async () => {
    const wrong = await longshore(['migrate', '--day', '2026.11.18', ...args()]);
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringContaining('It has 2026.11.19, 2026.11.20. (LS_MIGRATE_DAY)'),
    });
    const embedded = await longshore(['migrate', '--set', `data_dir=${join(dataDir, 'data')}`]);
    expect(embedded).toMatchObject({ code: 1, err: expect.stringContaining('(LS_MIGRATE_STORE)') });
    const away = await longshore(['migrate', ...args({ 'store.nodes': '["http://127.0.0.1:9"]' })]);
    expect(away).toMatchObject({ code: 1, err: expect.stringContaining('(LS_STORE_ELASTICSEARCH_AWAY)') });

    const running = await Longshore.start({ dataDir, rules: {}, set: elasticsearch() });
    try {
      const busy = await longshore(['migrate', ...args()]);
      expect(busy).toMatchObject({ code: 1, err: expect.stringContaining('(LS_DATA_DIR_IN_USE)') });
      const told = running.log.find(line => line.includes('longshore migrate'))!;
      expect(JSON.parse(told)).toMatchObject({ level: 'warn', days: 2, oldest: '2026.11.19' });
    } finally {
      await running.stop();
    }
  });
});
