import { isArrayOrNil, isMap } from '../msgpack/first-byte.ts';
import { MsgpackError } from '../msgpack/msgpack.ts';
import { MsgpackReader } from '../msgpack/read.ts';
import { BufferPool } from './buffer-pool.ts';
import { FrameReader } from './frame-reader.ts';

/**
 * What is said beside frames, which is little: HELO, PING, PONG and acks. Text may come as str or bin and is given as
 * bytes, for nonces and salts are no text.
 */
export type Answer = null | boolean | number | string | Buffer | Answer[] | Map<string, Answer>;

const MAX_ANSWER_BYTES = 65_536;
const MAX_ITEMS = 64;
const MAX_DEPTH = 3;

/** Reads what a server says. Servers are trusted no more than clients. */
export class AnswerReader {
  readonly #frames = new FrameReader(MAX_ANSWER_BYTES, new BufferPool(), undefined, isStart);

  push(bytes: Buffer): void {
    this.#frames.push(bytes);
  }

  /** The next whole answer, or undefined until more has arrived. @throws FrameError, MsgpackError when it is none */
  next(): Answer | undefined {
    const frames = this.#frames;
    const answer = frames.next() ? readAnswer(frames.bytes, frames.start, frames.end) : undefined;
    frames.settle();
    return answer;
  }
}

const isStart = (first: number): boolean => isMap(first) || isArrayOrNil(first);

/** Of `bytes[start, end)`, one whole msgpack value. Keeps nothing of `bytes`. @throws MsgpackError */
export function readAnswer(bytes: Buffer, start: number, end: number): Answer {
  reader.begin(bytes, start, end);
  try {
    return readItem(0);
  } finally {
    reader.leave();
  }
}
const reader = new MsgpackReader({ max_nesting_depth: 1, max_values_per_frame: MAX_ITEMS }, []);

function readItem(depth: number): Answer {
  const text = reader.readBytes();
  if (text !== undefined) return Buffer.from(text);
  const elements = reader.readArrayLength();
  const pairs = elements < 0 ? reader.readMapLength() : -1;
  if (elements < 0 && pairs < 0) return reader.readValue(depth) as Answer;
  if (depth === MAX_DEPTH) throw new MsgpackError('too_deep');
  if (pairs < 0) return Array.from({ length: elements }, () => readItem(depth + 1));
  const map = new Map<string, Answer>();
  for (let i = 0; i < pairs; i++) map.set(bytesOf(readItem(depth + 1)).toString('utf8'), readItem(depth + 1));
  return map;
}

/** The bytes of a text; none of whatever is no text. */
export function bytesOf(answer: Answer | undefined): Buffer {
  return Buffer.isBuffer(answer) ? answer : NO_BYTES;
}
const NO_BYTES: Buffer = Buffer.alloc(0);
