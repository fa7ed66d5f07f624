import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LongshoreError } from '../../core/errors.ts';

/** All files, or none: nothing that is there is touched, unless `isForced`. Paths are relative to `out`. */
export function writeNew(
  out: string,
  files: readonly { readonly path: string; readonly text: string }[],
  isForced: boolean,
): void {
  const there = isForced ? undefined : files.map(({ path }) => join(out, path)).find(path => existsSync(path));
  if (there !== undefined) {
    throw new LongshoreError('LS_IMPORT_EXISTS', 'this file is there already; nothing was written.', {
      where: there,
      fix: 'Give --out a new folder, or move the file away.',
    });
  }
  for (const { path, text } of files) {
    const target = join(out, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text, { flag: isForced ? 'w' : 'wx' });
  }
}
