import { lstat, rm } from 'node:fs/promises';
import { connect } from 'node:net';

/**
 * Whether the unix socket belongs to a program that runs. Only ECONNREFUSED says that nobody listens: a program whose
 * queue of connections is full answers EAGAIN, one of another user EACCES, and both are alive.
 */
export function isAlive(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      // ENOENT: its owner has just removed it.
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

/** A killed process leaves the file of its socket behind, and nobody can listen there until it is gone. */
export async function removeDeadSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSocket() !== true || (await isAlive(path))) return;
  await rm(path, { force: true });
}
