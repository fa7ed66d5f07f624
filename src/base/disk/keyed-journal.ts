import { readFile } from 'node:fs/promises';
import { wholeLines } from '../text/whole-lines.ts';
import { AppendFile } from './append-file.ts';
import { replaceFile } from './replace-file.ts';

/*
 * What is known of things that have a key, as JSON lines; of a key the last one counts:
 *
 *     {"v":1}
 *     {"entry":"<name>"}          a name that is remembered
 *     {"key":"...",...}           the state of a thing
 *     {"key":"...","over":true}   it is done with
 */

const HEAD = '{"v":1}\n';
/** Behind the name of a journal with lines that are none of ours. */
export const DAMAGED = '.damaged';
/** The journal is written anew when it is longer than this, and than four times what it has to say. */
const MIN_BYTES = 1_000_000;

export interface Keyed {
  readonly key: string;
}

/** States that change often, in a file that is appended to and written anew when it has grown. */
export class KeyedJournal<S extends Keyed> {
  readonly #path: string;
  readonly #states: Map<string, S>;
  readonly #entries: Set<string>;
  #file: AppendFile;
  #baseBytes: number;
  readonly #dirty = new Set<S>();
  #lines: string[] = [];
  /** Lines that were none of ours; the file as it was is kept beside it then. */
  readonly broken: number;

  private constructor(path: string, content: Content<S>, file: AppendFile) {
    this.#path = path;
    this.#states = content.states;
    this.#entries = content.entries;
    this.#file = file;
    this.#baseBytes = file.bytes;
    this.broken = content.broken;
  }

  /** Reads what there is; a torn end is left out, and so is a line that is none of ours. */
  static async open<S extends Keyed>(path: string, isState: (line: Partial<S>) => boolean): Promise<KeyedJournal<S>> {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    const content = contentOf(bytes, isState);
    if (content.broken > 0) await replaceFile(`${path}${DAMAGED}`, [bytes]);
    return new KeyedJournal(path, content, await rewrite(path, content));
  }

  get states(): Iterable<S> {
    return this.#states.values();
  }

  get(key: string): S | undefined {
    return this.#states.get(key);
  }

  /** The name was remembered in an earlier run, or by `addEntry`. */
  knowsEntry(entry: string): boolean {
    return this.#entries.has(entry);
  }

  addEntry(entry: string): void {
    this.#entries.add(entry);
    this.#lines.push(JSON.stringify({ entry }));
  }

  /** What the state says then is written with the next `flush`. */
  note(state: S): void {
    this.#states.set(state.key, state);
    this.#dirty.add(state);
  }

  forget(state: S): void {
    this.#states.delete(state.key);
    this.#dirty.delete(state);
    this.#lines.push(JSON.stringify({ key: state.key, over: true }));
  }

  get hasNews(): boolean {
    return this.#dirty.size > 0 || this.#lines.length > 0;
  }

  /** Resolves when everything noted is on the disk; rejected, it still is to be written. One at a time. */
  async flush(): Promise<void> {
    if (!this.hasNews) return;
    const dirty = [...this.#dirty];
    const lines = [...this.#lines, ...dirty.map(state => JSON.stringify(state))];
    const count = this.#lines.length;
    this.#dirty.clear();
    try {
      await this.#file.append([Buffer.from(`${lines.join('\n')}\n`)]);
    } catch (error) {
      for (const state of dirty) if (this.#states.get(state.key) === state) this.#dirty.add(state);
      throw error;
    }
    this.#lines = this.#lines.slice(count);
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

interface Content<S> {
  readonly states: Map<string, S>;
  readonly entries: Set<string>;
  readonly broken: number;
}

function contentOf<S extends Keyed>(bytes: Buffer, isState: (line: Partial<S>) => boolean): Content<S> {
  const states = new Map<string, S>();
  const entries = new Set<string>();
  let broken = 0;
  for (const { text } of wholeLines(bytes)) {
    const line = readLine<S>(text);
    if (line === undefined) broken++;
    else if (line.key === undefined && typeof line.entry === 'string') entries.add(line.entry);
    else if (typeof line.key === 'string' && line.over === true) states.delete(line.key);
    else if (typeof line.key === 'string' && isState(line)) states.set(line.key, line as S);
    else if (line.v === undefined) broken++;
  }
  return { states, entries, broken };
}

type JournalLine<S> = Partial<S> & { readonly over?: unknown; readonly entry?: unknown; readonly v?: unknown };

function readLine<S>(text: string): JournalLine<S> | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null && !Array.isArray(line) ? (line as JournalLine<S>) : undefined;
  } catch {
    return undefined;
  }
}

async function rewrite<S>(
  path: string,
  { states, entries }: Pick<Content<S>, 'states' | 'entries'>,
): Promise<AppendFile> {
  const lines = [...entries].map(entry => JSON.stringify({ entry }));
  for (const state of states.values()) lines.push(JSON.stringify(state));
  const text = `${HEAD}${lines.map(line => `${line}\n`).join('')}`;
  await replaceFile(path, text);
  return AppendFile.open(path, Buffer.byteLength(text));
}
