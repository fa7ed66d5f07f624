import { isUtf8 } from 'node:buffer';
import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { type LogRecord, type Resource, recordOf, type Scope } from './log-record.ts';

/** What a request may cost, whatever it says. */
export interface DecodeLimits {
  readonly maxEvents: number;
  /** Levels of objects and arrays in an event, itself included. A log record with more is refused, alone. */
  readonly maxDepth: number;
  /** Bytes that the attributes of resources and scopes come to when each of their events has them. */
  readonly maxSharedBytes: number;
}

/** What an ExportLogsServiceRequest holds. */
export interface DecodedRequest {
  readonly records: Fields[];
  /** Epoch milliseconds with fraction, NaN where a record has none. */
  readonly times: number[];
  /** Log records that were refused: they are nested too deeply, or have too many values. */
  readonly rejected: number;
  /** The attributes that events share, counted for each of them. */
  readonly sharedBytes: number;
  readonly invalidUtf8: boolean;
}

/** A log record is nested too deeply, or has too many values. */
export class TooMuch extends Error {}

/** Takes the log records of a request, in the form of either encoding, as long as they stay within the limits. */
export class Taking {
  readonly limits: DecodeLimits;
  readonly records: Fields[] = [];
  readonly times: number[] = [];
  rejected = 0;
  sharedBytes = 0;
  /** Values of attributes, lists and maps so far, and those of the log record, resource or scope at hand. */
  #values = 0;
  #own = 0;

  constructor(limits: DecodeLimits) {
    this.limits = limits;
  }

  /** `sharedBytes`: of the resource and the scope. */
  add(log: LogRecord, scope: Scope | undefined, resource: Resource, sharedBytes: number): void {
    this.records.push(recordOf(log, scope, resource));
    this.times.push(Number.isNaN(log.time) ? log.observed : log.time);
    this.sharedBytes += sharedBytes;
    if (this.sharedBytes > this.limits.maxSharedBytes) {
      throw new LongshoreError(
        'LS_INPUTS_TOO_MANY_EVENTS',
        'The attributes of a resource or scope are too large for so many log records.',
        { fix: 'Send fewer log records in one request, or fewer attributes of the resource.' },
      );
    }
  }

  /** Says that a resource or a scope begins. */
  beginShared(): void {
    this.#own = 0;
  }

  /** Says that one more log record begins. */
  begin(): void {
    this.#own = 0;
    if (this.records.length + this.rejected >= this.limits.maxEvents) this.refuse();
  }

  /** Counts one more value: many tiny ones cost far more memory than their bytes. */
  countValue(): void {
    if (++this.#values > this.limits.maxEvents * VALUES_PER_EVENT) this.refuse();
    if (++this.#own > MAX_VALUES) throw new TooMuch('it is nested too deeply, or has too many values');
  }

  refuse(): never {
    throw new LongshoreError(
      'LS_INPUTS_TOO_MANY_EVENTS',
      `The request has more than ${this.limits.maxEvents} log records, or more than ${VALUES_PER_EVENT} values for each of so many.`,
      { fix: 'Send smaller batches (OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, send_batch_max_size), or raise the limit.' },
    );
  }

  result(invalidUtf8: boolean): DecodedRequest {
    const { records, times, rejected, sharedBytes } = this;
    return { records, times, rejected, sharedBytes, invalidUtf8 };
  }
}

const VALUES_PER_EVENT = 10;
/** Of one log record, one resource, one scope: an object of a million names takes seconds to make. */
export const MAX_VALUES = 10_000;

/** Bytes of a value as text: as they are where that is UTF-8, else base64. */
export function textOfBytes(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'base64');
}

export function notOtlp(what: string, cause?: unknown): LongshoreError {
  return new LongshoreError('LS_INPUTS_OTLP_INVALID', `The body is no request of OTLP logs: ${what}.`, {
    fix: 'Send an ExportLogsServiceRequest, as application/x-protobuf or application/json.',
    cause,
  });
}
