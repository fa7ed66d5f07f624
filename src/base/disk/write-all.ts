import type { FileHandle } from 'node:fs/promises';

const MAX_VECTORS = 512;

/** writev until everything is written: a short write is no error for the system, but it would be one for us. */
export async function writeAll(handle: FileHandle, buffers: readonly Uint8Array[]): Promise<void> {
  for (let i = 0; i < buffers.length; i += MAX_VECTORS) {
    let group = buffers.slice(i, i + MAX_VECTORS);
    let left = group.reduce((sum, buffer) => sum + buffer.length, 0);
    while (left > 0) {
      const { bytesWritten } = await handle.writev(group);
      left -= bytesWritten;
      if (left > 0) group = after(group, bytesWritten);
    }
  }
}

function after(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const rest: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length;
    else {
      rest.push(skip > 0 ? buffer.subarray(skip) : buffer);
      skip = 0;
    }
  }
  return rest;
}
