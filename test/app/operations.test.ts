import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { childOf } from '../support/chance.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore, type LongshoreOptions } from '../support/longshore.ts';

const root = mkdtempSync(join(tmpdir(), 'longshore-operations-'));
const running = new Set<Longshore>();
let folders = 0;

async function start(options: LongshoreOptions = {}): Promise<Longshore> {
  const longshore = await Longshore.start({ rules: {}, dataDir: join(root, `d${folders++}`), ...options });
  running.add(longshore);
  return longshore;
}

/** What a start that must fail says, on standard error. */
async function refused(options: LongshoreOptions): Promise<string> {
  try {
    await start(options);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it started');
}

afterEach(async () => {
  for (const one of running) await one.kill();
  running.clear();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const exists = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('what keeps it from starting', () => {
  test('an address in use: the setting is named, and nothing stays behind', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const dataDir = join(root, `d${folders++}`);
    for (const setting of ['inputs.forward.address', 'inputs.tcp_json.address', 'http.address']) {
      const said = await refused({ dataDir, set: { [setting]: `127.0.0.1:${port}` } });
      expect(said).toMatch(/^ended before it was ready: 1$/m);
      expect(said).toMatch(
        new RegExp(`^longshore: ${setting}: 127\\.0\\.0\\.1:${port} is in use.* \\(LS_[A-Z_]+IN_USE\\)$`, 'm'),
      );
      expect(said).not.toMatch(/\n {4}at /);
    }
    other.close();
    await once(other, 'close');
    // The lock of data_dir and the ports before that one are free again.
    const again = await start({ dataDir, set: { 'http.address': `127.0.0.1:${port}` } });
    expect(await again.stop()).toBe(0);
  });

  test('another process in the same data_dir', async () => {
    const first = await start();
    const said = await refused({ dataDir: first.dataDir });
    expect(said).toMatch(/^ended before it was ready: 1$/m);
    expect(said).toMatch(
      /^longshore: data_dir .*data is used by another longshore\. Stop that one.*\(LS_DATA_DIR_IN_USE\)$/m,
    );
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
  });

  test('a data_dir that cannot be one', async () => {
    expect(await refused({ set: { data_dir: '/dev/null/data' } })).toMatch(
      /^longshore: data_dir \/dev\/null\/data cannot be written: .*\(LS_DATA_DIR\)$/m,
    );
  });
});

describe('SIGTERM', () => {
  test('drains: what was acknowledged just before is there after a restart', async () => {
    const first = await start();
    const storeProcess = childOf(first.process.pid!)!;
    const sender = await ForwardSender.connect(first.ready.forward);
    for (let i = 0; i < 200; i++) sender.message('app', dockerRecord(`INFO drained ${i}`), `drain-${i}`);
    await sender.acknowledged(200);
    const started = Date.now();
    expect(await first.stop()).toBe(0);
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(exists(storeProcess)).toBe(false);
    const second = await first.again();
    running.add(second);
    await second.untilReady();
    expect((await second.search('drained')).total).toBe(200);
  });

  test('under load: everything that was acknowledged is there, once, and it ends in time', async () => {
    const first = await start({ set: { 'buffer.chunk_max_age_ms': '100' } });
    const sender = await ForwardSender.connect(first.ready.forward);
    let sent = 0;
    const sending = setInterval(() => {
      for (let i = 0; i < 20; i++, sent++) {
        sender.forward(
          'app',
          [dockerRecord(`INFO loaded n${sent}a`), dockerRecord(`INFO loaded n${sent}b`)],
          `load-${sent}`,
        );
      }
    }, 5);
    await sender.acknowledged(500);
    const started = Date.now();
    const code = await first.stop();
    clearInterval(sending);
    expect(code).toBe(0);
    expect(Date.now() - started).toBeLessThan(11_000);
    await sender.closed;
    const second = await first.again();
    running.add(second);
    await second.untilReady();
    const texts = (await second.searchAll('loaded')).map(hit => String(hit['message']));
    const stored = new Set(texts);
    expect(texts).toHaveLength(stored.size);
    const lost = sender.acks
      .map(chunk => Number(chunk.slice('load-'.length)))
      .filter(n => !stored.has(`INFO loaded n${n}a`) || !stored.has(`INFO loaded n${n}b`));
    expect(lost).toEqual([]);
  });

  test('with a store that does not move on, the deadline ends it', async () => {
    const first = await start({ set: { stop_deadline_ms: '1000' } });
    const sender = await ForwardSender.connect(first.ready.forward);
    sender.message('app', dockerRecord('INFO before the stop'), 'one');
    await sender.acknowledged(1);
    const storeProcess = childOf(first.process.pid!)!;
    process.kill(storeProcess, 'SIGSTOP');
    const started = Date.now();
    expect(await first.stop()).toBe(0);
    expect(Date.now() - started).toBeLessThan(4000);
    await vi.waitFor(() => expect(exists(storeProcess)).toBe(false), { timeout: 3000 });
    const second = await first.again();
    running.add(second);
    await second.untilReady();
    expect((await second.search('"before the stop"')).total).toBe(1);
  });
});

describe('kill -9', () => {
  test('leaves no obstacle: lock, unix sockets and the store process', async () => {
    const sockets = { 'inputs.forward.unix_socket': join(root, 'f.sock'), 'http.unix_socket': join(root, 'h.sock') };
    const ports = {
      'inputs.forward.address': `127.0.0.1:${await reusablePort()}`,
      'http.address': `127.0.0.1:${await reusablePort()}`,
    };
    const first = await start({ set: { ...sockets, ...ports } });
    const storeProcess = childOf(first.process.pid!)!;
    const sender = await ForwardSender.connect(first.ready.forward);
    sender.message('app', dockerRecord('INFO survivor'), 'one');
    await sender.acknowledged(1);
    await first.kill();
    expect(existsSync(join(first.dataDir, 'data', 'lock.sock'))).toBe(true);
    const second = await first.again();
    running.add(second);
    await second.untilReady();
    expect((await second.search('survivor')).total).toBe(1);
    await vi.waitFor(() => expect(exists(storeProcess)).toBe(false), { timeout: 5000 });
    expect(await second.stop()).toBe(0);
    for (const path of Object.values(sockets)) expect(existsSync(path)).toBe(false);
  });
});

describe('what operators look at', () => {
  test('health, readiness and metrics', async () => {
    const longshore = await start();
    const sender = await ForwardSender.connect(longshore.ready.forward);
    const id = '4f0c9be1a2d37865'.repeat(4);
    sender.message(`docker.${id.slice(0, 12)}`, dockerRecord('INFO counted', { container_id: id }), 'm-1');
    await sender.acknowledged(1);
    await fetch(`${longshore.url}/api/logs?tag=${id}`, { method: 'POST', body: '{"message":"counted"}' });
    await fetch(`${longshore.url}/nothing/${id}`);
    await longshore.search('counted');
    await longshore.untilReady();

    const health = await fetch(`${longshore.url}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, expect.objectContaining({ status: 'ok' })]);
    const ready = await fetch(`${longshore.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [] }]);

    const response = await fetch(`${longshore.url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(match => [match[1]!, match[2]!]));
    expect(types.size).toBeGreaterThan(40);
    const wrong = [...types].filter(([name, type]) => {
      const unit = type === 'counter' ? '_total' : type === 'histogram' ? '_(seconds|bytes)' : '';
      return !new RegExp(`^longshore_[a-z0-9_]+${unit}$`).test(name) || (type === 'gauge' && name.endsWith('_total'));
    });
    expect(wrong).toEqual([]);
    const without = [...types.keys()].filter(name => !text.includes(`# HELP ${name} `));
    expect(without).toEqual([]);
    // Every stage counts, and nothing from outside has become a label.
    const values = new Map([...text.matchAll(/^([a-z]\S*) (\S+)$/gm)].map(match => [match[1]!, Number(match[2])]));
    expect(values.get('longshore_intake_frames_total{input="forward"}')).toBe(1);
    expect(values.get('longshore_intake_events_total')).toBe(2);
    expect(values.get('longshore_spool_frames_total')).toBe(2);
    expect(values.get('longshore_search_seconds_count{kind="search"}')).toBe(1);
    expect(text.match(/\{[^}]*[0-9a-f]{12,}[^}]*\}/g)).toBeNull();
  });

  test('while the store process is away it lives, is not ready, and says why', async () => {
    const longshore = await start();
    await longshore.untilReady();
    process.kill(childOf(longshore.process.pid!)!, 'SIGKILL');
    await vi.waitFor(async () => expect((await fetch(`${longshore.url}/readyz`)).status).toBe(503), {
      timeout: 3000,
      interval: 5,
    });
    expect((await fetch(`${longshore.url}/healthz`)).status).toBe(200);
    const sender = await ForwardSender.connect(longshore.ready.forward);
    sender.message('app', dockerRecord('INFO meanwhile'), 'one');
    await sender.acknowledged(1);
    await longshore.untilReady();
    expect((await longshore.search('meanwhile')).total).toBe(1);
  });
});
