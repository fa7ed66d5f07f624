import type { Writable } from 'node:stream';

/**
 * Writes text and waits while the reader is slow, so that an endless source does not fill the memory.
 * False: nobody reads any more (`| head`), and there is no point in going on.
 */
export async function print(stream: Writable, text: string): Promise<boolean> {
  if (!stream.destroyed && !stream.write(text)) await settled(stream, 'drain');
  return !stream.destroyed;
}

/** Resolves when the reader has taken everything that was written, or is gone. */
export async function flushed(stream: Writable): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return;
  await new Promise<void>(resolve => {
    stream.once('close', resolve);
    // Writes are done in order: this one is done when all before it are.
    stream.write('', () => resolve());
  });
}

function settled(stream: Writable, event: 'drain'): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      stream.off(event, done).off('close', done);
      resolve();
    };
    stream.on(event, done).on('close', done);
  });
}
