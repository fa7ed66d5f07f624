import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', '**/node_modules/**'],
    globalSetup: ['test/support/left-out.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globals: false,
    pool: 'forks',
    maxWorkers: 2,
  },
});
