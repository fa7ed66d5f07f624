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
export const gaps = counter(
  'longshore_docker_gaps_total',
  'Logs whose last line that was read had been rotated away: lines behind it may be lost.',
);
export const lostLines = counter(
  'longshore_docker_lost_lines_total',
  'Lines that could not be told from those that were read, for want of memory to hold them.',
);
export const missed = counter(
  'longshore_docker_missed_total',
  'Containers that were removed before their log could be opened.',
);
