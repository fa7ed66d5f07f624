/** How to mend what the system refuses; by its code. */
const FIXES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free disk space there; nothing that was acknowledged is lost.',
  EDQUOT: 'Free disk space there, or raise the quota; nothing that was acknowledged is lost.',
  EROFS: 'Mount the file system writable, or choose another folder.',
  EACCES: 'Give this user the right to it, or choose another folder.',
  EPERM: 'Give this user the right to it, or choose another folder.',
  EMFILE: 'Raise the limit of open files (`ulimit -n`, LimitNOFILE of systemd).',
  ENFILE: 'Raise the limit of open files of the machine (fs.file-max).',
  EIO: 'Look at the disk: the kernel log says more.',
};

/** An error of the operating system: a file, a socket, a process. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

/** One sentence that tells what to do about it; undefined when nothing general can be said. */
export function systemErrorFix(error: unknown): string | undefined {
  const code = isSystemError(error) ? error.code : undefined;
  return code === undefined ? undefined : FIXES[code];
}
