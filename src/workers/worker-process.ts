import cluster, { type Worker as ClusterWorker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { Channel } from './link.ts';

/** A process of a worker, as the primary holds it. */
export interface WorkerProcess {
  readonly channel: Channel;
  readonly pid: number | undefined;
  onExit(listener: (cause: string) => void): void;
  kill(): void;
}

/** It keeps what was compiled, so that the next process starts sooner. */
const MAIN = fileURLToPath(new URL('../../bin/longshore.js', import.meta.url));

/** Starts this program once more as a worker: the sockets that it asks for are shared by all of them. */
export function startWorkerProcess(isFirst: boolean): WorkerProcess {
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
  return {
    channel: channelOf(worker),
    pid: worker.process.pid,
    onExit: listener => worker.once('exit', (code, signal) => listener(signal ?? `exit code ${code}`)),
    kill: () => void worker.process.kill('SIGKILL'),
  };
}

/** True in a process that `startWorkerProcess` made. */
export const isWorkerProcess = (): boolean => cluster.isWorker;

/** The worker's end. */
export function primaryChannel(): Channel {
  return {
    get connected() {
      return process.connected;
    },
    send: (message, callback) => process.send!(message, undefined, undefined, callback),
    on: (event, listener) => process.on(event, listener),
  };
}

function channelOf(worker: ClusterWorker): Channel {
  // A process that ends while something is sent to it is no error of ours: it shows as its exit.
  worker.on('error', () => {});
  return {
    get connected() {
      return worker.isConnected();
    },
    send: (message, callback) => worker.process.send(message as object, undefined, undefined, callback),
    on: (event, listener) => worker.on(event, listener),
  };
}
