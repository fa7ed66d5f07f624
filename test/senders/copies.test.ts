import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Chunk } from '../../src/core/contracts.ts';
import { registry } from '../../src/core/metrics.ts';
import { Copies, type CopyOptions } from '../../src/senders/copies.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';
import { quick, Target } from './forward/support.ts';

/** A folder of chunks, and copies of them. */
function setUp(targets: { address: string }[], more: Partial<CopyOptions> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-copies-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const chunkDir = join(dir, 'chunks');
  mkdirSync(chunkDir);
  const options: CopyOptions = { ...quick, type: 'forward', name: 'fluentd', max_bytes: 1_000_000, targets, ...more };
  const start = async (): Promise<Copies> => {
    const copies = new Copies([options], { dir: join(dir, 'copies'), chunkDir, node: 'n' });
    await copies.start();
    onTestFinished(() => copies.stop(AbortSignal.abort()));
    return copies;
  };
  let chunks = 0;
  const chunk = (message: string, bytes = 0): Chunk => {
    const id = `${String(chunks++).padStart(16, '0')}.w0.20261120`;
    const path = join(chunkDir, `${id}.1.1.1.ndjson`);
    const document = { _id: id, seq: 1, '@timestamp': '2026-11-20T14:00:00.000Z', message, tag: 't' };
    writeFileSync(path, `${JSON.stringify({ ...document, fields: { padding: 'x'.repeat(bytes) } })}\n`);
    return {
      id,
      day: '2026.11.20',
      path,
      events: 1,
      bytes: statSync(path).size,
      minTime: 1,
      maxTime: 1,
      containers: {},
    };
  };
  return { start, chunk, files: () => readdirSync(join(dir, 'copies', 'fluentd')).sort() };
}

describe('a copy', () => {
  test('gets every chunk, and the store may take the file meanwhile', async () => {
    const target = await new Target().start();
    const { start, chunk } = setUp([{ address: target.address }]);
    const copies = await start();
    for (const message of ['a', 'b', 'c']) {
      const one = chunk(message);
      await copies.keep(one);
      rmSync(one.path);
    }
    await vi.waitFor(() => expect(target.messages.toSorted()).toEqual(['a', 'b', 'c']));
    expect(target.frames[0]!.records[0]).toEqual({
      '@timestamp': '2026-11-20T14:00:00.000Z',
      message: 'a',
      tag: 't',
      padding: '',
    });
  });

  test('is not sent again when the store is offered a chunk again, now or after a restart', async () => {
    const target = await new Target().start();
    const { start, chunk, files } = setUp([{ address: target.address }]);
    const first = await start();
    const one = chunk('once');
    await first.keep(one);
    await vi.waitFor(() => expect(files()).toEqual([expect.stringMatching(/\.sent$/)]));
    await first.keep(one);
    await first.stop(AbortSignal.timeout(1000));
    const second = await start();
    await second.keep(one);
    await second.keep(chunk('next'));
    await vi.waitFor(() => expect(target.messages).toEqual(['once', 'next']));
    await vi.waitFor(() => expect(files()).toHaveLength(2));
    await second.stop(AbortSignal.timeout(1000));
    rmSync(one.path);
    await start();
    // The mark of the chunk that is gone is gone.
    expect(files()).toHaveLength(1);
  });

  test('that is away holds up nothing, waits on the disk over a restart, and gets it all', async () => {
    const target = await new Target().start();
    await target.stop();
    const { start, chunk, files } = setUp([{ address: target.address }]);
    const first = await start();
    for (const message of ['a', 'b']) {
      const one = chunk(message);
      await first.keep(one);
      rmSync(one.path);
    }
    await first.stop(AbortSignal.timeout(1000));
    expect(files()).toHaveLength(2);
    await start();
    await target.start();
    await vi.waitFor(() => expect(target.messages.toSorted()).toEqual(['a', 'b']), { timeout: 5000 });
    await vi.waitFor(() => expect(files().filter(name => name.endsWith('.ndjson'))).toEqual([]));
  });

  test('beyond max_bytes loses its oldest events, visibly', async () => {
    const target = await new Target().start();
    await target.stop();
    const { start, chunk } = setUp([{ address: target.address }], {
      name: 'fluentd',
      max_bytes: 5000,
      max_in_flight: 1,
    });
    const copies = await start();
    for (let i = 0; i < 6; i++) await copies.keep(chunk(`m${i}`, 1000));
    expect(await droppedEvents()).toBe(2);
    await target.start();
    // The first was on its way already.
    await vi.waitFor(() => expect(target.messages).toEqual(['m0', 'm3', 'm4', 'm5']), { timeout: 5000 });
  });
});

test('a Fluentd beside the store: what is stored is also there, though it was away', async () => {
  const port = await reusablePort();
  const copies = [
    { name: 'old-fluentd', targets: [{ address: `127.0.0.1:${port}` }], max_bytes: '5MB', max_retry_interval_ms: 200 },
  ];
  const longshore = await Longshore.start({ set: { copies: JSON.stringify(copies) } });
  onTestFinished(() => longshore.remove());
  const sender = await ForwardSender.connect(longshore.ready.forward);
  for (let i = 0; i < 20; i++) sender.message('app', dockerRecord(`line ${i}`), `c-${i}`);
  await sender.acknowledged(20);
  sender.close();
  await longshore.untilReady();
  await vi.waitFor(() => expect(readdirSync(join(longshore.dataDir, 'data/copies/old-fluentd'))).toHaveLength(1), {
    timeout: 10_000,
  });
  const beside = await Longshore.start({ set: { 'inputs.forward.address': `127.0.0.1:${port}` } });
  onTestFinished(() => beside.remove());
  await vi.waitFor(async () => expect((await beside.search('line')).total).toBe(20), { timeout: 10_000 });
  expect((await longshore.search('line')).total).toBe(20);
});

async function droppedEvents(): Promise<number> {
  const { values } = await registry.getSingleMetric('longshore_copy_dropped_events_total')!.get();
  return values.find(({ labels }) => labels['name'] === 'fluentd')?.value ?? 0;
}
