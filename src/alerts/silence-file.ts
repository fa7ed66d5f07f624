import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendFile } from '../base/disk/append-file.ts';
import { replaceFile } from '../base/disk/replace-file.ts';
import { parsedJson } from '../base/text/json.ts';
import { wholeLines } from '../base/text/whole-lines.ts';
import { messageOf } from '../core/errors.ts';
import { isFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { readSilences, type Silence } from './silencing/silence.ts';
import type { SilenceKeeper } from './user-silences.ts';

const log = logger('alerts');
const SILENCES_FILE = 'silences.ndjson';
/** Of a former version: one object of all, read when there is no other. */
const FORMER_SILENCES_FILE = 'silences.json';
const VERSION = 2;
const FORMER_VERSION = 1;
const HEAD = Buffer.from(`${JSON.stringify({ version: VERSION })}\n`);
const SECRET_BYTES = 32;
/** The file is made anew when it is larger than this, and several times what is of use in it. */
const LEAST_BYTES = 1_000_000;
const GROWTH = 4;

/**
 * The silences that people made. One line of JSON a silence, and `{"removed":id}` for one that is forgotten; what comes last
 * counts. A change is appended and fsynced; from time to time the file is replaced by one of what there is.
 */
export class SilenceFile implements SilenceKeeper {
  readonly #dir: string;
  readonly #path: string;
  readonly #formerPath: string;
  #isRead = false;
  /** Up to the end of its last whole line; 0: there is no such file. */
  #bytes = 0;
  #bytesAtStart = 0;

  constructor(dir: string) {
    this.#dir = dir;
    this.#path = join(dir, SILENCES_FILE);
    this.#formerPath = join(dir, FORMER_SILENCES_FILE);
  }

  /** One that is damaged is put aside and said, not thrown. */
  async read(): Promise<readonly Silence[] | undefined> {
    if (this.#isRead) return undefined;
    this.#isRead = true;
    await mkdir(this.#dir, { recursive: true });
    const own = await this.#readOr(this.#path, content => this.#parse(content));
    if (own !== undefined) return own;
    // The first change makes the new file; until then the former one stays what it is.
    return (await this.#readOr(this.#formerPath, readFormer)) ?? [];
  }

  async secret(): Promise<Uint8Array> {
    const path = join(this.#dir, 'link-secret');
    await mkdir(this.#dir, { recursive: true });
    const kept = await readFile(path).catch(() => undefined);
    if (kept !== undefined && kept.length >= SECRET_BYTES) return kept;
    const made = randomBytes(SECRET_BYTES);
    await writeFile(path, made, { mode: 0o600 });
    return made;
  }

  async write({ changed, removed, all }: Parameters<SilenceKeeper['write']>[0]): Promise<void> {
    if (this.#bytes === 0 || this.#bytes > Math.max(LEAST_BYTES, GROWTH * this.#bytesAtStart)) {
      await this.#replace(all());
      return;
    }
    const lines = [...changed.map(lineOf), ...removed.map(id => lineOf({ removed: id }))];
    const file = await AppendFile.open(this.#path, this.#bytes);
    try {
      await file.append([Buffer.from(lines.join(''))]);
      this.#bytes = file.bytes;
    } finally {
      await file.close();
    }
  }

  async #replace(all: readonly Silence[]): Promise<void> {
    const content = [HEAD, Buffer.from(all.map(lineOf).join(''))];
    await replaceFile(this.#path, content);
    this.#bytes = content.reduce((sum, { length }) => sum + length, 0);
    this.#bytesAtStart = this.#bytes;
    await rm(this.#formerPath, { force: true });
  }

  /** Undefined when it is not there. */
  async #readOr(path: string, parse: (content: Buffer) => readonly Silence[]): Promise<readonly Silence[] | undefined> {
    try {
      return parse(await readFile(path));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      const aside = `${path}.unreadable-${Date.now()}`;
      await rename(path, aside).catch(() => {});
      log.error({ error: messageOf(error), aside }, 'the file of silences is damaged and was put aside; none holds');
      return [];
    }
  }

  /** Of what a crash left half-written at the end nothing counts. */
  #parse(content: Buffer): readonly Silence[] {
    const silences = new Map<string, Silence>();
    let damaged = 0;
    let at = 0;
    for (const { text, end } of wholeLines(content)) {
      const line = parsedJson(text);
      if (at === 0) checkVersion(line, VERSION);
      else if (isFields(line) && typeof line['removed'] === 'string') silences.delete(line['removed']);
      else {
        const [silence] = readSilences([line]);
        if (silence === undefined) damaged++;
        else {
          // The latest change comes last.
          silences.delete(silence.id);
          silences.set(silence.id, silence);
        }
      }
      at = end;
    }
    if (at === 0) throw new Error('it has no line');
    if (damaged > 0) log.error({ path: this.#path, damaged }, 'damaged lines in the file of silences were left out');
    this.#bytes = at;
    this.#bytesAtStart = at;
    return [...silences.values()];
  }
}

function readFormer(content: Buffer): readonly Silence[] {
  const read = JSON.parse(content.toString('utf8')) as Record<string, unknown>;
  checkVersion(read, FORMER_VERSION);
  return readSilences(read['silences']);
}

function checkVersion(read: unknown, known: number): void {
  const version = isFields(read) ? read['version'] : undefined;
  if (version !== known) throw new Error(`it has version ${String(version)}, this program knows ${known}`);
}

const lineOf = (record: object): string => `${JSON.stringify(record)}\n`;
