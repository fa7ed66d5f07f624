import { readFile } from 'node:fs/promises';
import { AppendFile } from '../../base/disk/append-file.ts';
import { replaceFile } from '../../base/disk/replace-file.ts';
import { wholeLines } from '../../base/text/whole-lines.ts';
import { isFields } from '../../core/event.ts';

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

const HEAD = '{"v":1}\n';
/** Behind the name of a journal with lines that are none of ours. */
export const DAMAGED = '.damaged';
/** The journal is written anew when it is longer than this, and than four times what it has to say. */
const MIN_BYTES = 1_000_000;

export class Journal {
  readonly #path: string;
  readonly #states: Map<string, FileState>;
  readonly #entries: Set<string>;
  #file: AppendFile;
  #baseBytes: number;
  readonly #dirty = new Set<FileState>();
  #lines: string[] = [];
  /** Lines that were none of ours; the file as it was is kept beside it then. */
  readonly broken: number;

  private constructor(path: string, content: Content, file: AppendFile) {
    this.#path = path;
    this.#states = content.states;
    this.#entries = content.entries;
    this.#file = file;
    this.#baseBytes = file.bytes;
    this.broken = content.broken;
  }

  /** Reads what there is; a torn end is left out, and so is a line that is none of ours. */
  static async open(path: string): Promise<Journal> {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    const content = contentOf(bytes);
    if (content.broken > 0) await replaceFile(`${path}${DAMAGED}`, [bytes]);
    return new Journal(path, content, await rewrite(path, content));
  }

  get states(): Iterable<FileState> {
    return this.#states.values();
  }

  /** Its files were looked at in an earlier run, or by `addEntry`. */
  knowsEntry(entry: string): boolean {
    return this.#entries.has(entry);
  }

  addEntry(entry: string): void {
    this.#entries.add(entry);
    this.#lines.push(JSON.stringify({ entry }));
  }

  /** What the state says then is written with the next `flush`. */
  note(state: FileState): void {
    this.#states.set(state.key, state);
    this.#dirty.add(state);
  }

  forget(state: FileState): void {
    this.#states.delete(state.key);
    this.#dirty.delete(state);
    this.#lines.push(JSON.stringify({ key: state.key, over: true }));
  }

  get hasNews(): boolean {
    return this.#dirty.size > 0 || this.#lines.length > 0;
  }

  /** Resolves when everything noted is on the disk; rejected, it still is to be written. */
  async flush(): Promise<void> {
    if (!this.hasNews) return;
    const dirty = [...this.#dirty];
    const lines = [...this.#lines, ...dirty.map(state => JSON.stringify(state))];
    const count = this.#lines.length;
    await this.#file.append([Buffer.from(`${lines.join('\n')}\n`)]);
    this.#lines = this.#lines.slice(count);
    for (const state of dirty) this.#dirty.delete(state);
    if (this.#file.bytes < Math.max(MIN_BYTES, 4 * this.#baseBytes)) return;
    const fresh = await rewrite(this.#path, { states: this.#states, entries: this.#entries });
    await this.#file.close();
    this.#file = fresh;
    this.#baseBytes = fresh.bytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

interface Content {
  readonly states: Map<string, FileState>;
  readonly entries: Set<string>;
  readonly broken: number;
}

function contentOf(bytes: Buffer): Content {
  const states = new Map<string, FileState>();
  const entries = new Set<string>();
  let broken = 0;
  for (const { text } of wholeLines(bytes)) {
    const line = readLine(text);
    if (line === undefined) broken++;
    else if ('entry' in line && typeof line.entry === 'string' && line.key === undefined) entries.add(line.entry);
    else if (line.over === true) states.delete(String(line.key));
    else if (isState(line)) states.set(line.key, line);
    else if (line.v === undefined) broken++;
  }
  return { states, entries, broken };
}

type JournalLine = Partial<FileState> & { readonly over?: boolean; readonly v?: number };

function readLine(text: string): JournalLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return isFields(line) ? (line as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}

const isState = (line: JournalLine): line is FileState =>
  [line.key, line.path, line.entry, line.location, line.tail, line.head].every(text => typeof text === 'string') &&
  [line.dev, line.ino, line.offset].every(isNumber) &&
  [line.pending, line.goneAt].every(number => number === undefined || isNumber(number)) &&
  (line.pending === undefined || line.pending >= line.offset!);
const isNumber = (value: unknown): boolean => typeof value === 'number' && value >= 0;

async function rewrite(path: string, { states, entries }: Pick<Content, 'states' | 'entries'>): Promise<AppendFile> {
  const lines = [...entries].map(entry => JSON.stringify({ entry }));
  for (const state of states.values()) lines.push(JSON.stringify(state));
  const text = `${HEAD}${lines.map(line => `${line}\n`).join('')}`;
  await replaceFile(path, text);
  return AppendFile.open(path, Buffer.byteLength(text));
}
