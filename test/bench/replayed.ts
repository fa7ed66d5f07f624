import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { send } from './load.ts';
import { Target } from './longshore.ts';
import type { Case } from './measure.ts';
import { untilIdle } from './processes.ts';
import { surround } from './surroundings.ts';

/** Bulk requests at a time, as the index worker has by default. */
const CONCURRENCY = 4;
const LIMIT_MS = 300_000;

/**
 * The rate at which Elasticsearch takes the documents of a case when somebody only sends it bodies made before; the
 * service has given it its templates, and is idle.
 */
export async function replayed(
  one: Case,
  core: number | undefined,
): Promise<{ events: number; stored_per_second: number }> {
  const nothing = await surround({ store: 'stopped_bulk' }, undefined);
  const maker = await Target.start({ store: 'stopped_bulk' }, nothing);
  const around = await surround({ store: 'elasticsearch' }, core);
  const idle = await Target.start({ store: 'elasticsearch' }, around);
  try {
    const { kind, per_frame, events, connections, window, rate } = one;
    const job = { kind, per_frame, events, connections, window, rate };
    await send({ ...job, events: 60_000, port: idle.port, round: 1 }, async sent => sent);
    await around.received(60_000, LIMIT_MS);
    await send({ ...job, port: maker.port, round: 2 }, async sent => sent);
    await untilIdle(maker.accepting, LIMIT_MS);
    const script = new URL('replay.ts', import.meta.url).pathname;
    const args = [script, join(maker.dir, 'chunks'), around.elasticsearch!.url, String(CONCURRENCY)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { seconds, events: replayed } = JSON.parse(stdout) as { seconds: number; events: number };
    return { events: replayed, stored_per_second: Math.round(replayed / seconds) };
  } finally {
    await maker.end();
    await idle.end();
    await around.close();
  }
}
