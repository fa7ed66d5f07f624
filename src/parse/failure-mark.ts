import type { Fields } from '../core/event.ts';
import { counter } from '../core/metrics.ts';
import type { Failure } from './run-state.ts';

const failures = counter('longshore_pipeline_failures_total', 'Processors that failed with nobody handling it', [
  'pipeline',
  'processor',
]);
/** Of all reasons together. */
const MAX_REASON_LENGTH = 600;

/** Says on the event what failed: a tag, and the reason behind those that are there. */
export function mark(event: Fields, failure: Failure): void {
  countFailure(failure);
  const present = event['tags'];
  const tags = Array.isArray(present) ? present : present === undefined || present === null ? [] : [present];
  if (!tags.includes(failure.eventTag)) tags.push(failure.eventTag);
  event['tags'] = tags;
  const reason = reasonOf(failure);
  const before = event['pipeline_error'];
  if (typeof before !== 'string' || before === '') event['pipeline_error'] = reason;
  else if (!before.includes(reason)) event['pipeline_error'] = `${before}; ${reason}`.slice(0, MAX_REASON_LENGTH);
}

export function countFailure({ pipeline, processor }: Pick<Failure, 'pipeline' | 'processor'>): void {
  failures.inc({ pipeline, processor });
}

/** What `pipeline_error` says of it. */
export function reasonOf(failure: Failure): string {
  const tag = failure.tag === undefined ? '' : ` (${failure.tag})`;
  return `${failure.pipeline}: ${failure.processor}${tag}: ${failure.message}`.slice(0, MAX_REASON_LENGTH / 2);
}
