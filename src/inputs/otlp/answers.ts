/*
 * What a sender hears, in its own encoding.
 *
 *     ExportLogsServiceResponse  partial_success 1
 *     ExportLogsPartialSuccess   rejected_log_records 1, error_message 2
 *     google.rpc.Status          code 1, message 2, details 3 (google.protobuf.Any: type_url 1, value 2)
 *     google.rpc.RetryInfo       retry_delay 1 (google.protobuf.Duration: seconds 1)
 */

/** How a request and its answer are written. */
export type Encoding = 'protobuf' | 'json';

export const CONTENT_TYPE: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Undefined for a type that is neither. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const name = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (name === 'application/x-protobuf' || name === 'application/protobuf') return 'protobuf';
  return name === 'application/json' ? 'json' : undefined;
}

/** `why`: what was wrong with the records that were refused. */
export function takenAnswer(encoding: Encoding, rejected: number, why: string): Buffer {
  if (encoding === 'json') {
    const partialSuccess = { rejectedLogRecords: String(rejected), errorMessage: why };
    return Buffer.from(JSON.stringify(rejected === 0 ? {} : { partialSuccess }));
  }
  if (rejected === 0) return Buffer.alloc(0);
  return field(1, Buffer.concat([number(1, rejected), field(2, Buffer.from(why))]));
}

/** Numbers of `google.rpc.Code`, which are those of gRPC. */
export const RPC = {
  ok: 0,
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** `retrySeconds`: when to send it again; undefined: it never will be taken. */
export function refusedAnswer(encoding: Encoding, code: number, message: string, retrySeconds?: number): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  const parts = [number(1, code), field(2, Buffer.from(message))];
  if (retrySeconds !== undefined) {
    const retryInfo = field(1, number(1, retrySeconds));
    parts.push(field(3, Buffer.concat([field(1, Buffer.from(RETRY_INFO)), field(2, retryInfo)])));
  }
  return Buffer.concat(parts);
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

function field(id: number, value: Buffer): Buffer {
  return Buffer.concat([varint((id << 3) | 2), varint(value.length), value]);
}

function number(id: number, value: number): Buffer {
  return Buffer.concat([varint(id << 3), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
