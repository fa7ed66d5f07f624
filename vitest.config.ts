import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { testFiles } from './test/support/projects.ts';

// Tests start hundreds of processes: what one of them compiled serves the others.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'longshore-test-compile-cache');

const { unit, system } = testFiles();

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    globals: false,
    pool: 'forks',
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      { extends: true, test: { name: 'unit', include: unit } },
      { extends: true, test: { name: 'system', include: system, globalSetup: ['test/support/left-out.ts'] } },
    ],
  },
});
