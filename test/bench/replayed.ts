import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Case, send, Target } from './measure.ts';
import { surround } from './surroundings.ts';

/** Bulk requests at a time, as the index worker has by default. */
const CONCURRENCY = 4;

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
    const { name: _, store: __, buffer: ___, searches: ____, ...job } = one;
    await send({ ...job, events: 60_000, port: idle.ready.forward, round: 1 });
    await idle.drained(60_000);
    await send({ ...job, port: maker.ready.forward, round: 2 });
    await maker.drained(0);
    const script = new URL('replay.ts', import.meta.url).pathname;
    const args = [script, join(maker.dir, 'chunks'), around.elasticsearch!.url, String(CONCURRENCY)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { seconds, events } = JSON.parse(stdout) as { seconds: number; events: number };
    return { events, stored_per_second: Math.round(events / seconds) };
  } finally {
    await maker.end();
    await idle.end();
    await around.close();
  }
}
