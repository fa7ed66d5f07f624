import { type Answer, bytesOf } from './answers.ts';

/*
 * What a server answers to a frame that has a chunk id, when it has taken it over:
 *
 *     ack := {"ack": id}         id: as it stood in the frame, be it str or bin; in JSON to a frame in JSON
 */

/** `bytes[start, end)`: the id as it stands in the frame, one whole msgpack value. */
export function encodeAck(bytes: Buffer, start: number, end: number): Buffer {
  const ack = Buffer.allocUnsafe(ACK_PREFIX.length + end - start);
  ack.set(ACK_PREFIX);
  bytes.copy(ack, ACK_PREFIX.length, start, end);
  return ack;
}

/** What stands before the id: a map of one pair, `ack`. */
export const ACK_PREFIX = Uint8Array.of(0x81, 0xa3, 0x61, 0x63, 0x6b);

export function encodeJsonAck(id: string): Buffer {
  return Buffer.from(JSON.stringify({ ack: id }));
}

/** The id; undefined: it is no ack, or one without an id. */
export function decodeAck(answer: Answer): string | undefined {
  return answer instanceof Map ? bytesOf(answer.get('ack')).toString('utf8') || undefined : undefined;
}
