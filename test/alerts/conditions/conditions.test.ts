import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { testRules } from '../../../src/backtest/rule-tests/index.ts';
import { configureLog } from '../../../src/core/log.ts';

// Rules with levels, times, other rules: each file says in its own `tests` what it does. Those in `parts/` are there for
// others to name.

configureLog('silent');

const read = (path: string): { path: string; text: string } => ({
  path: basename(path),
  text: readFileSync(path, 'utf8'),
});
const files = (folder: string): { path: string; text: string }[] =>
  globSync(join(import.meta.dirname, folder, '*.yaml')).map(read);

test.for(files('rules').map(file => [file.path, file] as const))('%s', async ([path, file]) => {
  const results = await testRules([file, ...files('parts')], new Set([path]), { env: {}, alerterDefaults: {} });
  expect(results.length).toBeGreaterThan(0);
  for (const { name, differences } of results) expect(differences, name).toEqual([]);
});
