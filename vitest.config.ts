import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/longest-first.ts';
import { testFiles } from './test/support/projects.ts';

// Tests start hundreds of processes: what one of them compiled serves the others.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'longshore-test-compile-cache');

const { unit, system } = testFiles();

export default defineConfig({
  test: {
    // How long something takes on a busy machine is no assertion.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    globals: false,
    pool: 'forks',
    // More than there are cores save little, for most files work rather than wait, and what is timed in tests suffers.
    maxWorkers: Math.max(2, availableParallelism()),
    setupFiles: ['test/support/patience.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'unit', include: unit } },
      {
        extends: true,
        test: {
          name: 'system',
          include: system,
          globalSetup: ['test/support/left-out.ts', 'test/store/elasticsearch/spare-servers.ts'],
        },
      },
    ],
  },
});
