import { counter, histogram } from '../../core/metrics.ts';

const commits = histogram('longshore_spool_commit_duration_seconds', 'Write and fsync of one commit');
const frames = counter('longshore_spool_frames_total', 'Frames made durable');
const bytes = counter('longshore_spool_written_bytes_total', 'Bytes written to the append log');
const events = counter('longshore_spool_rolled_events_total', 'Events rolled into chunks');

export const writeErrors = counter(
  'longshore_spool_write_errors_total',
  'Writes that the disk refused and that were tried again',
);
export const rejectedFrames = counter(
  'longshore_spool_rejected_frames_total',
  'Frames that could not be written, each turned away alone',
);
export const damagedBytes = counter(
  'longshore_spool_damaged_bytes_total',
  'Bytes of logs and of the journal that the disk has damaged; they were set aside and the rest was read',
);
export const failedListeners = counter(
  'longshore_spool_failed_listeners_total',
  'Commits that are durable, but whose alerts and live events could not be told',
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
