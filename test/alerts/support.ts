import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { AlertEngine, type AlertEngineDependencies, type AlertHit } from '../../src/alerts/engine.ts';
import { FileStateStore } from '../../src/alerts/file-state.ts';
import type { Paged } from '../../src/alerts/pages.ts';
import { type LoadedRules, loadRules } from '../../src/alerts/rules/load.ts';
import type { Rule } from '../../src/alerts/rules/rule.ts';
import type { StateStore } from '../../src/alerts/state.ts';
import { PartChanges, type SavedParts } from '../../src/alerts/state-parts.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { filtersToQuery } from '../../src/store/query/filters.ts';
import { compilePredicate } from '../../src/store/query/predicate.ts';
import { requirementsOf } from '../../src/store/query/required.ts';

export interface LoadOptions {
  env?: Record<string, string>;
  alerterDefaults?: Record<string, Record<string, unknown>>;
}

export function load(
  files: { path: string; text: string }[],
  { env = {}, alerterDefaults = {} }: LoadOptions = {},
): LoadedRules {
  return loadRules(files, {
    filters: filtersToQuery,
    predicate: node => compilePredicate(node, Date.now),
    requirements: requirementsOf,
    alerterDefaults,
    env,
  });
}

/** The one rule of a text; throws its first error. */
export function rule(text: string, options?: LoadOptions): Rule {
  const { rules, errors } = load([{ path: 'rules/case.yaml', text }], options);
  if (errors[0] !== undefined) throw errors[0];
  return rules[0]!;
}

export function tempFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-alerts-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Everything that a folder of state has, as text. */
export function savedText(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
    .join('\n');
}

/** All that is written in pages, as parts of a state. */
export function partsOf(...paged: readonly Paged[]): SavedParts {
  const parts = new PartChanges();
  for (const pages of paged) pages.take(parts, 'all', 0);
  return Object.fromEntries(parts.changed);
}

/** A started engine that ends with the test. */
export async function engine({
  dir,
  ...deps
}: Omit<AlertEngineDependencies, 'store'> & { dir?: string; store?: StateStore }): Promise<AlertEngine> {
  const started = new AlertEngine({ store: new FileStateStore(dir ?? tempFolder()), now: afterStart, ...deps });
  await started.start();
  onTestFinished(() => started.stop(AbortSignal.abort()));
  return started;
}

export const START = Date.UTC(2026, 10, 20, 12);

/** A clock that runs, a day after the events of tests: whatever the year is, none of them is one of the future. */
export const afterStart = (): number => START + 86_400_000 + performance.now();

export function event(ms: number, fields: Record<string, unknown> = {}): AlertHit['event'] {
  const out = newFields() as Fields & { '@timestamp': string };
  out['@timestamp'] = new Date(ms).toISOString();
  return Object.assign(out, { level: 'ERROR', service: 'api', message: 'boom' }, fields);
}

export function hit(rule: string, id: string, ms: number, fields: Record<string, unknown> = {}): AlertHit {
  return { rule, id, event: event(ms, fields) };
}

/** Waits until the condition holds. */
export async function until(condition: () => boolean, what: string, timeoutMs = 5000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`gave up waiting: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}
