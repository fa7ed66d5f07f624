import { counter } from '../../core/metrics.ts';

export const metrics = {
  entries: counter('longshore_journald_entries_total', 'Entries of the journal that became durable.'),
  errors: counter('longshore_journald_errors_total', 'What went wrong with the journal.', ['reason']),
};
