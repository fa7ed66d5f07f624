import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

// `unit`: tests that need no process, no engine and no socket, and so take seconds. `system`: all others. What a test and
// its helpers import decides, so that no list has to be kept.

/** What starts a process, opens a socket or speaks with an engine. */
const OUTSIDE =
  /^(?:node:(?:child_process|net|http|https|tls|dgram)|testcontainers|playwright-core|@duckdb\/.*|ioredis|bullmq|@elastic\/.*)$/;
/** Parts of Longshore that start a process of their own. */
const FORKS =
  /^src\/(?:app\/service|backtest\/backtests|trial\/trials|store\/embedded\/(?:embedded-store|store-process)|workers\/(?:group|worker))\.ts$/;
const IMPORT = /^(?:import|export)\b(?! type\b)[^;]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

export function testFiles(): { unit: string[]; system: string[] } {
  const known = new Map<string, boolean>();
  const all = globSync('test/**/*.test.ts')
    .filter(path => !path.startsWith('test/bench/'))
    .sort();
  const isSystem = (path: string): boolean => {
    const verdict = known.get(path);
    if (verdict !== undefined) return verdict;
    // Helpers may import each other in a circle.
    known.set(path, false);
    const found = importsOf(path).some(
      target => OUTSIDE.test(target) || FORKS.test(target) || (target.startsWith('test/') && isSystem(target)),
    );
    known.set(path, found);
    return found;
  };
  return { unit: all.filter(path => !isSystem(path)), system: all.filter(isSystem) };
}

function importsOf(path: string): string[] {
  if (!existsSync(path)) return [];
  return [...readFileSync(path, 'utf8').matchAll(IMPORT)].map(([, from, lazy]) => {
    const target = (from ?? lazy)!;
    return target.startsWith('.') ? normalize(join(dirname(path), target)) : target;
  });
}
