import { readdir, readFile, rename, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { logger } from '../../core/log.ts';
import { hitsOf, type RecoveredHits } from './commit.ts';
import { keepDamaged } from './damaged.ts';
import * as metrics from './metrics.ts';
import { readLog } from './read-log.ts';
import { LOG_MAGIC } from './record.ts';
import type { Roller } from './roller.ts';
import type { SpoolState } from './state.ts';

const log = logger('spool');

export interface RecoveryDeps {
  readonly dir: string;
  readonly state: SpoolState;
  readonly roller: Roller;
  readonly linesPerDocument: number;
  /** Hits up to this position have been counted. */
  readonly hitsAfter: number;
}

/** Reads the logs that the last run left, oldest first, and has them rolled. Gives the hits in them; undefined: nobody wants them. */
export async function recoverLogs(deps: RecoveryDeps, hits: RecoveredHits[] | undefined): Promise<void> {
  const names = (await readdir(deps.dir)).filter(name => /^\d{16}\.(log|done)$/.test(name)).sort();
  for (const name of names) await recoverLog(deps, name, hits);
}

async function recoverLog(
  { dir, state, roller, linesPerDocument, hitsAfter }: RecoveryDeps,
  name: string,
  hits: RecoveredHits[] | undefined,
): Promise<void> {
  const path = join(dir, name);
  const read = await readLog(path);
  const { commits, goodBytes, tornBytes } = read;
  const isDone = name.endsWith('.done');
  for (const commit of commits) {
    const { meta, bodies } = commit;
    state.sawRecord(meta);
    if (meta.h !== undefined && meta.p > hitsAfter) hits?.push(hitsOf(meta, bodies[0]!, linesPerDocument));
    if (isDone) continue;
    if (meta.a !== undefined) state.rememberAll(Buffer.from(meta.a, 'hex'));
    state.note(commit);
  }
  state.sawLog(read.log.number);
  if (isDone) {
    roller.keepForHits(path, read.log.lastHitPosition);
    roller.releaseHits(hitsAfter);
    return;
  }
  await keepDamaged(path, read.damaged);
  if (commits.length === 0) return leaveEmpty(path, tornBytes);
  if (tornBytes > 0) {
    log.warn({ log: path, bytes: tornBytes }, 'cut a torn tail that was never acknowledged');
    metrics.tornBytes.inc(tornBytes);
    await truncate(path, goodBytes);
  }
  await roller.recover(read.log);
}

/** Nothing in it was ever acknowledged; bytes of another origin are kept for whoever put them there. */
async function leaveEmpty(path: string, bytes: number): Promise<void> {
  const isUnfinished = bytes < LOG_MAGIC.length && LOG_MAGIC.subarray(0, bytes).equals(await readFile(path));
  if (bytes === 0 || isUnfinished) await unlink(path);
  else await rename(path, `${path}.foreign-${Date.now()}`);
}
