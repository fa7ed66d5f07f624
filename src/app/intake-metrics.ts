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
export const rescued = counter('longshore_intake_rescued_total', 'Events kept as text because parsing them failed');

export function received(frame: { source: string; bytes: number; records: unknown[] }): void {
  frames.inc({ input: frame.source });
  bytes.inc({ input: frame.source }, frame.bytes);
  records.inc({ input: frame.source }, frame.records.length);
}

export function parsed(events: number, drops: number): void {
  stored.inc(events);
  if (drops > 0) dropped.inc(drops);
}
