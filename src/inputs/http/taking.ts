import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { ByteBudget } from '../../base/flow/byte-budget.ts';
import type { Consumer } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { counter, gauge } from '../../core/metrics.ts';
import { MAX_NESTING_DEPTH } from '../json/record.ts';
import { LogThrottle } from '../log-throttle.ts';
import { decompress, tooLarge } from './encoding.ts';
import type { BodyLimits } from './events.ts';
import type { HttpInputOptions } from './options.ts';

const log = logger('inputs.http');
const events = counter('longshore_http_input_events_total', 'Events that became durable.');
const bytesRead = counter('longshore_http_input_bytes_total', 'Bytes of bodies, after decompression.');
const unacked = gauge('longshore_http_input_unacked_bytes', 'Bodies that are being read or are not durable yet.');
/** `bad_event`: an event kept as text, or refused where the protocol does so; `record_refused`: one of OTLP's, refused alone; `invalid_utf8`: a body with replaced bytes; `retry`: 503; else the code of the error in lower case. */
const errors = counter('longshore_http_input_errors_total', 'What went wrong on the HTTP input.', ['reason']);

const LOG_INTERVAL_MS = 60_000;

/** Bytes of one request that are counted in the budget. */
export interface Reserved {
  bytes: number;
}

/** What a request brought, ready to be handed on. */
export interface Taken {
  readonly tag: string;
  readonly records: Fields[];
  /** Epoch milliseconds with fraction, NaN where there is none; undefined: there are none. */
  readonly times: number[] | undefined;
  /** Of the body after decompression. */
  readonly bytes: number;
  /** Not all that the request brought: its `Idempotency-Key` then names this part only. */
  readonly isPart?: boolean;
}

/**
 * How a protocol says why it took nothing. `status` and the error are those of the common table. The server's guard asks it,
 * too, where a route has one in its `config`.
 */
export type Refusal = (
  status: number,
  code: string,
  message: string,
) => {
  status: number;
  body: string | object;
  headers?: Record<string, string>;
};

/** What every protocol under the HTTP address does with a request: reads it within limits, hands its events on, counts. */
export class Taking {
  readonly options: HttpInputOptions & BodyLimits;
  readonly #consumer: Consumer;
  readonly #budget: ByteBudget;
  readonly #logThrottle = new LogThrottle(LOG_INTERVAL_MS);

  constructor(options: HttpInputOptions, consumer: Consumer) {
    this.options = { ...options, max_nesting_depth: MAX_NESTING_DEPTH };
    this.#consumer = consumer;
    this.#budget = new ByteBudget(options.max_unacked_bytes);
  }

  /** Whether a request that came now would have to come again. */
  get isBusy(): boolean {
    return this.#budget.isFull;
  }

  /**
   * Runs what takes a request; it reserves bytes, and sends the answer. What it throws is refused, in the words of the
   * protocol where it has its own.
   */
  async within(
    request: FastifyRequest,
    reply: FastifyReply,
    take: (reserved: Reserved) => Promise<FastifyReply>,
    refusal: Refusal = ourWords,
  ): Promise<FastifyReply> {
    const reserved = { bytes: 0 };
    try {
      return await take(reserved);
    } catch (error) {
      return this.refuse(request, reply, error, refusal);
    } finally {
      this.reserve(-reserved.bytes, reserved);
    }
  }

  /** The body without its `Content-Encoding`. Throws `LS_INPUTS_*`. */
  async readBody(request: FastifyRequest, reserved: Reserved): Promise<Buffer> {
    const wire = await this.readWire(request, reserved);
    return this.unpacked(wire, reserved, await this.#decompressed(wire, request));
  }

  #decompressed(wire: Buffer, request: FastifyRequest): Promise<Buffer> {
    return decompress(wire, request.headers['content-encoding'], this.options.max_body_bytes);
  }

  /** Counts a body whose compression has been undone in place of what came. */
  unpacked(wire: Buffer, reserved: Reserved, body: Buffer): Buffer {
    this.reserve(body.length - wire.length, reserved);
    bytesRead.inc(body.length);
    return body;
  }

  /** The body as it came. */
  async readWire(request: FastifyRequest, reserved: Reserved): Promise<Buffer> {
    const stream = request.body as IncomingMessage | null | undefined;
    const max = this.options.max_body_bytes;
    if (Number(request.headers['content-length'] ?? 0) > max) throw tooLarge(max);
    const parts: Buffer[] = [];
    let size = 0;
    if (stream === null || stream === undefined) return Buffer.alloc(0);
    try {
      for await (const part of stream as AsyncIterable<Buffer>) {
        size += part.length;
        if (size > max) throw tooLarge(max);
        this.reserve(part.length, reserved);
        parts.push(part);
      }
    } catch (cause) {
      if (cause instanceof LongshoreError) throw cause;
      throw new LongshoreError('LS_INPUTS_BODY_CUT', 'The connection ended within the body.', { cause });
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
  }

  /** Refuses what would become far more than was sent: what a request says once stands in each of its events. `size`: of all these copies. */
  checkGrowth(size: number): void {
    const max = 2 * this.options.max_body_bytes;
    if (size <= max) return;
    const what = `What the request says of all its events would be ${size} bytes, and more than ${max} are not taken.`;
    throw new LongshoreError('LS_INPUTS_BODY_TOO_LARGE', what, { fix: 'Send fewer events, or shorter labels.' });
  }

  /** Resolves when the events of a request are durable; its `Idempotency-Key` names them. */
  async consume(request: FastifyRequest, { tag, records, times, bytes, isPart }: Taken): Promise<void> {
    const count = records.length;
    if (count > 0) {
      const key = headerOf(request, 'idempotency-key');
      await this.#consumer.consume({
        source: 'http',
        sender: senderOf(request),
        tag,
        chunkId: key === undefined || isPart !== true ? key : `${key}\0${count}`,
        receivedAt: Date.now(),
        records,
        times: times ?? new Array<number>(count).fill(Number.NaN),
        bytes,
      });
    }
    events.inc(count);
  }

  /** Counts what was no event as it should be; the log has the first of each kind, now and then. */
  countBad(request: FastifyRequest, tag: string, bad: readonly { at: number; reason: string }[], became: string): void {
    const [first] = bad;
    if (first === undefined) return;
    errors.inc({ reason: 'bad_event' }, bad.length);
    if (!this.#logThrottle.allows(first.reason)) return;
    const { reason, at } = first;
    log.info({ peer: senderOf(request), tag, reason, events: bad.length, first: at }, became);
  }

  countEvents(count: number): void {
    events.inc(count);
  }

  /** Events that were refused by themselves, their protocol says so to the sender. */
  countRefused(count: number): void {
    if (count > 0) errors.inc({ reason: 'record_refused' }, count);
  }

  countInvalidUtf8(): void {
    errors.inc({ reason: 'invalid_utf8' });
  }

  /** Counts bytes of a request in (or out). One request alone always passes: it has its own limit. */
  reserve(bytes: number, reserved: Reserved): void {
    const isAlone = this.#budget.used === reserved.bytes;
    if (bytes > 0 && !isAlone && !this.#budget.fits(bytes)) {
      throw new LongshoreError('LS_INPUTS_BUSY', 'Too many bytes are waiting to become durable.', { retryable: true });
    }
    this.#budget.take(bytes);
    reserved.bytes += bytes;
    unacked.inc(bytes);
  }

  refuse(request: FastifyRequest, reply: FastifyReply, error: unknown, refusal: Refusal = ourWords): FastifyReply {
    const status = statusOf(error);
    const code = error instanceof LongshoreError ? error.code : 'LS_INPUTS_FAILED';
    const message = error instanceof LongshoreError ? error.message : 'The events could not be taken.';
    errors.inc({ reason: status === 503 ? 'retry' : code.replace('LS_', '').toLowerCase() });
    if (status === 500) log.error({ err: error }, 'request failed');
    if (status === 503) reply.header('retry-after', '1');
    // What is left of the body is not worth reading.
    if (!request.raw.readableEnded) reply.header('connection', 'close');
    const own = refusal(status, code, message);
    if (own.headers !== undefined) reply.headers(own.headers);
    return reply.code(own.status).send(own.body);
  }
}

const ourWords: Refusal = (status, code, message) => ({ status, body: { error: { code, message } } });

const STATUS: Readonly<Record<string, number>> = {
  LS_INPUTS_WEBHOOK_UNSIGNED: 401,
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

export function senderOf(request: FastifyRequest): string {
  const ip = request.ip as string | undefined;
  const address = ip === undefined || ip === '' ? 'unix' : ip.replace(/^::ffff:(?=\d+\.)/, '');
  const { tokenName } = request as { tokenName?: string };
  return tokenName === undefined || tokenName === '' ? address : `${address}/${tokenName}`;
}

export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text === '' ? undefined : text;
}

/** One parameter of the query; of several with that name the last one. */
export function queryOf(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, string | string[] | undefined>)[name];
  return Array.isArray(value) ? value.at(-1) : value;
}
