import { counter, gauge, histogram } from '../../core/metrics.ts';

export const accepted = counter(
  'longshore_redis_accepted_events_total',
  'Events of chunks that Redis has taken over, by whether they were new to it',
  ['outcome'],
);
export const refused = counter('longshore_redis_refused_chunks_total', 'Chunks that stayed in the spool, by reason', [
  'reason',
]);
export const acceptSeconds = histogram(
  'longshore_redis_accept_duration_seconds',
  'From the offer of a chunk until Redis has it on disk',
);
export const written = counter('longshore_redis_written_events_total', 'Events that a worker has given to the store');
export const deadLettered = counter(
  'longshore_redis_dead_lettered_events_total',
  'Events that came out of Redis as dead letters, by reason',
  ['reason'],
);
export const retries = counter('longshore_redis_write_retries_total', 'Tries of the store that it did not take');
export const putBack = counter('longshore_redis_put_back_jobs_total', 'Jobs put back for later, the store being away');
export const stalled = counter('longshore_redis_stalled_jobs_total', 'Jobs whose worker gave no sign of life');
export const lostLocks = counter('longshore_redis_lost_locks_total', 'Jobs that were taken from a living worker');
export const corrected = counter(
  'longshore_redis_budget_corrected_bytes_total',
  'Bytes by which the byte count in Redis was wrong and set right',
);
export const connected = gauge('longshore_redis_connected', '1 while Redis answers', ['connection']);
export const depth = gauge('longshore_redis_jobs', 'Jobs in Redis by state', ['state']);
export const bytes = gauge('longshore_redis_bytes', 'Compressed chunks in Redis that count against buffer.max_bytes');
export const hitsSent = counter('longshore_redis_hits_sent_total', 'Hits of alert rules that Redis has taken');
export const hitsRefused = counter('longshore_redis_hits_refused_total', 'Failed tries to send hits, by reason', [
  'reason',
]);
export const hitsDropped = counter(
  'longshore_redis_hits_dropped_total',
  'Hits that nobody evaluated and that were let go at buffer.hits_max_bytes',
);
export const hitsLeftToSpool = counter(
  'longshore_redis_hits_left_to_spool_total',
  'How often hits were left to the spool because too many waited in memory for Redis',
);
export const hitsGaps = counter('longshore_redis_hits_gaps_total', 'How often Redis had lost hits that it had taken');
export const hitsBroken = counter('longshore_redis_hits_broken_total', 'Entries of hits that could not be read');
