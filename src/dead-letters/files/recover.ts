import { readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LongshoreError } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import * as metrics from '../metrics.ts';
import type { DeadLetterIndex } from './index.ts';
import { linesOf } from './lines.ts';
import { decodeLine, type Entry, VERSION } from './record.ts';
import { DeadLetterFile } from './segment.ts';
import { Totals } from './totals.ts';

const log = logger('dead-letters');
const NAME = /^letters-(\d{10})\.ndjson$/;

export const fileName = (number: number): string => `letters-${String(number).padStart(10, '0')}.ndjson`;

/** Fills an empty index from the files. Throws LS_LETTERS_NEWER. */
export async function recover(dir: string, index: DeadLetterIndex): Promise<void> {
  const numbers = (await readdir(dir)).flatMap(name => NAME.exec(name)?.[1] ?? []).map(Number);
  for (const number of numbers.sort((a, b) => a - b)) {
    const segment = new DeadLetterFile(number, join(dir, fileName(number)));
    const content = await readSegment(segment, index);
    // A file without its first line: the process ended while it was made.
    if (content === 'nothing') await unlink(segment.path);
    else if (content === 'foreign') {
      await rename(segment.path, `${segment.path}.foreign`);
      log.error({ file: segment.path }, 'moved an unknown file aside');
    }
  }
  for (const gone of [...index.segments].filter(segment => segment.number <= index.evictedUpTo)) {
    index.remove(gone);
    await unlink(gone.path).catch(() => {});
  }
}

async function readSegment(segment: DeadLetterFile, index: DeadLetterIndex): Promise<'ours' | 'foreign' | 'nothing'> {
  let isFirst = true;
  for await (const lines of linesOf(segment.path)) {
    for (const { line, offset } of lines) {
      const entry = decodeLine(line);
      if (isFirst) {
        if (entry?.type !== 'header') return 'foreign';
        if (entry.version > VERSION) throw newer(segment.path, entry.version);
        // All that happened before this file; also what stood in files that are gone.
        index.totals = Totals.from(entry.totals);
        index.segments.push(segment);
        isFirst = false;
      } else if (entry === undefined) {
        // In the middle of a file: a disk that forgot. At its end: what was never promised to anybody.
        metrics.unreadable.inc();
        log.error({ file: segment.path, offset }, 'skipped an unreadable line of the dead letters');
      } else apply(entry, segment, offset, line.length, index);
      segment.bytes = offset + line.length + 1;
    }
  }
  return isFirst ? 'nothing' : 'ours';
}

function apply(entry: Entry, segment: DeadLetterFile, offset: number, length: number, index: DeadLetterIndex): void {
  if (entry.type === 'letter') index.add(segment, entry.letter, offset, length);
  else if (entry.type === 'state') index.change(entry.change);
  else if (entry.type === 'evicted') index.evicted(entry.segment, entry.tally);
}

function newer(where: string, version: number): LongshoreError {
  return new LongshoreError(
    'LS_LETTERS_NEWER',
    `the dead letters have version ${version}, this longshore knows ${VERSION}.`,
    {
      where,
      fix: 'Start the newer longshore again, or move the folder away.',
    },
  );
}
