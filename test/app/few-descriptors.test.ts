import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { command } from '../support/command.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';

const canLimit = process.platform === 'linux' && (await command('prlimit', ['--version'])).code === 0;

describe.runIf(requireOrSkip('prlimit', canLimit || 'it is not there'))('a process that has no descriptor left', () => {
  let longshore: Longshore;
  beforeEach(async () => {
    // Each frame is a log, so that much is made, renamed and removed meanwhile.
    longshore = await Longshore.start({ rules: {}, set: { 'buffer.chunk_max_events': '1' } });
  });
  afterEach(async () => {
    await longshore.remove();
  });

  const limit = async (descriptors: number): Promise<void> => {
    const { code } = await command('prlimit', ['--pid', String(longshore.process.pid), `--nofile=${descriptors}:`]);
    expect(code).toBe(0);
  };
  const ready = async () => (await fetch(`${longshore.url}/readyz`)).status;

  test('says so, and goes on by itself when there are some again: all is there once', {
    timeout: 300_000,
  }, async () => {
    const sender = await ForwardSender.connect(longshore.ready.forward);
    // Its connection is kept alive, for later there may be none.
    expect(await ready()).toBe(200);
    for (let i = 0; i < 5; i++) sender.message('app', dockerRecord(`INFO line ${i}`), `c${i}`);
    await sender.acknowledged(5);
    const failures = () => longshore.log.filter(line => line.includes('EMFILE')).length;
    for (let round = 0; round < 8; round++) {
      // New descriptors have numbers below the limit: there are none.
      await limit(0);
      for (let i = 0; i < 5; i++)
        sender.message('app', dockerRecord(`INFO line ${5 + round * 5 + i}`), `r${round}-${i}`);
      await vi.waitFor(async () => expect(await ready()).toBe(503), { timeout: 10_000 });
      // In turn for moments, so that it is caught in the middle of what it does.
      await limit(round % 2 === 0 ? 0 : 4096);
    }
    expect(failures()).toBeGreaterThan(0);
    expect(failures()).toBeLessThan(10);
    const refused = sender.closed.then(() => 'closed');
    await limit(4096);
    await vi.waitFor(async () => expect(await ready()).toBe(200), { timeout: 20_000, interval: 100 });
    if ((await Promise.race([refused, Promise.resolve('open')])) === 'open')
      await sender.acknowledged(45).catch(() => {});
    // What has no acknowledgement is sent again, as a sender does.
    const again = await ForwardSender.connect(longshore.ready.forward);
    for (let i = 0; i < 40; i++)
      again.message('app', dockerRecord(`INFO line ${5 + i}`), `r${Math.floor(i / 5)}-${i % 5}`);
    await again.acknowledged(40);
    await vi.waitFor(async () => expect((await longshore.search('line')).total).toBe(45), { timeout: 10_000 });
    await vi.waitFor(
      async () => expect((await longshore.ledger()).total).toMatchObject({ unaccounted: 0, in_flight: 0 }),
      {
        timeout: 20_000,
      },
    );
    expect(longshore.log.filter(line => line.includes('ENOENT'))).toEqual([]);
    again.close();
    sender.close();
  });
});
