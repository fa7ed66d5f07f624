import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

import { ByteBudget } from '../../base/flow/byte-budget.ts';
import { ofSeconds } from '../../base/time/epoch.ts';
import type { Consumer } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { counter, gauge } from '../../core/metrics.ts';
import { MAX_NESTING_DEPTH } from '../json/record.ts';
import { LogThrottle } from '../log-throttle.ts';
import { CONTENT_TYPE, encodingOf } from '../otlp/answers.ts';
import { httpRefusal, refusalOf, takeOtlp, typeUnknown } from '../otlp/take.ts';
import { decodeBody } from './body.ts';
import { deployRecord } from './deploys.ts';
import { decompress, tooLarge } from './encoding.ts';
import type { BadEvent, BodyLimits } from './events.ts';
import { decodeGelfBody, unpacked } from './gelf.ts';
import type { HttpInputOptions } from './options.ts';
import { refusedPath, WHERE_TO_POST } from './paths.ts';

const log = logger('inputs.http');
const events = counter('longshore_http_input_events_total', 'Events that became durable.');
const bytesRead = counter('longshore_http_input_bytes_total', 'Bytes of bodies, after decompression.');
const unacked = gauge('longshore_http_input_unacked_bytes', 'Bodies that are being read or are not durable yet.');
/** `bad_event`: an event kept as text; `invalid_utf8`: a body with replaced bytes; `retry`: 503; else the code of the error in lower case. */
const errors = counter('longshore_http_input_errors_total', 'What went wrong on the HTTP input.', ['reason']);

const LOG_INTERVAL_MS = 60_000;
/** At most so many bad events are named in an answer. */
const MAX_NAMED = 20;

/**
 * A fastify plugin: `POST /api/logs?tag=...` and `POST /<tag>` (a slash in the path is a dot in the tag; `paths.ts` says
 * what is no tag), both with `?time=<epoch seconds>`. Answers 200 `{ accepted }` when the events are durable. The routes carry
 * `config: { scope: 'ingest' }` for the server's guard; a request property `tokenName` (string), when the server sets
 * one, becomes part of the sender.
 */
export function httpInput(options: HttpInputOptions, consumer: Consumer): FastifyPluginAsync {
  const input = new HttpInput(options, consumer);
  return async app => input.register(app);
}

class HttpInput {
  readonly #options: HttpInputOptions & BodyLimits;
  readonly #consumer: Consumer;
  readonly #unacked: ByteBudget;
  readonly #logThrottle = new LogThrottle(LOG_INTERVAL_MS);

  constructor(options: HttpInputOptions, consumer: Consumer) {
    this.#options = { ...options, max_nesting_depth: MAX_NESTING_DEPTH };
    this.#consumer = consumer;
    this.#unacked = new ByteBudget(options.max_unacked_bytes);
  }

  register(app: FastifyInstance): void {
    // The body stays a stream for the handler, which reads it within its own limits.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', async (_request: FastifyRequest, payload: IncomingMessage) => payload);
    const config = { scope: 'ingest' };
    app.post('/api/logs', { config }, (request, reply) => {
      const tag = queryOf(request, 'tag') ?? this.#options.tag;
      return this.#answer(request, reply, tag);
    });
    app.post('/api/deploys', { config }, (request, reply) => this.#answer(request, reply, DEPLOYS_TAG));
    app.post('/gelf', { config }, (request, reply) => this.#answer(request, reply, GELF_TAG, 202));
    app.post('/v1/logs', { config }, (request, reply) => this.#answerOtlp(request, reply));
    app.post('/*', { config }, (request, reply) => {
      const path = (request.params as { '*': string })['*'];
      const refusal = refusedPath(path);
      if (refusal === undefined) {
        const parts = path.split('/').filter(part => part !== '');
        return this.#answer(request, reply, parts.join('.'));
      }
      if (refusal.own) return reply.callNotFound();
      const what = `POST /${path.slice(0, 100)} ${refusal.what}.`;
      return this.#refuse(request, reply, new LongshoreError('LS_INPUTS_PATH_UNKNOWN', what, { fix: WHERE_TO_POST }));
    });
  }

  async #answer(request: FastifyRequest, reply: FastifyReply, tag: string, status = 200): Promise<FastifyReply> {
    const reserved = { bytes: 0 };
    try {
      const answer = await this.#take(request, tag, reserved);
      return reply.code(status).send(answer);
    } catch (error) {
      return this.#refuse(request, reply, error);
    } finally {
      this.#reserve(-reserved.bytes, reserved);
    }
  }

  /** OpenTelemetry's logs; senders hear of them in their own encoding. */
  async #answerOtlp(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const reserved = { bytes: 0 };
    const encoding = encodingOf(request.headers['content-type']);
    try {
      if (encoding === undefined) throw typeUnknown(request.headers['content-type']);
      const wire = await this.#readBody(request, reserved);
      const body = await decompress(wire, request.headers['content-encoding'], this.#options.max_body_bytes);
      this.#reserve(body.length - wire.length, reserved);
      bytesRead.inc(body.length);
      const taken = await takeOtlp(
        {
          ...{ body, encoding, source: 'http', sender: senderOf(request), tag: OTLP_TAG },
          chunkId: headerOf(request, 'idempotency-key'),
        },
        this.#options,
        this.#consumer,
      );
      events.inc(taken.accepted);
      if (taken.rejected > 0) errors.inc({ reason: 'record_refused' }, taken.rejected);
      if (taken.invalidUtf8) errors.inc({ reason: 'invalid_utf8' });
      return reply.type(CONTENT_TYPE[encoding]).send(taken.answer);
    } catch (error) {
      const refusal = refusalOf(error);
      this.#tell(request, reply, error, refusal.status, refusal.code);
      const { headers, body } = httpRefusal(refusal, encoding);
      return reply.code(refusal.status).headers(headers).send(body);
    } finally {
      this.#reserve(-reserved.bytes, reserved);
    }
  }

  /** Reads, decodes and hands on; resolves when the events are durable. */
  async #take(request: FastifyRequest, tag: string, reserved: { bytes: number }): Promise<object> {
    const cleanTag = checkTag(tag);
    const time = checkTime(queryOf(request, 'time'));
    const wire = await this.#readBody(request, reserved);
    const max = this.#options.max_body_bytes;
    const { url } = request.routeOptions;
    // Some senders of GELF name several encodings, of which they use one.
    const body =
      url === '/gelf' ? unpacked(wire, max) : await decompress(wire, request.headers['content-encoding'], max);
    this.#reserve(body.length - wire.length, reserved);
    bytesRead.inc(body.length);
    const { records, bad, invalidUtf8, times } =
      url === '/api/deploys'
        ? deployOf(body)
        : url === '/gelf'
          ? decodeGelfBody(body, this.#options)
          : this.#decode(request, body);
    if (invalidUtf8) errors.inc({ reason: 'invalid_utf8' });
    if (bad.length > 0) this.#countBad(request, cleanTag, bad);
    const accepted = records.length;
    if (accepted > 0) {
      await this.#consumer.consume({
        source: 'http',
        sender: senderOf(request),
        tag: cleanTag,
        chunkId: headerOf(request, 'idempotency-key'),
        receivedAt: Date.now(),
        records,
        times: times?.map(own => (Number.isNaN(own) ? time : own)) ?? new Array<number>(accepted).fill(time),
        bytes: body.length,
      });
    }
    events.inc(accepted);
    return bad.length === 0 ? { accepted } : { accepted, kept_as_text: bad.length, bad: describe(bad) };
  }

  #countBad(request: FastifyRequest, tag: string, bad: readonly BadEvent[]): void {
    errors.inc({ reason: 'bad_event' }, bad.length);
    const [first] = bad;
    if (!this.#logThrottle.allows(first!.reason)) return;
    log.info(
      { peer: senderOf(request), tag, reason: first!.reason, events: bad.length, first: first!.at },
      'events kept as text: they are no objects; the others of their request were taken',
    );
  }

  /** Fluentd takes the events from `?json=` as well. */
  #decode(request: FastifyRequest, body: Buffer): ReturnType<typeof decodeBody> {
    const inQuery = body.length === 0 ? queryOf(request, 'json') : undefined;
    if (inQuery !== undefined) return decodeBody(Buffer.from(inQuery), 'application/json', this.#options);
    return decodeBody(body, request.headers['content-type'], this.#options);
  }

  async #readBody(request: FastifyRequest, reserved: { bytes: number }): Promise<Buffer> {
    const stream = request.body as IncomingMessage | null | undefined;
    const max = this.#options.max_body_bytes;
    if (Number(request.headers['content-length'] ?? 0) > max) throw tooLarge(max);
    const parts: Buffer[] = [];
    let size = 0;
    if (stream === null || stream === undefined) return Buffer.alloc(0);
    try {
      for await (const part of stream as AsyncIterable<Buffer>) {
        size += part.length;
        if (size > max) throw tooLarge(max);
        this.#reserve(part.length, reserved);
        parts.push(part);
      }
    } catch (cause) {
      if (cause instanceof LongshoreError) throw cause;
      throw new LongshoreError('LS_INPUTS_BODY_CUT', 'The connection ended within the body.', { cause });
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
  }

  /** Counts bytes of a request in (or out). One request alone always passes: it has its own limit. */
  #reserve(bytes: number, reserved: { bytes: number }): void {
    const isAlone = this.#unacked.used === reserved.bytes;
    if (bytes > 0 && !isAlone && !this.#unacked.fits(bytes)) {
      throw new LongshoreError('LS_INPUTS_BUSY', 'Too many bytes are waiting to become durable.', { retryable: true });
    }
    this.#unacked.take(bytes);
    reserved.bytes += bytes;
    unacked.inc(bytes);
  }

  #refuse(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
    const status = statusOf(error);
    const code = error instanceof LongshoreError ? error.code : 'LS_INPUTS_FAILED';
    const message = error instanceof LongshoreError ? error.message : 'The events could not be taken.';
    this.#tell(request, reply, error, status, code);
    return reply.code(status).send({ error: { code, message } });
  }

  #tell(request: FastifyRequest, reply: FastifyReply, error: unknown, status: number, code: string): void {
    errors.inc({ reason: status === 503 ? 'retry' : code.replace('LS_', '').toLowerCase() });
    if (!(error instanceof LongshoreError)) log.error({ err: error }, 'request failed');
    if (status === 503) reply.header('retry-after', '1');
    // What is left of the body is not worth reading.
    if (!request.raw.readableEnded) reply.header('connection', 'close');
  }
}

/** The tag of deployments. */
const DEPLOYS_TAG = 'deploys';
/** The tag of GELF messages that bring none. */
const GELF_TAG = 'gelf';
/** The tag of what comes by OTLP. */
const OTLP_TAG = 'otlp';

function deployOf(body: Buffer): ReturnType<typeof decodeBody> {
  let mark: unknown;
  try {
    mark = JSON.parse(body.toString());
  } catch {
    // `deployRecord` says what it must be.
  }
  return { records: [deployRecord(mark, Date.now())], bad: [], invalidUtf8: false, times: undefined };
}

const STATUS: Readonly<Record<string, number>> = {
  LS_INPUTS_PATH_UNKNOWN: 404,
  LS_INPUTS_BODY_TOO_LARGE: 413,
  LS_INPUTS_TOO_MANY_EVENTS: 413,
  LS_INPUTS_TYPE_UNKNOWN: 415,
  LS_INPUTS_ENCODING_UNKNOWN: 415,
};

/** A refusal that is no LongshoreError is our mistake: 500, on which senders try again. */
function statusOf(error: unknown): number {
  if (!(error instanceof LongshoreError)) return 500;
  return error.retryable ? 503 : (STATUS[error.code] ?? 400);
}

function describe(bad: BadEvent[]): BadEvent[] {
  return bad.length > MAX_NAMED ? bad.slice(0, MAX_NAMED) : bad;
}

const MAX_TAG_LENGTH = 255;

function checkTag(tag: string): string {
  const clean = tag.toWellFormed();
  if (clean === '' || clean.length > MAX_TAG_LENGTH || /[\x00-\x1f\x7f]/.test(clean)) {
    throw new LongshoreError(
      'LS_INPUTS_TAG_INVALID',
      `A tag is 1 to ${MAX_TAG_LENGTH} characters long and has no control characters.`,
    );
  }
  return clean;
}

/** `?time=` is epoch seconds with fraction, as Fluentd has it. Returns epoch milliseconds, NaN without it. */
function checkTime(text: string | undefined): number {
  if (text === undefined || text === '') return Number.NaN;
  const seconds = Number(text);
  if (!/^\d{1,11}(\.\d*)?$/.test(text)) {
    throw new LongshoreError('LS_INPUTS_TIME_INVALID', "'time' is not a number of seconds since 1970.");
  }
  return ofSeconds(seconds);
}

function senderOf(request: FastifyRequest): string {
  const ip = request.ip as string | undefined;
  const address = ip === undefined || ip === '' ? 'unix' : ip.replace(/^::ffff:(?=\d+\.)/, '');
  const { tokenName } = request as { tokenName?: string };
  return tokenName === undefined || tokenName === '' ? address : `${address}/${tokenName}`;
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text === '' ? undefined : text;
}

/** One parameter of the query; of several with that name the last one. */
function queryOf(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, string | string[] | undefined>)[name];
  return Array.isArray(value) ? value.at(-1) : value;
}
