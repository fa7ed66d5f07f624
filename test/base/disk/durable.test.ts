import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppendFile } from '../../../src/base/disk/append-file.ts';
import { replaceFile } from '../../../src/base/disk/replace-file.ts';

const root = mkdtempSync(join(tmpdir(), 'durable-'));
const probe = await open(root, 'r');
/** What all handles of files inherit from: here a disk can be made to refuse. */
const disk = Object.getPrototypeOf(probe) as FileHandle;
await probe.close();
afterAll(() => rmSync(root, { recursive: true }));

let path: string;
let made = 0;
beforeEach(() => {
  path = join(root, `${made++}`);
});
afterEach(() => vi.restoreAllMocks());

const content = (): string => readFileSync(path, 'utf8');
const buffers = (...texts: string[]): Buffer[] => texts.map(text => Buffer.from(text));
const refuse = (operation: 'datasync' | 'truncate' | 'writev'): void =>
  void vi.spyOn(disk, operation).mockRejectedValueOnce(new Error(`${operation} refused`));

describe('a file that is appended to', () => {
  test('goes on behind what is known of it, and cuts off the rest', async () => {
    writeFileSync(path, 'known, torn');
    const file = await AppendFile.open(path, 5);
    await file.append(buffers('; one', '; two'));
    expect(content()).toBe('known; one; two');
    expect(file.bytes).toBe(content().length);
    await file.close();
  });

  test('is made only where there is none', async () => {
    const file = await AppendFile.create(path, Buffer.from('head'));
    await file.append(buffers('!'));
    await file.close();
    await expect(AppendFile.create(path, Buffer.from('other'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(content()).toBe('head!');
  });

  test('whose head cannot be written is not left behind', async () => {
    refuse('writev');
    await expect(AppendFile.create(path, Buffer.from('head'))).rejects.toThrow('writev refused');
    expect(readdirSync(root)).not.toContain(path.slice(root.length + 1));
  });

  test('has nothing of a write that was not durable', async () => {
    const file = await AppendFile.open(path, 0);
    await file.append(buffers('a'));
    refuse('datasync');
    await expect(file.append(buffers('lost'))).rejects.toThrow('datasync refused');
    expect(content()).toBe('a');
    await file.append(buffers('b'));
    expect(content()).toBe('ab');
    await file.close();
  });

  test('takes nothing new behind a torn write that could not be cut off', async () => {
    const file = await AppendFile.open(path, 0);
    refuse('datasync');
    refuse('truncate');
    await expect(file.append(buffers('torn'))).rejects.toThrow('datasync refused');
    expect(content()).toBe('torn');
    refuse('truncate');
    await expect(file.append(buffers('a'))).rejects.toThrow('truncate refused');
    expect(content()).toBe('torn');
    await file.append(buffers('b'));
    expect(content()).toBe('b');
    await file.close();
  });

  test('is written to the end when the system takes less at a time', async () => {
    const file = await AppendFile.open(path, 0);
    const { writev } = disk;
    vi.spyOn(disk, 'writev').mockImplementation(function (
      this: FileHandle,
      [first]: readonly NodeJS.ArrayBufferView[],
    ) {
      return writev.call(this, [(first as Buffer).subarray(0, 3)]) as ReturnType<FileHandle['writev']>;
    });
    const many = Array.from({ length: 600 }, (_, i) => `part ${i},`);
    await file.append(buffers(...many));
    expect(content()).toBe(many.join(''));
    await file.close();
  });
});

test('a file is replaced when its draft is on the disk, and the folder is synced after that', async () => {
  writeFileSync(path, 'old');
  writeFileSync(`${path}.draft`, 'the draft of one who was killed, longer than the new one');
  const seen: string[] = [];
  const { sync } = disk;
  vi.spyOn(disk, 'sync').mockImplementation(function (this: FileHandle) {
    seen.push(content());
    return sync.call(this);
  });
  await replaceFile(path, 'new');
  expect(seen).toEqual(['old', 'new']);
  await replaceFile(path, buffers('in ', 'parts'));
  expect(content()).toBe('in parts');
  expect(readdirSync(root)).not.toContain(`${path.slice(root.length + 1)}.draft`);
});
