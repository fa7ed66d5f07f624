import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, link, mkdir, open, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { isAlive } from '../base/net/unix-socket.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';

/**
 * `data_dir` belongs to one process. Whoever listens on the unix socket in it is that process: the socket dies with its
 * owner, however it ends, and is seen from other containers that mount the same volume. (A lock file would outlive a
 * `kill -9`, and process ids repeat.) On Linux an abstract socket named after the folder comes first: it has no file that
 * could be left behind, so of several that start at once on one host only one gets as far as a dead owner's socket.
 */
export class DataDirLock {
  readonly path: string;
  readonly #server: Server;
  readonly #first: Server | undefined;
  readonly #folder: Awaited<ReturnType<typeof open>>;

  private constructor(
    path: string,
    server: Server,
    first: Server | undefined,
    folder: Awaited<ReturnType<typeof open>>,
  ) {
    this.path = path;
    this.#server = server;
    this.#first = first;
    this.#folder = folder;
  }

  /** Throws LS_DATA_DIR_IN_USE while another process has the folder, LS_DATA_DIR when it cannot be used at all. */
  static async acquire(dataDir: string): Promise<DataDirLock> {
    const path = resolve(dataDir);
    try {
      await makeFolder(path);
      await writeFile(join(path, '.writable'), '');
      await unlink(join(path, '.writable'));
    } catch (cause) {
      throw new LongshoreError('LS_DATA_DIR', `data_dir ${path} cannot be written: ${messageOf(cause)}.`, {
        fix: 'Create it for this user, or set data_dir to another folder.',
        cause,
      });
    }
    // A socket's path has 107 bytes at most; the folder's descriptor makes it short wherever data_dir is.
    const folder = await open(path, 'r');
    const short = existsSync('/proc/self/fd') ? `/proc/self/fd/${folder.fd}` : path;
    const socket = `${short}/lock.sock`;
    let first: Server | undefined;
    try {
      const { dev, ino } = await folder.stat();
      const isLinux = process.platform === 'linux';
      if (isLinux) first = await listen(`\0longshore-data-dir-${dev}-${ino}`);
      if (isLinux && first === undefined) throw inUse(path);
      for (let attempt = 0; attempt < 3; attempt++) {
        const server = await listen(socket);
        if (server !== undefined) return new DataDirLock(path, server, first, folder);
        if (await isAlive(socket)) break;
        if (!(await removeDead(socket))) break;
      }
    } catch (cause) {
      first?.close();
      await folder.close();
      if (cause instanceof LongshoreError) throw cause;
      throw new LongshoreError('LS_DATA_DIR', `data_dir ${path} cannot be locked: ${messageOf(cause)}.`, {
        fix: 'Its file system must allow unix sockets; set data_dir to a folder on a local disk.',
        cause,
      });
    }
    first?.close();
    await folder.close();
    throw inUse(path);
  }

  /** For a folder whose owner is ending: tries again for so long. */
  static async acquireSoon(dataDir: string, waitMs = 10_000): Promise<DataDirLock> {
    const until = performance.now() + waitMs;
    for (;;) {
      try {
        return await DataDirLock.acquire(dataDir);
      } catch (error) {
        const isTaken = error instanceof LongshoreError && error.code === 'LS_DATA_DIR_IN_USE';
        if (!isTaken || performance.now() > until) throw error;
        await new Promise(resolve => setTimeout(resolve, 100));
      }
    }
  }

  async release(): Promise<void> {
    await new Promise<void>(done => this.#server.close(() => done()));
    await new Promise<void>(done => (this.#first === undefined ? done() : this.#first.close(() => done())));
    await this.#folder.close();
  }
}

function inUse(path: string): LongshoreError {
  return new LongshoreError('LS_DATA_DIR_IN_USE', `data_dir ${path} is used by another longshore.`, {
    fix: 'Stop that one, or give this one another data_dir.',
  });
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((done, fail) => {
    const server = createServer(socket => socket.destroy());
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? done(undefined) : fail(error),
    );
    // Exclusive: of the processes that share sockets, the one that asks is the owner.
    server.listen({ path, exclusive: true }, () => done(server));
  });
}

/**
 * Removes the socket of an owner that is dead. False if it was alive after all: of two processes that find the same dead
 * socket the slower one must not remove what the faster one has just put there, so it is moved aside and asked again.
 */
async function removeDead(socket: string): Promise<boolean> {
  const aside = `${socket}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(socket, aside);
  } catch {
    return true;
  }
  const alive = await isAlive(aside);
  if (alive) await link(aside, socket).catch(() => {});
  await unlink(aside).catch(() => {});
  return !alive;
}

// Not `recursive`: where a file system has no room for folders at all (/proc), that one never ends.
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

/** What longshore makes in a data_dir and what is in it of other people's logs. */
const OWN_FOLDERS = ['spool', 'chunks', 'store', 'alerts', 'dead-letters', 'copies', 'backups'];

/**
 * Folders that an earlier build has made readable for all become their owner's. The data_dir itself is left as whoever
 * made it wants it: it may be the mount of a volume, or hold other things.
 */
export async function keepFoldersPrivate(dataDir: string): Promise<void> {
  for (const name of OWN_FOLDERS) {
    const path = join(dataDir, name);
    try {
      if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o700);
    } catch {
      // It is not there, or not ours.
    }
  }
}
