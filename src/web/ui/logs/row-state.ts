import { signal } from '@preact/signals';
import { stored } from '../base/stored.ts';

/** Ids of the rows that are open. */
export const opened = signal<ReadonlySet<string>>(new Set());

export function toggleRow(id: string): void {
  const now = new Set(opened.peek());
  if (!now.delete(id)) now.add(id);
  opened.value = now;
}

export function closeRows(): void {
  if (opened.peek().size > 0) opened.value = new Set();
}

/** One line an event, or all of it. */
export const wraps = stored<'compact' | 'wrap'>('rows', 'compact');
