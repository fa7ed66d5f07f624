import { isUtf8 } from 'node:buffer';
import type { DeadLetterStatus } from '../../core/api/dead-letters.ts';
import { type DeadLetter, isDeadLetterId } from '../dead-letter.ts';
import type { EventTally } from './totals.ts';

/*
 * The files: `letters-<number>.ndjson`, one JSON object a line, appended in the order in which things happened.
 *
 *   {"dead_letters":1,"segment":N,"totals":{...}}       first line: the version, and the counts when the file was begun
 *   {"letter":"<id>","at":...,...,"document":"..."}     the document last (`document_base64` when it is no UTF-8): start-up does not parse it
 *   {"state":"replaying","batch":"<16 hex>","as_is":false,"at":...,"ids":[...],"tally":{...}}
 *   {"evicted":N,"tally":{...}}                         file N went because of a limit; the tally: what was open in it
 *
 * A state comes behind its letter, so the oldest file can go at any time; a state whose letter is gone still counts by
 * its tally (events by container and by type).
 */
export const VERSION = 1;

export type Entry =
  | { type: 'header'; version: number; segment: number; totals: unknown }
  | { type: 'letter'; letter: Omit<DeadLetter, 'document' | 'status'> }
  | { type: 'state'; change: StatusChange }
  | { type: 'evicted'; segment: number; tally: EventTally };

export interface StatusChange {
  readonly state: DeadLetterStatus;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly ids: readonly string[];
  readonly tally: EventTally;
  /** Of letters that are sent together: their one entry in the spool is known by it. */
  readonly batch?: string | undefined;
  /** Without the pipelines. */
  readonly as_is?: boolean | undefined;
}

export function encodeLetter(letter: Omit<DeadLetter, 'status'>): Buffer {
  const { id, document, chunk, event, line, forerunner, ...rest } = letter;
  const head = JSON.stringify({ letter: id, event, chunk, line, forerunner, ...rest });
  const bytes = Buffer.from(document.buffer, document.byteOffset, document.length);
  const body = isUtf8(bytes)
    ? `${DOCUMENT}${JSON.stringify(bytes.toString()).slice(1)}`
    : `${BASE64}${bytes.toString('base64')}"`;
  return Buffer.from(`${head.slice(0, -1)}${body}}\n`);
}

// Inside of a JSON text its quotes would be escaped: these stand where the document begins, and nowhere before.
const DOCUMENT = ',"document":"';
const BASE64 = ',"document_base64":"';
const DOCUMENT_BYTES = Buffer.from(DOCUMENT);
const BASE64_BYTES = Buffer.from(BASE64);

export const encodeHeader = (segment: number, totals: object): Buffer =>
  Buffer.from(`${JSON.stringify({ dead_letters: VERSION, segment, totals })}\n`);

export const encodeState = (change: StatusChange): Buffer => Buffer.from(`${JSON.stringify(change)}\n`);

export const encodeEvicted = (segment: number, tally: EventTally): Buffer =>
  Buffer.from(`${JSON.stringify({ evicted: segment, tally })}\n`);

/** Undefined when the line (without its line feed) is none of ours. The end of a letter is not looked at. */
export function decodeLine(line: Buffer): Entry | undefined {
  if (line.length < 10 || line[0] !== 0x7b || line[line.length - 1] !== 0x7d) return undefined;
  const value = parse(headOf(line));
  if (value === undefined) return undefined;
  if (isDeadLetterId(value['letter'])) {
    value['id'] = value['letter'];
    return { type: 'letter', letter: value as unknown as DeadLetter };
  }
  if (typeof value['state'] === 'string' && Array.isArray(value['ids'])) {
    return { type: 'state', change: value as unknown as StatusChange };
  }
  if (typeof value['dead_letters'] === 'number') {
    return {
      type: 'header',
      version: value['dead_letters'],
      segment: Number(value['segment']),
      totals: value['totals'],
    };
  }
  if (typeof value['evicted'] === 'number') {
    return { type: 'evicted', segment: value['evicted'], tally: value['tally'] as EventTally };
  }
  return undefined;
}

/** The whole letter; undefined when the line does not hold one. */
export function decodeLetter(line: Buffer, status: DeadLetterStatus): DeadLetter | undefined {
  const value = parse(line.toString());
  if (value === undefined || !isDeadLetterId(value['letter'])) return undefined;
  const { letter: id, document, document_base64: base64, ...rest } = value;
  const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.from(String(document));
  return { ...rest, id, status, document: bytes } as unknown as DeadLetter;
}

function headOf(line: Buffer): string {
  if (!line.subarray(0, 10).equals(LETTER_START)) return line.toString();
  let at = line.indexOf(DOCUMENT_BYTES);
  if (at === -1) at = line.indexOf(BASE64_BYTES);
  return at === -1 ? '' : `${line.toString('utf8', 0, at)}}`;
}

const LETTER_START = Buffer.from('{"letter":');

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
