import { encodeMsgpack, eventTime, MsgpackWriter } from '../msgpack/write.ts';
import type { Compression } from './compression.ts';

/* Frames as a client sends them; what they are made of is said in `frame.ts`. */

/** A frame of one record, which asks for an answer. */
export function encodeMessage(tag: string, ms: number, record: object, chunk: string): Buffer {
  return encodeMsgpack([tag, eventTime(ms), record, { chunk }]);
}

/** A frame of entries, which may be compressed already. `option` in the order in which it is to be written. */
export function encodePacked(
  tag: string,
  entries: Buffer,
  option: { chunk: string; size: number; compressed?: Compression; [mark: string]: unknown },
): Buffer {
  const writer = new MsgpackWriter(entries.length + tag.length * 3 + 128);
  writer.array(3);
  writer.text(tag);
  writer.binary(entries);
  writer.value(option);
  return writer.take();
}

/** Begins an entry; what must follow is its record. */
export function beginEntry(writer: MsgpackWriter, ms: number): void {
  writer.array(2);
  writer.eventTime(ms);
}
