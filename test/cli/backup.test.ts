import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seeded } from '../support/chance.ts';
import { Longshore } from '../support/longshore.ts';
import { StubbornSender, verifyOnce } from '../support/stubborn-sender.ts';
import { inProcess as longshore } from './in-process.ts';
import { longshore as program } from './support.ts';

/** Chunks that roll, seal and merge all the time. */
const BUSY = {
  'buffer.chunk_max_events': '20',
  'buffer.chunk_max_age_ms': '30',
  'store.seal_rows': '100',
  'store.seal_max_age_ms': '10',
};

let root: string;
const running: Longshore[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'longshore-backup-'));
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill();
  rmSync(root, { recursive: true, force: true });
});

async function start(name: string, set: Record<string, string> = BUSY): Promise<Longshore> {
  const dataDir = join(root, name);
  mkdirSync(dataDir, { recursive: true });
  const one = await Longshore.start({ dataDir, rules: {}, set });
  running.push(one);
  return one;
}

async function stop(one: Longshore): Promise<void> {
  await one.stop();
  running.splice(running.indexOf(one), 1);
}

const dataDirOf = (name: string): string[] => ['--set', `data_dir=${join(root, name, 'data')}`];

async function deliver(to: Longshore, sender: StubbornSender): Promise<void> {
  for (let i = 0; i < 20 && sender.unacknowledged.size > 0; i++) await sender.deliver(to.ready.forward);
  expect(sender.unacknowledged.size).toBe(0);
}

/** Everything expected is there once; nothing else is there twice. */
async function verify(one: Longshore, expected: Map<string, string>): Promise<void> {
  await one.untilReady();
  const hits = await one.searchAll('');
  const texts = hits.map(hit => String(hit['message']));
  expect(new Set(texts).size).toBe(texts.length);
  expect(new Set(hits.map(hit => hit._id)).size).toBe(hits.length);
  verifyOnce(
    hits.filter(hit => expected.has(String(hit['message']).split(' ')[0]!)),
    expected,
  );
}

describe('longshore backup and restore', () => {
  test('under load, with two workers: what was acknowledged before is there once', {
    timeout: 300_000,
  }, async () => {
    const one = await start('one', { ...BUSY, workers: '2' });
    const before = new StubbornSender('before', seeded(3));
    for (let i = 0; i < 200; i++) before.produce();
    await deliver(one, before);

    let isOver = false;
    const during = new StubbornSender('during', seeded(103));
    const frames = new Map(during.unacknowledged);
    const load = (async () => {
      while (!isOver) {
        for (let i = 0; i < 40; i++) during.produce();
        for (const [chunk, frame] of during.unacknowledged) frames.set(chunk, frame);
        await deliver(one, during);
      }
    })();
    const made = await longshore(['backup', join(root, 'backup'), '--url', one.url, ...dataDirOf('one')]);
    isOver = true;
    await load;
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/: \d+ files, [\d.]+ MB\n$/) });
    expect(readdirSync(join(root, 'one', 'data', 'backups'))).toEqual([]);

    const restored = await longshore(['restore', join(root, 'backup'), ...dataDirOf('two')]);
    expect(restored).toMatchObject({ code: 0 });
    const two = await start('two');
    await verify(two, before.expected);
    // Nobody has to know what the backup had of the rest: it is sent again, and known or new.
    for (const [chunk, frame] of frames) during.unacknowledged.set(chunk, frame);
    await deliver(two, during);
    await verify(two, new Map([...before.expected, ...during.expected]));
    // The one that was backed up has lost nothing, and goes on.
    await verify(one, new Map([...before.expected, ...during.expected]));
    await stop(two);
    await verify(await start('two'), new Map([...before.expected, ...during.expected]));
  });

  test('of a stopped service, copied back by hand', { timeout: 300_000 }, async () => {
    const one = await start('one');
    const sender = new StubbornSender('stopped', seeded(9));
    for (let i = 0; i < 60; i++) sender.produce();
    await deliver(one, sender);
    await stop(one);
    const made = await longshore(['backup', join(root, 'two', 'data'), ...dataDirOf('one')]);
    expect(made.code).toBe(0);
    const events = sender.expected.size;
    expect(made.out).toMatch(new RegExp(`^${events} events: \\d{4}\\.\\d\\d\\.\\d\\d \\(\\d+\\)`));
    await verify(await start('two'), sender.expected);
    await verify(await start('one'), sender.expected);
  });

  test('a backup does not change when the service goes on', { timeout: 300_000 }, async () => {
    const one = await start('one', { 'buffer.chunk_max_age_ms': '3600000' });
    const sender = new StubbornSender('still', seeded(10));
    for (let i = 0; i < 20; i++) sender.produce();
    await deliver(one, sender);
    const response = await fetch(`${one.url}/api/backup`, { method: 'POST' });
    const { path, files, bytes } = (await response.json()) as { path: string; files: number; bytes: number };
    expect({ status: response.status, known: files > 3 && bytes > 1000 }).toEqual({ status: 200, known: true });
    const sizes = () =>
      (readdirSync(path, { recursive: true }) as string[]).map(name => [name, statSync(join(path, name)).size]);
    const then = sizes();
    for (let i = 0; i < 20; i++) sender.produce();
    await deliver(one, sender);
    expect(sizes()).toEqual(then);
  });

  test('mistakes are named and change nothing', { timeout: 300_000 }, async () => {
    const full = join(root, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'something'), '');
    expect((await longshore(['backup', full, ...dataDirOf('one')])).err).toContain('is not empty. Name a new folder.');
    expect((await longshore(['restore', full, ...dataDirOf('one')])).err).toContain('(LS_BACKUP_NONE)');
    expect(existsSync(join(root, 'one'))).toBe(false);
    expect((await longshore(['backup'])).code).toBe(2);
    const inside = await longshore(['backup', join(root, 'one', 'data', 'copy'), ...dataDirOf('one')]);
    expect(inside.err).toMatch(/inside data_dir .* \(LS_BACKUP_TARGET\)/);
    expect((await longshore(['backup', join(root, 'new'), ...dataDirOf('one')])).err).toContain('there is no data_dir');
    expect([join(root, 'one'), join(root, 'new')].filter(existsSync)).toEqual([]);
    const later = join(root, 'later');
    mkdirSync(join(later, 'spool'), { recursive: true });
    writeFileSync(join(later, 'format.json'), '{"format":99}');
    expect((await longshore(['restore', later, ...dataDirOf('one')])).err).toContain('(LS_DATA_DIR_NEWER)');
  });

  test('--url means that service, whatever the configuration here says', { timeout: 300_000 }, async () => {
    const one = await start('one', {});
    const sender = new StubbornSender('named', seeded(11));
    for (let i = 0; i < 20; i++) sender.produce();
    await deliver(one, sender);
    const made = await longshore(['backup', join(root, 'backup'), '--url', one.url, ...dataDirOf('other')]);
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining(`${sender.expected.size} events: `) });
    expect(existsSync(join(root, 'other'))).toBe(false);
    const inside = join(one.dataDir, 'data', 'copy');
    const refused = await longshore(['backup', inside, '--url', one.url, ...dataDirOf('other')]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('(LS_BACKUP_TARGET)') });
    expect(readdirSync(join(one.dataDir, 'data', 'backups'))).toEqual([]);
    await longshore(['restore', join(root, 'backup'), ...dataDirOf('two')]);
    await verify(await start('two', {}), sender.expected);
    const used = await longshore(['restore', join(root, 'backup'), ...dataDirOf('two')]);
    expect(used.err).toMatch(/data_dir \S*two\/data is not empty\. Move it away.*--set data_dir/);
    await stop(one);
    const away = await longshore(['backup', join(root, 'none'), '--url', one.url, ...dataDirOf('one')]);
    expect(away).toMatchObject({ code: 1, err: expect.stringContaining('(LS_CLI_UNREACHABLE)') });
    expect(existsSync(join(root, 'none'))).toBe(false);
  });

  test('a backup without any event is no success', { timeout: 300_000 }, async () => {
    const one = await start('one', {});
    const ofService = await longshore(['backup', join(root, 'first'), '--url', one.url]);
    expect(ofService).toMatchObject({ code: 1, err: expect.stringContaining('has no event in it') });
    await stop(one);
    const ofFolder = await longshore(['backup', join(root, 'second'), ...dataDirOf('one')]);
    expect(ofFolder).toMatchObject({ code: 1, err: expect.stringContaining('has no event in it') });
  });

  test.each([
    ['backup', ['backup', 'target'], 'LS_BACKUP_NONE'],
    [
      'migrate',
      ['migrate', '--set', 'store.type=elasticsearch', '--set', 'store.nodes=["http://127.0.0.1:9"]'],
      'LS_MIGRATE_NONE',
    ],
  ])('%s makes no data_dir that it only wanted to read', async (_, args, code) => {
    const given = args.map(arg => (arg === 'target' ? join(root, 'target') : arg));
    const made = await longshore([...given, ...dataDirOf('nobody')]);
    expect(made).toMatchObject({ code: 1, err: expect.stringContaining(code) });
    expect(readdirSync(root)).toEqual([]);
  });

  test("what a service keeps, and what is made of it, is its owner's alone", { timeout: 300_000 }, async () => {
    const one = await start('one');
    const sender = new StubbornSender('private', seeded(12));
    for (let i = 0; i < 60; i++) sender.produce();
    await deliver(one, sender);
    await program(['backup', join(root, 'backup'), '--url', one.url]);
    await program(['restore', join(root, 'backup'), ...dataDirOf('two')]);
    const open: string[] = [];
    for (const dir of [join(root, 'one', 'data'), join(root, 'backup'), join(root, 'two', 'data')]) {
      for (const name of ['.', ...(readdirSync(dir, { recursive: true }) as string[])]) {
        const found = statSync(join(dir, name), { throwIfNoEntry: false });
        if (found !== undefined && (found.mode & 0o077) !== 0)
          open.push(`${join(dir, name)} ${found.mode.toString(8)}`);
      }
    }
    expect(open).toEqual([]);
  });
});
