import type { Readable } from 'node:stream';
import { ByteBudget } from '../../base/flow/byte-budget.ts';
import type { Consumer } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { tooLarge } from '../http/encoding.ts';
import { LogThrottle } from '../log-throttle.ts';
import { tokenCheck } from './access.ts';
import type { Encoding } from './answers.ts';
import { log, metrics } from './metrics.ts';
import type { OtlpInputOptions } from './options.ts';
import { type Refusal, refusalOf, takeOtlp } from './take.ts';

const LOG_INTERVAL_MS = 60_000;
/** The setting of that limit. */
export const MAX_BODY = 'inputs.otlp.max_body_bytes';

/** A request before its body is read. */
export interface Incoming {
  readonly peer: string;
  readonly encoding: Encoding;
  readonly authorization: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly body: Readable;
  /** Bytes that stand before the message on this wire. */
  readonly overhead: number;
  /** From the bytes of the wire to the message, without framing and compression. */
  unpack(wire: Buffer): Promise<Buffer>;
}

/** What both ways have in common: who may send, what may wait, what is counted. */
export class OtlpIntake {
  readonly #options: OtlpInputOptions;
  readonly #consumer: Consumer;
  readonly #nameOf: (authorization: string | undefined) => string;
  readonly #unacked: ByteBudget;
  readonly #logThrottle = new LogThrottle(LOG_INTERVAL_MS);

  constructor(options: OtlpInputOptions, consumer: Consumer) {
    this.#options = options;
    this.#consumer = consumer;
    this.#nameOf = tokenCheck(options.tokens);
    this.#unacked = new ByteBudget(options.max_unacked_bytes);
  }

  /** Resolves with the answer when the events are durable. Throws what `refused` turns into an answer. */
  async take(incoming: Incoming): Promise<Buffer> {
    const { peer, encoding, idempotencyKey: chunkId } = incoming;
    const name = this.#nameOf(incoming.authorization);
    const reserved = { bytes: 0 };
    try {
      const wire = await this.#read(incoming, reserved);
      const body = await incoming.unpack(wire);
      this.#reserve(body.length - wire.length, reserved);
      metrics.bytes.inc(body.length);
      const sender = name === '' ? peer : `${peer}/${name}`;
      const request = { body, encoding, source: 'otlp', sender, tag: this.#options.tag, chunkId };
      const taken = await takeOtlp(request, this.#options, this.#consumer);
      metrics.events.inc(taken.accepted);
      if (taken.invalidUtf8) metrics.errors.inc({ reason: 'invalid_utf8' });
      if (taken.rejected > 0) {
        metrics.errors.inc({ reason: 'record_refused' }, taken.rejected);
        if (this.#logThrottle.allows('record_refused'))
          log.info(
            { peer, records: taken.rejected },
            'log records refused: they are nested too deeply, or have too many values',
          );
      }
      return taken.answer;
    } finally {
      this.#reserve(-reserved.bytes, reserved);
    }
  }

  /** Counts an error, and says what to answer. */
  refused(peer: string, error: unknown): Refusal {
    const refusal = refusalOf(error);
    const isRetry = refusal.retrySeconds !== undefined;
    metrics.errors.inc({ reason: isRetry ? 'retry' : refusal.code.replace('LS_', '').toLowerCase() });
    if (!(error instanceof LongshoreError)) log.error({ err: error }, 'request failed');
    else if (!isRetry && this.#logThrottle.allows(refusal.code))
      log.warn({ peer, code: refusal.code, reason: error.message }, 'request refused');
    return refusal;
  }

  /** Events are read by hand: leaving a loop over a stream destroys it, and with it the way of the answer. */
  async #read({ body, overhead }: Incoming, reserved: { bytes: number }): Promise<Buffer> {
    const max = this.#options.max_body_bytes;
    const parts: Buffer[] = [];
    let size = 0;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(cut('The body did not come in time.')), this.#options.request_timeout_ms);
    const onData = (part: Buffer): void => {
      size += part.length;
      try {
        if (size > max + overhead) throw tooLarge(max, MAX_BODY);
        this.#reserve(part.length, reserved);
        parts.push(part);
      } catch (error) {
        reject(error);
      }
    };
    const onGone = (): void => reject(cut('The connection ended within the body.'));
    body.on('data', onData).once('end', resolve).once('error', onGone).once('close', onGone);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      body.off('data', onData).off('end', resolve).off('close', onGone).pause();
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
    metrics.unacked.inc(bytes);
  }
}

function cut(what: string): LongshoreError {
  return new LongshoreError('LS_INPUTS_BODY_CUT', what);
}
