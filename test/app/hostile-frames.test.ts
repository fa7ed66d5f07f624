import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';
import { compressedFrame, HOSTILE_FRAMES } from './faults/hostile-frames.ts';

/*
 * What one peer sends costs no other peer anything: after each frame others are acknowledged at once, lines of others are
 * still joined and found, and the ledger accounts for everything.
 */
describe.each([1, 2])('a hostile frame, with %i workers', workers => {
  let longshore: Longshore;
  beforeAll(async () => {
    const set = { workers: String(workers), 'join.trace_flush_interval_ms': '400' };
    longshore = await Longshore.start({ rules: {}, set });
  });
  afterAll(async () => {
    await longshore?.remove();
  });

  let n = 0;
  /** A good peer sends a line and the beginning of a stack trace, and finds both. */
  async function expectOthersWell(): Promise<void> {
    const mark = `good${n++}`;
    const container = { container_id: mark.repeat(8), container_name: `/${mark}` };
    // While what a frame has brought is written, others may be told to come again: a sender does.
    await vi.waitFor(
      async () => {
        const good = await ForwardSender.connect(longshore.ready.forward);
        const header = `2026-11-29 17:00:02 ERROR [main] a.B - ${mark}`;
        good.message('docker.app', dockerRecord(`INFO ${mark} a line`, container), `${mark}-1`);
        good.message('docker.openjdk:17', dockerRecord(header, container), `${mark}-2`);
        good.message('docker.openjdk:17', dockerRecord(`\tat a.B.${mark}(B.java:1)`, container), `${mark}-3`);
        await good.acknowledged(3).finally(() => good.close());
      },
      { timeout: 30_000, interval: 200 },
    );
    await vi.waitFor(async () => expect((await longshore.search(`message:*${mark}*`)).total).toBe(2), {
      timeout: 20_000,
    });
  }

  for (const { name, records } of HOSTILE_FRAMES)
    test(name, { timeout: 300_000 }, async () => {
      const evil = await ForwardSender.connect(longshore.ready.forward);
      evil.socket.write(compressedFrame('docker.evil', records(), `evil-${n++}`));
      await Promise.all([Promise.race([evil.acknowledged(1), evil.closed]), expectOthersWell()]);
      await expectOthersWell();
      expect((await fetch(`${longshore.url}/readyz`)).status).toBe(200);
      expect((await longshore.ledger()).total.unaccounted).toBe(0);
      expect(evil.acks).toHaveLength(1);
      evil.close();
    });

  test('and the process never knew an error that nobody caught', () => {
    expect(longshore.log.filter(line => line.includes('nobody caught'))).toEqual([]);
    expect(
      longshore.log.filter(
        line => line.includes('commit loop') || line.includes('joined events could not be written; retrying'),
      ),
    ).toEqual([]);
  });
});
