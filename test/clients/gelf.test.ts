import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mustRun } from '../support/command.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { pythonPackage } from './python-package.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../web/fixtures/localhost.${name}.pem`, import.meta.url));
const pygelf = await pythonPackage('pygelf', '0.4.3');
const packages = pygelf.path;

const COUNT = 5;
const hasPygelf = requireOrSkip('pygelf of PyPI', pygelf.isThere);

describe('GELF', () => {
  let longshore: Longshore;
  let ports: { gelf: number; tls: number; http: number };

  beforeAll(async () => {
    const tls = `{cert_file: ${fixture('cert')}, key_file: ${fixture('key')}}`;
    const set = { 'inputs.gelf': `{address: '127.0.0.1:0', tls_address: '127.0.0.1:0', tls: ${tls}}` };
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
});
