import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the file that `requireOrSkip` writes its reasons to. */
export const LEFT_OUT_FILE = 'LONGSHORE_TEST_LEFT_OUT';

/** vitest's `globalSetup`: what was left out for want of a service is said at the end of the run, with the reason. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-left-out-'));
  const file = join(folder, 'reasons');
  writeFileSync(file, '');
  process.env[LEFT_OUT_FILE] = file;
  return () => {
    const reasons = [...new Set(readFileSync(file, 'utf8').split('\n'))].filter(line => line !== '').sort();
    rmSync(folder, { recursive: true });
    if (reasons.length > 0) process.stdout.write(`\n${reasons.join('\n')}\n`);
  };
}
