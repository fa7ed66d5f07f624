import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DamagedFile, PartLog } from '../../../src/base/disk/part-log/part-log.ts';
import { seeded } from '../../support/chance.ts';

const root = mkdtempSync(join(tmpdir(), 'part-log-'));
const probe = await open(root, 'r');
/** What all handles of files inherit from: here a disk can be made to refuse. */
const disk = Object.getPrototypeOf(probe) as FileHandle;
await probe.close();
afterAll(() => rmSync(root, { recursive: true }));

let dir: string;
const opened: PartLog[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(root, 'd-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const log of opened.splice(0)) await log.close();
});

interface Change {
  readonly changed?: Record<string, readonly string[]>;
  readonly gone?: readonly string[];
  readonly isAll?: boolean;
}

const SEGMENT_BYTES = 4096;
const damages: DamagedFile[] = [];

function logOf(path = dir, segmentBytes = SEGMENT_BYTES): PartLog {
  damages.length = 0;
  const log = new PartLog(path, { segmentBytes, onDamage: file => damages.push(file) });
  opened.push(log);
  return log;
}
const write = (log: PartLog, { changed = {}, gone = [], isAll = false }: Change): Promise<void> =>
  log.write({ changed: new Map(Object.entries(changed)), gone, isAll });
const contentOf = async (path = dir): Promise<Record<string, string[]>> => Object.fromEntries(await logOf(path).read());
const files = (path = dir): string[] =>
  readdirSync(path)
    .filter(name => name.endsWith('.log'))
    .sort();
const bytesOf = (path = dir): number => files(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);

function apply(state: Map<string, readonly string[]>, { changed = {}, gone = [], isAll = false }: Change): void {
  if (isAll) state.clear();
  for (const name of gone) state.delete(name);
  for (const [name, lines] of Object.entries(changed)) state.set(name, lines);
}

describe('a log of named parts', () => {
  test('has what was written last of each, until it is gone', async () => {
    const log = logOf();
    expect(await log.read()).toEqual(new Map());
    await write(log, { changed: { a: ['1', '2'], b: [], c: ['ä€😀'] } });
    await write(log, { changed: { a: ['3'], d: [''] }, gone: ['c'] });
    expect(await contentOf()).toEqual({ a: ['3'], b: [], d: [] });
    await write(log, { changed: { e: ['only'] }, isAll: true });
    expect(await contentOf()).toEqual({ e: ['only'] });
  });

  test.for([1, 2, 3, 4])('is what a map would be, over restarts (seed %i)', async seed => {
    const chance = seeded(seed);
    const state = new Map<string, readonly string[]>();
    let log = logOf();
    for (let step = 0; step < 300; step++) {
      const names = Array.from({ length: 1 + Math.floor(chance() * 4) }, () => `p${Math.floor(chance() * 30)}`);
      const lines = (): string[] =>
        Array.from({ length: Math.floor(chance() * 5) }, () => `${step}:${'x'.repeat(Math.floor(chance() * 200))}`);
      const changed = Object.fromEntries(names.map(name => [name, lines()]));
      const gone = [`p${Math.floor(chance() * 30)}`].filter(name => !names.includes(name));
      const change = { changed, gone, isAll: chance() < 0.01 };
      await write(log, change);
      apply(state, change);
      if (chance() > 0.05) continue;
      await log.close();
      log = logOf();
      expect(await log.read()).toEqual(new Map(state));
    }
    expect(await contentOf()).toEqual(Object.fromEntries(state));
    expect(damages).toEqual([]);
  });

  test('takes about as much of the disk as it holds, whatever was written', async () => {
    const log = logOf();
    const chance = seeded(7);
    const page = (): string[] => [`${chance()}`.padEnd(400, '.')];
    let most = 0;
    // Most never change again and are copied on; few change all the time.
    for (let n = 0; n < 100; n++) await write(log, { changed: { [`kept${n}`]: page() } });
    for (let n = 0; n < 1500; n++) {
      await write(log, { changed: { [`busy${n % 5}`]: page() } });
      const { live } = log.size;
      most = Math.max(most, (bytesOf() - SEGMENT_BYTES) / live);
    }
    expect(most).toBeLessThan(3);
    expect(Object.keys(await contentOf())).toHaveLength(105);
    // Little is left of much.
    await write(log, { gone: Array.from({ length: 100 }, (_, n) => `kept${n}`) });
    for (let n = 0; n < 20; n++) await write(log, { changed: { busy0: page() } });
    expect(bytesOf()).toBeLessThan(4 * SEGMENT_BYTES);
    expect(bytesOf()).toBe(log.size.total);
  });

  test('a write costs what it changes, whatever is there', async () => {
    const log = logOf(dir, 1_000_000);
    await write(log, {
      changed: Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`p${n}`, ['x'.repeat(100)]])),
    });
    const before = bytesOf();
    const [sync, append] = [vi.spyOn(disk, 'datasync'), vi.spyOn(disk, 'writev')];
    await write(log, { changed: { p7: ['y'] } });
    expect(bytesOf() - before).toBeLessThan(100);
    expect([sync.mock.calls.length, append.mock.calls.length]).toEqual([1, 1]);
  });
});

describe('after a crash', () => {
  const CHANGES: readonly Change[] = [
    { changed: { a: ['first'], b: ['x'.repeat(50)] } },
    { changed: { a: ['second'], c: ['3'] }, gone: ['b'] },
  ];

  test('at any byte of a write there is the state before it or the one after', async () => {
    const log = logOf();
    const states: Record<string, readonly string[]>[] = [];
    const sizes: number[] = [];
    const state = new Map<string, readonly string[]>();
    for (const change of CHANGES) {
      await write(log, change);
      apply(state, change);
      states.push(Object.fromEntries(state));
      sizes.push(bytesOf());
    }
    const [name = ''] = files();
    for (let bytes = sizes[1]!; bytes >= 0; bytes--) {
      truncateSync(join(dir, name), bytes);
      const expected = bytes >= sizes[1]! ? states[1] : bytes >= sizes[0]! ? states[0] : {};
      expect(await contentOf(), `cut at ${bytes}`).toEqual(expected);
      if (bytes % 16 !== 0) continue;
      // And it goes on behind what was good.
      const copy = mkdtempSync(join(root, 'c-'));
      cpSync(dir, copy, { recursive: true });
      const again = logOf(copy);
      await write(again, { changed: { z: ['after'] } });
      await again.close();
      expect(await contentOf(copy)).toEqual({ ...expected, z: ['after'] });
    }
    expect(damages).toEqual([]);
  });

  test('files in the middle of a copy are the state of some write', async () => {
    // What a backup sees: files of different moments, the oldest copied first.
    const log = logOf(dir, 512);
    const known: string[] = [];
    for (let n = 0; n < 60; n++) {
      await write(log, { changed: { [`p${n % 7}`]: [`${n}`.padEnd(60, '.')], count: [`${n}`] } });
      known.push(JSON.stringify(Object.entries(await contentOf()).sort()));
    }
    const copy = mkdtempSync(join(root, 'c-'));
    let n = 60;
    for (const name of files()) {
      if (!existsSync(join(dir, name))) continue;
      cpSync(join(dir, name), join(copy, name));
      await write(log, { changed: { count: [`${n++}`] } });
      known.push(JSON.stringify(Object.entries(await contentOf()).sort()));
    }
    expect(known).toContain(JSON.stringify(Object.entries(await contentOf(copy)).sort()));
  });
});

describe('a disk that damages what is on it', () => {
  test('costs what is in the damaged batch only, says so, and keeps a copy', async () => {
    const log = logOf(dir, 1_000_000);
    for (let n = 0; n < 9; n++) await write(log, { changed: { [`p${n}`]: [`value ${n}`], main: [`${n}`] } });
    await log.close();
    const [name = ''] = files();
    const path = join(dir, name);
    const good = readFileSync(path);
    const whole = await contentOf();
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at]! ^= 0x41;
      writeFileSync(path, bad);
      if (at < 8) {
        await expect(contentOf()).rejects.toThrow(/no log of parts|version/);
        continue;
      }
      const read = await contentOf();
      const lost = Object.entries(whole).filter(([part, lines]) => read[part]?.join() !== lines.join());
      // One of the nine, and main is as it was before where the last one is damaged.
      expect(lost.length, `byte ${at}`).toBeLessThanOrEqual(2);
      for (const [part, lines] of Object.entries(read)) expect([whole[part]?.join(), '7']).toContain(lines.join());
      const isTail = lost.some(([part]) => part === 'p8');
      if (lost.length > 0 && !isTail) expect(damages[0]?.bytes, `byte ${at}`).toBeGreaterThan(0);
      for (const { aside } of damages) expect(existsSync(aside)).toBe(true);
    }
    expect(files().length).toBe(1);
  });

  test('a file of a later version is not taken for one of this', async () => {
    writeFileSync(join(dir, '0000000001.log'), Buffer.from('LSPARTS\u0002...', 'latin1'));
    await expect(contentOf()).rejects.toThrow('it has version 2, this program knows 1');
  });
});

describe('a disk that refuses', () => {
  test.for(['datasync', 'writev', 'truncate', 'stat'] as const)(
    '%s: nothing of it counts, and the next write does',
    async operation => {
      const log = logOf();
      await write(log, { changed: { a: ['1'], b: ['1'] } });
      vi.spyOn(disk, operation === 'truncate' ? 'datasync' : operation).mockRejectedValueOnce(new Error('refused'));
      if (operation === 'truncate') vi.spyOn(disk, 'truncate').mockRejectedValueOnce(new Error('refused'));
      await expect(write(log, { changed: { a: ['2'] } })).rejects.toThrow('refused');
      await write(log, { changed: { b: ['3'] } });
      await log.close();
      expect(await contentOf()).toEqual({ a: ['1'], b: ['3'] });
      expect(damages).toEqual([]);
    },
  );

  test('when its files are gone it says so, and writes to none that nobody will find', async () => {
    const log = logOf();
    await write(log, { changed: { a: ['1'] } });
    for (const name of files()) rmSync(join(dir, name));
    await expect(write(log, { changed: { a: ['2'] } })).rejects.toThrow(/was deleted while it was in use/);
  });

  test('a file that cannot be begun costs nothing', async () => {
    const log = logOf(join(dir, 'later'));
    await expect(write(log, { changed: { a: ['1'] } })).rejects.toThrow('ENOENT');
    mkdirSync(log.dir);
    await write(log, { changed: { a: ['2'] } });
    expect(await contentOf(join(dir, 'later'))).toEqual({ a: ['2'] });
  });
});
