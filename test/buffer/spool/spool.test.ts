import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Spool, type SpoolEntry } from '../../../src/buffer/spool/spool.ts';
import type { Chunk, StoredEvent } from '../../../src/core/contracts.ts';
import { Tally } from '../../../src/ledger/counts.ts';
import { spoolDeps } from './support.ts';

let root: string;
const open: Spool[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spool-'));
});
afterEach(async () => {
  for (const spool of open.splice(0)) await spool.close(AbortSignal.timeout(2000));
  await rm(root, { recursive: true, force: true });
});

function make(
  options: Record<string, number> = {},
  onDurable: (p: number, e: readonly SpoolEntry[]) => void = () => {},
) {
  const parseStored = (line: string, day: string) =>
    ({ ...JSON.parse(line), _index: `docker-logs-${day}` }) as StoredEvent;
  const spool = new Spool({ ...spoolDeps(root, options), parseStored, onDurable });
  open.push(spool);
  return spool;
}

let counter = 0;
function entry(ids: string[], extra: Partial<SpoolEntry> = {}): SpoolEntry {
  const parts = ids.map(id => ({
    day: id.startsWith('old') ? '2026.11.19' : '2026.11.20',
    bytes: Buffer.from(`${JSON.stringify({ _id: id })}\n`),
    events: 1,
    minTime: 10,
    maxTime: 20,
    containers: new Tally('web', 1),
  }));
  return { parts, hits: [], pieces: [], releases: [], seq: ++counter, ...extra };
}

function idsOf(spool: Spool): string[] {
  const tail = spool.snapshot();
  try {
    return Array.from(tail.events, event => event._id).sort();
  } finally {
    tail.release();
  }
}

async function chunkIds(chunks: Chunk[]): Promise<string[]> {
  const texts = await Promise.all(chunks.map(chunk => readFile(chunk.path, 'utf8')));
  return texts
    .flatMap(text => text.trim().split('\n'))
    .map(line => JSON.parse(line)._id as string)
    .sort();
}

describe('the append log', () => {
  test('what is appended is found in the open tail at once', async () => {
    const spool = make();
    await spool.open(0);
    await spool.append(entry(['a', 'b']));
    expect(idsOf(spool)).toEqual(['a', 'b']);
  });

  test('frames that arrive together share one commit', async () => {
    const commits: number[] = [];
    const spool = make({}, (_, entries) => commits.push(entries.length));
    await spool.open(0);
    await Promise.all(Array.from({ length: 50 }, (_, i) => spool.append(entry([`x${i}`]))));
    expect(commits.length).toBeLessThan(4);
    expect(commits.reduce((sum, n) => sum + n, 0)).toBe(50);
  });

  test('a full log becomes one chunk a day and the store gets each once', async () => {
    const spool = make({ chunk_max_events: 4 });
    await spool.open(0);
    const taken: Chunk[] = [];
    void spool.offerTo(async chunk => void taken.push(chunk));
    await spool.append(entry(['a', 'old1', 'b', 'old2']));
    await vi.waitFor(() => expect(taken).toHaveLength(2));
    expect(taken.map(chunk => [chunk.day, chunk.events])).toEqual([
      ['2026.11.20', 2],
      ['2026.11.19', 2],
    ]);
    expect(await chunkIds(taken)).toEqual(['a', 'b', 'old1', 'old2']);
    await vi.waitFor(() => expect(idsOf(spool)).toEqual([]));
  });

  test('an event stays in the tail until the store has taken its chunk', async () => {
    const spool = make({ chunk_max_events: 1 });
    await spool.open(0);
    let tries = 0;
    let release: () => void = () => {};
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    void spool.offerTo(async () => {
      if (tries++ === 0) throw new Error('store is starting');
      await gate;
    });
    await spool.append(entry(['a']));
    await vi.waitFor(() => expect(tries).toBe(2));
    expect(idsOf(spool)).toEqual(['a']);
    release();
    await vi.waitFor(() => expect(idsOf(spool)).toEqual([]));
  });
});

describe('after a crash', () => {
  test('acknowledged events come back once, accepted keys and open pieces are known', async () => {
    const first = make();
    await first.open(0);
    await first.append(entry(['a'], { key: { hi: 1, lo: 2 }, pieces: [{ id: 'p1' }, { id: 'p2' }] }));
    await first.append(entry(['b'], { key: { hi: 3, lo: 4 }, releases: ['p1'] }));
    const second = make();
    const recovered = await second.open(0);
    expect(second.isAccepted({ hi: 1, lo: 2 })).toBe(true);
    expect(second.isAccepted({ hi: 3, lo: 4 })).toBe(true);
    expect(second.isAccepted({ hi: 3, lo: 5 })).toBe(false);
    expect(recovered.pieces.map(piece => piece.id)).toEqual(['p2']);
    expect(recovered.seq).toBe(counter);
    const taken: Chunk[] = [];
    await second.offerTo(async chunk => void taken.push(chunk));
    expect(await chunkIds(taken)).toEqual(['a', 'b']);
  });

  test('pieces and keys outlive the logs they came in', async () => {
    const first = make({ chunk_max_events: 1 });
    await first.open(0);
    for (let i = 0; i < 5; i++) {
      await first.append(entry([`e${i}`], { key: { hi: i, lo: i }, pieces: [{ id: `p${i}` }] }));
    }
    await first.append(entry(['last'], { releases: ['p0', 'p4'] }));
    await first.close(AbortSignal.timeout(5000));
    const second = make();
    const recovered = await second.open(0);
    expect(recovered.pieces.map(piece => piece.id).sort()).toEqual(['p1', 'p2', 'p3']);
    for (let i = 0; i < 5; i++) expect(second.isAccepted({ hi: i, lo: i })).toBe(true);
  });

  test('a stop waits for a store that works, and not for one that takes nothing', async () => {
    const first = make({ chunk_max_events: 1 });
    await first.open(0);
    await first.offerTo(() => new Promise(() => {}));
    await first.append(entry(['a']));
    await first.append(entry(['b']));
    const deadline = AbortSignal.timeout(20_000);
    await first.close(deadline);
    expect(deadline.aborted).toBe(false);
    const second = make();
    await second.open(0);
    const taken: Chunk[] = [];
    await second.offerTo(async chunk => void taken.push(chunk));
    await second.close(AbortSignal.timeout(5000));
    expect(await chunkIds(taken)).toEqual(['a', 'b']);
  });

  test('a torn tail is cut and what stands before it is kept', async () => {
    const first = make();
    await first.open(0);
    await first.append(entry(['a']));
    const dir = join(root, 'spool');
    for (const name of await readdir(dir)) {
      if (name.endsWith('.log')) await appendFile(join(dir, name), Buffer.from([9, 0, 0, 0, 1, 2, 3]));
    }
    const second = make();
    await second.open(0);
    expect(idsOf(second)).toEqual(['a']);
  });

  test('foreign files and a log of another origin do not keep it from starting', async () => {
    const dir = join(root, 'spool');
    const first = make();
    await first.open(0);
    await first.append(entry(['a']));
    await writeFile(join(dir, 'notes.txt'), 'hello');
    await writeFile(join(dir, '0000000000000007.log'), 'not a log');
    await writeFile(join(root, 'chunks', 'stray.ndjson'), '{}');
    const second = make();
    await second.open(0);
    expect(idsOf(second)).toEqual(['a']);
    expect((await readdir(dir)).some(name => name.startsWith('0000000000000007.log.foreign'))).toBe(true);
  });

  test('alert hits newer than the persisted position are handed back with their documents', async () => {
    const positions: number[] = [];
    const first = make({ chunk_max_events: 2 }, position => positions.push(position));
    await first.open(0);
    await first.append(entry(['a', 'b'], { hits: [[1, 'burst']] }));
    await first.append(
      entry(['old', 'd'], {
        hits: [
          [0, 'burst'],
          [1, 'other'],
        ],
      }),
    );
    await vi.waitFor(async () =>
      expect((await readdir(join(root, 'spool'))).filter(n => n.endsWith('.done'))).toHaveLength(2),
    );
    const second = make();
    const recovered = await second.open(positions[0]!);
    expect(recovered.hits).toEqual([
      {
        position: positions[1],
        hits: [
          { rule: 'burst', line: '{"_id":"old"}', day: '2026.11.19' },
          { rule: 'other', line: '{"_id":"d"}', day: '2026.11.20' },
        ],
      },
    ]);
    second.releaseHits(positions[1]!);
    await vi.waitFor(async () =>
      expect((await readdir(join(root, 'spool'))).filter(n => n.endsWith('.done'))).toEqual([]),
    );
  });
});

describe('limits', () => {
  test('a spool that holds its maximum refuses new frames with a retryable error', async () => {
    const spool = make({ max_bytes: 10 });
    await spool.open(0);
    expect(spool.refusal).toBeUndefined();
    await spool.append(entry(['a']));
    expect(spool.refusal).toMatchObject({ code: 'LS_SPOOL_FULL', retryable: true });
  });
});
