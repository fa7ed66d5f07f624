import { type FSWatcher, watch } from 'node:fs';
import { foldersOf } from '../../definitions/user-files.ts';

/** Editors write in several steps. */
const SETTLE_MS = 100;

/** Runs `again` now, and whenever something changes in the folders of these globs, one run at a time, until the signal. */
export async function whenFilesChange(
  globs: () => readonly string[],
  again: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let watchers: FSWatcher[] = [];
  let wake = Promise.withResolvers<void>();
  const changed = (): void => wake.resolve();
  const look = (): void => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
    for (const { folder, deep } of foldersOf(globs())) {
      try {
        const watcher = watch(folder, { recursive: deep }, changed);
        // It was removed: the next look finds it again, or what takes its place.
        watcher.on('error', changed);
        watchers.push(watcher);
      } catch {
        // Not there: nothing changes in it.
      }
    }
  };
  signal.addEventListener('abort', changed);
  look();
  await again();
  while (!signal.aborted) {
    await wake.promise;
    if (signal.aborted) break;
    await settled(signal);
    wake = Promise.withResolvers<void>();
    // Anew: a folder that was replaced is another one.
    look();
    if (!signal.aborted) await again();
  }
  signal.removeEventListener('abort', changed);
  for (const watcher of watchers) watcher.close();
}

function settled(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, SETTLE_MS);
    signal.addEventListener('abort', done);
  });
}
