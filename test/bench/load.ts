import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Job, Sent } from './sender.ts';

/** Sends a load by a process of its own, and leaves its connections open for `then`: what was not answered may still be in them. */
export async function send<T>(job: Job, then: (sent: Sent) => Promise<T>): Promise<T> {
  const child = fork(new URL('sender.ts', import.meta.url), [JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
  });
  try {
    return await then(await toldBy(child));
  } finally {
    await ended(child);
  }
}

async function toldBy(child: ChildProcess): Promise<Sent> {
  let output = '';
  const told = new Promise<void>(resolve => {
    child.stdout!.on('data', (data: Buffer) => {
      output += data.toString();
      if (output.endsWith('\n')) resolve();
    });
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the sender ended with ${code}`);
  });
  await Promise.race([told, failed]);
  failed.catch(() => {});
  return JSON.parse(output) as Sent;
}

/** Ends a process, and waits until it is gone. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
