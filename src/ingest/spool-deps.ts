import { join } from 'node:path';
import type { SpoolDeps } from '../buffer/spool/deps.ts';
import { parseStored } from '../schema/serialise.ts';
import { indexOfDay } from '../store/elasticsearch/index-name.ts';
import type { IngestSettings } from './settings.ts';

/** The spool of a worker (`w0`, `w1`, ...) in a data_dir. */
export function spoolDeps(
  { form, spool, index }: Pick<IngestSettings, 'form' | 'spool' | 'index'>,
  dataDir: string,
  worker: string,
): Omit<SpoolDeps, 'onDurable'> {
  const indexName = indexOfDay(index);
  return {
    dir: join(dataDir, 'spool', worker),
    chunkDir: join(dataDir, 'chunks'),
    worker,
    options: spool,
    linesPerDocument: form === 'embedded' ? 1 : 2,
    parseStored: (lines, day) => parseStored(lines, day, indexName(day)),
  };
}
