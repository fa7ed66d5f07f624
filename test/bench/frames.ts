import { encodeMsgpack, eventTime } from '../../src/base/msgpack/write.ts';
import { dockerRecords, type Kind, type TaggedRecord } from './lines/index.ts';

export interface FrameOptions {
  readonly kind: Kind;
  readonly perFrame: number;
  /** At least so many events. */
  readonly events: number;
  readonly containers: number;
  /** With a chunk id, which asks for an answer. */
  readonly isAcked: boolean;
  readonly seed: number;
}

/** A chunk id has so many digits; an encoded frame ends in them. */
export const CHUNK_DIGITS = 16;

/** Forward frames in the order of their records; where a frame holds many, each has those of one tag. */
export function encodeFrames({ kind, perFrame, events, containers, isAcked, seed }: FrameOptions): Buffer[] {
  const records = dockerRecords(kind, events, containers, seed);
  const option = isAcked ? [{ chunk: '0'.repeat(CHUNK_DIGITS) }] : [];
  // Whole seconds, as Docker's driver sends them.
  const time = eventTime(Math.floor(Date.now() / 1000) * 1000);
  if (perFrame === 1) return records.map(({ tag, record }) => encodeMsgpack([tag, time, record, ...option]));
  return framesOf(records, perFrame).map(frame =>
    encodeMsgpack([frame[0]!.tag, frame.map(({ record }) => [time, record]), ...option]),
  );
}

/** Each frame is full: what is left of a tag begins again at its first records. */
function framesOf(records: readonly TaggedRecord[], perFrame: number): TaggedRecord[][] {
  const frames: TaggedRecord[][] = [];
  for (const own of Map.groupBy(records, ({ tag }) => tag).values()) {
    for (let at = 0; at < own.length; at += perFrame) {
      frames.push(Array.from({ length: perFrame }, (_, i) => own[(at + i) % own.length]!));
    }
  }
  return frames;
}
