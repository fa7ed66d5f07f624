import { KeyedJournal } from '../../base/disk/keyed-journal.ts';

/*
 * `data_dir/files/positions.log`, JSON lines; of a key the last one counts:
 *
 *     {"v":1}
 *     {"entry":"<paths>"}         an entry of the settings whose files were looked at once
 *     {"key":"...","path":...}    what is known of a file (FileState)
 *     {"key":"...","over":true}   the file is done with
 *
 * `pending` is written, and on the disk, before the bytes up to it are handed on: after a crash the same bytes are read again
 * as one batch, whose id tells whether they are stored.
 */

/** What is known of a file. */
export interface FileState {
  /** Names the bytes, whatever becomes of the file: a part of the id of each batch. */
  readonly key: string;
  /** The path that events get: the one under which it was found. */
  readonly path: string;
  /** `paths` of its entry. */
  entry: string;
  /** Where it is, without symbolic links. */
  location: string;
  dev: number;
  ino: number;
  /** Everything before is durable in the spool. */
  offset: number;
  /** A digest of the last bytes before `offset`. */
  tail: string;
  /** Digest of the first bytes, behind their number: `256:1f0c...`. */
  head: string;
  /** The end of a batch that begins at `offset` and may be durable. */
  pending?: number | undefined;
  /** Since when it is nowhere to be found, epoch milliseconds. */
  goneAt?: number | undefined;
}

/** What is remembered by name is `entry`: that the files of an entry of the settings were looked at once. */
export type Journal = KeyedJournal<FileState>;

export const openJournal = (path: string): Promise<Journal> => KeyedJournal.open<FileState>(path, isState);

const isState = (line: Partial<FileState>): boolean =>
  [line.key, line.path, line.entry, line.location, line.tail, line.head].every(text => typeof text === 'string') &&
  [line.dev, line.ino, line.offset].every(isNumber) &&
  [line.pending, line.goneAt].every(number => number === undefined || isNumber(number)) &&
  (line.pending === undefined || line.pending >= line.offset!);
const isNumber = (value: unknown): boolean => typeof value === 'number' && value >= 0;
