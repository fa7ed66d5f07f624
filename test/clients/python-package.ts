import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../support/command.ts';

/** A library of PyPI beside, never in, the machine's Python. */
export interface PythonPackage {
  /** For `PYTHONPATH`. */
  readonly path: string;
  /** Or why it is not there. */
  readonly isThere: true | string;
}

/** Installs it, or finds what an earlier run has installed: one version, one folder. */
export async function pythonPackage(name: string, version: string): Promise<PythonPackage> {
  const path = join(tmpdir(), `longshore-clients-${name}-${version}`);
  if (existsSync(path)) {
    return { path, isThere: (await command('python3', ['--version'])).code === 0 || 'there is no python3' };
  }
  const folder = mkdtempSync(`${path}-`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder];
  const { code, err } = await command('python3', [...pip, `${name}==${version}`], { timeout_ms: 60_000 });
  if (code === 0 && !existsSync(path)) renameSync(folder, path);
  else rmSync(folder, { recursive: true, force: true });
  return { path, isThere: code === 0 || `pip could not install it: ${err.split('\n').at(-1)}` };
}
