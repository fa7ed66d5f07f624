import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AnswerReader } from '../../src/base/forward/answers.ts';
import { decodeHelo } from '../../src/base/forward/handshake.ts';
import type { StoredEvent } from '../../src/core/contracts.ts';
import { ACCESS_LOG, Longshore } from '../support/longshore.ts';

interface Expected {
  /** Settings of the longshore that the sender spoke with. */
  set?: Record<string, string>;
  /** Events as they were stored, but for `_id` and `seq`, and how often. */
  events: { count: number; event: Record<string, unknown> }[];
}

// What real senders put on the wire: one folder a configuration, see README.md there.
const recordings = globSync('test/clients/recorded/*/expected.json')
  .map(path => basename(join(path, '..')))
  .sort();

test('there are recordings of both senders', () => {
  expect(recordings.filter(name => name.startsWith('fluent-bit-')).length).toBeGreaterThan(5);
  expect(recordings.filter(name => name.startsWith('fluentd-')).length).toBeGreaterThan(3);
});

const folderOf = (name: string): string => join('test/clients/recorded', name);
const expectedOf = (name: string): Expected =>
  JSON.parse(readFileSync(join(folderOf(name), 'expected.json'), 'utf8')) as Expected;
const connectionsOf = (name: string) =>
  globSync(join(folderOf(name), '*.client.bin'))
    .sort()
    .map(path => ({ client: readFileSync(path), server: readIfThere(path.replace('.client.', '.server.')) }));

/**
 * Those that spoke with a longshore of the same settings have one now. Fluent Bit makes its ids of chunks of what is in
 * them: what it sent packed would be known from what it sent plain.
 */
const groups = Map.groupBy(recordings, name =>
  JSON.stringify({ set: expectedOf(name).set ?? {}, isPacked: name.endsWith('-gzip') }),
);

describe.each([...groups])('what a real sender has sent is answered and stored as then, with %s', (group, names) => {
  let longshore: Longshore;
  /** Of those before. */
  const known = new Set<string>();
  beforeAll(async () => {
    const servers = names.flatMap(name => connectionsOf(name).map(({ server }) => server));
    longshore = await Longshore.start({
      pipelines: ACCESS_LOG,
      set: {
        'event.clamp_past_days': '36500',
        'store.retention.max_age_days': '36500',
        ...(JSON.parse(group) as { set: Record<string, string> }).set,
      },
      env: {
        NODE_OPTIONS: `--import=${resolve('test/clients/recorded/nonces.mjs')}`,
        LONGSHORE_NONCES: JSON.stringify(servers.flatMap(noncesOf)),
      },
    });
  });
  afterAll(() => longshore?.remove());

  test.for(names)('%s', async name => {
    const { events } = expectedOf(name);
    for (const { client, server } of connectionsOf(name)) {
      expect(await replay(longshore.ready.forward, client, server.length)).toEqual(server);
    }
    const total = events.reduce((sum, { count }) => sum + count, 0);
    // Without acknowledgements nobody says when they are there.
    await vi.waitFor(async () => expect((await longshore.search('*')).total).toBe(known.size + total), {
      timeout: 10_000,
    });
    const fresh = (await longshore.searchAll('*')).filter(({ _id }) => !known.has(_id));
    for (const { _id } of fresh) known.add(_id);
    expect(sorted(fresh.map(bare))).toEqual(
      sorted(events.flatMap(({ count, event }) => Array.from({ length: count }, () => event))),
    );
  });
});

/** Sends the bytes as the sender did, after HELO where there was one; gives what was answered. */
async function replay(port: number, bytes: Buffer, answerBytes: number): Promise<Buffer> {
  const socket = createConnection({ host: '127.0.0.1', port });
  const answers: Buffer[] = [];
  let length = 0;
  const { promise: isAnswered, resolve: answered } = Promise.withResolvers<void>();
  socket.on('data', (data: Buffer) => {
    answers.push(data);
    length += data.length;
    if (length >= answerBytes) answered();
  });
  socket.on('close', () => answered());
  await once(socket, 'connect');
  socket.write(bytes);
  if (answerBytes > 0) await isAnswered;
  socket.end();
  await once(socket, 'close');
  return Buffer.concat(answers);
}

/** The nonce, and the salt for passwords, of the recorded HELO: in the order in which they were made. */
function noncesOf(server: Buffer): string[] {
  const reader = new AnswerReader();
  reader.push(server);
  const helo = decodeHelo(reader.next() ?? null);
  if (helo === undefined) return [];
  return [helo.nonce.toString('hex'), helo.auth.toString('hex') || '00'.repeat(16)];
}

function bare(hit: StoredEvent): Record<string, unknown> {
  const { _id, seq, ...event } = hit;
  return event;
}

const sorted = (events: Record<string, unknown>[]): Record<string, unknown>[] =>
  events
    .map(event => [JSON.stringify(event), event] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, event]) => event);

function readIfThere(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
}
