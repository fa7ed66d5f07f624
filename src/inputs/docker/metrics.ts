import { counter, gauge } from '../../core/metrics.ts';

export const lines = counter('longshore_docker_lines_total', 'Lines of containers that became durable.');
export const bytes = counter('longshore_docker_bytes_total', 'Bytes of lines of containers that became durable.');
export const followed = gauge('longshore_docker_followed', 'Containers whose log is followed.');
export const unreadable = gauge(
  'longshore_docker_unreadable',
  'Containers whose log the engine does not give, or that send it here themselves.',
  ['reason'],
);
export const connected = gauge('longshore_docker_connected', 'Whether the engine answers: 1, or 0.');
export const events = counter('longshore_docker_events_total', 'Events of the engine that became durable.', ['action']);
export const statistics = counter('longshore_docker_statistics_total', 'Statistics of containers that became durable.');
export const reconnects = counter('longshore_docker_reconnects_total', 'Logs that were opened again.');
export const errors = counter('longshore_docker_errors_total', 'What went wrong with the engine.', ['reason']);
export const lostLines = counter(
  'longshore_docker_lost_lines_total',
  'Lines that may be lost: they were no longer there, or could not be told from those that were read.',
);
