import { rmSync } from 'node:fs';
import { deleteFilesSync } from '../../../base/disk/blocking.ts';
import { faultPoint } from '../../../core/fault.ts';
import { companions } from '../layout.ts';

interface Waste {
  readonly file: { readonly path: string; readonly readers: number };
  readonly whenGone: () => void;
}

/**
 * Files to delete, strictly in order: a segment goes only after everything it replaced. Otherwise a crash between two
 * deletions could leave a replaced file alone, and the next start would take its events for stored ones.
 */
export class Trash {
  #queue: Waste[] = [];

  get size(): number {
    return this.#queue.length;
  }

  add(file: Waste['file'], whenGone: () => void): void {
    this.#queue.push({ file, whenGone });
  }

  /** Deletes what nobody reads any more. */
  collect(): void {
    const busy = this.#queue.findIndex(waste => waste.file.readers > 0);
    const gone = this.#queue.slice(0, busy === -1 ? undefined : busy);
    if (gone.length === 0) return;
    const half = gone.length >> 1;
    const paths = gone.map(waste => waste.file.path);
    if (half > 0) deleteFilesSync(paths.slice(0, half));
    faultPoint('between_deletions');
    deleteFilesSync(paths.slice(half));
    this.#queue = this.#queue.slice(gone.length);
    for (const path of paths.flatMap(companions)) rmSync(path, { force: true });
    for (const waste of gone) waste.whenGone();
    faultPoint('after_deletions');
  }
}
