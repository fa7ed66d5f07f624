import { signal } from '@preact/signals';
import type { StatusAnswer } from '../../../core/api/status.ts';
import { ratesOf } from './rates.ts';

const MOST = 150;

/** What the page has seen, oldest first; it goes on while another view is looked at and back. */
export const seen = signal<readonly StatusAnswer[]>([]);

export function remember(status: StatusAnswer): void {
  const before = seen.peek();
  if (before.at(-1)?.at === status.at) return;
  // Another process counts from the beginning.
  const kept = before.at(-1)?.started_at === status.started_at ? before : [];
  seen.value = [...kept, status].slice(-MOST);
}

/** Rates of a count over what was seen. */
export const ratesSeen = (of: (status: StatusAnswer) => number): number[] =>
  ratesOf(seen.value.map(status => ({ at: status.at, value: of(status) })));
