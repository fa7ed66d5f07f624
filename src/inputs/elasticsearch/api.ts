import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Consumer } from '../../core/contracts.ts';
import { isFields } from '../../core/event.ts';
import { counter } from '../../core/metrics.ts';
import { headerOf, queryOf, type Refusal, type Reserved, senderOf, type Taking } from '../http/taking.ts';
import { bulkAnswer, errorAnswer, Numbers, shortAnswer, typeOfStatus, verdict } from './answers.ts';
import { type BulkDefaults, decodeBulk, decodeDocument, type ItemFault } from './bulk.ts';
import { readFilterPath } from './filter-path.ts';
import { senderBy } from './senders.ts';
import {
  type Answer,
  answerQuestion,
  greeting,
  INDEX_KEYS,
  isBrowser,
  isClient,
  madeIndex,
} from './start-questions.ts';
import { type KnownPipelines, type Sending, takeItems } from './writes.ts';

export type { KnownPipelines } from './writes.ts';

const items = counter(
  'longshore_http_bulk_items_total',
  "Documents that came over Elasticsearch's API: `created`, `refused`, or to be sent again (`retry`).",
  ['outcome'],
);

/** What Elasticsearch says when it is too busy is 429, and clients wait for it. */
const refusal: Refusal = (status, code, message) => {
  const own = status === 503 ? 429 : status;
  // Errors that were thrown end with their code, those of the guard do not.
  const reason = message.endsWith(`(${code})`) ? message : `${message} (${code})`;
  return { status: own, body: errorAnswer(own, typeOfStatus(own), reason) };
};

const scoped = { config: { scope: 'ingest', refusal } };

interface Names {
  index?: string;
  id?: string;
}

/**
 * Elasticsearch's API for writing, as a fastify plugin: `POST|PUT /_bulk`, `/<index>/_bulk`, `POST /<index>/_doc`, `PUT /<index>/_doc/<id>`,
 * `/<index>/_create/<id>`, and what senders ask at their start (`start-questions.ts`). Answers when the events are durable: 200 with
 * a verdict an item, or an error in Elasticsearch's form, 429 where the same can be sent again. The content type parser must leave bodies streams.
 */
export function elasticsearchApi(taking: Taking, consumer: Consumer, pipelines: KnownPipelines): FastifyPluginAsync {
  const api = new ElasticsearchApi(taking, consumer, pipelines);
  return async app => api.register(app);
}

class ElasticsearchApi {
  readonly #taking: Taking;
  readonly #consumer: Consumer;
  readonly #pipelines: KnownPipelines;
  readonly #numbers = new Numbers(randomBytes(9).toString('base64url'));

  constructor(taking: Taking, consumer: Consumer, pipelines: KnownPipelines) {
    this.#taking = taking;
    this.#consumer = consumer;
    this.#pipelines = pipelines;
  }

  register(app: FastifyInstance): void {
    // Official clients speak to nothing else.
    app.addHook('onRequest', async (_request, reply) => void reply.header('x-elastic-product', 'Elasticsearch'));
    greetClients(app);
    for (const url of ['/_bulk', '/:index/_bulk', '/:index/_doc/_bulk', '/:index/:type/_bulk'])
      app.route({ method: ['POST', 'PUT'], url, ...scoped, handler: (request, reply) => this.#bulk(request, reply) });
    app.post('/:index/_doc', scoped, (request, reply) => this.#document(request, reply, 'index'));
    for (const [name, action] of [['_doc', 'index'] as const, ['_create', 'create'] as const])
      app.route({
        ...{ method: ['POST', 'PUT'], url: `/:index/${name}/:id`, ...scoped },
        handler: (request, reply) => this.#document(request, reply, action),
      });
    for (const url of ['/_*', '/:index/_refresh', '/:index/_flush'])
      app.route({
        ...{ method: ['GET', 'POST', 'PUT', 'DELETE'], url, ...scoped },
        handler: (request, reply) => this.#question(request, reply),
      });
    app.put('/:index', scoped, (request, reply) => this.#makeIndex(request, reply));
  }

  #bulk(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const began = performance.now();
    return this.#within(request, reply, async reserved => {
      const filter = readFilterPath(queryOf(request, 'filter_path'));
      const text = await this.#text(request, reserved);
      const all = decodeBulk(text, defaultsOf(request), this.#taking.options);
      const sending = sendingOf(request);
      const faults = await takeItems(all, this.#consumer, this.#pipelines, sending);
      this.#count(faults);
      const tookMs = Math.round(performance.now() - began);
      const again = sending.known.takesNoNotice ? faults.find(fault => fault?.status === 429) : undefined;
      if (again !== undefined) return answerFault(reply, again);
      if (sending.known.wantsShort) return reply.send(shortAnswer(all, faults, tookMs));
      const answer = bulkAnswer(all, faults, this.#numbers, tookMs);
      return reply.send(filter === undefined ? answer : filter(answer));
    });
  }

  #document(request: FastifyRequest, reply: FastifyReply, byDefault: 'index' | 'create'): Promise<FastifyReply> {
    return this.#within(request, reply, async reserved => {
      const filter = readFilterPath(queryOf(request, 'filter_path'));
      const text = await this.#text(request, reserved);
      const { index = '', pipeline } = defaultsOf(request);
      const { id } = request.params as Names;
      const name = queryOf(request, 'op_type') === 'create' ? 'create' : byDefault;
      const item = decodeDocument(text, { name, index, id, pipeline }, this.#taking.options);
      const faults = await takeItems([item], this.#consumer, this.#pipelines, sendingOf(request));
      this.#count(faults);
      const [fault] = faults;
      if (fault !== undefined) return answerFault(reply, fault);
      const { status: _, ...answer } = verdict(item, undefined, this.#numbers);
      return reply.code(201).send(filter === undefined ? answer : filter(answer));
    });
  }

  #question(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | FastifyReply {
    const path = pathOf(request);
    const question = {
      ...{ method: request.method, path, host: request.headers.host },
      wantsJson: queryOf(request, 'format') === 'json' || /[/+]json/.test(request.headers.accept ?? ''),
    };
    const answer = answerQuestion(question);
    if (answer === undefined) {
      const reason = `${request.method} /${path.slice(0, 100)} is not spoken here: events are taken by /_bulk, /<index>/_bulk and /<index>/_doc, searched at /api/search (LS_INPUTS_PATH_UNKNOWN)`;
      if (!request.raw.readableEnded) reply.header('connection', 'close');
      return reply.code(404).send(errorAnswer(404, typeOfStatus(404), reason));
    }
    return this.#within(request, reply, async reserved => {
      await this.#taking.readWire(request, reserved);
      return send(reply, answer);
    });
  }

  /** A document that somebody puts there must not hear that it was taken. */
  #makeIndex(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | FastifyReply {
    const { index = '' } = request.params as Names;
    return this.#within(request, reply, async reserved => {
      const text = await this.#text(request, reserved);
      if (isIndexBody(text)) return send(reply, madeIndex(index));
      const reason = 'this makes an index, and the body is none: events are taken by POST /<index>/_doc and /_bulk';
      return reply.code(400).send(errorAnswer(400, 'illegal_argument_exception', reason));
    });
  }

  #within(
    request: FastifyRequest,
    reply: FastifyReply,
    take: (reserved: Reserved) => Promise<FastifyReply>,
  ): Promise<FastifyReply> {
    return this.#taking.within(request, reply, take, refusal);
  }

  async #text(request: FastifyRequest, reserved: Reserved): Promise<string> {
    const body = await this.#taking.readBody(request, reserved);
    const text = body.toString('utf8');
    if (text.includes('\uFFFD') && !isUtf8(body)) this.#taking.countInvalidUtf8();
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  #count(faults: readonly (ItemFault | undefined)[]): void {
    let refused = 0;
    let retry = 0;
    for (const fault of faults) {
      if (fault === undefined) continue;
      if (fault.status === 429) retry++;
      else refused++;
    }
    const created = faults.length - refused - retry;
    this.#taking.countEvents(created);
    for (const [outcome, count] of Object.entries({ created, refused, retry }))
      if (count > 0) items.inc({ outcome }, count);
  }
}

/** `GET /` is the page's; a client of Elasticsearch is told from a browser by its headers. */
function greetClients(app: FastifyInstance): void {
  const handler = (request: FastifyRequest, reply: FastifyReply) => reply.send(greeting(request.headers['user-agent']));
  app.addConstraintStrategy({
    name: 'elasticsearchClient',
    storage: () => {
      const handlers = new Map<unknown, unknown>();
      return { get: key => (handlers.get(key) as never) ?? null, set: (key, value) => void handlers.set(key, value) };
    },
    validate: () => {},
    deriveConstraint: ({ url = '', headers }) =>
      (url === '/' || url.startsWith('/?')) && isClient(headers) ? 'yes' : undefined,
    mustMatchWhenDerived: false,
  });
  app.get('/', { ...scoped, constraints: { elasticsearchClient: 'yes' } }, handler);
  // Where there is no page, a browser hears where it is.
  if (!app.hasRoute({ method: 'GET', url: '/' }))
    app.get('/', scoped, (request, reply) => {
      if (!isBrowser(request.headers)) return handler(request, reply);
      reply.callNotFound();
      return reply;
    });
}

function defaultsOf(request: FastifyRequest): BulkDefaults {
  const { index } = request.params as Names;
  return { index, pipeline: queryOf(request, 'pipeline') };
}

function sendingOf(request: FastifyRequest): Sending {
  const idempotencyKey = headerOf(request, 'idempotency-key');
  const known = senderBy(request.headers['user-agent']);
  return { sender: senderOf(request), idempotencyKey, receivedAt: Date.now(), known };
}

function pathOf(request: FastifyRequest): string {
  const path = request.url.split('?', 1)[0]!.replace(/^\/+|\/+$/g, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function isIndexBody(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    const body: unknown = JSON.parse(text);
    return isFields(body) && Object.keys(body).every(key => INDEX_KEYS.has(key));
  } catch {
    return false;
  }
}

function answerFault(reply: FastifyReply, { status, type, reason }: ItemFault): FastifyReply {
  if (status === 429) reply.header('retry-after', '1');
  return reply.code(status).send(errorAnswer(status, type, reason));
}

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  if (typeof body === 'string') return reply.code(status).type('text/plain; charset=utf-8').send(body);
  return reply.code(status).send(body);
}
