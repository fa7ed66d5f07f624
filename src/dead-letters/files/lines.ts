import { open } from 'node:fs/promises';

const READ_BYTES = 1_000_000;

export interface FileLine {
  /** Without its line feed. */
  readonly line: Buffer;
  readonly offset: number;
}

/** The lines of a file, many at once; what stands behind the last line feed is left out. */
export async function* linesOf(path: string): AsyncGenerator<FileLine[]> {
  const handle = await open(path, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    let base = 0;
    for (;;) {
      const content = Buffer.allocUnsafe(rest.length + READ_BYTES);
      rest.copy(content);
      const { bytesRead } = await handle.read(content, rest.length, READ_BYTES, base + rest.length);
      if (bytesRead === 0) return;
      const end = rest.length + bytesRead;
      const lines: FileLine[] = [];
      let start = 0;
      for (let feed = content.indexOf(10); feed !== -1 && feed < end; feed = content.indexOf(10, start)) {
        lines.push({ line: content.subarray(start, feed), offset: base + start });
        start = feed + 1;
      }
      yield lines;
      rest = content.subarray(start, end);
      base += start;
    }
  } finally {
    await handle.close();
  }
}

/** Reads a piece of a file; shorter when the file ends before. */
export async function readAt(path: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
