import { type ChildProcess, fork } from 'node:child_process';

/** A process of its own for work that may take too much: its memory is limited, nothing of it is printed, it speaks over a channel. */
export function forkLimited(main: string, memoryMb: number, closed: () => void): ChildProcess {
  const child = fork(main, [], {
    execArgv: [`--max-old-space-size=${memoryMb}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.once('exit', closed);
  child.once('error', closed);
  return child;
}
