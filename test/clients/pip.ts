import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../support/command.ts';

/**
 * Installs packages of PyPI (`name==version`) beside, never into, the machine's Python, and keeps them between runs. `path`:
 * for PYTHONPATH; `isThere`: true, or why not.
 */
export async function pipPackages(packages: readonly string[]): Promise<{ path: string; isThere: true | string }> {
  const path = join(tmpdir(), `longshore-clients-${packages.join('+').replace(/==/g, '-')}`);
  if (existsSync(path))
    return { path, isThere: (await command('python3', ['--version'])).code === 0 || 'there is no python3' };
  const folder = mkdtempSync(`${path}-`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder];
  const { code, err } = await command('python3', [...pip, ...packages], { timeout_ms: 120_000 });
  if (code === 0 && !existsSync(path)) renameSync(folder, path);
  else rmSync(folder, { recursive: true, force: true });
  return { path, isThere: code === 0 || `pip could not install it: ${err.split('\n').at(-1)}` };
}
