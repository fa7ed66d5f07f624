import { readFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { requireOrSkip } from '../support/services.ts';
import { everythingOnce } from './client-program.ts';
import { pipPackages } from './pip.ts';

const requirements = readFileSync('test/clients/python/requirements.txt', 'utf8').trim().split('\n');
const { path: packages, isThere } = await pipPackages(requirements);

describe.runIf(requireOrSkip('fluent-logger of PyPI', isThere))('PyPI fluent-logger', () => {
  // It knows no acknowledgements: what it notices in time it keeps and sends again with the next event.
  test('whole seconds and nanoseconds, over a restart, everything once', async () => {
    const program = { command: 'python3', args: ['test/clients/python/send.py'], env: { PYTHONPATH: packages } };
    await everythingOnce(program, {
      'whole seconds': { options: {}, survivesRestart: true },
      nanoseconds: { options: { nanosecond_precision: true }, survivesRestart: true },
    });
  }, 300_000);
});
