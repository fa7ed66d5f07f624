import {
  constants,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Server } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { plainAddress } from '../../base/net/address.ts';
import { LongshoreError } from '../../core/errors.ts';
import { decompress } from '../http/encoding.ts';
import { RPC, refusedAnswer } from './answers.ts';
import { notOtlp } from './decoded.ts';
import { NOT_LOGS } from './http-server.ts';
import { MAX_BODY, type OtlpIntake } from './intake.ts';
import type { OtlpInputOptions } from './options.ts';
import type { Refusal } from './take.ts';

/*
 * One unary method of gRPC over HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md): a request is headers and one message, an answer headers, one
 * message and trailers, or trailers alone. A message is framed:
 *
 *     1 byte   1: compressed as `grpc-encoding` says
 *     4 bytes  length, big endian
 *     message
 */

const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const PREFIX_BYTES = 5;
const ENCODINGS = 'gzip,deflate,zstd,identity';
const MAX_HEADER_BYTES = 16_384;
const STREAM_WINDOW = 262_144;
const SESSION_WINDOW = 1_048_576;
/** A connection on which nothing moves for so long is closed. */
const IDLE_MS = 300_000;

/** Both servers of Node have what is used of them. */
type Http2Server = Server & {
  on(event: 'stream', listener: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void): unknown;
  on(event: 'session', listener: (session: ServerHttp2Session) => void): unknown;
};

/** OTLP over gRPC. Answers when the events are durable. `track` is told of each answer under way, `sessions` holds the open ones. */
export function otlpGrpcServer(
  intake: OtlpIntake,
  options: OtlpInputOptions,
  tls: TlsOptions | undefined,
  track: (answer: Promise<void>) => void,
  sessions: Set<ServerHttp2Session>,
): Server {
  const settings = {
    maxHeaderListPairs: 64,
    settings: { maxConcurrentStreams: 100, maxHeaderListSize: MAX_HEADER_BYTES, initialWindowSize: STREAM_WINDOW },
  };
  const server = (tls === undefined
    ? createServer(settings)
    : createSecureServer({ ...settings, ...tls })) as unknown as Http2Server;
  server.on('session', session => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => {});
    // Whoever is still there connects again.
    session.setTimeout(IDLE_MS, () => session.close(() => session.destroy()));
    session.setLocalWindowSize(SESSION_WINDOW);
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => track(answer(intake, options.max_body_bytes, stream, headers)));
  return server;
}

async function answer(
  intake: OtlpIntake,
  maxBytes: number,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  stream.on('error', () => {});
  const peer = plainAddress(stream.session?.socket?.remoteAddress);
  if (!/^application\/grpc(?:\+proto)?(?:;|$)/.test(headers['content-type'] ?? '')) {
    await refuseOther(stream);
    return;
  }
  try {
    checkMethod(headers[':path']);
    const taken = await intake.take({
      ...{ peer, encoding: 'protobuf', body: stream, overhead: PREFIX_BYTES, authorization: headers.authorization },
      idempotencyKey: oneOf(headers['idempotency-key']),
      unpack: wire => unframed(wire, oneOf(headers['grpc-encoding']), maxBytes),
    });
    await send(stream, taken);
  } catch (error) {
    await sendRefusal(stream, intake.refused(peer, error));
  }
}

function checkMethod(path: string | undefined): void {
  if (path === EXPORT) return;
  throw new LongshoreError('LS_INPUTS_PATH_UNKNOWN', `${(path ?? '').slice(0, 100)} is no method of this port.`, {
    fix: NOT_LOGS,
  });
}

/** The one message of a request. */
async function unframed(wire: Buffer, encoding: string | undefined, maxBytes: number): Promise<Buffer> {
  if (wire.length < PREFIX_BYTES || wire.readUInt32BE(1) !== wire.length - PREFIX_BYTES) {
    throw notOtlp('its frame does not hold one message');
  }
  const message = wire.subarray(PREFIX_BYTES);
  if (wire[0] === 0) return message;
  if (wire[0] !== 1) throw notOtlp('its frame has flags that are not known');
  return decompress(message, encoding, maxBytes, MAX_BODY);
}

const HEADERS: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': ENCODINGS,
};

/** Resolves when the answer is on its way, or its receiver gone. */
async function send(stream: ServerHttp2Stream, message: Buffer): Promise<void> {
  if (stream.destroyed || stream.closed) return;
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(RPC.ok) }));
  stream.end(Buffer.concat([prefix, message]));
  await closed(stream);
}

async function sendRefusal(stream: ServerHttp2Stream, { rpc, message, retrySeconds }: Refusal): Promise<void> {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  const headers: OutgoingHttpHeaders = {
    ...HEADERS,
    'grpc-status': String(rpc),
    'grpc-message': percentEncoded(message),
  };
  if (retrySeconds !== undefined) {
    const details = refusedAnswer('protobuf', rpc, message, retrySeconds);
    headers['grpc-status-details-bin'] = details.toString('base64').replace(/=+$/, '');
  }
  stream.respond(headers, { endStream: true });
  // What is left of the request is not worth reading.
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
  await closed(stream);
}

/** HTTP/2 without gRPC. */
async function refuseOther(stream: ServerHttp2Stream): Promise<void> {
  stream.respond({ ':status': 415, 'content-type': 'text/plain' });
  stream.end(
    'This is the port of longshore for OTLP over gRPC (inputs.otlp.address); over HTTP it is inputs.otlp.http_address.\n',
  );
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
  await closed(stream);
}

function closed(stream: ServerHttp2Stream): Promise<void> {
  return new Promise(resolve => {
    if (stream.destroyed) resolve();
    else stream.once('close', resolve);
  });
}

/** As gRPC writes a message: everything but visible ASCII is `%xx` of its UTF-8. */
function percentEncoded(text: string): string {
  return text.toWellFormed().replace(/[^ -$&-~]/gu, encodeURIComponent);
}

function oneOf(value: string | readonly string[] | undefined): string | undefined {
  const one = typeof value === 'string' ? value : value?.[0];
  return one === '' ? undefined : one;
}
