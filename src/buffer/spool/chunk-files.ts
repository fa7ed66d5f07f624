import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../base/disk/replace-file.ts';
import { writeAll } from '../../base/disk/write-all.ts';
import type { Chunk } from '../../core/contracts.ts';
import { type Counts, recordOf } from '../../ledger/counts.ts';

/*
 * A chunk is one NDJSON file: what one log brought for one day. Everything that must be known of it is in its name, so
 * that start-up does not read chunks:
 *
 *   <log number, 16 digits>.<worker>.<YYYYMMDD>.<events>.<minTime>.<maxTime>.ndjson
 *
 * The same log always gives the same names: rolling it again after a crash overwrites what was there.
 */
const NAME = /^(\d{16}\.[a-z0-9]+\.(\d{4})(\d\d)(\d\d))\.(\d+)\.(-?\d+)\.(-?\d+)\.ndjson$/;

export interface ChunkContent {
  day: string;
  events: number;
  bytes: number;
  minTime: number;
  maxTime: number;
  bodies: Buffer[];
  /** Events by container. */
  containers: Counts;
}

export async function writeChunk(dir: string, log: string, worker: string, content: ChunkContent): Promise<Chunk> {
  const id = `${log}.${worker}.${content.day.replaceAll('.', '')}`;
  const path = join(dir, `${id}.${content.events}.${content.minTime}.${content.maxTime}.ndjson`);
  const temporary = join(dir, `.${id}.tmp`);
  await writeDurably(temporary, file => writeAll(file, content.bodies));
  await rename(temporary, path);
  const { day, events, bytes, minTime, maxTime, containers } = content;
  return { id, day, path, events, bytes, minTime, maxTime, containers: recordOf(containers) };
}

/** The chunks in the folder, oldest first; everything else there is left alone, and so is what its taker removes meanwhile. */
export async function listChunks(
  dir: string,
  sizeOf: (path: string) => Promise<number>,
  isWanted: (worker: string) => boolean = () => true,
): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for (const name of (await readdir(dir)).sort()) {
    const match = NAME.exec(name);
    // The id is `<log>.<worker>.<day>`.
    if (match === null || !isWanted(match[1]!.split('.')[1]!)) continue;
    const path = join(dir, name);
    const bytes = await sizeOf(path).catch((error: NodeJS.ErrnoException) => {
      // A store finishes at its start what was interrupted, while the spool is read.
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    if (bytes === undefined) continue;
    chunks.push({
      id: match[1]!,
      day: `${match[2]}.${match[3]}.${match[4]}`,
      path,
      events: Number(match[5]),
      bytes,
      minTime: Number(match[6]),
      maxTime: Number(match[7]),
    });
  }
  return chunks;
}
