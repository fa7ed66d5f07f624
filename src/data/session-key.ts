import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BYTES = 32;

/** What the cookies of the page are sealed with, made at the first start; readable for this user only. Without the file everybody logs in again. */
export function sessionKeyOf(dataDir: string): Buffer {
  const path = join(dataDir, 'session-key');
  const found = read(path);
  if (found !== undefined) return found;
  const key = randomBytes(BYTES);
  const temporary = `${path}.${key.toString('hex', 0, 6)}.tmp`;
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(temporary, key, { flush: true, mode: 0o600 });
  try {
    rmSync(path, { force: true });
    linkSync(temporary, path);
    return key;
  } catch (error) {
    // Another process was first.
    const other = read(path);
    if (other === undefined) throw error;
    return other;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Undefined: there is none, or it is torn. */
function read(path: string): Buffer | undefined {
  try {
    const key = readFileSync(path);
    return key.length === BYTES ? key : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
