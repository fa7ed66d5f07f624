import { isUtf8 } from 'node:buffer';
import { isFields } from '../../../core/event.ts';

export interface BadLine {
  /** Counted from 1. */
  line: number;
  bytes: Uint8Array;
  reason: string;
}

/** True when every one of these lines can be stored. */
export type Trial = (lines: readonly Uint8Array[]) => Promise<boolean>;

/**
 * Parts the lines of a chunk into those that can be stored and those that cannot. What is plainly wrong is found here;
 * the rest is tried, and halved until the lines that fail are found: the engine that stores them has the last word.
 */
export async function partLines(content: Buffer, trial: Trial): Promise<{ good: Uint8Array[]; bad: BadLine[] }> {
  const candidates: { line: number; bytes: Uint8Array }[] = [];
  const bad: BadLine[] = [];
  let number = 0;
  for (const bytes of split(content)) {
    number++;
    if (bytes.length === 0) continue;
    const reason = faultOf(bytes);
    if (reason === undefined) candidates.push({ line: number, bytes });
    else bad.push({ line: number, bytes, reason });
  }
  const good: Uint8Array[] = [];
  const part = async (from: number, to: number): Promise<void> => {
    if (from >= to) return;
    const lines = candidates.slice(from, to);
    if (await trial(lines.map(each => each.bytes))) {
      for (const each of lines) good.push(each.bytes);
    } else if (lines.length === 1) {
      bad.push({ ...lines[0]!, reason: 'a value does not have the type of its column' });
    } else {
      const middle = (from + to) >> 1;
      await part(from, middle);
      await part(middle, to);
    }
  };
  await part(0, candidates.length);
  bad.sort((a, b) => a.line - b.line);
  return { good, bad };
}

function* split(content: Buffer): Generator<Buffer> {
  let start = 0;
  while (start < content.length) {
    let end = content.indexOf(10, start);
    if (end === -1) end = content.length;
    yield content.subarray(start, end);
    start = end + 1;
  }
}

function faultOf(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return 'not valid UTF-8';
  let event: unknown;
  try {
    event = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  } catch {
    return 'not valid JSON';
  }
  if (!isFields(event)) return 'not a JSON object';
  if (typeof event['_id'] !== 'string') return '_id is missing or no string';
  if (!Number.isSafeInteger(event['seq'])) return 'seq is missing or no whole number';
  const time = event['@timestamp'];
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time))) return '@timestamp is missing or no time';
  return undefined;
}

/** The text of a dead-letter file: one line a bad line. */
export function deadLetters(chunkId: string, bad: readonly BadLine[]): string {
  return bad
    .map(({ line, bytes, reason }) => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      const document = isUtf8(buffer)
        ? { document: buffer.toString() }
        : { document_base64: buffer.toString('base64') };
      return `${JSON.stringify({ reason, chunk: chunkId, line, ...document })}\n`;
    })
    .join('');
}
