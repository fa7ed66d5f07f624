import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import { plainAddress } from '../../base/net/address.ts';
import { LongshoreError } from '../../core/errors.ts';
import { decompress } from '../http/encoding.ts';
import { CONTENT_TYPE, encodingOf } from './answers.ts';
import { MAX_BODY, type OtlpIntake } from './intake.ts';
import type { OtlpInputOptions } from './options.ts';
import { httpRefusal, typeUnknown } from './take.ts';

const MAX_HEADER_BYTES = 16_384;
const KEEP_ALIVE_MS = 120_000;

/** OTLP over HTTP: `POST /v1/logs`. Answers when the events are durable. `track` is told of each answer under way. */
export function otlpHttpServer(
  intake: OtlpIntake,
  options: OtlpInputOptions,
  tls: TlsOptions | undefined,
  track: (answer: Promise<void>) => void,
): Server {
  const { request_timeout_ms: requestTimeout, max_body_bytes: maxBytes } = options;
  const settings = {
    ...{ requestTimeout, headersTimeout: Math.min(requestTimeout, 30_000), keepAliveTimeout: KEEP_ALIVE_MS },
    ...{ maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: 5000 },
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    track(answer(intake, maxBytes, request, response));
  };
  const server =
    tls === undefined ? createServer(settings, onRequest) : createTlsServer({ ...settings, ...tls }, onRequest);
  // It gets its connections from a door, and looks after their time limits only when it hears that somebody listens.
  server.emit('listening');
  return server;
}

async function answer(
  intake: OtlpIntake,
  maxBytes: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { headers } = request;
  const type = headers['content-type'];
  const encoding = encodingOf(type);
  const peer = plainAddress(request.socket.remoteAddress);
  try {
    checkPath(request);
    if (encoding === undefined) throw typeUnknown(type);
    const taken = await intake.take({
      ...{ peer, encoding, body: request, overhead: 0, authorization: headers.authorization },
      idempotencyKey: keyOf(headers['idempotency-key']),
      unpack: wire => decompress(wire, headers['content-encoding'], maxBytes, MAX_BODY),
    });
    await send(response, 200, { 'content-type': CONTENT_TYPE[encoding] }, taken);
  } catch (error) {
    const refusal = intake.refused(peer, error);
    const { headers: own, body } = httpRefusal(refusal, encoding);
    // What is left of the body is not worth reading.
    if (!request.readableEnded) own['connection'] = 'close';
    await send(response, refusal.status, own, body);
  }
}

function checkPath({ method, url = '' }: IncomingMessage): void {
  const path = url.split('?', 1)[0]!;
  if (method === 'POST' && path === '/v1/logs') return;
  throw new LongshoreError(
    'LS_INPUTS_PATH_UNKNOWN',
    `${method} ${path.slice(0, 100)} is nothing that is taken at this port.`,
    { fix: NOT_LOGS },
  );
}

/** What to do instead, for the senders of everything that is no log. */
export const NOT_LOGS =
  'Logs are taken, at POST /v1/logs and by gRPC; for traces and metrics set OTEL_TRACES_EXPORTER=none and OTEL_METRICS_EXPORTER=none, or give them another endpoint.';

/** Resolves when the answer is on its way, or its receiver gone. */
function send(response: ServerResponse, status: number, headers: Record<string, string>, body: Buffer): Promise<void> {
  return new Promise(resolve => {
    response.once('finish', resolve).once('close', resolve);
    response.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
  });
}

function keyOf(value: string | readonly string[] | undefined): string | undefined {
  const key = typeof value === 'string' ? value : value?.[0];
  return key === '' ? undefined : key;
}
