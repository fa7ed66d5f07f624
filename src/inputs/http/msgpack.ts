import { isMap, isTime } from '../../base/msgpack/first-byte.ts';
import { isValueFault, MsgpackError } from '../../base/msgpack/msgpack.ts';
import { MsgpackReader } from '../../base/msgpack/read.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { textRecord } from '../json/record.ts';
import { type BadEvent, type BodyLimits, type DecodedBody, textOf, tooManyEvents } from './events.ts';

/*
 * MessagePack over HTTP. Fluentd's `in_http` takes a map or an array of maps; Fluent Bit's `http` output sends the entries
 * of its chunk one behind the other:
 *
 *     body  := value value ...
 *     value := record | [value, ...] | [time, record] | [[time, metadata], record]
 */

/** Values, records and all that is in them, that one event may have on the average. */
const VALUES_PER_EVENT = 40;

/** @throws LongshoreError LS_INPUTS_MSGPACK_INVALID, LS_INPUTS_TOO_MANY_EVENTS, LS_INPUTS_BODY_EMPTY */
export function decodeMsgpackBody(body: Buffer, limits: BodyLimits): DecodedBody {
  if (body.length === 0) throw new LongshoreError('LS_INPUTS_BODY_EMPTY', 'The body has no events.');
  const decoder = new BodyDecoder(limits);
  try {
    return decoder.decode(body);
  } catch (error) {
    if (!(error instanceof MsgpackError)) throw error;
    if (error.reason === 'too_many_values') throw tooManyEvents(limits);
    throw invalid(error.reason);
  }
}

function invalid(why: string): LongshoreError {
  return new LongshoreError('LS_INPUTS_MSGPACK_INVALID', `The body is not events in MessagePack: ${why}.`, {
    fix: 'Send maps, an array of maps, or entries of time and map.',
  });
}

class BodyDecoder {
  readonly #limits: BodyLimits;
  readonly #reader: MsgpackReader;
  readonly #records: Fields[] = [];
  readonly #times: number[] = [];
  readonly #bad: BadEvent[] = [];

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    const max_values_per_frame = limits.max_events_per_request * VALUES_PER_EVENT;
    this.#reader = new MsgpackReader({ max_nesting_depth: limits.max_nesting_depth, max_values_per_frame }, []);
  }

  decode(body: Buffer): DecodedBody {
    const reader = this.#reader;
    reader.begin(body, 0, body.length);
    while (!reader.atEnd) this.#value(true);
    // It is something else, and reads like numbers.
    if (this.#bad.length > 0 && this.#bad.length === this.#records.length) {
      throw invalid('no map is in it');
    }
    const invalidUtf8 = reader.repairs.invalid_utf8 > 0;
    return { records: this.#records, times: this.#times, bad: this.#bad, invalidUtf8 };
  }

  /** `mayBeMany`: an array of the body, not one within another. */
  #value(mayBeMany: boolean): void {
    const reader = this.#reader;
    const start = reader.position;
    const length = reader.readArrayLength();
    if (length === 2 && this.#entry()) return;
    reader.position = start;
    if (length < 0 || !mayBeMany) {
      this.#record(Number.NaN);
      return;
    }
    reader.readArrayLength();
    for (let i = 0; i < length; i++) this.#value(false);
  }

  /** `[time, record]`, the first bracket read; false: it is something else. */
  #entry(): boolean {
    const reader = this.#reader;
    const header = reader.readArrayLength();
    if (header === 0 || !isTime(reader.peek())) return false;
    const time = reader.readTime();
    for (let i = 1; i < header; i++) reader.skip();
    if (reader.atEnd || !isMap(reader.peek())) return false;
    this.#record(time);
    return true;
  }

  /** What is no record is kept as text, as with JSON. */
  #record(time: number): void {
    if (this.#records.length >= this.#limits.max_events_per_request) throw tooManyEvents(this.#limits);
    const reader = this.#reader;
    const start = reader.position;
    let record: Fields | undefined;
    try {
      record = reader.readRecord('log', 'partial_message');
      if (record === undefined) {
        record = textRecord(textOf(reader.readValue(1)));
        this.#isBad('not_an_object');
      }
    } catch (error) {
      if (!(error instanceof MsgpackError) || !isValueFault(error.reason)) throw error;
      reader.position = start;
      reader.skip();
      record = textRecord(reader.excerpt(start));
      this.#isBad(error.reason === 'too_deep' ? 'too_deep' : 'not_an_object');
    }
    this.#records.push(record);
    this.#times.push(time);
  }

  #isBad(reason: BadEvent['reason']): void {
    this.#bad.push({ at: this.#records.length + 1, reason });
  }
}
