import { join } from 'node:path';
import { type Settings, spoolOf } from '../app/settings.ts';
import { Spool } from '../buffer/spool/spool.ts';
import { indexOf } from '../ingest/index-of.ts';
import { parseStored } from '../schema/serialise.ts';
import type { DeadLetterDesk } from './dead-letters.ts';

export interface ReplaySpoolDeps {
  readonly settings: Settings;
  readonly dataDir: string;
  readonly deadLetters: DeadLetterDesk;
}

/**
 * The spool of a process that indexes and takes nothing in: the letters that it wrote go back through it. It is the one
 * that the process would have with the role `ingest`, so roles may change over the same data_dir.
 */
export async function openReplaySpool({ settings, dataDir, deadLetters }: ReplaySpoolDeps): Promise<Spool> {
  const indexName = indexOf(settings);
  const spool = new Spool({
    dir: join(dataDir, 'spool', 'w0'),
    chunkDir: join(dataDir, 'chunks'),
    worker: 'w0',
    options: spoolOf(settings),
    linesPerDocument: 2,
    parseStored: (lines, day) => parseStored(lines, day, indexName(day)),
    onDurable: () => {},
    abandoned: (chunk, { code, what }) => deadLetters.abandoned({ chunk, code, what }),
  });
  // Hits of an earlier run with other roles stay where they are.
  await spool.open(0);
  return spool;
}
