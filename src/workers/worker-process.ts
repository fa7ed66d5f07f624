import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';

/** It keeps what was compiled, so that the next process starts sooner. */
const MAIN = fileURLToPath(new URL('../../bin/longshore.js', import.meta.url));

/** Starts this program once more as a worker: the sockets that it asks for are shared by all of them. */
export function forkWorker(isFirst: boolean): ChildProcess {
  // Each worker takes connections off the shared socket itself. Dealt out by the primary, one that is on its way to a
  // worker that dies would be nobody's: open, and silent for ever.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({
    exec: MAIN,
    args: ['run'],
    execArgv: process.execArgv.filter(arg => !arg.startsWith('--watch') && !arg.startsWith('--inspect')),
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  // A fault that a test wants is the first process's.
  const worker = cluster.fork(isFirst ? {} : { LONGSHORE_FAULT: '' });
  // A process that ends while something is sent to it is no error of ours: it shows as its exit.
  worker.on('error', () => {});
  return worker.process;
}

/** True in a process that `forkWorker` made. */
export const isWorkerProcess = (): boolean => cluster.isWorker;
