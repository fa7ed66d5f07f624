import { closeSync, openSync, readSync } from 'node:fs';

/** In a file that is no larger than this a line may be as long as the file. Chunks are seldom larger. */
const SMALL_BYTES = 8_000_000;
const READ_BYTES = 1_000_000;
const LINE_FEED = 10;

/**
 * No line of the file is longer, in bytes. Room for such a line is made for each that is read: where a frame brought a
 * hundred megabytes, room for all of it would be more than the store may use, and neither a search nor sealing would go on.
 */
export function longestLine(path: string, size: number): number {
  if (size <= SMALL_BYTES) return size;
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let longest = 0;
    let length = 0;
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
      let start = 0;
      for (let end = buffer.indexOf(LINE_FEED); end !== -1 && end < read; end = buffer.indexOf(LINE_FEED, start)) {
        longest = Math.max(longest, length + end - start);
        length = 0;
        start = end + 1;
      }
      length += read - start;
    }
    return Math.max(longest, length);
  } finally {
    closeSync(fd);
  }
}
