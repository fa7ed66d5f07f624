import { messageOf } from '../../core/errors.ts';
import { last, mendJournal, outputOf } from './journalctl.ts';
import type { JournaldInputOptions } from './options.ts';

export interface JournaldFinding {
  readonly severity: 'warning' | 'ok';
  readonly where: string;
  readonly what: string;
  readonly fix?: string;
}

/** What `check` says of `inputs.journald`: whether its program reads a journal. */
export async function journaldFindings(options: JournaldInputOptions | false): Promise<JournaldFinding[]> {
  if (options === false) return [];
  const where = 'inputs.journald';
  try {
    await outputOf(last(options), options.max_entry_bytes);
    return [{ severity: 'ok', where, what: `journal: read by ${options.command}` }];
  } catch (error) {
    const why = messageOf(error);
    const fix = mendJournal(why);
    return [{ severity: 'warning', where, what: `the journal cannot be read: ${why}`, ...(fix && { fix }) }];
  }
}
