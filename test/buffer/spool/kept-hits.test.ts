import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { KeptHits } from '../../../src/buffer/spool/kept-hits.ts';
import { Spool, type SpoolEntry } from '../../../src/buffer/spool/spool.ts';
import type { StoredEvent } from '../../../src/core/contracts.ts';
import { Tally } from '../../../src/ledger/counts.ts';
import { spoolDeps } from './support.ts';

let root: string;
let spool: Spool;
let positions: number[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kept-hits-'));
  positions = [];
  spool = make();
});
afterEach(async () => {
  await spool.close(AbortSignal.timeout(2000));
  await rm(root, { recursive: true, force: true });
});

function make(): Spool {
  const deps = spoolDeps(root, { chunk_max_events: 3 });
  return new Spool({
    ...deps,
    parseStored: line => JSON.parse(line) as StoredEvent,
    onDurable: position => positions.push(position),
  });
}

const append = (id: string, isHit: boolean) =>
  spool.append({
    parts: [
      {
        day: '2026.11.20',
        bytes: Buffer.from(`{"_id":"${id}"}\n`),
        events: 1,
        minTime: 1,
        maxTime: 1,
        containers: new Tally('web', 1),
      },
    ],
    hits: isHit ? [[0, 'burst']] : [],
    pieces: [],
    releases: [],
    seq: positions.length + 1,
  } as unknown as SpoolEntry);

const idsOf = (found: { positions: { hits: { rule: string; line: string }[] }[] }): string[] =>
  found.positions.flatMap(({ hits }) => hits.map(({ rule, line }) => `${rule} ${JSON.parse(line)._id}`));

test('hits that were not released are read back in order while the spool is at work, rolled or not', async () => {
  await spool.open(0);
  void spool.offerTo(async chunk => rm(chunk.path));
  const kept = new KeptHits(join(root, 'spool'), 1);
  for (let n = 0; n < 20; n++) await append(`e${n}`, n % 2 === 0);
  await vi.waitFor(async () => expect((await readdir(join(root, 'spool'))).join()).toContain('.done'));
  const all = await kept.after(0, 1e9);
  expect([all.isAll, idsOf(all)]).toEqual([true, Array.from({ length: 10 }, (_, n) => `burst e${2 * n}`)]);
  // In small parts, while more comes.
  const parts: string[] = [];
  for (let after = 0, isAll = false, n = 20; !isAll; n++) {
    if (n < 24) await append(`e${n}`, true);
    const part = await kept.after(after, 30);
    parts.push(...idsOf(part));
    after = part.positions.at(-1)?.position ?? after;
    isAll = part.isAll;
  }
  const later = Array.from({ length: 4 }, (_, n) => `burst e${20 + n}`);
  expect(parts).toEqual([...idsOf(all), ...later]);
  const half = all.positions[5]!.position;
  spool.releaseHits(half);
  expect(idsOf(await kept.after(half, 1e9))).toEqual(parts.slice(6));
});

test('a spool that opens leaves them where they are, for one who reads them himself', async () => {
  await spool.open(0);
  for (let n = 0; n < 5; n++) await append(`e${n}`, true);
  await spool.close(AbortSignal.abort());
  spool = make();
  expect((await spool.open(0, false)).hits).toEqual([]);
  const found = await new KeptHits(join(root, 'spool'), 1).after(0, 1e9);
  expect(idsOf(found)).toEqual(Array.from({ length: 5 }, (_, n) => `burst e${n}`));
});
