import { appendFile, mkdtemp, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SpoolDeps } from '../../../src/buffer/spool/deps.ts';
import { orDeadLetters } from '../../../src/buffer/spool/refused-chunk.ts';
import { Spool, type SpoolEntry } from '../../../src/buffer/spool/spool.ts';
import type { Chunk } from '../../../src/core/contracts.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import { Tally } from '../../../src/ledger/counts.ts';
import { spoolDeps } from './support.ts';

let root: string;
const open: Spool[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spool-ledger-'));
});
afterEach(async () => {
  for (const spool of open.splice(0)) await spool.close(AbortSignal.timeout(300));
  await rm(root, { recursive: true, force: true });
});

async function opened(
  { events = 1000, ...more }: Partial<SpoolDeps> & { events?: number } = {},
  folder = 'spool',
): Promise<Spool> {
  const deps = spoolDeps(root, { chunk_max_events: events });
  const spool = new Spool({ ...deps, dir: join(root, folder), ...more });
  open.push(spool);
  await spool.open(0);
  return spool;
}

let seq = 0;
/** One event of each container on each day, and what is dropped. */
function entry(containers: string[], dropped: string[] = [], days = ['2026.11.20']): SpoolEntry {
  const parts = days.map(day => {
    const tally = new Tally(containers[0]!, 0);
    for (const name of containers) tally.add(name, 1);
    const bytes = Buffer.from(containers.map(name => `${JSON.stringify({ _id: name })}\n`).join(''));
    return { day, bytes, events: containers.length, minTime: 1, maxTime: 2, containers: tally };
  });
  const drops = dropped.length === 0 ? undefined : new Tally(dropped[0]!, 0);
  for (const name of dropped) drops!.add(name, 1);
  return { parts, hits: [], pieces: [], releases: [], seq: ++seq, drops };
}

const takesAll = async (chunk: Chunk): Promise<void> => unlink(chunk.path);
const refusing = async (chunk: Chunk): Promise<void> => {
  throw new LongshoreError('LS_STORE_CHUNK_MISSING', `${chunk.id} is gone`);
};

const missing = async (chunk: Chunk): Promise<void> => {
  await unlink(chunk.path);
  await refusing(chunk);
};

describe('the ledger of a spool', () => {
  test('counts what came and what was dropped as soon as it is durable, by container', async () => {
    const spool = await opened();
    await Promise.all([spool.append(entry(['a', 'a', 'b'], ['b'])), spool.append(entry(['a'], ['a', 'b']))]);
    expect(spool.ledger()).toEqual({
      received: { a: 4, b: 3 },
      dropped: { a: 1, b: 2 },
      taken: {},
      in_flight: { a: 3, b: 1 },
    });
  });

  test('tells the taker of a chunk what is in it, and moves it over when it is taken', async () => {
    const spool = await opened({ events: 1 });
    const seen: Chunk[] = [];
    void spool.offerTo(async chunk => {
      seen.push(chunk);
      await takesAll(chunk);
    });
    await spool.append(entry(['a', 'b'], ['c'], ['2026.11.19', '2026.11.20']));
    await vi.waitFor(() => expect(spool.ledger().taken).toEqual({ a: 2, b: 2 }));
    expect(seen.map(({ containers }) => containers)).toEqual([
      { a: 1, b: 1 },
      { a: 1, b: 1 },
    ]);
    expect(spool.ledger()).toMatchObject({ received: { a: 2, b: 2, c: 1 }, dropped: { c: 1 }, in_flight: {} });
  });

  test('is the same after a crash: open logs, chunks that wait, chunks that were taken unnoticed', async () => {
    const first = await opened({ events: 2 });
    let taken = 0;
    void first.offerTo(async chunk => {
      if (taken > 0) throw new Error('the store stands still');
      await takesAll(chunk);
      taken++;
    });
    await first.append(entry(['a', 'a'], ['x']));
    await vi.waitFor(() => expect(taken).toBe(1));
    await first.append(entry(['b', 'b']));
    await vi.waitFor(async () => expect((await readdir(join(root, 'chunks'))).length).toBe(1));
    await first.append(entry(['c'], ['x']));
    const before = first.ledger();
    expect(before).toEqual({
      received: { a: 2, b: 2, c: 1, x: 2 },
      dropped: { x: 2 },
      taken: { a: 2 },
      in_flight: { b: 2, c: 1 },
    });
    // Another one over the same folder, while the first never gets to say anything.
    const second = await opened({ events: 2 });
    expect(second.ledger()).toEqual(before);
    void second.offerTo(takesAll);
    await vi.waitFor(() => expect(second.ledger().taken).toEqual({ a: 2, b: 2, c: 1 }));
    expect(second.ledger().received).toEqual(before.received);
  });

  test('a chunk that was taken and still lies there is not counted again', async () => {
    const first = await opened({ events: 1 });
    void first.offerTo(async () => {});
    await first.append(entry(['a']));
    await vi.waitFor(() => expect(first.ledger().taken).toEqual({ a: 1 }));
    await first.close(AbortSignal.timeout(1000));
    const second = await opened();
    const seen: Chunk[] = [];
    await second.offerTo(async chunk => void seen.push(chunk));
    expect(seen.map(({ events, containers }) => [events, containers])).toEqual([[1, {}]]);
    expect(second.ledger()).toEqual({ received: { a: 1 }, dropped: {}, taken: { a: 1 }, in_flight: {} });
  });

  test('a chunk whose file is removed by hand is neither taken nor in flight, also after the next start', async () => {
    const spool = await opened({ events: 1 });
    void spool.offerTo(missing);
    await spool.append(entry(['a', 'a']));
    const lost = { received: { a: 2 }, dropped: {}, taken: {}, in_flight: {} };
    await vi.waitFor(() => expect(spool.ledger()).toEqual(lost));
    for (const name of await readdir(join(root, 'chunks'))) await unlink(join(root, 'chunks', name));
    await spool.close(AbortSignal.timeout(1000));
    expect((await opened()).ledger()).toEqual(lost);
  });

  test('so is one that is removed while nothing runs; with its file it comes back', async () => {
    const first = await opened({ events: 1 });
    await first.append(entry(['a']));
    const chunks = join(root, 'chunks');
    // One that is being written begins with a dot.
    const names = async () => (await readdir(chunks)).filter(name => !name.startsWith('.'));
    await vi.waitFor(async () => expect(await names()).toHaveLength(1));
    const [name] = await names();
    await first.close(AbortSignal.timeout(1000));
    await unlink(join(chunks, name!));
    const second = await opened();
    expect(second.ledger()).toMatchObject({ received: { a: 1 }, taken: {}, in_flight: {} });
    await second.close(AbortSignal.timeout(1000));
    await appendFile(join(chunks, name!), '{"_id":"a"}\n');
    const third = await opened();
    expect(third.ledger()).toMatchObject({ received: { a: 1 }, taken: {}, in_flight: { a: 1 } });
    await third.offerTo(takesAll);
    expect(third.ledger()).toMatchObject({ received: { a: 1 }, taken: { a: 1 }, in_flight: {} });
  });

  test('a chunk in the hands of a slow taker at the stop is not called lost', async () => {
    const first = await opened({ events: 1 });
    let take = () => {};
    void first.offerTo(
      chunk =>
        new Promise(resolve => {
          take = () => void takesAll(chunk).then(resolve);
        }),
    );
    await first.append(entry(['a']));
    await vi.waitFor(async () => expect(await readdir(join(root, 'chunks'))).toHaveLength(1));
    await first.close(AbortSignal.timeout(100));
    take();
    await vi.waitFor(async () => expect(await readdir(join(root, 'chunks'))).toHaveLength(0));
    expect((await opened()).ledger()).toEqual({ received: { a: 1 }, dropped: {}, taken: { a: 1 }, in_flight: {} });
  });

  test('what is kept elsewhere because the store can never take it counts as taken', async () => {
    const kept: string[] = [];
    const spool = await opened({ events: 1 });
    const accept = orDeadLetters(refusing, {
      append: async letters => {
        kept.push(...letters.map(({ chunk }) => chunk));
      },
    });
    void spool.offerTo(accept);
    await spool.append(entry(['a']));
    await vi.waitFor(() => expect(spool.ledger().taken).toEqual({ a: 1 }));
    expect(kept).toHaveLength(1);
  });

  test('where it cannot be kept now, it stays and is offered again', async () => {
    let tries = 0;
    const spool = await opened({ events: 1 });
    const accept = orDeadLetters(refusing, {
      append: async () => {
        if (tries++ === 0) throw new Error('the disk is full');
      },
    });
    void spool.offerTo(accept);
    await spool.append(entry(['a']));
    await vi.waitFor(() => expect(spool.ledger().taken).toEqual({ a: 1 }));
    expect(tries).toBe(2);
  });
});
