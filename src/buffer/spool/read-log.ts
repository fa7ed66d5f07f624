import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Commit } from './commit.ts';
import { Log } from './log.ts';
import { type DamagedPart, decodeLog, type SpoolRecord } from './record.ts';
import { storedPiece } from './stored-piece.ts';

export interface ReadLog {
  readonly log: Log;
  readonly records: SpoolRecord[];
  /** The same, as the commits that they were. */
  readonly commits: Commit[];
  readonly goodBytes: number;
  readonly tornBytes: number;
  readonly damaged: DamagedPart[];
}

/** A log as it lies on the disk, `<16 digits>.log` or `.done`. Throws LS_SPOOL_NEWER, and what the disk says. */
export async function readLog(path: string): Promise<ReadLog> {
  const { records, goodBytes, tornBytes, damaged } = decodeLog(await readFile(path));
  const log = new Log(dirname(path), Number(basename(path).slice(0, 16)));
  const commits = records.map(({ meta, body }) => ({
    meta,
    bodies: [body],
    pieces: (meta.o ?? []).map(storedPiece),
  }));
  for (const commit of commits) log.note(commit);
  log.bytes = goodBytes;
  return { log, records, commits, goodBytes, tornBytes, damaged };
}
