import type { Writable } from 'node:stream';

/** Streams whose reader has gone: a pipe of the process says so by an error and stays open. */
const abandoned = new WeakSet<Writable>();

/** `longshore search | head`: who reads no more is no failure, and is remembered for `print`. */
export function expectAbandon(stream: Writable): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    abandoned.add(stream);
  });
}

/**
 * Writes text and waits while the reader is slow, so that an endless source does not fill the memory.
 * False: nobody reads any more (`| head`), and there is no point in going on.
 */
export async function print(stream: Writable, text: string): Promise<boolean> {
  if (isOpen(stream) && !stream.write(text)) await settled(stream, 'drain');
  return isOpen(stream);
}

const isOpen = (stream: Writable): boolean => !stream.destroyed && !abandoned.has(stream);

/** Resolves when the reader has taken everything that was written, or is gone. */
export async function flushed(stream: Writable): Promise<void> {
  if (!isOpen(stream) || stream.writableLength === 0) return;
  await new Promise<void>(resolve => {
    stream.once('close', resolve);
    stream.once('error', () => resolve());
    // Writes are done in order: this one is done when all before it are.
    stream.write('', () => resolve());
  });
}

function settled(stream: Writable, event: 'drain'): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      stream.off(event, done).off('close', done).off('error', done);
      resolve();
    };
    stream.on(event, done).on('close', done).on('error', done);
  });
}
