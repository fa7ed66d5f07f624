import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { childOf, seeded } from '../support/chance.ts';
import { Longshore } from '../support/longshore.ts';
import { StubbornSender, verifyOnce } from '../support/stubborn-sender.ts';

/*
 * Whoever is killed, whenever: what was acknowledged is there, and what is sent again is there once; and the ledger says
 * that all of it was received once, and is stored. A sender as Docker or Fluent Bit would be it: each frame has a chunk
 * id, and what has no ack when the connection breaks is sent again.
 */

/** Chunks that roll and seal often, so that a kill hits something. */
const BUSY = {
  'buffer.chunk_max_events': '20',
  'buffer.chunk_max_age_ms': '50',
  'store.seal_rows': '100',
  'store.seal_max_age_ms': '3000',
  stop_deadline_ms: '3000',
};

const folders: string[] = [];
const running = new Set<Longshore>();
afterEach(async () => {
  for (const one of running) await one.kill();
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(dataDir: string, env: NodeJS.ProcessEnv = {}): Promise<Longshore> {
  const longshore = await Longshore.start({ dataDir, set: BUSY, env, rules: {} });
  running.add(longshore);
  return longshore;
}

async function finish(dataDir: string, sender: StubbornSender): Promise<void> {
  const last = await start(dataDir);
  for (let i = 0; i < 20 && sender.unacknowledged.size > 0; i++) await sender.deliver(last.ready.forward);
  expect(sender.unacknowledged.size).toBe(0);
  await last.untilReady();
  verifyOnce(await last.searchAll(''), sender.expected);
  await untilBalanced(last, sender);
  // And once more from the disk alone.
  await last.stop();
  running.delete(last);
  const again = await start(dataDir);
  await again.untilReady();
  verifyOnce(await again.searchAll(''), sender.expected);
  await untilBalanced(again, sender);
}

async function untilBalanced(longshore: Longshore, { expected: { size } }: StubbornSender): Promise<void> {
  const total = { received: size, stored: size, dead_lettered: 0, dropped: 0, in_flight: 0, unaccounted: 0 };
  await vi.waitFor(async () => expect((await longshore.ledger()).total).toEqual(total), { interval: 50 });
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'longshore-kill-'));
  folders.push(path);
  return path;
}

describe('kill -9 at any moment', () => {
  for (const seed of [1, 2]) {
    test(`of the service, five times, seed ${seed}`, { timeout: 300_000 }, async () => {
      const random = seeded(seed);
      const sender = new StubbornSender(`s${seed}`, random);
      const dataDir = folder();
      for (let round = 0; round < 5; round++) {
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

  test("of the store's process, twenty times", { timeout: 300_000 }, async () => {
    const random = seeded(11);
    const sender = new StubbornSender('t', random);
    const dataDir = folder();
    const longshore = await start(dataDir);
    for (let round = 0; round < 20; round++) {
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

  // Each begins with what the one before left behind: that is found, and then the next fault comes.
  const points = {
    'of the spool': [
      'spool.after_fsync:3',
      'spool.after_fsync:40',
      'spool.after_chunks:2',
      'spool.after_journal:2',
      'spool.after_log_removed:2',
    ],
    "of the store's process": [
      'before_copy:1',
      'after_copy:1',
      'before_rename:1',
      'after_rename:1',
      'after_commit:1',
      'after_commit:2',
    ],
  };
  for (const [whose, those] of Object.entries(points)) {
    test(`right at each step ${whose}`, { timeout: 300_000 }, async () => {
      const sender = new StubbornSender('f', seeded(7));
      const dataDir = folder();
      for (const point of those) {
        const faulty = await start(dataDir, { LONGSHORE_FAULT: point });
        for (let i = 0; i < 150; i++) sender.produce();
        await sender.deliver(faulty.ready.forward);
        // It has struck.
        await vi.waitFor(() => {
          const isDown = faulty.log.some(line => line.includes('the store process ended unexpectedly'));
          expect(isDown || faulty.process.signalCode === 'SIGKILL', point).toBe(true);
        });
        await faulty.kill();
        running.delete(faulty);
        // With the spool at fault, the next one might die of that before it is ready.
        if (whose !== 'of the spool') continue;
        const next = await start(dataDir);
        for (let i = 0; i < 20 && sender.unacknowledged.size > 0; i++) await sender.deliver(next.ready.forward);
        expect(sender.unacknowledged.size, point).toBe(0);
        await next.untilReady();
        verifyOnce(await next.searchAll(''), sender.expected);
        await next.kill();
        running.delete(next);
      }
      await finish(dataDir, sender);
    });
  }
});
