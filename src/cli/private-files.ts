/**
 * Files and folders that this process and its children make are their owner's alone, whatever the shell says: logs of
 * other people's programs are in them. To be called before anything is written.
 */
export function keepPrivate(io: Pick<NodeJS.Process, 'umask'>): void {
  io.umask(0o077);
}
