import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { command } from '../../support/command.ts';
import { Longshore } from '../../support/longshore.ts';
import { requireOrSkip } from '../../support/services.ts';

/* The real journalctl, over a journal that the real systemd-journal-remote writes. */

const REMOTE = '/lib/systemd/systemd-journal-remote';
const isAble = requireOrSkip(
  'journalctl and systemd-journal-remote',
  existsSync(REMOTE) && (await command('journalctl', ['--version'])).code === 0
    ? true
    : 'the packages systemd and systemd-journal-remote are not there',
);

/** Writes a journal: what it is told in the export form. */
class JournalWriter {
  readonly #process: ChildProcess;
  written = 0;

  constructor(folder: string) {
    this.#process = spawn(REMOTE, ['-o', join(folder, 'shop.journal'), '-'], { stdio: ['pipe', 'ignore', 'ignore'] });
    onTestFinished(() => void this.#process.kill('SIGKILL'));
  }

  write(count: number): void {
    const entries = Array.from({ length: count }, () => {
      const n = this.written++;
      const message = n % 10 === 0 ? `\u001b[31m${n} 안녕` : n % 10 === 1 ? `${n} ${'x'.repeat(5000)}` : `${n}`;
      const container = {
        CONTAINER_NAME: 'shop-web-1',
        CONTAINER_ID_FULL: 'ab'.repeat(32),
        CONTAINER_ID: 'ab'.repeat(6),
      };
      return exported(n, {
        MESSAGE: message,
        PRIORITY: n % 2 === 0 ? '6' : '3',
        _HOSTNAME: 'node-1',
        ...(n % 3 === 0 ? container : { _SYSTEMD_UNIT: 'shop.service' }),
      });
    });
    this.#process.stdin!.write(Buffer.concat(entries));
  }
}

function exported(n: number, fields: Readonly<Record<string, string>>): Buffer {
  const head = {
    __REALTIME_TIMESTAMP: `${Date.now() * 1000}`,
    __MONOTONIC_TIMESTAMP: `${1_000_000 + n}`,
    _BOOT_ID: '2'.padStart(32, '0'),
  };
  const parts = Object.entries({ ...head, ...fields }).map(([name, text]) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(8);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')]);
  });
  // Addresses of the head must be texts.
  for (const [i, [name, text]] of Object.entries(head).entries()) parts[i] = Buffer.from(`${name}=${text}\n`);
  return Buffer.concat([...parts, Buffer.from('\n')]);
}

test.runIf(isAble)(
  'the journal while longshore is killed: each entry is stored once',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longshore-journal-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'journal'));
    const writer = new JournalWriter(join(folder, 'journal'));
    writer.write(100);
    const journald = `{directory: '${join(folder, 'journal')}', start_at: beginning}`;
    let longshore = await Longshore.start({ set: { 'inputs.journald': journald }, rules: {} });
    onTestFinished(() => longshore.remove());
    const stored = async (): Promise<number> => (await longshore.search('tag:journald', { size: '1' })).total;
    const timer = setInterval(() => writer.write(7), 20);
    for (let round = 0; round < 2; round++) {
      const before = Math.max(writer.written, await stored());
      await vi.waitFor(async () => expect(await stored()).toBeGreaterThan(before), { timeout: 10_000 });
      await longshore.kill();
      longshore = await longshore.again();
    }
    clearInterval(timer);
    await vi.waitFor(async () => expect(await stored()).toBeGreaterThanOrEqual(writer.written), { timeout: 10_000 });
    const events = await longshore.searchAll('tag:journald');
    const numbers = events.map(({ message }) => Number(/\d+/.exec(String(message).replace('\u001b[31m', ''))![0]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: writer.written }, (_, n) => n));
    const at = (n: number) => events[numbers.indexOf(n)]!;
    expect(at(0)).toMatchObject({ message: expect.stringContaining('0 안녕'), container_id: 'ab'.repeat(32) });
    expect(String(at(1)['message']).length).toBe(5002);
    expect(at(1)).toMatchObject({ service: 'shop', level: 'ERROR', hostname: 'node-1' });
    expect(at(3)).toMatchObject({ service: 'shop-web', container_name: 'shop-web-1', stream: 'stderr' });
  },
  120_000,
);
