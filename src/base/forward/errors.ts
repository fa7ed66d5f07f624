import { type BytePlace, FormatError, type MsgpackReason } from '../msgpack/msgpack.ts';

/** Why bytes are no frame, or none that may be taken. */
export type FrameReason =
  | MsgpackReason
  // A frame that is none.
  | 'garbage'
  | 'bad_frame'
  | 'bad_tag'
  | 'bad_option'
  | 'bad_json'
  | 'bad_compression'
  | 'unsupported_compression'
  | 'unsupported_signal'
  // Limits.
  | 'decompressed_too_large'
  | 'too_many_records';

/** A frame that cannot be taken. */
export class FrameError extends FormatError<FrameReason> {
  /** Of the frame, where it was read. */
  tag: string | undefined;
  place: BytePlace | undefined;
}

/** The error with the place where it was found, if none stands there already. Errors that are no fault of the frame stay as they are. */
export function withPlace(error: unknown, place: BytePlace): unknown {
  if (!(error instanceof FormatError)) return error;
  const fault = error instanceof FrameError ? error : new FrameError(error.reason as MsgpackReason);
  fault.place ??= place;
  return fault;
}
