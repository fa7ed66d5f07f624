/**
 * What all msgpack files here share. The format (https://github.com/msgpack/msgpack/blob/master/spec.md), by first byte:
 *
 *     00-7f positive fixint   c0 nil          c7-c9 ext 8/16/32 (length, type, bytes)   d4-d8 fixext 1/2/4/8/16 (type, bytes)
 *     80-8f fixmap (pairs)    c1 never used   ca cb float 32/64                         d9-db str 8/16/32
 *     90-9f fixarray          c2 c3 bool      cc-cf uint 8-64                           dc dd array 16/32
 *     a0-bf fixstr            c4-c6 bin 8-32  d0-d3 int 8-64                            de df map 16/32        e0-ff negative fixint
 *
 * All lengths are big-endian. Old senders know neither bin nor str 8 and write bytes as str ("raw").
 */

export type MsgpackReason =
  | 'truncated'
  | 'frame_too_large'
  | 'invalid_byte'
  | 'too_deep'
  | 'too_many_values'
  | 'bad_key';

/** Bytes that are not what they should be. Has no stack: it is thrown at whatever strangers send. */
export class FormatError<Reason extends string> extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(reason);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = new.target.name;
    this.reason = reason;
  }
}

/** Where reading stopped, for the log. */
export interface BytePlace {
  /** From the start of what was read: a frame, or its entries when they were compressed. */
  readonly offset: number;
  /** The first bytes that stand there; empty: it ends there. */
  readonly hex: string;
}

/** `at` in `bytes[start, end)`. */
export function placeIn(bytes: Buffer, start: number, at: number, end: number): BytePlace {
  return { offset: at - start, hex: bytes.toString('hex', at, Math.min(end, at + SHOWN_BYTES)) };
}
const SHOWN_BYTES = 16;

/** Bytes that are no msgpack, or more of it than the limits allow. */
export class MsgpackError extends FormatError<MsgpackReason> {}

/** Reasons that concern one value: those beside it can be read. */
export type ValueFault = 'too_deep' | 'bad_key';

export function isValueFault(reason: string): reason is ValueFault {
  return reason === 'too_deep' || reason === 'bad_key';
}

/** The byte that says that nothing is there. */
export const NIL = 0xc0;
/** Ext type 0 of the forward protocol: seconds and nanoseconds, each uint32. */
export const EVENT_TIME_TYPE = 0;
/** Ext type of msgpack's own timestamp, 4, 8 or 12 bytes. */
export const TIMESTAMP_TYPE = -1;

/** UTF-8 to a string; what is invalid becomes U+FFFD. */
export function utf8(bytes: Buffer, start: number, end: number): string {
  // What `toString` itself calls, a sixth faster; it is missing in the types.
  return (bytes as Buffer & { utf8Slice(start: number, end: number): string }).utf8Slice(start, end);
}
