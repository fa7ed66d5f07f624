import { readFile } from 'node:fs/promises';
import { replaceFile } from '../../base/disk/replace-file.ts';

/* `data_dir/journald/position.json`: {"v":1,"cursor":"...","taken_at":1796000000} */

/** Everything up to this entry is durable. */
export interface Position {
  readonly cursor: string;
  /** When journald took it, epoch seconds: where to go on when the journal does not know the cursor. */
  readonly takenAt: number;
}

/** Undefined: there is none. `broken`: what is there says nothing. */
export async function readPosition(path: string): Promise<Position | 'broken' | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { cursor, taken_at } = JSON.parse(text) as { cursor?: unknown; taken_at?: unknown };
    if (typeof cursor === 'string' && cursor !== '' && typeof taken_at === 'number')
      return { cursor, takenAt: taken_at };
  } catch {
    // Told by the caller.
  }
  return 'broken';
}

export const writePosition = (path: string, { cursor, takenAt }: Position): Promise<void> =>
  replaceFile(path, `${JSON.stringify({ v: 1, cursor, taken_at: takenAt })}\n`);
