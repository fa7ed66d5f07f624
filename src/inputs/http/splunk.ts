import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LongshoreError } from '../../core/errors.ts';
import { isFields } from '../../core/event.ts';
import { decodeEvents, decodeRaw, type HecBody, type HecFault } from '../splunk/decode.ts';
import type { EnvelopeDefaults } from '../splunk/record.ts';
import { tooManyEvents } from './events.ts';
import { headerOf, queryOf, type Refusal, type Reserved, type Taking } from './taking.ts';

/*
 * Splunk's HTTP Event Collector:
 *
 *     POST /services/collector, .../event, .../event/1.0     events as JSON
 *     POST /services/collector/raw, .../raw/1.0              lines
 *     POST /services/collector/ack                           {"acks": [1, 2]}: which of these are indexed
 *     GET  /services/collector/health, .../health/1.0
 *     OPTIONS of the first four: what Docker asks before a container starts
 *
 * All answers have `text` and `code` as Splunk's have; `detail` says more where something is refused. A request with an event
 * that is none is taken up to there, as Splunk does it, and answered 400 with the place of that event from 0.
 */

const ROOT = '/services/collector';
/** The tag of all that comes this way. */
const TAG = 'splunk';
const KEPT_AS_TEXT = 'events kept as text: they are nested too deeply';

const TEXTS = {
  0: 'Success',
  2: 'Token is required',
  3: 'Invalid authorization',
  4: 'Invalid token',
  5: 'No data',
  6: 'Invalid data format',
  8: 'Internal server error',
  9: 'Server is busy',
  10: 'Data channel is missing',
  12: 'Event field is required',
  13: 'Event field cannot be blank',
  17: 'HEC is healthy',
  18: 'HEC is unhealthy, queues are full',
} as const;
type Code = keyof typeof TEXTS;
const answerOf = (code: Code): { text: string; code: Code } => ({ text: TEXTS[code], code });

export function splunkRoutes(app: FastifyInstance, taking: Taking): void {
  const hec = new EventCollector(taking);
  const guarded = { config: { scope: 'ingest', refusal: inSplunksWords } };
  for (const path of [ROOT, `${ROOT}/event`, `${ROOT}/event/1.0`]) {
    app.post(path, guarded, (request, reply) => hec.take(request, reply, decodeEvents));
    app.options(path, async (_request, reply) => reply.code(200).send());
  }
  for (const path of [`${ROOT}/raw`, `${ROOT}/raw/1.0`]) {
    app.post(path, guarded, (request, reply) => hec.take(request, reply, decodeRaw));
    app.options(path, async (_request, reply) => reply.code(200).send());
  }
  for (const path of [`${ROOT}/ack`, `${ROOT}/ack/1.0`])
    app.post(path, guarded, (request, reply) => hec.acknowledge(request, reply));
  for (const path of [`${ROOT}/health`, `${ROOT}/health/1.0`]) {
    app.get(path, async (_request, reply) =>
      taking.isBusy ? reply.code(503).send(answerOf(18)) : reply.send(answerOf(17)),
    );
  }
}

class EventCollector {
  readonly #taking: Taking;
  /** Numbers of one process need not differ from those of another, but it is kinder to who looks at them. */
  #nextAck = Math.floor(Math.random() * 2 ** 30);

  constructor(taking: Taking) {
    this.#taking = taking;
  }

  take(request: FastifyRequest, reply: FastifyReply, decode: typeof decodeEvents): Promise<FastifyReply> {
    const take = async (reserved: Reserved): Promise<FastifyReply> => {
      const body = await this.#taking.readBody(request, reserved);
      const defaults = defaultsOf(request);
      const found = decode(body, defaults, this.#taking.options.max_events_per_request);
      if (found.records.length > this.#taking.options.max_events_per_request) throw tooManyEvents(this.#taking.options);
      if (found.records.length === 0 && found.fault === undefined)
        throw new LongshoreError('LS_INPUTS_BODY_EMPTY', 'The body has no events.');
      const said = Object.values(defaults).reduce((size, value) => size + (value?.length ?? 0), 0);
      this.#taking.checkGrowth(said * found.records.length);
      await this.#consume(request, found, body.length);
      if (found.fault !== undefined) return this.#refuseFrom(reply, found.records.length, found.fault);
      return reply.send({ ...answerOf(0), ...this.#ackOf(request) });
    };
    return this.#taking.within(request, reply, take, inSplunksWords);
  }

  async #consume(request: FastifyRequest, found: HecBody, bytes: number): Promise<void> {
    const { records, times, fault, tooDeep, invalidUtf8 } = found;
    if (invalidUtf8) this.#taking.countInvalidUtf8();
    const bad = tooDeep.map(at => ({ at, reason: 'too_deep' as const }));
    this.#taking.countBad(request, TAG, bad, KEPT_AS_TEXT);
    if (fault !== undefined) {
      const reason = fault === 6 ? 'not_an_object' : 'no_event';
      this.#taking.countBad(request, TAG, [{ at: records.length + 1, reason }], REFUSED_FROM);
    }
    // The same request without its mistake is another one, which must not pass for known.
    const isPart = fault !== undefined;
    await this.#taking.consume(request, { tag: TAG, records, times, bytes, isPart });
  }

  #refuseFrom(reply: FastifyReply, number: number, code: HecFault): FastifyReply {
    const detail = `Event ${number} (from 0) cannot be taken; those before it were, those behind it were not.`;
    return reply.code(400).send({ ...answerOf(code), 'invalid-event-number': number, detail });
  }

  /** What is answered is on the disk, so an acknowledgement can be asked for at once. */
  #ackOf(request: FastifyRequest): { ackId?: number } {
    return channelOf(request) === undefined ? {} : { ackId: this.#nextAck++ };
  }

  acknowledge(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const take = async (reserved: Reserved): Promise<FastifyReply> => {
      const body = await this.#taking.readBody(request, reserved);
      if (channelOf(request) === undefined) return reply.code(400).send(answerOf(10));
      const ids = acksOf(body);
      if (ids === undefined) return reply.code(400).send(answerOf(6));
      if (ids.length > this.#taking.options.max_events_per_request) throw tooManyEvents(this.#taking.options);
      return reply.send({ acks: Object.fromEntries(ids.map(id => [id, true])) });
    };
    return this.#taking.within(request, reply, take, inSplunksWords);
  }
}

const REFUSED_FROM = 'an event was refused, with all that came behind it in its request';

function acksOf(body: Buffer): readonly number[] | undefined {
  let asked: unknown;
  try {
    asked = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  const ids = isFields(asked) ? asked['acks'] : undefined;
  const isOne = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) >= 0;
  return Array.isArray(ids) && ids.every(isOne) ? ids : undefined;
}

function channelOf(request: FastifyRequest): string | undefined {
  return headerOf(request, 'x-splunk-request-channel') ?? (queryOf(request, 'channel') || undefined);
}

function defaultsOf(request: FastifyRequest): EnvelopeDefaults {
  const of = (name: string): string | undefined => queryOf(request, name)?.toWellFormed();
  return { host: of('host'), source: of('source'), sourcetype: of('sourcetype'), index: of('index'), time: of('time') };
}

/** Refusals of the guard and of the common table as Splunk has them. */
export const inSplunksWords: Refusal = (status, code, detail) => {
  if (code === 'LS_WEB_TOKEN_MISSING') return { status, body: { ...answerOf(2), detail } };
  if (code === 'LS_WEB_TOKEN_UNKNOWN' || code === 'LS_WEB_SCOPE_MISSING')
    return { status: 403, body: { ...answerOf(4), detail } };
  if (status === 401 || status === 403 || status === 421) return { status, body: { ...answerOf(3), detail } };
  const known: Code = code === 'LS_INPUTS_BODY_EMPTY' ? 5 : status === 503 ? 9 : status >= 500 ? 8 : 6;
  return { status, body: { ...answerOf(known), detail } };
};
