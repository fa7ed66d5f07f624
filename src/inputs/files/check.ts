import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { matches } from './find.ts';
import type { FilesInputOptions } from './options.ts';
import { mendRights } from './unreadable.ts';

export interface FilesFinding {
  readonly severity: 'warning' | 'ok';
  /** Path of the setting. */
  readonly where: string;
  readonly what: string;
  readonly fix?: string;
}

/** Whether this user may: `mode` as that of `fs.access`. */
type May = (path: string, mode: number) => Promise<boolean>;

/** Files that are named; of more than these it says how many. */
const NAMED = 3;

/** What `check` says of `inputs.files`: globs that match nothing, and files that this user may not read. */
export async function fileFindings(
  options: readonly FilesInputOptions[],
  dataDir: string,
  may: May = mayAccess,
): Promise<FilesFinding[]> {
  const findings: FilesFinding[] = [];
  const found = await matches(
    options.map((each, i) => ({ options: each, i })),
    resolve(dataDir),
  );
  for (const [i, { paths }] of options.entries()) {
    const where = `inputs.files[${i}].paths`;
    const files = [...found].flatMap(([path, entry]) => (entry.i === i ? [path] : []));
    if (files.length === 0) {
      const closed = await closedFolder(paths, may);
      findings.push(
        closed === undefined
          ? {
              ...{
                severity: 'warning',
                where,
                what: `no file matches ${paths.join(', ')}, or an entry before has them.`,
              },
              fix: 'Correct the globs, unless the files come later: they are found when they are there.',
            }
          : {
              ...{ severity: 'warning', where, what: `the folder ${closed} of ${paths.join(', ')} may not be read.` },
              fix: mendRights(closed),
            },
      );
      continue;
    }
    const unreadable: string[] = [];
    for (const path of files) if (!(await may(path, constants.R_OK))) unreadable.push(path);
    const [first] = unreadable;
    if (first === undefined)
      findings.push({ severity: 'ok', where, what: `files: ${files.length} of ${paths.join(', ')}` });
    else {
      const more = unreadable.length > NAMED ? ` and ${unreadable.length - NAMED} more` : '';
      const what = `${unreadable.slice(0, NAMED).join(', ')}${more} may not be read by this user.`;
      findings.push({ severity: 'warning', where, what, fix: mendRights(first) });
    }
  }
  return findings;
}

/** The first folder, from the root on, that is there and may not be looked into. */
export async function closedFolder(paths: readonly string[], may: May = mayAccess): Promise<string | undefined> {
  for (const path of paths) {
    const folders: string[] = [];
    for (let at = dirname(resolve(path.replace(/[*?[{!(].*$/, 'x'))); ; at = dirname(at)) {
      folders.unshift(at);
      if (at === dirname(at)) break;
    }
    const last = folders.at(-1)!;
    for (const folder of folders) {
      if (!(await may(folder, constants.F_OK))) break;
      const needed = folder === last && /[*?[{]/.test(path) ? constants.R_OK | constants.X_OK : constants.X_OK;
      if (!(await may(folder, needed))) return folder;
    }
  }
  return undefined;
}

async function mayAccess(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
