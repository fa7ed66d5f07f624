import type { Frame } from '../core/event.ts';
import { counter } from '../core/metrics.ts';

const frames = counter('longshore_intake_frames_total', 'Frames received', ['input']);
const bytes = counter('longshore_intake_received_bytes_total', 'Bytes received, after decompression', ['input']);
const records = counter('longshore_intake_records_total', 'Records received', ['input']);
const stored = counter('longshore_intake_events_total', 'Events that went to the spool');
const dropped = counter('longshore_intake_dropped_total', 'Events dropped by a pipeline');

export const duplicates = counter(
  'longshore_intake_duplicate_frames_total',
  'Re-sent frames that were answered and not stored again',
);
export const refused = counter(
  'longshore_intake_refused_frames_total',
  'Frames turned away; the sender should try again',
  ['reason'],
);
export const unmatched = counter(
  'longshore_intake_unmatched_total',
  'Events that are stored, but that the filters of the alert rules failed for',
);
export const rescued = counter('longshore_intake_rescued_total', 'Events kept as text because parsing them failed');

/** Kept here and moved to the counters when they are asked for: a frame may be one event, and a counter with a label costs a tenth of it. */
class Received {
  frames = 0;
  bytes = 0;
  records = 0;
}
const receivedBy = new Map<string, Received>();

export function received(frame: Frame): void {
  let sum = receivedBy.get(frame.source);
  if (sum === undefined) {
    sum = new Received();
    receivedBy.set(frame.source, sum);
  }
  sum.frames += frame.isMessages === true ? frame.records.length : 1;
  sum.bytes += frame.bytes;
  sum.records += frame.records.length;
}

for (const { metric, name } of [
  { metric: frames, name: 'frames' },
  { metric: bytes, name: 'bytes' },
  { metric: records, name: 'records' },
] as const) {
  // prom-client calls this before it reads the metric.
  Object.assign(metric, {
    collect() {
      for (const [input, sum] of receivedBy) {
        metric.inc({ input }, sum[name]);
        sum[name] = 0;
      }
    },
  });
}

export function parsed(events: number, drops: number): void {
  stored.inc(events);
  if (drops > 0) dropped.inc(drops);
}
