import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Consumer } from '../../core/contracts.ts';
import { CONTENT_TYPE, type Encoding, encodingOf } from '../otlp/answers.ts';
import { httpRefusal, refusalBy, takeOtlp, typeUnknown } from '../otlp/take.ts';
import { headerOf, type Refusal, type Reserved, senderOf, type Taking } from './taking.ts';

/*
 * OpenTelemetry's logs under the HTTP address: `POST /v1/logs` in Protobuf or JSON. Senders hear of them in their own encoding.
 */

/** The tag of logs whose resource names no service. */
const TAG = 'otlp';

export function otlpRoutes(app: FastifyInstance, taking: Taking, consumer: Consumer): void {
  app.post('/v1/logs', { config: { scope: 'ingest' } }, (request, reply) => {
    const encoding = encodingOf(request.headers['content-type']);
    const take = (reserved: Reserved): Promise<FastifyReply> => {
      if (encoding === undefined) throw typeUnknown(request.headers['content-type']);
      return takeLogs(taking, consumer, encoding, request, reply, reserved);
    };
    return taking.within(request, reply, async reserved => take(reserved), refusalIn(encoding));
  });
}

async function takeLogs(
  taking: Taking,
  consumer: Consumer,
  encoding: Encoding,
  request: FastifyRequest,
  reply: FastifyReply,
  reserved: Reserved,
): Promise<FastifyReply> {
  const body = await taking.readBody(request, reserved);
  const chunkId = headerOf(request, 'idempotency-key');
  const taken = await takeOtlp(
    { body, encoding, source: 'http', sender: senderOf(request), tag: TAG, chunkId },
    taking.options,
    consumer,
  );
  taking.countEvents(taken.accepted);
  taking.countRefused(taken.rejected);
  if (taken.invalidUtf8) taking.countInvalidUtf8();
  return reply.type(CONTENT_TYPE[encoding]).send(taken.answer);
}

/** Senders drop what gets a 500, so that our own mistakes are told as "unavailable". */
function refusalIn(encoding: Encoding | undefined): Refusal {
  return (status, code, message) => {
    const refusal = refusalBy(code, message, status >= 500);
    return { status: refusal.status, ...httpRefusal(refusal, encoding) };
  };
}
