import { isUtf8 } from 'node:buffer';
import { type Fields, isFields } from '../../../core/event.ts';
import { DECLARED_FIELDS } from '../../../core/schema/fields.ts';

export interface BadLine {
  /** Counted from 1. */
  line: number;
  bytes: Uint8Array;
  type: BadLineType;
  reason: string;
}

/** What dead letters of this store are listed and replayed by. */
export type BadLineType =
  | 'invalid_utf8'
  | 'invalid_json'
  | 'not_an_object'
  | 'missing_id'
  | 'missing_seq'
  | 'missing_timestamp'
  | 'column_type_mismatch';

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
    const fault = faultOf(bytes);
    if (fault === undefined) candidates.push({ line: number, bytes });
    else bad.push({ line: number, bytes, ...fault });
  }
  const good: Uint8Array[] = [];
  const part = async (from: number, to: number): Promise<void> => {
    if (from >= to) return;
    const lines = candidates.slice(from, to);
    if (await trial(lines.map(each => each.bytes))) {
      for (const each of lines) good.push(each.bytes);
    } else if (lines.length === 1) {
      bad.push({
        ...lines[0]!,
        type: 'column_type_mismatch',
        reason: mismatchOf(lines[0]!.bytes),
      });
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

/** The engine does not say which value it was. */
function mismatchOf(bytes: Uint8Array): string {
  const event = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as Fields;
  for (const [name, type] of Object.entries(DECLARED_FIELDS)) {
    const value = event[name];
    if (type === 'number' && typeof value !== 'number' && value !== undefined && value !== null)
      return `${name} is no number: ${JSON.stringify(value).slice(0, MAX_SHOWN)}`;
  }
  return 'a value does not have the type of its column';
}

const MAX_SHOWN = 200;

function faultOf(bytes: Uint8Array): Pick<BadLine, 'type' | 'reason'> | undefined {
  if (!isUtf8(bytes)) return { type: 'invalid_utf8', reason: 'not valid UTF-8' };
  let event: unknown;
  try {
    event = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  } catch {
    return { type: 'invalid_json', reason: 'not valid JSON' };
  }
  if (!isFields(event)) return { type: 'not_an_object', reason: 'not a JSON object' };
  if (typeof event['_id'] !== 'string') return { type: 'missing_id', reason: '_id is missing or no string' };
  if (!Number.isSafeInteger(event['seq'])) return { type: 'missing_seq', reason: 'seq is missing or no whole number' };
  const time = event['@timestamp'];
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time)))
    return { type: 'missing_timestamp', reason: '@timestamp is missing or no time' };
  return undefined;
}

/** The text of a dead-letter file: one line a bad line. */
export function deadLetters(chunkId: string, bad: readonly BadLine[]): string {
  return bad
    .map(({ line, bytes, type, reason }) => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      const document = isUtf8(buffer)
        ? { document: buffer.toString() }
        : { document_base64: buffer.toString('base64') };
      return `${JSON.stringify({ type, reason, chunk: chunkId, line, ...document })}\n`;
    })
    .join('');
}
