import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import type { JsonFault } from '../json/record.ts';

export interface BodyLimits {
  readonly max_events_per_request: number;
  readonly max_nesting_depth: number;
}

/** An event that was not a JSON object and is kept as `{ message: <its text> }`. `at` counts from 1: the line or the element. */
export interface BadEvent {
  readonly at: number;
  readonly reason: JsonFault;
}

export interface DecodedBody {
  readonly records: Fields[];
  readonly bad: BadEvent[];
  /** The sender's event times, epoch milliseconds with fraction, NaN where it gave none; undefined: it gave no times. */
  readonly times?: readonly number[] | undefined;
  /** Bytes that were no UTF-8 stand as U+FFFD in the records. */
  readonly invalidUtf8: boolean;
}

export function tooManyEvents(limits: BodyLimits): LongshoreError {
  return new LongshoreError(
    'LS_INPUTS_TOO_MANY_EVENTS',
    `The body has more than ${limits.max_events_per_request} events.`,
    { fix: "Send smaller batches or raise 'http.max_events_per_request'." },
  );
}

/** The JSON text of a value that is no event. What is too deep for that is named instead. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed();
  try {
    return JSON.stringify(value);
  } catch {
    return '(nested too deeply to be kept)';
  }
}
