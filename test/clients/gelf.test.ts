import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mustRun } from '../support/command.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { ClientProgram } from './client-program.ts';
import { pipPackages } from './pip.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../web/fixtures/localhost.${name}.pem`, import.meta.url));
const { path: packages, isThere } = await pipPackages(['pygelf==0.4.3']);
const hasPygelf = requireOrSkip('pygelf of PyPI', isThere);

const COUNT = 5;

describe('GELF', () => {
  let longshore: Longshore;
  let ports: { gelf: number; tls: number; http: number };

  beforeAll(async () => {
    const tls = `{cert_file: ${fixture('cert')}, key_file: ${fixture('key')}}`;
    const port = await reusablePort();
    const set = { 'inputs.gelf': `{address: '127.0.0.1:${port}', tls_address: '127.0.0.1:0', tls: ${tls}}` };
    longshore = await Longshore.start({ set });
    const listening = JSON.parse(longshore.log.find(line => line.includes('"room":"inputs.gelf"'))!) as {
      port: number;
      tls_port: number;
    };
    ports = { gelf: listening.port, tls: listening.tls_port, http: longshore.ready.http };
  }, 120_000);
  afterAll(() => longshore?.remove());

  async function found(name: string) {
    return vi.waitFor(
      async () => {
        const { hits } = await longshore.search(`case:"${name}"`, { order: 'asc' });
        expect(hits.length).toBe(COUNT + 1);
        return {
          events: hits.filter(({ n }) => n !== undefined).sort((a, b) => Number(a['n']) - Number(b['n'])),
          hits,
        };
      },
      { timeout: 20_000, interval: 100 },
    );
  }

  test.runIf(hasPygelf).for([
    ['udp', 'gelf', {}, 0],
    ['udp', 'gelf', { compress: false }, 0],
    ['udp', 'gelf', { compress: false, chunk_size: 200 }, 5000],
    ['tcp', 'gelf', {}, 5000],
    ['tls', 'tls', {}, 0],
    ['http', 'http', {}, 0],
    ['http', 'http', { compress: false }, 5000],
  ] as const)('pygelf: %s %s %o', async ([kind, door, options, padding]) => {
    const tag = `pygelf ${kind} ${JSON.stringify(options).replace(/\W+/g, ' ')} ${padding}`;
    const argument = JSON.stringify({ ...{ kind, port: ports[door], tag, count: COUNT, options, padding } });
    const env = { PYTHONPATH: packages };
    expect(await mustRun('python3', ['test/clients/python/gelf.py', argument], { env })).toBe('done');
    const { events, hits } = await found(tag);
    for (const [n, event] of events.entries()) {
      expect(event).toMatchObject({ n, message: `event ${n} 안녕`, level: 'WARN', padding: 'x'.repeat(padding) });
      expect(Math.abs(Date.parse(event['@timestamp']) - Date.now())).toBeLessThan(600_000);
    }
    expect(hits.find(({ n }) => n === undefined)).toMatchObject({
      message: 'failed',
      level: 'ERROR',
      full_message: expect.stringContaining('ValueError: no stock') as unknown,
    });
  });

  test.for([
    ['udp', 'gelf', {}],
    ['tcp', 'gelf', {}],
    ['tcp-tls', 'tls', { ca: [] }],
  ] as const)('gelf-pro: %s', async ([kind, door, options]) => {
    const tag = `gelf-pro ${kind}`;
    const argument = JSON.stringify({ kind, port: ports[door], tag, count: COUNT, ...options });
    // Its certificate is of nobody that this machine knows.
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
    expect(await mustRun(process.execPath, ['test/clients/npm/gelf.ts', argument], { env })).toBe('done');
    const { events, hits } = await found(tag);
    for (const [n, event] of events.entries())
      expect(event).toMatchObject({ n, message: `event ${n} 안녕`, level: 'WARN', shop_item: n });
    expect(hits.find(({ n }) => n === undefined)).toMatchObject({
      message: 'no stock',
      full_message: expect.stringContaining('Error: no stock\n') as unknown,
    });
  });

  test('gelf-pro over TCP and kill -9: what was read is there, once and in order, and what came after it is back', async () => {
    const settings = { port: ports.gelf, count: 1500, pause: false, kind: 'tcp' };
    const client = new ClientProgram(
      { command: process.execPath, args: ['test/clients/npm/gelf.ts'] },
      'killed',
      settings,
    );
    const numbers = async () => (await longshore.searchAll('case:killed AND n:*')).map(({ n }) => Number(n));
    const found = await vi.waitFor(
      async () => {
        const some = await numbers();
        expect(some).not.toEqual([]);
        return some;
      },
      { timeout: 20_000, interval: 5 },
    );
    await longshore.kill();
    expect(client.said).not.toContain('done');
    longshore = await longshore.again();
    await client.says('done');
    const stored = await vi.waitFor(
      async () => {
        const all = await numbers();
        expect(all.at(-1)).toBe(1499);
        return all;
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(stored).toEqual([...new Set(stored)].sort((a, b) => a - b));
    expect(stored.slice(0, found.length)).toEqual(found);
  }, 120_000);
});
