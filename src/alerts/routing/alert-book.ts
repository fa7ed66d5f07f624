import type { AlertInstance } from '../../core/alert.ts';

/** An alert that is routed. Plain JSON. */
export interface RoutedAlert extends AlertInstance {
  /** It has one always: without another word it is over then. */
  readonly endsAt: number;
  /** Nobody named its end: it moves on as long as somebody speaks of the alert. */
  readonly isTimeout: boolean;
}

export function isResolved({ endsAt }: Pick<RoutedAlert, 'endsAt'>, now: number): boolean {
  return endsAt <= now;
}

/** What is known of an alert once both were said, as Alertmanager merges them. */
export function mergeAlerts(a: RoutedAlert, b: RoutedAlert): RoutedAlert {
  const [older, newer] = b.updatedAt < a.updatedAt ? [b, a] : [a, b];
  if (!overlap(older, newer)) return newer;
  const startsAt = Math.min(older.startsAt, newer.startsAt);
  const isOver = isResolved(newer, newer.updatedAt);
  // The later of two ends that were both said; else an end that was said wins over one that is only a time-out.
  const isOlderEnd = older.endsAt > newer.endsAt && (isOver ? isResolved(older, newer.updatedAt) : !older.isTimeout);
  return { ...newer, startsAt, endsAt: isOlderEnd ? older.endsAt : newer.endsAt };
}

function overlap(older: RoutedAlert, newer: RoutedAlert): boolean {
  return (
    (newer.endsAt > older.startsAt && newer.endsAt < older.endsAt) ||
    (newer.startsAt > older.startsAt && newer.startsAt < older.endsAt)
  );
}
