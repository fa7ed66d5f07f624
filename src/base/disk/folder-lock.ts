import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { isAlive } from '../net/unix-socket.ts';

/**
 * A folder that belongs to one process. Whoever listens on the unix socket in it is that process: the socket dies with its
 * owner, however it ends, and is seen from other containers that mount the same volume. (A lock file would outlive a
 * `kill -9`, and process ids repeat.) On Linux an abstract socket named after the folder comes first: it has no file that
 * could be left behind, so of several that start at once on one host only one gets as far as a dead owner's socket.
 */
export class FolderLock {
  readonly path: string;
  readonly #folder: FileHandle;
  /** In the order in which they were taken. */
  readonly #sockets: Server[] = [];

  private constructor(path: string, folder: FileHandle) {
    this.path = path;
    this.#folder = folder;
  }

  /** Undefined while another process has it; rejects with what the system says. The name of the abstract socket begins with `kind`. */
  static async acquire(path: string, kind: string): Promise<FolderLock | undefined> {
    const lock = new FolderLock(path, await open(path, 'r'));
    let isOurs = false;
    try {
      isOurs = (await lock.#takeName(kind)) && (await lock.#takeSocket());
    } finally {
      if (!isOurs) await lock.release();
    }
    return isOurs ? lock : undefined;
  }

  async release(): Promise<void> {
    for (const socket of this.#sockets.toReversed()) await new Promise(done => socket.close(done));
    await this.#folder.close();
  }

  async #takeName(kind: string): Promise<boolean> {
    if (process.platform !== 'linux') return true;
    const { dev, ino } = await this.#folder.stat();
    return this.#listen(`\0${kind}-${dev}-${ino}`);
  }

  async #takeSocket(): Promise<boolean> {
    // A socket's path has 107 bytes at most; the folder's descriptor makes it short wherever the folder is.
    const short = existsSync('/proc/self/fd') ? `/proc/self/fd/${this.#folder.fd}` : this.path;
    const socket = `${short}/lock.sock`;
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await this.#listen(socket)) return true;
      if ((await isAlive(socket)) || !(await removeDead(socket))) return false;
    }
    return false;
  }

  #listen(path: string): Promise<boolean> {
    return new Promise((done, fail) => {
      const server = createServer(socket => socket.destroy());
      server.unref();
      server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? done(false) : fail(error)));
      // Exclusive: of the processes that share sockets, the one that asks is the owner.
      server.listen({ path, exclusive: true }, () => {
        this.#sockets.push(server);
        done(true);
      });
    });
  }
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
