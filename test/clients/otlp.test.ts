import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StoredEvent } from '../../src/core/contracts.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { ClientProgram, type Program } from './client-program.ts';
import { pipPackages } from './pip.ts';

const VERSION = '1.45.2';
const { path: packages, isThere } = await pipPackages([
  `opentelemetry-sdk==${VERSION}`,
  `opentelemetry-exporter-otlp-proto-http==${VERSION}`,
  `opentelemetry-exporter-otlp-proto-grpc==${VERSION}`,
]);
const hasPython = requireOrSkip("OpenTelemetry's exporters of PyPI", isThere);

const NODE: Program = {
  command: process.execPath,
  args: ['test/clients/npm/otlp.ts'],
  env: { NODE_NO_WARNINGS: '1' },
};
const PYTHON: Program = { command: 'python3', args: ['test/clients/python/otlp.py'], env: { PYTHONPATH: packages } };

interface Client {
  readonly name: string;
  readonly program: Program;
  readonly kind: 'grpc' | 'protobuf' | 'json';
  readonly options: object;
}
const CLIENTS: readonly Client[] = [
  { name: 'npm-grpc', program: NODE, kind: 'grpc', options: { compression: 'gzip' } },
  { name: 'npm-protobuf', program: NODE, kind: 'protobuf', options: { compression: 'gzip' } },
  { name: 'npm-json', program: NODE, kind: 'json', options: {} },
  ...(hasPython
    ? ([
        { name: 'pypi-grpc', program: PYTHON, kind: 'grpc', options: { insecure: true } },
        { name: 'pypi-protobuf', program: PYTHON, kind: 'protobuf', options: {} },
      ] as const)
    : []),
];

const BATCH = 10;

/** Numbers of the events of all lines `word: n, n, ...`. */
const numbersOf = ({ said }: ClientProgram, word: string): number[] =>
  said.flatMap(line =>
    line.startsWith(`${word}: `)
      ? line
          .slice(word.length + 2)
          .split(', ')
          .map(Number)
      : [],
  );

describe("OpenTelemetry's exporters", () => {
  let longshore: Longshore;
  let ports: { grpc: number; http: number };

  beforeAll(async () => {
    ports = { grpc: await reusablePort(), http: await reusablePort() };
    const address = `{address: '127.0.0.1:${ports.grpc}', http_address: '127.0.0.1:${ports.http}'}`;
    longshore = await Longshore.start({ set: { 'inputs.otlp': address } });
  }, 120_000);
  afterAll(() => longshore?.remove());

  function started({ name, program, kind, options }: Client): ClientProgram {
    const url = kind === 'grpc' ? `http://127.0.0.1:${ports.grpc}` : `http://127.0.0.1:${ports.http}/v1/logs`;
    const settings = { port: 0, count: 0, pause: false, kind, url, options };
    return new ClientProgram(program, name, settings);
  }

  async function acked(client: ClientProgram, least: number): Promise<void> {
    await vi.waitFor(
      () => {
        const count = numbersOf(client, 'acked').length;
        if (count < least) throw new Error(`${client.tag}: ${count} of ${least}; ${client.said.slice(-3).join('; ')}`);
      },
      { timeout: 40_000, interval: 20 },
    );
  }

  test('killed in the middle: what was acknowledged is stored, with everything that it said', async () => {
    const clients = CLIENTS.map(client => started(client));
    for (const client of clients) await acked(client, 3 * BATCH);
    await longshore.kill();
    const before = clients.map(client => numbersOf(client, 'acked').length);
    longshore = await longshore.again();
    await longshore.untilReady();
    for (const [i, client] of clients.entries()) await acked(client, before[i]! + 1);
    for (const client of clients) client.goOn();
    for (const client of clients) {
      await client.says('done');
      const acked = numbersOf(client, 'acked');
      const [sent] = numbersOf(client, 'sent');
      const told = [...acked, ...numbersOf(client, 'failed')].sort((a, b) => a - b);
      expect(told, client.tag).toEqual(Array.from({ length: sent! }, (_, n) => n));
      const events = await longshore.searchAll(`service:"${client.tag}"`);
      const stored = new Set(events.map(({ n }) => Number(n)));
      expect(
        acked.filter(n => !stored.has(n)),
        client.tag,
      ).toEqual([]);
      // A batch whose answer was lost is sent again: OTLP has no id by which to know it.
      expect(events.length - stored.size, client.tag).toBeLessThanOrEqual(BATCH);
      for (const event of events) expectEvent(event, client.tag);
    }
  }, 120_000);
});

function expectEvent(event: StoredEvent, tag: string): void {
  const n = Number(event['n']);
  expect(event).toMatchObject({
    ...{ message: `event ${n} 안녕`, level: 'ERROR', logger: 'shop.pay', tag: 'otlp' },
    'http.response.status_code': 402,
    resource: { 'service.version': '1.2' },
  });
  expect(Math.abs(Date.parse(event['@timestamp']) - Date.now())).toBeLessThan(600_000);
  if (!tag.startsWith('npm')) return;
  expect(event).toMatchObject({
    ...{ event_name: 'declined', basket: { items: [n, 'a'] }, scope: { version: '2.0' } },
    kubernetes: { pod_name: 'shop-1' },
  });
}
