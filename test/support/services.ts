import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect } from 'vitest';
import { LEFT_OUT_FILE } from './left-out.ts';

/**
 * Whether the tests that need `name` run: `describe.runIf(requireOrSkip('a Docker engine', await dockerEngine()))`.
 * @param available true, or why not, for the reader of the last lines of the run.
 * @throws with REQUIRE_SERVICES=1, when it is not available: then leaving something out is a failure.
 */
export function requireOrSkip(name: string, available: true | string): boolean {
  if (available === true) return true;
  if (process.env['REQUIRE_SERVICES'] === '1')
    throw new Error(`REQUIRE_SERVICES=1, and ${name} is not available: ${available}`);
  const file = process.env[LEFT_OUT_FILE];
  const path = relative(process.cwd(), expect.getState().testPath ?? 'a test');
  if (file !== undefined) appendFileSync(file, `left out: ${path}, for it needs ${name}: ${available}\n`);
  return false;
}
