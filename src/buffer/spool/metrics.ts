import { counter, histogram } from '../../core/metrics.ts';

const commits = histogram('longshore_spool_commit_duration_seconds', 'Write and fsync of one commit');
const frames = counter('longshore_spool_frames_total', 'Frames made durable');
const bytes = counter('longshore_spool_written_bytes_total', 'Bytes written to the append log');
const events = counter('longshore_spool_rolled_events_total', 'Events rolled into chunks');

export const writeErrors = counter(
  'longshore_spool_write_errors_total',
  'Writes that the disk refused and that were tried again',
);
export const tornBytes = counter('longshore_spool_torn_bytes_total', 'Unacknowledged bytes cut from logs at start-up');

export function committed(frameCount: number, seconds: number, byteCount: number): void {
  commits.observe(seconds);
  frames.inc(frameCount);
  bytes.inc(byteCount);
}

export function rolled(eventCount: number): void {
  events.inc(eventCount);
}
export const abandonedChunks = counter(
  'longshore_spool_abandoned_chunks_total',
  'Chunks that the store can never take; they are left where they are',
);
