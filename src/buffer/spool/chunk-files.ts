import { type FileHandle, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
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
  const handle = await open(temporary, 'w');
  try {
    await writeAll(handle, content.bodies);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  const { day, events, bytes, minTime, maxTime, containers } = content;
  return { id, day, path, events, bytes, minTime, maxTime, containers: recordOf(containers) };
}

/** The chunks in the folder, oldest first; everything else there is left alone. */
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
    chunks.push({
      id: match[1]!,
      day: `${match[2]}.${match[3]}.${match[4]}`,
      path,
      events: Number(match[5]),
      bytes: await sizeOf(path),
      minTime: Number(match[6]),
      maxTime: Number(match[7]),
    });
  }
  return chunks;
}

/** writev until everything is written: a short write is no error for the system, but it would be one for us. */
export async function writeAll(handle: FileHandle, buffers: readonly Buffer[], position?: number): Promise<void> {
  const maxVectors = 512;
  let at = position;
  for (let i = 0; i < buffers.length; i += maxVectors) {
    let group = buffers.slice(i, i + maxVectors);
    let left = group.reduce((sum, buffer) => sum + buffer.length, 0);
    while (left > 0) {
      const { bytesWritten } = await handle.writev(group, at);
      if (at !== undefined) at += bytesWritten;
      left -= bytesWritten;
      if (left > 0) group = after(group, bytesWritten);
    }
  }
}

function after(buffers: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes;
  const rest: Buffer[] = [];
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length;
    else {
      rest.push(skip > 0 ? buffer.subarray(skip) : buffer);
      skip = 0;
    }
  }
  return rest;
}

export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
