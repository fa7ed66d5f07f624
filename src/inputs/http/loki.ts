import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { unsnap } from '../../base/snappy.ts';
import { LongshoreError } from '../../core/errors.ts';
import { decodeJsonPush, decodeProtobufPush, type LokiBody, type LokiFault } from '../loki/decode.ts';
import { tooLarge } from './encoding.ts';
import { tooManyEvents } from './events.ts';
import { headerOf, type Refusal, type Reserved, type Taking } from './taking.ts';

/*
 * Loki's push API:
 *
 *     POST /loki/api/v1/push, /api/prom/push     JSON (gzip), or protobuf in a block of snappy: 204
 *     GET  /ready                                what some clients ask before they send
 *
 * Refusals are sentences in plain text, as Loki's are.
 */

/** The tag of all that comes this way. */
const TAG = 'loki';

export function lokiRoutes(app: FastifyInstance, taking: Taking): void {
  const guarded = { config: { scope: 'ingest', refusal: inLokisWords } };
  for (const path of ['/loki/api/v1/push', '/api/prom/push'])
    app.post(path, guarded, (request, reply) => push(taking, request, reply));
  app.get('/ready', async (_request, reply) =>
    taking.isBusy ? reply.code(503).send('too many bytes wait for the disk\n') : reply.send('ready\n'),
  );
}

function push(taking: Taking, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const take = async (reserved: Reserved): Promise<FastifyReply> => {
    const { found, bytes } = await read(taking, request, reserved);
    if ('fault' in found) throw faultOf(found, taking);
    const { records, times, invalidUtf8, growth } = found;
    taking.checkGrowth(growth);
    if (invalidUtf8) taking.countInvalidUtf8();
    await taking.consume(request, { tag: TAG, records, times, bytes });
    return reply.code(204).send();
  };
  return taking.within(request, reply, take, inLokisWords);
}

function faultOf({ fault }: LokiFault, taking: Taking): LongshoreError {
  if (fault === 'crowd') return tooManyEvents(taking.options);
  return new LongshoreError('LS_INPUTS_LOKI_INVALID', `Nothing was taken: ${fault}.`);
}

interface Read {
  readonly found: LokiBody | LokiFault;
  readonly bytes: number;
}

async function read(taking: Taking, request: FastifyRequest, reserved: Reserved): Promise<Read> {
  const { max_body_bytes: maxBytes, max_events_per_request: maxEvents } = taking.options;
  const tenant = headerOf(request, 'x-scope-orgid')?.toWellFormed();
  const type = (headerOf(request, 'content-type') ?? 'application/json').split(';')[0]!.trim().toLowerCase();
  if (type === 'application/json') {
    const body = await taking.readBody(request, reserved);
    return { found: decodeJsonPush(body, maxEvents, tenant), bytes: body.length };
  }
  if (type !== 'application/x-protobuf') {
    throw new LongshoreError('LS_INPUTS_TYPE_UNKNOWN', `Content-Type '${type.slice(0, 80)}' is not known.`, {
      fix: 'Use application/json, or application/x-protobuf with snappy.',
    });
  }
  const wire = await taking.readWire(request, reserved);
  const plain = unsnap(wire, maxBytes);
  if (plain === 'too_large') throw tooLarge(maxBytes);
  if (plain === undefined) throw new LongshoreError('LS_INPUTS_ENCODING_BROKEN', 'The body is no block of snappy.');
  const body = taking.unpacked(wire, reserved, plain);
  return { found: decodeProtobufPush(body, maxEvents, tenant), bytes: body.length };
}

/** Loki's refusals are plain text, and its senders show them as they are. */
export const inLokisWords: Refusal = (status, _code, message) => ({ status, body: `${message}\n` });
