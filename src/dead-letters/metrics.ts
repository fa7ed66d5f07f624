import { counter, gauge } from '../core/metrics.ts';

export const written = counter(
  'longshore_dead_letters_total',
  'Events that the store will never take, kept in data_dir/dead-letters.',
  ['type'],
);
export const changed = counter(
  'longshore_dead_letters_changed_total',
  'Events of dead letters by what became of them.',
  ['status'],
);
export const dropped = counter(
  'longshore_dead_letters_dropped_total',
  'Events of dead letters that went because of a limit: bytes, letters, age.',
  ['limit'],
);
export const unreadable = counter(
  'longshore_dead_letters_unreadable_total',
  'Lines in the files of dead letters that could not be read at the start.',
);
export const open = gauge('longshore_dead_letters_open', 'Events of dead letters that wait for somebody.', ['type']);
export const bytes = gauge('longshore_dead_letters_bytes', 'Bytes of the files of dead letters.');
