import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hitsOf, type RecoveredHits } from './commit.ts';
import { decodeLog } from './record.ts';

/**
 * Alert hits that the logs of a spool still hold, read while the spool is at work: for whoever could not keep them in
 * memory. Logs with hits that were not released stay (`<number>.done`), so nothing is missing; what is not yet written
 * whole was not told of either.
 */
export class KeptHits {
  readonly #dir: string;
  readonly #linesPerDocument: number;
  /** Rolled logs -> their last position, so that none is read twice for nothing. */
  readonly #ends = new Map<string, number>();

  constructor(dir: string, linesPerDocument: number) {
    this.#dir = dir;
    this.#linesPerDocument = linesPerDocument;
  }

  /** In order, about `maxBytes` of documents or one position. `isAll`: there was no more when it began. */
  async after(position: number, maxBytes: number): Promise<{ positions: RecoveredHits[]; isAll: boolean }> {
    const positions: RecoveredHits[] = [];
    let bytes = 0;
    const names = (await readdir(this.#dir)).filter(name => /^\d{16}\.(log|done)$/.test(name)).sort();
    this.#forget(names);
    for (const name of names) {
      if ((this.#ends.get(name) ?? Number.POSITIVE_INFINITY) <= position) continue;
      const records = decodeLog(await this.#read(name)).records;
      const end = records.at(-1)?.meta.p;
      if (name.endsWith('.done') && end !== undefined) this.#ends.set(name, end);
      for (const { meta, body } of records) {
        if (meta.h === undefined || meta.p <= position) continue;
        if (bytes >= maxBytes) return { positions, isAll: false };
        const found = hitsOf(meta, body, this.#linesPerDocument);
        for (const { line } of found.hits) bytes += line.length;
        positions.push(found);
      }
    }
    return { positions, isAll: true };
  }

  /** A log that is rolled meanwhile has another name, or had nothing to keep. */
  async #read(name: string): Promise<Buffer> {
    for (const one of [name, name.replace('.log', '.done')]) {
      try {
        return await readFile(join(this.#dir, one));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return Buffer.alloc(0);
  }

  #forget(names: readonly string[]): void {
    const there = new Set(names);
    for (const name of this.#ends.keys()) if (!there.has(name)) this.#ends.delete(name);
  }
}
