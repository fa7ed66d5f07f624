import { mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendFile } from '../../base/disk/append-file.ts';
import { syncPath } from '../../base/disk/folder.ts';
import { replaceFile } from '../../base/disk/replace-file.ts';
import { Coalesced } from '../../base/flow/coalesced.ts';
import { wholeLines } from '../../base/text/whole-lines.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';

const log = logger('alertmanager');

/** A file is written anew when it is larger than this and several times what is of use in it. */
const LEAST_BYTES = 4_194_304;
const GROWTH = 4;
const NAME = /^state-(\d+)\.ndjson$/;
const BATCH_RECORDS = 1000;

/**
 * Records, one line of JSON each, in `state-<n>.ndjson`: what came last counts. Of what a crash left half-written at the
 * end nothing counts. From time to time the file with the next number begins with all that is of use.
 */
export class Journal {
  readonly #dir: string;
  readonly #snapshot: () => Iterable<object>;
  readonly #writing = new Coalesced(() => this.#write());
  #file: AppendFile;
  #number: number;
  #bytesAtStart: number;
  #lines: string[] = [];
  #failure: unknown;

  private constructor(dir: string, file: AppendFile, number: number, snapshot: () => Iterable<object>) {
    this.#dir = dir;
    this.#file = file;
    this.#number = number;
    this.#bytesAtStart = file.bytes;
    this.#snapshot = snapshot;
  }

  /** `take` gets what was written before, in its order. `snapshot` gives records that together say what is known. */
  static async open(dir: string, take: (record: unknown) => void, snapshot: () => Iterable<object>): Promise<Journal> {
    await mkdir(dir, { recursive: true });
    const names = (await readdir(dir)).flatMap(name => NAME.exec(name)?.[1] ?? []);
    const numbers = names.map(Number).sort((a, b) => a - b);
    const number = numbers.at(-1) ?? 0;
    const path = join(dir, `state-${number}.ndjson`);
    const bytes = numbers.length === 0 ? 0 : readRecords(path, await readFile(path), take);
    const file = await AppendFile.open(path, bytes);
    await syncPath(dir);
    for (const old of numbers.slice(0, -1)) await unlink(join(dir, `state-${old}.ndjson`));
    return new Journal(dir, file, number, snapshot);
  }

  /** Durable after the next `flush`. */
  append(record: object): void {
    this.#lines.push(`${JSON.stringify(record)}\n`);
  }

  /** Resolves when everything appended so far is on the disk; rejects when it cannot be written, which is tried again with the next. */
  async flush(): Promise<void> {
    await this.#writing.run();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.flush().catch(() => {});
    await this.#file.close();
  }

  async #write(): Promise<void> {
    const lines = this.#lines;
    if (lines.length === 0 && this.#failure === undefined) return;
    this.#lines = [];
    try {
      if (lines.length > 0) await this.#file.append([Buffer.from(lines.join(''))]);
      this.#failure = undefined;
    } catch (error) {
      this.#lines = [...lines, ...this.#lines];
      if (this.#failure === undefined)
        log.error(
          { dir: this.#dir, error: messageOf(error) },
          'the state of routed alerts cannot be written; it is tried again',
        );
      this.#failure = error;
      return;
    }
    if (this.#file.bytes > Math.max(LEAST_BYTES, GROWTH * this.#bytesAtStart)) await this.#renew();
  }

  async #renew(): Promise<void> {
    const path = join(this.#dir, `state-${this.#number + 1}.ndjson`);
    let held: string[] = [];
    try {
      const parts: Buffer[] = [];
      let batch = '';
      let count = 0;
      for (const record of this.#snapshot()) {
        batch += `${JSON.stringify(record)}\n`;
        if (++count % BATCH_RECORDS !== 0) continue;
        parts.push(Buffer.from(batch));
        batch = '';
      }
      parts.push(Buffer.from(batch));
      // The snapshot holds what was appended meanwhile.
      held = this.#lines;
      this.#lines = [];
      await replaceFile(path, parts);
      const next = await AppendFile.open(
        path,
        parts.reduce((sum, part) => sum + part.length, 0),
      );
      await this.#file.close();
      await unlink(join(this.#dir, `state-${this.#number}.ndjson`));
      this.#file = next;
      this.#number++;
      this.#bytesAtStart = next.bytes;
    } catch (error) {
      this.#lines = [...held, ...this.#lines];
      log.warn(
        { path, error: messageOf(error) },
        'the state of routed alerts was not written anew; the old file goes on',
      );
    }
  }
}

/** Gives the bytes up to the last whole line. */
function readRecords(path: string, content: Buffer, take: (record: unknown) => void): number {
  let at = 0;
  let damaged = 0;
  for (const { text, end } of wholeLines(content)) {
    try {
      take(JSON.parse(text));
    } catch {
      damaged++;
    }
    at = end;
  }
  if (damaged > 0) log.error({ path, damaged }, 'damaged lines in the state of routed alerts were left out');
  return at;
}
