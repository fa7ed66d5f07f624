import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Hit } from '../../src/core/contracts.ts';
import { childOf, seeded } from '../support/chance.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';

/*
 * Whoever is killed, whenever: what was acknowledged is there, and what is sent again is there once. A sender as Docker
 * or Fluent Bit would be it: each frame has a chunk id, and what has no ack when the connection breaks is sent again.
 */

/** Chunks that roll and seal often, so that a kill hits something. */
const BUSY = {
  'buffer.chunk_max_events': '20',
  'buffer.chunk_max_age_ms': '50',
  'store.seal_rows': '100',
  'store.seal_min_age_ms': '0',
  stop_deadline_ms: '3000',
};

const folders: string[] = [];
const running = new Set<Longshore>();
afterEach(async () => {
  for (const one of running) await one.kill();
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Sent {
  tag: string;
  records: Record<string, unknown>[];
}

/** What a sender keeps: frames by chunk id, in order, until they are acknowledged. */
class Sender {
  readonly unacknowledged = new Map<string, Sent>();
  readonly expected = new Map<string, string>();
  readonly #random: () => number;
  readonly #name: string;
  #frames = 0;
  #lines = 0;

  constructor(name: string, random: () => number) {
    this.#name = name;
    this.#random = random;
  }

  /** A frame of one to twelve lines, or the three pieces of a long line as three frames. */
  produce(): void {
    if (this.#random() < 0.15) {
      const text = `${this.#nextName()} ${'길다'.repeat(30)}`;
      const bytes = Buffer.from(text);
      const cut = [0, 31, 62, bytes.length];
      const id = `${this.#name}-p${this.#frames}`;
      for (let i = 0; i < 3; i++) {
        const piece = {
          partial_message: 'true',
          partial_id: id,
          partial_ordinal: String(i + 1),
          partial_last: String(i === 2),
        };
        this.#add([{ ...dockerRecord('', piece), log: bytes.subarray(cut[i], cut[i + 1]) }]);
      }
      this.expected.set(text.split(' ')[0]!, text);
      return;
    }
    const count = 1 + Math.floor(this.#random() * 12);
    const names = Array.from({ length: count }, () => this.#nextName());
    for (const name of names) this.expected.set(name, `${name} has something to say`);
    this.#add(names.map(name => dockerRecord(`${name} has something to say`)));
  }

  /** Sends whatever has no ack; some of what has one, too. Stops at the first broken connection. */
  async deliver(port: number): Promise<void> {
    const client = await ForwardSender.connect(port);
    try {
      const frames = [...this.unacknowledged];
      for (const [chunk, { tag, records }] of frames) {
        client.forward(tag, records, chunk);
        if (this.#random() < 0.1) client.forward(tag, records, chunk);
        if (this.#random() < 0.2) await Promise.race([client.acknowledged(client.acks.length + 1), client.closed]);
      }
      await Promise.race([allAcknowledged(client, frames.length), client.closed]);
    } catch {
      // The connection broke: the next round sends again.
    } finally {
      for (const chunk of client.acks) this.unacknowledged.delete(chunk);
      client.close();
    }
  }

  #add(records: Record<string, unknown>[]): void {
    this.unacknowledged.set(`${this.#name}-${this.#frames++}`, { tag: 'docker.app', records });
  }

  #nextName(): string {
    return `${this.#name}x${this.#lines++}`;
  }
}

async function allAcknowledged(client: ForwardSender, frames: number): Promise<void> {
  for (let seen = new Set(client.acks).size; seen < frames; seen = new Set(client.acks).size) {
    await client.acknowledged(client.acks.length + 1);
  }
}

async function everything(longshore: Longshore): Promise<Hit[]> {
  const hits: Hit[] = [];
  let cursor: string | undefined;
  do {
    const page = await longshore.search('', { size: '500', ...(cursor === undefined ? {} : { cursor }) });
    hits.push(...page.hits);
    cursor = page.hits.length < 500 ? undefined : page.cursor;
  } while (cursor !== undefined);
  return hits;
}

function verify(hits: Hit[], expected: Map<string, string>): void {
  const texts = hits.map(hit => String(hit['message']));
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const missing = [...expected.values()].filter(text => !counts.has(text));
  const doubled = [...counts].filter(([, count]) => count > 1).map(([text]) => text);
  const foreign = texts.filter(text => !expected.has(text.split(' ')[0]!));
  const told = (texts: string[]) => [texts.length, ...texts.slice(0, 3)];
  expect({ missing: told(missing), doubled: told(doubled), foreign: told(foreign) }).toEqual({
    missing: [0],
    doubled: [0],
    foreign: [0],
  });
}

async function start(dataDir: string, env: NodeJS.ProcessEnv = {}): Promise<Longshore> {
  const longshore = await Longshore.start({ dataDir, set: BUSY, env, rules: {} });
  running.add(longshore);
  return longshore;
}

async function finish(dataDir: string, sender: Sender): Promise<void> {
  const last = await start(dataDir);
  for (let i = 0; i < 20 && sender.unacknowledged.size > 0; i++) await sender.deliver(last.ready.forward);
  expect(sender.unacknowledged.size).toBe(0);
  await last.untilReady();
  verify(await everything(last), sender.expected);
  // And once more from the disk alone.
  await last.stop();
  running.delete(last);
  const again = await start(dataDir);
  await again.untilReady();
  verify(await everything(again), sender.expected);
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'longshore-kill-'));
  folders.push(path);
  return path;
}

describe('kill -9 at any moment', () => {
  for (const seed of [1, 2, 3, 4]) {
    test(`of the service, eight times, seed ${seed}`, { timeout: 120_000 }, async () => {
      const random = seeded(seed);
      const sender = new Sender(`s${seed}`, random);
      const dataDir = folder();
      for (let round = 0; round < 8; round++) {
        const longshore = await start(dataDir);
        for (let i = 0; i < 60; i++) sender.produce();
        const killed = new Promise<void>(resolve =>
          setTimeout(() => void longshore.kill().then(resolve), 5 + random() * 250),
        );
        await Promise.all([sender.deliver(longshore.ready.forward), killed]);
        running.delete(longshore);
      }
      await finish(dataDir, sender);
    });
  }

  for (const seed of [11, 12]) {
    test(`of the store's process, ten times, seed ${seed}`, { timeout: 120_000 }, async () => {
      const random = seeded(seed);
      const sender = new Sender(`t${seed}`, random);
      const dataDir = folder();
      const longshore = await start(dataDir);
      for (let round = 0; round < 10; round++) {
        for (let i = 0; i < 40; i++) sender.produce();
        const child = childOf(longshore.process.pid!);
        setTimeout(() => {
          if (child !== undefined && childOf(longshore.process.pid!) === child) process.kill(child, 'SIGKILL');
        }, random() * 150);
        await sender.deliver(longshore.ready.forward);
      }
      await longshore.stop();
      running.delete(longshore);
      await finish(dataDir, sender);
    });
  }

  const points = [
    'spool.after_fsync:3',
    'spool.after_fsync:40',
    'spool.after_chunks:2',
    'spool.after_journal:2',
    'spool.after_log_removed:2',
    'before_copy:1',
    'after_copy:1',
    'before_rename:1',
    'after_rename:1',
    'after_commit:1',
    'after_commit:2',
  ];
  for (const point of points) {
    test(`right ${point.replace(/[._]/g, ' ').replace(/:(\d+)/, ', time $1')}`, { timeout: 60_000 }, async () => {
      const random = seeded(7);
      const sender = new Sender('f', random);
      const dataDir = folder();
      const faulty = await start(dataDir, { LONGSHORE_FAULT: point });
      for (let i = 0; i < 200; i++) sender.produce();
      await sender.deliver(faulty.ready.forward);
      await faulty.kill();
      running.delete(faulty);
      await finish(dataDir, sender);
    });
  }
});
