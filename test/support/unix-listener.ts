import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

/**
 * Another program that listens on a unix socket; with `isFull` its queue of connections is full, so that it answers nobody
 * for now. Resolves with what kills it, and waits until it is gone.
 */
export async function unixListener(path: string, { isFull = false } = {}): Promise<() => Promise<void>> {
  const fill = isFull
    ? 'c=[socket.socket(socket.AF_UNIX) for _ in range(4)]\nfor one in c:\n one.setblocking(False)\n one.connect_ex(s.getsockname())\n'
    : '';
  const script = `import socket,time\ns=socket.socket(socket.AF_UNIX)\ns.bind(${JSON.stringify(path)})\ns.listen(0)\n${fill}print('ready',flush=True)\ntime.sleep(60)`;
  const child = spawn('python3', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const kill = (): Promise<void> => {
    child.kill('SIGKILL');
    return exited;
  };
  onTestFinished(kill);
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('error', reject);
    void exited.then(() => reject(new Error('the listener ended at once')));
  });
  await ready;
  return kill;
}
