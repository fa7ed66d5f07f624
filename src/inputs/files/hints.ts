import { type FSWatcher, watch } from 'node:fs';

/** Folders that are watched at most; the others are looked at from time to time. */
const MAX_WATCHED = 1000;

/** What the kernel tells of changes in folders: a hint to look soon, never more. */
export class Hints {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #onChange: (folder: string, name: string | undefined) => void;

  constructor(onChange: (folder: string, name: string | undefined) => void) {
    this.#onChange = onChange;
  }

  /** Watches these folders, and no others. */
  watch(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) {
      if (this.#watchers.size >= MAX_WATCHED) return;
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, (_event, name) =>
          this.#onChange(folder, name ?? undefined),
        );
        watcher.on('error', () => {
          watcher.close();
          this.#watchers.delete(folder);
        });
        this.#watchers.set(folder, watcher);
      } catch {
        // No more watches to be had, or no such folder.
      }
    }
  }

  close(): void {
    this.watch(new Set());
  }
}
