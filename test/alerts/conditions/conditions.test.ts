import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { Backtest } from '../../../src/backtest/backtest.ts';
import { compileRules } from '../../../src/backtest/compile.ts';
import { testRules } from '../../../src/backtest/rule-tests/index.ts';
import { configureLog } from '../../../src/core/log.ts';
import { compilePredicate } from '../../../src/store/query/predicate.ts';
import { event, START } from '../support.ts';

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

test('a backtest of a composite rule reads the events of its parts, and reports the rule alone', async () => {
  const all = compileRules([...files('rules').filter(({ path }) => path === 'all.yaml'), ...files('parts')], {
    env: {},
    alerterDefaults: {},
  });
  const backtest = new Backtest(all, undefined, { messages: false, names: ['errors and slow'] });
  const isWanted = compilePredicate(backtest.query, Date.now);
  const events = [0, 1, 2, 60].map(second => ({
    id: `e${second}`,
    time: START + second * 1000,
    event: event(START + second * 1000, second === 60 ? { level: 'INFO', took: 500 } : {}),
  }));
  expect(events.filter(one => isWanted(one.event))).toHaveLength(4);
  await backtest.take(events);
  const { rules } = await backtest.finish([], START + 120_000);
  expect(rules.map(({ name, alerts }) => [name, alerts])).toEqual([['errors and slow', 1]]);
});
