import { counter, gauge, histogram } from '../../core/metrics.ts';

export const items = counter(
  'longshore_elasticsearch_events_total',
  'Events by what became of them: stored, known (stored before), refused (dead letters).',
  ['verdict'] as const,
);
export const resent = counter(
  'longshore_elasticsearch_resent_events_total',
  'Events that were sent again because Elasticsearch was busy, blocked or did not answer for them.',
);
export const movedFields = counter(
  'longshore_elasticsearch_unmapped_fields_total',
  'Fields moved to fields_unmapped: beyond field_budget, or of a form that the index cannot take.',
);
export const requests = counter('longshore_elasticsearch_bulk_requests_total', 'Bulk requests by their outcome.', [
  'outcome',
] as const);
export const requestSeconds = histogram('longshore_elasticsearch_bulk_seconds', 'Time of a bulk request.');
export const sentBytes = counter(
  'longshore_elasticsearch_bulk_bytes_total',
  'Bytes of bulk bodies before compression.',
);
export const concurrency = gauge(
  'longshore_elasticsearch_bulk_limit',
  'Bulk requests that may run at the same time now.',
);
export const inFlight = gauge('longshore_elasticsearch_bulk_in_flight', 'Bulk requests that run now.');
export const alarmed = gauge(
  'longshore_elasticsearch_alarm',
  '1 while Elasticsearch takes nothing for a reason that someone has to mend; the log says which.',
);
export const partialSearches = counter(
  'longshore_elasticsearch_partial_searches_total',
  'Searches that some shards did not answer.',
);
export const droppedIndices = counter(
  'longshore_elasticsearch_dropped_indices_total',
  'Indices that retention deleted.',
  ['reason'] as const,
);
export const droppedEvents = counter(
  'longshore_elasticsearch_dropped_events_total',
  'Events in indices that retention deleted.',
  ['reason'] as const,
);
export const droppedBytes = counter(
  'longshore_elasticsearch_dropped_bytes_total',
  'Bytes of indices that retention deleted.',
  ['reason'] as const,
);
