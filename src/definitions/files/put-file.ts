import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncPath } from '../../base/disk/folder.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';

/** Of a new file: rules may hold secrets. */
const NEW_MODE = 0o640;

/**
 * Puts a whole file in the place of the one that holds `before`, or where there is none; whoever looks sees the old one or the
 * new one, also after a power cut. Mode and owner stay. Throws LS_FILES_CHANGED when something else is there, LS_FILES_FAILED.
 */
export async function putFile(path: string, bytes: Uint8Array, before: Uint8Array | undefined): Promise<void> {
  const folder = dirname(path);
  // Of a name that nobody can foresee, and that no pattern takes.
  const draft = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.draft`);
  try {
    await writeDraft(draft, bytes, before === undefined ? undefined : path);
    if (before === undefined) await link(draft, path);
    else {
      if (!Buffer.from(before).equals(await readFile(path))) throw changed(path);
      await rename(draft, path);
    }
    await syncPath(folder);
  } catch (error) {
    if (error instanceof LongshoreError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw changed(path);
    const isMount = (error as NodeJS.ErrnoException).code === 'EBUSY';
    throw new LongshoreError('LS_FILES_FAILED', `it cannot be written: ${messageOf(error)}.`, {
      where: path,
      fix: isMount ? 'Mount its folder into the container, and not the file alone.' : undefined,
      cause: error,
    });
  } finally {
    await rm(draft, { force: true });
  }
}

/** A file that is not wanted after all. */
export async function takeFileAway(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncPath(dirname(path));
}

async function writeDraft(draft: string, bytes: Uint8Array, like: string | undefined): Promise<void> {
  const former = like === undefined ? undefined : await stat(like);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    // Only root may give files away.
    if (former !== undefined) await file.chown(former.uid, former.gid).catch(() => {});
    await file.chmod((former?.mode ?? NEW_MODE) & 0o777);
    await file.sync();
  } finally {
    await file.close();
  }
}

const changed = (path: string): LongshoreError =>
  new LongshoreError('LS_FILES_CHANGED', 'the file was changed meanwhile.', {
    where: path,
    fix: 'Read it again, and make the change in what is there now.',
  });
