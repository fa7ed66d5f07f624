import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listChunks } from '../buffer/spool/chunk-files.ts';
import { decodeLog } from '../buffer/spool/record.ts';
import type { BackupContents } from '../core/api/operations.ts';
import { parseSegmentName, SEGMENTS } from '../store/embedded/layout.ts';
import { daysIn } from '../store/migrate/days-in.ts';

/** True when an embedded store keeps its events there; else they are in Elasticsearch or elsewhere. */
export const hasStore = (dataDir: string): boolean => existsSync(join(dataDir, 'store', SEGMENTS));

/** Of a folder that nobody writes to. Names of segments and chunks say what is in them; logs of the spool are read. */
export async function contentsOf(dir: string): Promise<BackupContents> {
  const days = new Map<string, number>();
  const add = (day: string, events: number): void => void days.set(day, (days.get(day) ?? 0) + events);
  const store = join(dir, 'store');
  for (const { day, segments } of daysIn(store))
    for (const name of segments) add(day, parseSegmentName(name)?.rows ?? 0);
  const chunks = new Set<string>();
  for (const { id, day, events } of await listChunks(join(dir, 'chunks'), async () => 0).catch(() => [])) {
    chunks.add(id);
    add(day, events);
  }
  for (const { worker, name } of await logsIn(join(dir, 'spool'))) {
    const { records } = decodeLog(await readFile(join(dir, 'spool', worker, `${name}.log`)));
    // The log of a chunk that is there already was about to go.
    for (const { meta } of records)
      for (const [day, events] of meta.d ?? [])
        if (!chunks.has(`${name}.${worker}.${day.replaceAll('.', '')}`)) add(day, events);
  }
  const sorted = [...days].map(([day, events]) => ({ day, events })).sort((a, b) => (a.day < b.day ? -1 : 1));
  const events = sorted.reduce((sum, each) => sum + each.events, 0);
  return { events, days: sorted.filter(each => each.events > 0) };
}

/** Logs that are no chunks yet; of those that are, `<number>.done` is kept for its hits only. */
async function logsIn(spool: string): Promise<{ worker: string; name: string }[]> {
  const paths = await readdir(spool, { recursive: true }).catch(() => []);
  return paths.flatMap(path => {
    const match = /^([^/]+)\/(\d{16})\.log$/.exec(path);
    return match === null ? [] : [{ worker: match[1]!, name: match[2]! }];
  });
}
