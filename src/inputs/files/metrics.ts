import { counter, gauge } from '../../core/metrics.ts';

/* Of one entry of `inputs.files`: its `tag`, as it is written. */

export const lines = counter('longshore_files_lines_total', 'Lines of files that became durable.', ['tag']);
export const bytes = counter('longshore_files_bytes_total', 'Bytes of files that became durable.', ['tag']);
export const lag = gauge('longshore_files_lag_bytes', 'Bytes of followed files that are not durable yet.', ['tag']);
export const followed = gauge('longshore_files_followed', 'Files that are followed.', ['tag']);
export const opened = gauge('longshore_files_open', 'Files that are open.');
export const errors = counter('longshore_files_errors_total', 'What went wrong with files.', ['reason']);
export const rotations = counter(
  'longshore_files_rotations_total',
  'Files that were renamed, emptied or deleted while they were followed.',
  ['how'],
);
export const lostBytes = counter(
  'longshore_files_lost_bytes_total',
  'Bytes of files that were emptied or deleted before they were read.',
);
