import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';

/** What is longer is cut into several, as a container's engine cuts. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** The lines of a stream of bytes, those of one read at a time. Bytes that are no UTF-8 become U+FFFD. Memory: one read and one line. */
export async function* linesOf(input: Readable, maxBytes = MAX_LINE_BYTES): AsyncGenerator<string[]> {
  let parts: Buffer[] = [];
  let length = 0;
  const take = (last: Buffer): string => {
    const bytes = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    parts = [];
    length = 0;
    return bytes.toString('utf8', 0, bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length);
  };
  for await (const chunk of input) {
    const bytes: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      lines.push(take(bytes.subarray(start, end)));
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    if (length + rest.length >= maxBytes) lines.push(take(rest));
    else if (rest.length > 0) {
      parts.push(rest);
      length += rest.length;
    }
    if (lines.length > 0) yield lines;
  }
  if (length > 0) yield [take(Buffer.alloc(0))];
}

/** A file, or standard input where none is named or `-`. */
export function inputOf(path: string | undefined, io: NodeJS.Process): Readable {
  return path === undefined || path === '-' ? io.stdin : createReadStream(path);
}
