import type { Consumer } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { MAX_NESTING_DEPTH } from '../json/record.ts';
import { CONTENT_TYPE, type Encoding, RPC, refusedAnswer, takenAnswer } from './answers.ts';
import { MAX_VALUES } from './decoded.ts';
import { decodeOtlpJson } from './json.ts';
import { decodeProtobuf } from './protobuf.ts';

export interface TakeLimits {
  readonly max_body_bytes: number;
  readonly max_events_per_request: number;
}

/** A body without its compression, and what is known of it. */
export interface OtlpRequest {
  readonly body: Buffer;
  readonly encoding: Encoding;
  /** `Frame.source`, `.sender`, `.tag`, `.chunkId`. */
  readonly source: string;
  readonly sender: string;
  readonly tag: string;
  readonly chunkId?: string | undefined;
}

export interface Taken {
  readonly accepted: number;
  readonly rejected: number;
  readonly invalidUtf8: boolean;
  /** The answer, in the encoding of the request. */
  readonly answer: Buffer;
}

/** What the attributes that events share may come to, in bodies. */
const SHARED_BODIES = 2;

/**
 * Resolves when the events of a request are durable.
 * @throws LongshoreError of the decoders and of the consumer
 */
export async function takeOtlp(request: OtlpRequest, limits: TakeLimits, consumer: Consumer): Promise<Taken> {
  const { body, encoding, source, sender, tag, chunkId } = request;
  const decode = encoding === 'json' ? decodeOtlpJson : decodeProtobuf;
  const { records, times, rejected, sharedBytes, invalidUtf8 } = decode(body, {
    maxEvents: limits.max_events_per_request,
    maxDepth: MAX_NESTING_DEPTH,
    maxSharedBytes: limits.max_body_bytes * SHARED_BODIES,
  });
  const accepted = records.length;
  if (accepted > 0) {
    const bytes = body.length + sharedBytes;
    await consumer.consume({ source, sender, tag, chunkId, receivedAt: Date.now(), records, times, bytes });
  }
  return { accepted, rejected, invalidUtf8, answer: takenAnswer(encoding, rejected, TOO_MUCH) };
}

const TOO_MUCH = `nested more than ${MAX_NESTING_DEPTH} levels deep, or of more than ${MAX_VALUES} values; the other log records of the request were taken`;

/** Why a request is refused, for both ways that it may have come. */
export interface Refusal {
  readonly status: number;
  readonly rpc: number;
  /** The code of the error, and what it says. */
  readonly code: string;
  readonly message: string;
  /** When to send it again. */
  readonly retrySeconds: number | undefined;
}

const REFUSALS: Readonly<Record<string, { readonly status: number; readonly rpc: number }>> = {
  LS_INPUTS_PATH_UNKNOWN: { status: 404, rpc: RPC.unimplemented },
  LS_INPUTS_BODY_TOO_LARGE: { status: 413, rpc: RPC.resourceExhausted },
  // Not resource exhausted: that some send again.
  LS_INPUTS_TOO_MANY_EVENTS: { status: 413, rpc: RPC.invalidArgument },
  LS_INPUTS_TYPE_UNKNOWN: { status: 415, rpc: RPC.invalidArgument },
  LS_INPUTS_ENCODING_UNKNOWN: { status: 415, rpc: RPC.unimplemented },
  LS_INPUTS_TOKEN: { status: 401, rpc: RPC.unauthenticated },
};

/** A refusal that is no LongshoreError is our mistake: it is sent again, too, for senders drop what gets a 500. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof LongshoreError)) return refusalBy('LS_INPUTS_FAILED', 'The events could not be taken.', true);
  return refusalBy(error.code, error.message, error.retryable);
}

export function refusalBy(code: string, message: string, isRetryable: boolean): Refusal {
  if (isRetryable) return { status: 503, rpc: RPC.unavailable, code, message, retrySeconds: RETRY_SECONDS };
  const { status, rpc } = REFUSALS[code] ?? { status: 400, rpc: RPC.invalidArgument };
  return { status, rpc, code, message, retrySeconds: undefined };
}

const RETRY_SECONDS = 1;

/** What is heard over HTTP. A sender of another type hears JSON. */
export function httpRefusal(
  refusal: Refusal,
  encoding: Encoding | undefined,
): { headers: Record<string, string>; body: Buffer } {
  const own = encoding ?? 'json';
  const headers: Record<string, string> = { 'content-type': CONTENT_TYPE[own] };
  if (refusal.retrySeconds !== undefined) headers['retry-after'] = String(refusal.retrySeconds);
  if (refusal.status === 401) headers['www-authenticate'] = 'Bearer';
  return { headers, body: refusedAnswer(own, refusal.rpc, refusal.message, refusal.retrySeconds) };
}

/** A body of a type that is no OTLP. */
export function typeUnknown(contentType: string | undefined): LongshoreError {
  return new LongshoreError(
    'LS_INPUTS_TYPE_UNKNOWN',
    `Content-Type '${(contentType ?? '').slice(0, 80)}' is none of OTLP.`,
    { fix: 'Send application/x-protobuf or application/json.' },
  );
}
