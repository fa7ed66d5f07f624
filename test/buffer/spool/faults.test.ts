import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SpoolDeps } from '../../../src/buffer/spool/deps.ts';
import { Spool, type SpoolEntry } from '../../../src/buffer/spool/spool.ts';
import type { Chunk } from '../../../src/core/contracts.ts';
import { Tally } from '../../../src/ledger/counts.ts';
import { spoolDeps } from './support.ts';

let root: string;
const open: Spool[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spool-faults-'));
});
afterEach(async () => {
  for (const spool of open.splice(0)) await spool.close(AbortSignal.timeout(3000));
  await rm(root, { recursive: true, force: true });
});

async function started(options: Partial<SpoolDeps['options']> = {}, deps: Partial<SpoolDeps> = {}) {
  const spool = new Spool({ ...spoolDeps(root, options), ...deps });
  open.push(spool);
  const recovered = await spool.open(0);
  return { spool, recovered };
}

let seq = 0;
function entry(id: string, extra: Partial<SpoolEntry> = {}): SpoolEntry {
  const bytes = Buffer.from(`${JSON.stringify({ _id: id })}\n`);
  const parts = [{ day: '2026.11.20', bytes, events: 1, minTime: 10, maxTime: 20, containers: new Tally('web', 1) }];
  return { parts, hits: [], pieces: [], releases: [], seq: ++seq, ...extra };
}

function idsOf(spool: Spool): string[] {
  const tail = spool.snapshot();
  try {
    return Array.from(tail.events, event => event._id).sort();
  } finally {
    tail.release();
  }
}
const logs = () => readdirSync(join(root, 'spool')).filter(name => /^\d{16}\.log$/.test(name));
const outcomes = async (all: Promise<unknown>[]) =>
  (await Promise.allSettled(all)).map(result => (result.status === 'fulfilled' ? 'durable' : result.reason.code));

/** What JSON cannot be made of, as it may come to the spool in each part of an entry. */
const UNWRITABLE: Record<string, () => Partial<SpoolEntry>> = {
  'a piece with a value that JSON does not know': () => ({ pieces: [{ id: 'p', value: 1n }] }),
  'a piece that holds itself': () => {
    const piece: SpoolEntry['pieces'][number] = { id: 'p' };
    piece['self'] = piece;
    return { pieces: [piece] };
  },
  'a piece that is longer than a text can be': () => ({ pieces: [{ id: 'p', text: '\u0001'.repeat(100_000_000) }] }),
  'a hit that cannot be written': () => ({ hits: [[1n as unknown as number, 'rule']] }),
  'a released id that cannot be written': () => ({ releases: [2n as unknown as string] }),
};

describe('an entry that cannot be written', () => {
  test.each(Object.entries(UNWRITABLE))('%s is turned away alone', async (_, make) => {
    const settled: string[] = [];
    const told = (id: string, more: Partial<SpoolEntry> = {}) =>
      entry(id, { ...more, settled: () => void settled.push(id) });
    const { spool } = await started();
    const all = [spool.append(told('a')), spool.append(told('bad', make())), spool.append(told('b'))];
    expect(await outcomes(all)).toEqual(['durable', 'LS_SPOOL_UNWRITABLE', 'durable']);
    expect(settled.sort()).toEqual(['a', 'b', 'bad']);
    expect(spool.stats().pending_bytes).toBe(0);
    await spool.append(entry('c'));
    expect(idsOf(spool)).toEqual(['a', 'b', 'c']);
    expect(idsOf((await started()).spool)).toEqual(['a', 'b', 'c']);
  });

  test('pieces count with what they take on the disk', async () => {
    const { spool } = await started({ max_pending_bytes: 100_000 });
    const durable = spool.append(entry('a', { pieces: [{ id: 'p', text: '\u0001'.repeat(50_000) }] }));
    expect(spool.stats().pending_bytes).toBeGreaterThan(300_000);
    expect(spool.refusal?.code).toBe('LS_SPOOL_BUSY');
    await durable;
    expect(spool.refusal).toBeUndefined();
  });
});

test('a listener that throws leaves the commit durable, and the next ones as well', async () => {
  let calls = 0;
  const onDurable = () => {
    if (calls++ < 2) throw new Error('nobody expected this');
  };
  const { spool } = await started({}, { onDurable });
  for (const id of ['a', 'b', 'c']) await spool.append(entry(id));
  expect(calls).toBe(3);
  expect(idsOf(spool)).toEqual(['a', 'b', 'c']);
});

describe('a log that cannot be rolled', () => {
  const away = () => renameSync(join(root, 'chunks'), join(root, 'chunks-away'));
  const back = () => {
    rmSync(join(root, 'chunks'), { recursive: true, force: true });
    renameSync(join(root, 'chunks-away'), join(root, 'chunks'));
  };

  test('is told, holds up no acknowledgement, and is rolled when it can be', async () => {
    const { spool } = await started({ chunk_max_events: 1 });
    const taken: Chunk[] = [];
    void spool.offerTo(async chunk => void taken.push(chunk));
    away();
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) {
      ids.push(`e${String(i).padStart(2, '0')}`);
      await spool.append(entry(ids[i]!));
    }
    expect(spool.trouble).toContain('ENOENT');
    expect(spool.refusal?.code).toBe('LS_SPOOL_DISK');
    expect(idsOf(spool)).toEqual(ids);
    back();
    await vi.waitFor(() => expect(taken.reduce((sum, { events }) => sum + events, 0)).toBe(12), { timeout: 15_000 });
    expect(spool.trouble).toBeUndefined();
    expect(spool.refusal).toBeUndefined();
    await spool.append(entry('last'));
    await vi.waitFor(() => expect(taken.reduce((sum, { events }) => sum + events, 0)).toBe(13));
  });

  test('goes on where it stopped: a file that is gone does not go again', async () => {
    const { spool } = await started({ chunk_max_events: 1 });
    const taken: Chunk[] = [];
    void spool.offerTo(async chunk => void taken.push(chunk));
    away();
    await spool.append(entry('a'));
    await vi.waitFor(() => expect(spool.trouble).toBeDefined());
    // The try that failed behind this removal has removed it.
    rmSync(join(root, 'spool', logs()[0]!));
    back();
    await spool.append(entry('b'));
    await vi.waitFor(() => expect(taken).toHaveLength(2), { timeout: 15_000 });
    expect(spool.trouble).toBeUndefined();
  });

  test('keeps no spool from opening, and is searched meanwhile', async () => {
    const first = await started();
    await first.spool.append(entry('a'));
    const [log] = logs();
    const kept = readFileSync(join(root, 'spool', log!));
    await first.spool.close(AbortSignal.timeout(3000));
    rmSync(join(root, 'chunks'), { recursive: true });
    writeFileSync(join(root, 'spool', log!), kept);
    const another = `${Number(log!.slice(0, 16)) + 1}.log`.padStart(20, '0');
    writeFileSync(join(root, 'spool', another), kept);
    // The names under which chunks are written are taken by folders.
    for (const name of [log!, another])
      mkdirSync(join(root, 'chunks', `.${name.slice(0, 16)}.w0.20261120.tmp`), { recursive: true });
    const { spool } = await started();
    expect(idsOf(spool)).toEqual(['a', 'a']);
    expect(spool.trouble).toContain('EISDIR');
    await spool.append(entry('b'));
    const taken: Chunk[] = [];
    void spool.offerTo(async chunk => void taken.push(chunk));
    for (const name of readdirSync(join(root, 'chunks'))) rmSync(join(root, 'chunks', name), { recursive: true });
    await vi.waitFor(() => expect(taken).toHaveLength(2), { timeout: 15_000 });
    expect(spool.trouble).toBeUndefined();
    expect(idsOf(spool)).toEqual(['b']);
  });
});

describe('a damaged file', () => {
  /** Turns over a byte of the file behind the first place of `text`. */
  function damage(path: string, text: string): void {
    const bytes = readFileSync(path);
    const at = bytes.indexOf(text) + text.length - 1;
    bytes[at] = bytes[at]! ^ 0x55;
    writeFileSync(path, bytes);
  }
  const damagedFiles = () => readdirSync(join(root, 'spool')).filter(name => name.includes('damaged'));

  test.each([
    ['at its start', ['a'], ['b', 'c', 'd']],
    ['in its middle', ['b'], ['a', 'c', 'd']],
    ['in two places', ['a', 'c'], ['b', 'd']],
    ['in its last record', ['d'], ['a', 'b', 'c']],
    ['everywhere', ['a', 'b', 'c', 'd'], []],
  ])('a log that is damaged %s gives all its other records, and is kept', async (_, broken, whole) => {
    const first = await started();
    for (const id of ['a', 'b', 'c', 'd'])
      await first.spool.append(entry(id, { key: { hi: id.charCodeAt(0), lo: 1 } }));
    const [log] = logs();
    for (const id of broken) damage(join(root, 'spool', log!), `"_id":"${id}`);
    const { spool } = await started();
    expect(idsOf(spool)).toEqual(whole);
    for (const id of whole) expect(spool.isAccepted({ hi: id.charCodeAt(0), lo: 1 })).toBe(true);
    expect(damagedFiles()).toEqual([`${log}.damaged`]);
  });

  test('a length that is damaged hides no record behind it', async () => {
    const first = await started();
    for (const id of ['a', 'b', 'c']) await first.spool.append(entry(id));
    const path = join(root, 'spool', logs()[0]!);
    const bytes = readFileSync(path);
    // The second record's length, right behind the first one's body.
    const at = bytes.indexOf('"_id":"a"}\n') + '"_id":"a"}\n'.length;
    bytes.writeUInt32LE(0x7fffffff, at);
    writeFileSync(path, bytes);
    expect(idsOf((await started()).spool)).toEqual(['a', 'c']);
  });

  test('what only begins like a record, behind all others, is a torn tail and no damage', async () => {
    const first = await started();
    await first.spool.append(entry('a'));
    const path = join(root, 'spool', logs()[0]!);
    const bytes = readFileSync(path);
    writeFileSync(path, Buffer.concat([bytes, bytes.subarray(8, bytes.length - 5)]));
    expect(idsOf((await started()).spool)).toEqual(['a']);
    expect(damagedFiles()).toEqual([]);
  });

  test('a journal that is damaged gives all its other entries, and is kept', async () => {
    const first = await started({ chunk_max_events: 1 });
    for (const id of ['a', 'b', 'c'])
      await first.spool.append(entry(id, { key: { hi: id.charCodeAt(0), lo: 1 }, pieces: [{ id: `piece-${id}` }] }));
    await first.spool.close(AbortSignal.timeout(3000));
    const journal = join(root, 'spool', readdirSync(join(root, 'spool')).find(name => name.startsWith('journal-'))!);
    damage(journal, 'piece-b');
    const { spool, recovered } = await started();
    expect(recovered.pieces.map(({ id }) => id)).toEqual(['piece-a', 'piece-c']);
    for (const id of ['a', 'b', 'c']) expect(spool.isAccepted({ hi: id.charCodeAt(0), lo: 1 })).toBe(true);
    expect(damagedFiles()).toHaveLength(1);
    await spool.append(entry('d', { pieces: [{ id: 'piece-d' }] }));
    await spool.close(AbortSignal.timeout(3000));
    expect((await started()).recovered.pieces.map(({ id }) => id)).toEqual(['piece-a', 'piece-c', 'piece-d']);
  });
});
