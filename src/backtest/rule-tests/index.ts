import type { AlertSettings } from '../../alerts/settings.ts';
import type { RuleText } from '../../core/api/backtest.ts';
import { LongshoreError } from '../../core/errors.ts';
import { type CompileOptions, compileRules } from '../compile.ts';
import { readRuleTests } from './read.ts';
import { type RuleTestResult, runRuleTest } from './run.ts';

export type { RuleTestResult } from './run.ts';

/**
 * Runs the tests inside of rule files. `chosen`: paths of those whose tests run; the others may be imported.
 * Throws an AggregateError of all mistakes in the chosen ones.
 */
export async function testRules(
  files: readonly RuleText[],
  chosen: ReadonlySet<string>,
  options: CompileOptions,
  settings?: Partial<AlertSettings>,
): Promise<RuleTestResult[]> {
  const { rules, errors, clock } = compileRules(files, options);
  const mistakes = errors.filter(({ where = '' }) => chosen.has(where.replace(/:\d+$/, '')));
  const results: RuleTestResult[] = [];
  for (const file of files.filter(({ path }) => chosen.has(path))) {
    // What cannot be read at all is among the mistakes already.
    const tests = orNone(() => readRuleTests(file, options.env, mistakes));
    const rule = rules.find(({ where }) => where.replace(/:\d+$/, '') === file.path);
    if (rule === undefined) continue;
    for (const test of tests) results.push(await runRuleTest(test, rule, rules, clock, settings));
  }
  if (mistakes.length > 0) throw new AggregateError(mistakes, 'rules have mistakes');
  return results;
}

function orNone<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof LongshoreError) return [];
    throw error;
  }
}
