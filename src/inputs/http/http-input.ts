import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

import { ofSeconds } from '../../base/time/epoch.ts';
import type { Consumer } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { elasticsearchApi, type KnownPipelines } from '../elasticsearch/api.ts';
import { decodeBody } from './body.ts';
import { deployRecord } from './deploys.ts';
import type { BadEvent } from './events.ts';
import { decodeGelfBody, unpacked } from './gelf.ts';
import { lokiRoutes } from './loki.ts';
import type { HttpInputOptions } from './options.ts';
import { otlpRoutes } from './otlp.ts';
import { refusedPath, WHERE_TO_POST } from './paths.ts';
import { splunkRoutes } from './splunk.ts';
import { headerOf, queryOf, type Reserved, Taking } from './taking.ts';
import { webhookRoutes } from './webhooks.ts';

/** At most so many bad events are named in an answer. */
const MAX_NAMED = 20;
const KEPT_AS_TEXT = 'events kept as text: they are no objects; the others of their request were taken';

/**
 * A fastify plugin: `POST /api/logs?tag=...` (or with a header `Fluent-Tag`) and `POST /<tag>` (a slash in the path is a dot in the tag; `paths.ts` says
 * what is no tag), both with `?time=<epoch seconds>`. Answers 200 `{ accepted }` when the events are durable. The routes carry
 * `config: { scope: 'ingest' }` for the server's guard; a request property `tokenName` (string), when the server sets
 * one, becomes part of the sender. With `options.elasticsearch`, also Elasticsearch's API for writing; `pipelines`: those
 * that a sender may name there.
 */
export function httpInput(
  options: HttpInputOptions,
  consumer: Consumer,
  pipelines: KnownPipelines = { has: () => false },
): FastifyPluginAsync {
  const input = new HttpInput(options, consumer, pipelines);
  return async app => input.register(app);
}

class HttpInput {
  readonly #taking: Taking;
  readonly #consumer: Consumer;
  readonly #elasticsearch: FastifyPluginAsync | undefined;

  constructor(options: HttpInputOptions, consumer: Consumer, pipelines: KnownPipelines) {
    this.#taking = new Taking(options, consumer);
    this.#consumer = consumer;
    this.#elasticsearch = options.elasticsearch ? elasticsearchApi(this.#taking, consumer, pipelines) : undefined;
  }

  register(app: FastifyInstance): void {
    // The body stays a stream for the handler, which reads it within its own limits.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', async (_request: FastifyRequest, payload: IncomingMessage) => payload);
    const config = { scope: 'ingest' };
    app.post('/api/logs', { config }, (request, reply) => {
      const tag = queryOf(request, 'tag') ?? tagInHeader(request) ?? this.#taking.options.tag;
      return this.#answer(request, reply, tag);
    });
    app.post('/api/deploys', { config }, (request, reply) => this.#answer(request, reply, DEPLOYS_TAG));
    app.post('/gelf', { config }, (request, reply) => this.#answer(request, reply, GELF_TAG, 202));
    splunkRoutes(app, this.#taking);
    lokiRoutes(app, this.#taking);
    otlpRoutes(app, this.#taking, this.#consumer);
    webhookRoutes(app, this.#taking, this.#consumer);
    if (this.#elasticsearch !== undefined) app.register(this.#elasticsearch);
    app.post('/*', { config }, (request, reply) => {
      const path = (request.params as { '*': string })['*'];
      const refusal = refusedPath(path, this.#elasticsearch !== undefined);
      if (refusal === undefined) {
        const parts = path.split('/').filter(part => part !== '');
        return this.#answer(request, reply, parts.join('.'));
      }
      if (refusal.own) return reply.callNotFound();
      const what = `POST /${path.slice(0, 100)} ${refusal.what}.`;
      return this.#taking.refuse(
        request,
        reply,
        new LongshoreError('LS_INPUTS_PATH_UNKNOWN', what, { fix: WHERE_TO_POST }),
      );
    });
  }

  #answer(request: FastifyRequest, reply: FastifyReply, tag: string, status = 200): Promise<FastifyReply> {
    return this.#taking.within(request, reply, async reserved => {
      const answer = await this.#take(request, tag, reserved);
      return reply.code(status).send(answer);
    });
  }

  /** Reads, decodes and hands on; resolves when the events are durable. */
  async #take(request: FastifyRequest, tag: string, reserved: Reserved): Promise<object> {
    const cleanTag = checkTag(tag);
    const time = checkTime(queryOf(request, 'time'));
    const { url } = request.routeOptions;
    const body =
      url === '/gelf' ? await this.#gelfBody(request, reserved) : await this.#taking.readBody(request, reserved);
    const { records, bad, invalidUtf8, times } =
      url === '/api/deploys'
        ? deployOf(body)
        : url === '/gelf'
          ? decodeGelfBody(body, this.#taking.options)
          : this.#decode(request, body);
    if (invalidUtf8) this.#taking.countInvalidUtf8();
    this.#taking.countBad(request, cleanTag, bad, KEPT_AS_TEXT);
    const accepted = records.length;
    const own = times?.map(at => (Number.isNaN(at) ? time : at)) ?? new Array<number>(accepted).fill(time);
    await this.#taking.consume(request, { tag: cleanTag, records, times: own, bytes: body.length });
    return bad.length === 0 ? { accepted } : { accepted, kept_as_text: bad.length, bad: describe(bad) };
  }

  /** Some senders of GELF name several encodings, of which they use one. */
  async #gelfBody(request: FastifyRequest, reserved: Reserved): Promise<Buffer> {
    const wire = await this.#taking.readWire(request, reserved);
    return this.#taking.unpacked(wire, reserved, unpacked(wire, this.#taking.options.max_body_bytes));
  }

  /** Fluentd takes the events from `?json=` as well. */
  #decode(request: FastifyRequest, body: Buffer): ReturnType<typeof decodeBody> {
    const inQuery = body.length === 0 ? queryOf(request, 'json') : undefined;
    if (inQuery !== undefined) return decodeBody(Buffer.from(inQuery), 'application/json', this.#taking.options);
    return decodeBody(body, request.headers['content-type'], this.#taking.options);
  }
}

/** As Fluent Bit's `header_tag` is usually called: one request of it has one tag. */
const tagInHeader = (request: FastifyRequest): string | undefined =>
  headerOf(request, 'fluent-tag') ?? headerOf(request, 'x-tag');

/** The tag of deployments. */
const DEPLOYS_TAG = 'deploys';
/** The tag of GELF messages that bring none. */
const GELF_TAG = 'gelf';

function deployOf(body: Buffer): ReturnType<typeof decodeBody> {
  let mark: unknown;
  try {
    mark = JSON.parse(body.toString());
  } catch {
    // `deployRecord` says what it must be.
  }
  return { records: [deployRecord(mark, Date.now())], bad: [], invalidUtf8: false, times: undefined };
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
