import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { command } from '../support/command.ts';
import { requireOrSkip } from '../support/services.ts';
import { everythingOnce } from './client-program.ts';

const requirements = 'test/clients/python/requirements.txt';
const version = readFileSync(requirements, 'utf8').trim().replace('==', '-');
/** Kept between runs: one version, one folder. */
const packages = join(tmpdir(), `longshore-clients-${version}`);

/** Installs the library beside, never into, the machine's Python. */
async function pythonClient(): Promise<true | string> {
  if (existsSync(packages)) return (await command('python3', ['--version'])).code === 0 || 'there is no python3';
  const folder = mkdtempSync(`${packages}-`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder];
  const { code, err } = await command('python3', [...pip, '--requirement', requirements], { timeout_ms: 60_000 });
  if (code === 0) {
    try {
      renameSync(folder, packages);
      return true;
    } catch {
      // Another run was faster.
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return code === 0 || `pip could not install it: ${err.split('\n').at(-1)}`;
}

describe.runIf(requireOrSkip('fluent-logger of PyPI', await pythonClient()))('PyPI fluent-logger', () => {
  // It knows no acknowledgements: what it notices in time it keeps and sends again with the next event.
  test('whole seconds and nanoseconds, over a restart, everything once', async () => {
    const program = { command: 'python3', args: ['test/clients/python/send.py'], env: { PYTHONPATH: packages } };
    await everythingOnce(program, {
      'whole seconds': { options: {}, survivesRestart: true },
      nanoseconds: { options: { nanosecond_precision: true }, survivesRestart: true },
    });
  }, 300_000);
});
