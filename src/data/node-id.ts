import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ID = /^[0-9a-f]{32}$/;

/** The random name of a data_dir, made at the first start: what leaves this process is told by it from what leaves others. */
export function nodeIdOf(dataDir: string): string {
  const path = join(dataDir, 'node-id');
  try {
    const id = readFileSync(path, 'utf8').trim();
    if (ID.test(id)) return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const id = randomBytes(16).toString('hex');
  const temporary = `${path}.${id}.tmp`;
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(temporary, `${id}\n`, { flush: true });
  try {
    // Unlike a rename: of several processes that start together one is first, and the others take its name.
    linkSync(temporary, path);
    return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const other = readFileSync(path, 'utf8').trim();
    if (ID.test(other)) return other;
    renameSync(temporary, path);
    return id;
  } finally {
    rmSync(temporary, { force: true });
  }
}
