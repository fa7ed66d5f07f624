import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EmbeddedStoreOptions } from './options.ts';

const MAIN = fileURLToPath(new URL('./process/main.ts', import.meta.url));

export function forkStore(options: EmbeddedStoreOptions): ChildProcess {
  return fork(MAIN, [], {
    execPath: process.execPath,
    // Garbage is collected early: what a page of hits once needed would stay with the process otherwise.
    execArgv: ['--max-old-space-size=256', '--max-semi-space-size=4'],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      // A statement occupies one of Node's I/O threads while it runs.
      UV_THREADPOOL_SIZE: String(options.light_queries + options.heavy_queries + options.whole_queries + 3),
      // glibc keeps what each thread once used; with few arenas and early trimming the process stays in its limit.
      MALLOC_ARENA_MAX: '2',
      MALLOC_TRIM_THRESHOLD_: '1000000',
      MALLOC_MMAP_THRESHOLD_: '131072',
    },
  });
}
