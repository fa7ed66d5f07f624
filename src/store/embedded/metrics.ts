import { counter, gauge, histogram } from '../../core/metrics.ts';
import type { StoreEvent, StoreStats } from './protocol.ts';

const sealedEvents = counter('longshore_store_sealed_events_total', 'Events written into segments from chunks.');
const mergedEvents = counter('longshore_store_merged_events_total', 'Events rewritten by merging segments.');
const jobSeconds = histogram('longshore_store_job_duration_seconds', 'Time that one sealing or merging took.', ['job']);
const jobFailures = counter(
  'longshore_store_job_failures_total',
  'Jobs of the store that failed and are tried again.',
  ['job'],
);
const deadLetters = counter(
  'longshore_store_dead_letters_total',
  'Lines that could not be stored and went to the dead letters.',
);
const quarantined = counter(
  'longshore_store_quarantined_files_total',
  'Files moved aside because they are no readable segment.',
);
const lostChunks = counter(
  'longshore_store_lost_chunks_total',
  'Chunks whose file was gone before their events were stored.',
);
const droppedEvents = counter('longshore_store_dropped_events_total', 'Events that retention dropped.', ['reason']);
const droppedBytes = counter('longshore_store_dropped_bytes_total', 'Bytes on disk that retention dropped.', [
  'reason',
]);
const droppedSegments = counter('longshore_store_dropped_segments_total', 'Segments that retention dropped.', [
  'reason',
]);
const querySeconds = histogram(
  'longshore_store_query_duration_seconds',
  'Time from the arrival of a search to its answer.',
  ['result'],
);
const queryWaits = histogram(
  'longshore_store_query_wait_seconds',
  'Time that a search waited for its turn, by what it turned out to be: light, heavy, or one that reads all at once (whole).',
  ['kind'],
);
const restarts = counter('longshore_store_process_restarts_total', 'Times the store process ended unexpectedly.');
const unsealedChunks = gauge('longshore_store_unsealed_chunks', 'Chunks that are not yet part of a segment.');
const unsealedEvents = gauge('longshore_store_unsealed_events', 'Events in chunks that are not yet part of a segment.');
const segments = gauge('longshore_store_segments', 'Segments on disk.');
const storedEvents = gauge('longshore_store_events', 'Events in segments.');
const storedBytes = gauge('longshore_store_disk_bytes', 'Bytes of segments and unsealed chunks.');
const queriesRunning = gauge('longshore_store_queries_running', 'Searches that run now.');
const queriesWaiting = gauge('longshore_store_queries_waiting', 'Searches that wait for their turn.');
const residentBytes = gauge('longshore_store_process_resident_memory_bytes', 'Resident memory of the store process.');

export function countRestart(): void {
  restarts.inc();
}

export function showStats(stats: StoreStats): void {
  unsealedChunks.set(stats.unsealed_chunks);
  unsealedEvents.set(stats.unsealed_rows);
  segments.set(stats.segments);
  storedEvents.set(stats.rows);
  storedBytes.set(stats.bytes);
  queriesRunning.set(stats.queries_running);
  queriesWaiting.set(stats.queries_waiting);
  residentBytes.set(stats.rss_bytes);
}

export function countEvent(event: StoreEvent): void {
  switch (event.type) {
    case 'sealed':
      sealedEvents.inc(event.rows);
      jobSeconds.observe({ job: 'seal' }, event.seconds);
      break;
    case 'merged':
      mergedEvents.inc(event.rows);
      jobSeconds.observe({ job: 'merge' }, event.seconds);
      break;
    case 'failed':
      jobFailures.inc({ job: event.job });
      break;
    case 'dead_letters':
      deadLetters.inc(event.lines);
      break;
    case 'quarantined':
      quarantined.inc(event.files);
      break;
    case 'lost_chunk':
      lostChunks.inc();
      break;
    case 'dropped':
      droppedEvents.inc({ reason: event.reason }, event.events);
      droppedBytes.inc({ reason: event.reason }, event.bytes);
      droppedSegments.inc({ reason: event.reason }, event.segments);
      break;
    case 'query':
      querySeconds.observe({ result: event.result }, event.seconds);
      queryWaits.observe({ kind: event.kind }, event.waited);
      break;
  }
}
