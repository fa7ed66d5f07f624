import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { StoredEvent } from '../../src/core/contracts.ts';
import { Longshore } from '../support/longshore.ts';

// What real senders say over HTTP: one folder a configuration, see recorded/README.md.
interface Expected {
  door: 'http' | 'otlp_http' | 'otlp_grpc';
  /** Of the answers, in their order; none for gRPC, whose answers are no text. */
  statuses: number[];
  /** As they were stored, but for `_id` and `seq`. */
  events: Record<string, unknown>[];
}

const folders = globSync('test/clients/recorded/http/*/expected.json').map(dirname).sort();
let longshore: Longshore;
let ports: Record<Expected['door'], number>;

beforeAll(async () => {
  longshore = await Longshore.start({
    set: {
      ...{ 'event.clamp_past_days': '36500', 'store.retention.max_age_days': '36500' },
      'inputs.otlp': "{address: '127.0.0.1:0', http_address: '127.0.0.1:0'}",
    },
  });
  const otlp = JSON.parse(longshore.log.find(line => line.includes('"room":"inputs.otlp"'))!) as {
    port: number;
    http_port: number;
  };
  ports = { http: longshore.ready.http, otlp_grpc: otlp.port, otlp_http: otlp.http_port };
}, 120_000);
afterAll(() => longshore?.remove());

test('there are recordings of every way', () => {
  const names = folders.map(folder => basename(folder)).join();
  for (const way of ['es', 'splunk', 'loki', 'otlp', 'otlp-grpc', 'http-json', 'http-msgpack'])
    expect(names).toContain(`fluent-bit-${way}`);
  for (const sender of ['vector', 'filebeat', 'logstash']) expect(names).toContain(sender);
});

test.for(folders)('%s', async folder => {
  const name = basename(folder);
  const { door, statuses, events } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
  const { answered, close } = await replay(ports[door], bytesOf(folder));
  const found = async (): Promise<Record<string, unknown>[]> =>
    (await longshore.searchAll(`case:"${name}" OR labels.case:"${name}"`)).filter(event => isOf(event, name)).map(bare);
  // An answer to gRPC is no text.
  await vi.waitFor(async () => expect(answered()).toEqual(statuses), { timeout: 10_000, interval: 10 });
  if (door === 'otlp_grpc') await vi.waitFor(async () => expect(await found()).toHaveLength(events.length));
  close();
  expect(inOrder(await found())).toEqual(inOrder(events));
});

/** A recording of bytes, or requests that are written by hand. */
function bytesOf(folder: string): Buffer {
  const recorded = join(folder, 'client.bin');
  if (existsSync(recorded)) return readFileSync(recorded);
  const requests = JSON.parse(readFileSync(join(folder, 'requests.json'), 'utf8')) as {
    line: string;
    headers?: Record<string, string>;
    body?: string | string[] | object;
  }[];
  const written = requests.map(({ line, headers = {}, body }) => {
    const lines = Array.isArray(body) ? body.map(one => `${JSON.stringify(one)}\n`).join('') : body;
    const bytes = Buffer.from(lines === undefined ? '' : typeof lines === 'string' ? lines : JSON.stringify(lines));
    const all = { host: '127.0.0.1', ...headers, 'content-length': String(bytes.length) };
    const head = Object.entries(all).map(([key, value]) => `${key}: ${value}\r\n`);
    return Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\n${head.join('')}\r\n`), bytes]);
  });
  return Buffer.concat(written);
}

/** Sends them; `answered`: the statuses so far. */
async function replay(port: number, bytes: Buffer): Promise<{ answered(): number[]; close(): void }> {
  const socket = createConnection({ host: '127.0.0.1', port });
  let text = '';
  socket.on('data', data => {
    text += data.toString('latin1');
  });
  await once(socket, 'connect');
  socket.write(bytes);
  const answered = (): number[] => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return { answered, close: () => socket.destroy() };
}

const isOf = (event: StoredEvent, name: string): boolean =>
  event['case'] === name || (event['labels'] as { case?: string } | undefined)?.case === name;

function bare({ _id, seq, ...event }: StoredEvent): Record<string, unknown> {
  return event;
}

const inOrder = (events: Record<string, unknown>[]): Record<string, unknown>[] =>
  events
    .map(event => [JSON.stringify(event), event] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, event]) => event);
