import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { JournaldInputOptions } from './options.ts';
import type { Position } from './position.ts';

const SAID_BYTES = 2000;

/** A run of `journalctl`. */
export interface Journalctl {
  readonly output: Readable;
  /** Resolves to why it ended: its last words, or its code. */
  readonly ended: Promise<string>;
  kill(): void;
}

/** The entries that come after the position, and all that are to come. `since`: the journal does not know the cursor. */
export function follow(options: JournaldInputOptions, position: Position | undefined, since: boolean): Journalctl {
  const { units, identifiers, priority, directory } = options;
  const from =
    position === undefined ? [] : since ? [`--since=@${position.takenAt}`] : [`--after-cursor=${position.cursor}`];
  return run(options, [
    ...[...FORM, '--follow', '--no-tail', `--priority=${priority}`, ...from, ...folder(directory)],
    ...units.map(unit => `--unit=${unit}`),
    ...identifiers.map(name => `--identifier=${name}`),
  ]);
}

/** The last entry that there is. */
export const last = (options: JournaldInputOptions): Journalctl =>
  run(options, [...FORM, '--lines=1', ...folder(options.directory)]);

/** Without `--all`, fields of more than 4096 bytes are left out. */
const FORM = ['--output=json', '--all', '--no-pager'];
const folder = (directory: string | undefined): string[] =>
  directory === undefined ? [] : [`--directory=${directory}`];

function run({ command }: JournaldInputOptions, args: readonly string[]): Journalctl {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its messages are looked at.
    env: { ...process.env, LC_ALL: 'C', SYSTEMD_COLORS: '0' },
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said = `${said}${text.toString()}`.slice(-SAID_BYTES);
  });
  const ended = new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('close', (code, signal) => resolve(said.trim() || `it ended with ${signal ?? code}`));
  });
  return { output: child.stdout, ended, kill: () => void child.kill() };
}

/** All that a run says. Rejects when that is more than so many bytes. */
export async function outputOf({ output, ended, kill }: Journalctl, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of output as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > maxBytes) {
      kill();
      break;
    }
  }
  const why = await ended;
  if (bytes === 0 && why !== NOTHING_WRONG) throw new Error(why);
  return Buffer.concat(pieces);
}
const NOTHING_WRONG = 'it ended with 0';

/** What it says of a cursor that it cannot find. */
export const isUnknownCursor = (why: string): boolean => /cursor/i.test(why);

/** What mends it, if anything is known. */
export function mendJournal(why: string): string | undefined {
  if (/ENOENT/.test(why)) return 'Install systemd, or name the program with inputs.journald.command.';
  if (/insufficient permissions|not seeing messages|EACCES|Permission denied/i.test(why))
    return 'Give the user of longshore the group systemd-journal.';
  return undefined;
}
