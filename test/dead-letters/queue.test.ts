import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deadLetterId } from '../../src/dead-letters/dead-letter.ts';
import type { DeadLettersOptions } from '../../src/dead-letters/options.ts';
import { DeadLetterQueue } from '../../src/dead-letters/queue.ts';
import { letter, NOW } from './letter.ts';

let dataDir: string;
let dir: string;
const open = new Set<DeadLetterQueue>();
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'longshore-letters-'));
  dir = join(dataDir, 'dead-letters');
  mkdirSync(dir);
});
afterEach(async () => {
  for (const store of open) await store.stop();
  open.clear();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<DeadLettersOptions> = {}, now = () => NOW): Promise<DeadLetterQueue> {
  const store = new DeadLetterQueue(dataDir, options, now);
  await store.start();
  open.add(store);
  return store;
}

/** As after `kill -9`: nothing of the store before is closed or written. */
const again = start;

const ids = (store: DeadLetterQueue, filter = {}): string[] => store.choose(filter, 'asc', 1000).map(({ id }) => id);
const files = (): string[] => readdirSync(dir).sort();
const counts = (store: DeadLetterQueue, name: string) => store.counts().get(name);

describe('letters', () => {
  test('are given back as they were, also after a restart, bytes that are no text too', async () => {
    const store = await start();
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x0a, 0x00, 0x7d]);
    await store.append([letter('a', { reason: 'said: ,"document":"x' }), letter('b', { document: bytes, line: 7 })]);
    for (const each of [store, await again()]) {
      const [a, b] = await Promise.all(ids(each).map(id => each.get(id)));
      expect(a).toMatchObject({ event: 'a', status: 'open', reason: 'said: ,"document":"x', container: 'web' });
      expect(Buffer.from(a!.document).toString()).toBe('{"_id":"a","message":"m a","container_name":"web"}');
      expect(Buffer.from(b!.document)).toEqual(bytes);
      expect(b).toMatchObject({ event: 'b', line: 7 });
    }
  });

  test('of a chunk that is judged again are the same letters', async () => {
    const store = await start();
    await store.append([letter('a'), letter('b'), letter('a')]);
    await Promise.all([store.append([letter('a'), letter('c')]), store.append([letter('c')])]);
    expect(ids(store)).toHaveLength(3);
    const other = await again();
    await other.append([letter('a'), letter('b'), letter('c')]);
    expect(ids(other)).toEqual(ids(store));
    expect(counts(other, 'web')).toMatchObject({ letters: 3, replayed: 0, discarded: 0 });
    await other.append([letter('a', { chunk: 'another' })]);
    expect(ids(other)).toHaveLength(4);
  });

  test('are listed by type, container and status, in both directions, page by page', async () => {
    const store = await start();
    await store.append([
      letter('a'),
      letter('b', { type: 'strict' }),
      letter('c', { container: 'db' }),
      letter('d', { type: 'strict', container: 'db' }),
    ]);
    const events = async (filter: object, order: 'asc' | 'desc' = 'asc', limit = 100, after?: number) =>
      Promise.all(store.choose(filter, order, limit, after).map(async ({ id }) => (await store.get(id))!.event));
    expect(await events({ type: 'strict' })).toEqual(['b', 'd']);
    expect(await events({ container: 'db' }, 'desc')).toEqual(['d', 'c']);
    expect(await events({ type: 'strict', container: 'web' })).toEqual(['b']);
    expect(await events({ type: 'nothing' })).toEqual([]);
    const [, second] = store.choose({}, 'asc', 2);
    expect(await events({}, 'asc', 5, second!.position)).toEqual(['c', 'd']);
    expect(await events({}, 'desc', 5, second!.position)).toEqual(['a']);
    await store.discard(ids(store, { type: 'strict' }));
    expect(await events({ status: 'open' })).toEqual(['a', 'c']);
    expect(await events({ status: 'discarded' })).toEqual(['b', 'd']);
  });

  test('nobody knows ids that are none', async () => {
    const store = await start();
    for (const id of ['', 'x', '__proto__', '0'.repeat(16), '../../etc/passwd']) {
      expect(await store.get(id)).toBeUndefined();
      expect(store.status(id)).toBeUndefined();
    }
    expect(await store.discard(['x'])).toBe(0);
    expect(await store.begin([], false)).toBeUndefined();
  });
});

describe('a replay', () => {
  test('goes from open over replaying to replayed, and is counted once', async () => {
    const store = await start();
    await store.append([letter('a'), letter('b')]);
    const batch = await store.begin(ids(store), false);
    expect(batch!.ids).toEqual(ids(store));
    expect(await store.begin(ids(store), false)).toBeUndefined();
    expect(await store.discard(ids(store))).toBe(0);
    expect((await again()).unfinished).toEqual([batch]);
    await store.finish(batch!);
    await store.finish(batch!);
    for (const each of [store, await again()]) {
      expect(each.unfinished).toEqual([]);
      expect(ids(each, { status: 'replayed' })).toHaveLength(2);
      expect(counts(each, 'web')).toMatchObject({ letters: 2, replayed: 2, discarded: 0 });
      expect(each.types()).toEqual([{ type: 'mapper', open: 0, letters: 2, replayed: 2, discarded: 0 }]);
    }
  });

  test('that did not arrive is given back, except what did', async () => {
    const store = await start();
    await store.append([letter('a'), letter('b')]);
    const batch = await store.begin(ids(store), true);
    expect(batch!.as_is).toBe(true);
    await store.giveBack(batch!, new Set([ids(store)[0]!]));
    for (const each of [store, await again()]) {
      expect(each.unfinished).toEqual([]);
      expect(ids(each).map(id => each.status(id))).toEqual(['replayed', 'open']);
      expect(counts(each, 'web')).toMatchObject({ letters: 2, replayed: 1 });
    }
  });

  test('that comes back is a new letter that names the one before', async () => {
    const store = await start();
    await store.append([letter('a')]);
    const [first] = ids(store);
    // Refused with another chunk although nobody has replayed it: no forerunner.
    await store.append([letter('a', { chunk: 'same-time' })]);
    await store.finish((await store.begin([first!], false))!);
    await store.append([letter('a', { chunk: 'later' })]);
    for (const each of [store, await again()]) {
      const all = await Promise.all(ids(each).map(id => each.get(id)));
      expect(all.map(one => one!.forerunner)).toEqual([undefined, undefined, first]);
      expect((await each.successors(first!)).map(one => one.chunk)).toEqual(['later']);
      expect(counts(each, 'web')).toMatchObject({ letters: 3, replayed: 1 });
    }
  });
});

describe('limits', () => {
  test('of bytes: the oldest go, what went is still counted, and a restart sees the same', async () => {
    const store = await start({ max_bytes: 1_000_000 });
    for (let i = 0; i < 30; i++)
      await store.append(
        Array.from({ length: 10 }, (_, j) => letter(`e${i}-${j}`, { document: Buffer.alloc(6_000, 0x61) })),
      );
    const size = () => files().reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
    expect(size()).toBeLessThan(1_100_000);
    const kept = ids(store);
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.length).toBeLessThan(200);
    expect(kept.at(-1)).toBe(deadLetterId(letter('e29-9')));
    expect(await store.get(deadLetterId(letter('e0-0')))).toBeUndefined();
    for (const each of [store, await again({ max_bytes: 1_000_000 })]) {
      expect(ids(each)).toEqual(kept);
      expect(counts(each, 'other')).toMatchObject({ letters: 300, replayed: 0, discarded: 0 });
      expect(each.open).toBe(kept.length);
    }
  });

  test('of age and of number; letters on their way stay', async () => {
    let now = NOW;
    const store = await start({ max_age_days: 2, max_letters: 1000 }, () => now);
    await store.append([letter('old')]);
    now += 86_400_000 * 1.5;
    await store.append([letter('young', { at: now })]);
    const batch = await store.begin([deadLetterId(letter('old'))], false);
    now += 86_400_000;
    await store.append([letter('younger', { at: now })]);
    expect(ids(store)).toHaveLength(3);
    await store.finish(batch!);
    await store.append([letter('youngest', { at: now })]);
    expect(ids(store)).toHaveLength(3);
    expect(counts(store, 'web')).toMatchObject({ letters: 4, replayed: 1 });
    await store.append(Array.from({ length: 2000 }, (_, i) => letter(`n${i}`, { at: now })));
    await store.append([letter('last', { at: now })]);
    expect(ids(store).length).toBeLessThanOrEqual(1000);
    expect(ids(store).at(-1)).toBe(deadLetterId(letter('last')));
  });

  test('a file whose eviction was written and not done goes at the next start, counted once', async () => {
    const options = { max_bytes: 1_000_000 };
    const store = await start(options);
    const fill = (name: string) => store.append([letter(name, { document: Buffer.alloc(130_000, 0x61) })]);
    for (let i = 0; i < 7; i++) await fill(`e${i}`);
    const oldest = files()[0]!;
    const content = readFileSync(join(dir, oldest));
    await fill('e7');
    await fill('e8');
    expect(files()).not.toContain(oldest);
    const before = store.open;
    writeFileSync(join(dir, oldest), content);
    const other = await again(options);
    expect(files()).not.toContain(oldest);
    expect(other.open).toBe(before);
    expect(counts(other, 'web')).toEqual(counts(store, 'web'));
  });
});

describe('what a crash or a disk leaves', () => {
  test('a torn end is cut off, and the next letter stands on a line of its own', async () => {
    const store = await start();
    await store.append([letter('a'), letter('b')]);
    await store.stop();
    const path = join(dir, files()[0]!);
    const { size } = statSync(path);
    for (const cut of [1, 20, 100, 200]) {
      const whole = readFileSync(path);
      truncateSync(path, size - cut);
      const other = await again();
      await other.append([letter('b'), letter(`c${cut}`)]);
      await other.stop();
      expect(ids(await again())).toContain(deadLetterId(letter(`c${cut}`)));
      expect(ids(await again())).toHaveLength(3);
      writeFileSync(path, whole);
    }
    appendFileSync(path, Buffer.alloc(500));
    expect(ids(await again())).toHaveLength(2);
  });

  test('an empty file, a foreign file, a line that cannot be read', async () => {
    const store = await start();
    await store.append([letter('a')]);
    await store.stop();
    const path = join(dir, files()[0]!);
    appendFileSync(path, 'garbage\n');
    const other = await again();
    await other.append([letter('b')]);
    expect(ids(other)).toHaveLength(2);
    writeFileSync(join(dir, 'letters-0000000099.ndjson'), '');
    writeFileSync(join(dir, 'letters-0000000098.ndjson'), '{"not":"ours"}\n');
    writeFileSync(join(dir, 'notes.txt'), 'x');
    expect(ids(await again())).toHaveLength(2);
    expect(files()).toEqual(['letters-0000000001.ndjson', 'letters-0000000098.ndjson.foreign', 'notes.txt']);
  });

  test('a newer version is refused by name', async () => {
    writeFileSync(join(dir, 'letters-0000000001.ndjson'), '{"dead_letters":2,"segment":1,"totals":{}}\n');
    await expect(start()).rejects.toMatchObject({ code: 'LS_LETTERS_NEWER' });
  });

  test('the version that is read is the one in version-1', async () => {
    writeFileSync(
      join(dir, 'letters-0000000001.ndjson'),
      readFileSync(new URL('./version-1/letters-0000000001.ndjson', import.meta.url)),
    );
    const store = await start();
    const all = await Promise.all(ids(store).map(id => store.get(id)));
    expect(all.map(one => [one!.event, one!.status, one!.type, Buffer.from(one!.document).toString()])).toEqual([
      [
        'a',
        'replayed',
        'document_parsing_exception',
        '{"seq":1,"@timestamp":"2026-11-20T12:00:00.000Z","message":"m"}',
      ],
      ['b', 'open', 'column_type_mismatch', 'ÿ'],
      ['a', 'open', 'document_parsing_exception', '{"seq":1,"@timestamp":"2026-11-20T12:00:00.000Z","message":"m"}'],
    ]);
    expect(all[2]!.forerunner).toBe(all[0]!.id);
    expect(counts(store, 'web')).toMatchObject({ letters: 2, replayed: 1, discarded: 0 });
  });

  test('a disk that refuses makes the letter wait with whoever brings it', async () => {
    const store = await start();
    await store.append([letter('a')]);
    await store.stop();
    await expect(store.append([letter('b')])).rejects.toMatchObject({ code: 'LS_LETTERS_CLOSED', retryable: true });
  });
});
