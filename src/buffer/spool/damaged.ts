import { copyFile, link } from 'node:fs/promises';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import * as metrics from './metrics.ts';
import type { DamagedPart } from './record.ts';

const log = logger('spool');

/**
 * Keeps a file that the disk has damaged in parts under a second name, `<path>.damaged`, for whoever wants to look at it:
 * under its own name it goes when what holds of it is taken over. Never rejects: the rest matters more.
 */
export async function keepDamaged(path: string, parts: readonly DamagedPart[]): Promise<void> {
  if (parts.length === 0) return;
  const aside = `${path}.damaged`;
  const bytes = parts.reduce((sum, part) => sum + part.bytes.length, 0);
  metrics.damagedBytes.inc(bytes);
  log.error(
    { file: path, aside, bytes, offsets: parts.slice(0, 20).map(({ offset }) => offset) },
    'a file of the spool is damaged: what holds of it is read, and the file is kept beside it',
  );
  try {
    // A link takes no space, of which there may be none; but it would go on with what is appended or cut.
    await (path.endsWith('.log') ? link(path, aside) : copyFile(path, aside));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    log.error({ aside, error: messageOf(error) }, 'could not keep a copy of a damaged file');
  }
}
