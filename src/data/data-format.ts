import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../base/disk/replace-file.ts';
import { LongshoreError } from '../core/errors.ts';
import { isFields } from '../core/event.ts';

/*
 * `data_dir/format.json`: `{"format":3}`, the version of everything in the folder that does not say its own (chunks,
 * the journals, names of fields). A folder of an earlier build is read as it is and says this build's number from then on;
 * one of a later build is left alone.
 *
 *   1  never released, and not read: wrote no such file
 *   2  0.2.0: the journal has the book of the ledger
 *   3  0.3.0: the state of alerts is a log
 *
 * Beside it, logs of the spool say their version in their first eight bytes, segments in their Parquet metadata
 * (`layout.ts`), the state of alerts and the dead letters each in their own way: a file of another folder is noticed, too.
 */
export const DATA_FORMAT = 3;
const FILE = 'format.json';

/** Throws LS_DATA_DIR_NEWER, before anything is touched, when a later build has written there. */
export async function checkDataFormat(dataDir: string): Promise<void> {
  const format = await readFormat(dataDir);
  if (format === undefined || format <= DATA_FORMAT) return;
  throw new LongshoreError(
    'LS_DATA_DIR_NEWER',
    `data_dir ${dataDir} was written by a newer longshore (format ${format}; this one knows up to ${DATA_FORMAT}).`,
    { fix: 'Use that longshore again, or give this one another data_dir. Nothing was changed.' },
  );
}

/** As `checkDataFormat`; then the folder says this build's number. */
export async function claimDataFormat(dataDir: string): Promise<void> {
  await checkDataFormat(dataDir);
  if ((await readFormat(dataDir)) === DATA_FORMAT) return;
  await replaceFile(join(dataDir, FILE), `${JSON.stringify({ format: DATA_FORMAT })}\n`);
}

async function readFormat(dataDir: string): Promise<number | undefined> {
  let text: string;
  try {
    text = await readFile(join(dataDir, FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) && typeof value['format'] === 'number' ? value['format'] : undefined;
  } catch {
    return undefined;
  }
}
