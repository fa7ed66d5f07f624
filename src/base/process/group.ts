import type { ChildProcess } from 'node:child_process';

/** Ends a process that was started with `detached: true`, and all that it started, at once. Never throws. */
export function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
