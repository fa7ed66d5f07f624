import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Journal } from '../../../src/alerts/manager/journal.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'longshore-journal-'));
  folders.push(path);
  return path;
}

async function read(dir: string): Promise<unknown[]> {
  const records: unknown[] = [];
  const journal = await Journal.open(
    dir,
    record => records.push(record),
    () => [],
  );
  await journal.close();
  return records;
}

describe('the journal of routed alerts', () => {
  test('gives what was written, in its order; other files in the folder are none of its', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'other.json'), '{}');
    const journal = await Journal.open(
      dir,
      () => {},
      () => [],
    );
    for (let i = 0; i < 3; i++) journal.append({ i });
    await journal.flush();
    journal.append({ i: 3 });
    await journal.close();
    expect(await read(dir)).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }, { i: 3 }]);
  });

  test('half a line at the end is cut off; a damaged one costs only itself', async () => {
    const dir = folder();
    const path = join(dir, 'state-0.ndjson');
    writeFileSync(path, '{"i":0}\n{"i":\u0000}\n{"i":2}\n{"i":3');
    expect(await read(dir)).toEqual([{ i: 0 }, { i: 2 }]);
    const journal = await Journal.open(
      dir,
      () => {},
      () => [],
    );
    journal.append({ i: 4 });
    await journal.close();
    expect(await read(dir)).toEqual([{ i: 0 }, { i: 2 }, { i: 4 }]);
    appendFileSync(path, '{"i":5}\n');
    expect(await read(dir)).toHaveLength(4);
  });

  test('a file that has grown is followed by one with what is of use', async () => {
    const dir = folder();
    const text = 'x'.repeat(1000);
    let last = -1;
    const journal = await Journal.open(
      dir,
      () => {},
      () => [{ last }],
    );
    for (let i = 0; i < 10_000; i++) {
      journal.append({ i, text });
      last = i;
      if (i % 100 === 0) await journal.flush();
    }
    await journal.close();
    const [name, ...others] = readdirSync(dir);
    expect(others).toEqual([]);
    expect(name).not.toBe('state-0.ndjson');
    expect(readFileSync(join(dir, name!)).length).toBeLessThan(5_000_000);
    const records = (await read(dir)) as { i?: number; last?: number }[];
    const { last: kept } = records[0]!;
    // Nothing between the two is lost.
    expect(records.slice(1).map(({ i }) => i)).toEqual(Array.from({ length: 9999 - kept! }, (_, i) => kept! + 1 + i));
  });

  test('of two files, which a crash may leave, the later one counts', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'state-3.ndjson'), '{"i":3}\n');
    writeFileSync(join(dir, 'state-4.ndjson'), '{"i":4}\n');
    expect(await read(dir)).toEqual([{ i: 4 }]);
    expect(readdirSync(dir)).toEqual(['state-4.ndjson']);
  });
});
