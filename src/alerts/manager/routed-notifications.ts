import { isoTime } from '../../base/time/iso.ts';
import type { NotificationState, NotificationView } from '../../core/api/alerts.ts';
import type { Task } from '../routing/dispatcher.ts';
import { alertmanagerLimited } from './metrics.ts';

export type RoutedTask = Pick<Task, 'receiver' | 'logKey' | 'group' | 'integration'>;

interface Entry {
  readonly id: string;
  readonly task: RoutedTask;
  readonly createdAt: number;
  state: NotificationState;
  at: number;
  attempts: number;
  nextAt?: number | undefined;
  tries: readonly { readonly at: number; readonly reason: string }[];
}

const MAX_TRIES_KEPT = 10;

export interface RoutedNotificationLimits {
  /** Those on their way, beyond which new ones are not listed. */
  readonly maxWaiting: number;
  /** Those that were sent or dropped; of more the latest. */
  readonly maxFinished: number;
}

/**
 * What of routed groups is on its way to each receiver, and what became of the latest. One that is not taken stays on its way
 * until the group is told or gone: it is told again with each interval. In memory only: after a restart that shows itself
 * anew.
 */
export class RoutedNotifications {
  readonly #limits: RoutedNotificationLimits;
  /** By integration and group. */
  readonly #waiting = new Map<string, Entry>();
  readonly #finished = new Set<Entry>();

  constructor(limits: RoutedNotificationLimits) {
    this.#limits = limits;
  }

  begin(task: Task, id: string, now: number): void {
    const known = this.#waiting.get(task.logKey);
    if (known === undefined && this.#waiting.size >= this.#limits.maxWaiting) {
      alertmanagerLimited.inc({ limit: 'listed_notifications' });
      return;
    }
    const { receiver, logKey, group, integration } = task;
    const kept: RoutedTask = { receiver, logKey, group, integration };
    const entry: Entry = known ?? { id, task: kept, createdAt: now, state: 'pending', at: now, attempts: 0, tries: [] };
    this.#waiting.set(task.logKey, entry);
  }

  /** `nextAt`: when it is tried again. */
  failed({ logKey }: Task, reason: string, now: number, nextAt: number): void {
    const entry = this.#waiting.get(logKey);
    if (entry === undefined) return;
    entry.attempts++;
    entry.tries = [...entry.tries, { at: now, reason }].slice(-MAX_TRIES_KEPT);
    Object.assign(entry, { state: 'retrying', at: now, nextAt });
  }

  sent({ logKey }: Task, now: number): void {
    const entry = this.#waiting.get(logKey);
    if (entry === undefined) return;
    entry.attempts++;
    this.#finish(entry, 'sent', now);
  }

  /** `isGone`: nobody has to be told of this any more. */
  sweep(isGone: (task: RoutedTask) => boolean, now: number): void {
    for (const entry of this.#waiting.values()) if (isGone(entry.task)) this.#finish(entry, 'dropped', now);
  }

  /** In no order. */
  list(): NotificationView[] {
    return [...this.#waiting.values(), ...this.#finished].map(viewOf);
  }

  #finish(entry: Entry, state: 'sent' | 'dropped', now: number): void {
    this.#waiting.delete(entry.task.logKey);
    Object.assign(entry, { state, at: now, nextAt: undefined });
    this.#finished.add(entry);
    const [oldest] = this.#finished;
    if (this.#finished.size > this.#limits.maxFinished) this.#finished.delete(oldest!);
  }
}

const MAX_GROUP_CHARS = 500;

function viewOf({ id, task, createdAt, state, at, attempts, nextAt, tries }: Entry): NotificationView {
  const { receiver, group, integration } = task;
  return {
    id,
    alert: group.key.slice(0, MAX_GROUP_CHARS),
    rule: group.labels['alertname'] ?? '',
    alerter: `${receiver} ${integration.kind}`,
    state,
    created: isoTime(createdAt),
    at: isoTime(at),
    attempts,
    next: nextAt === undefined ? undefined : isoTime(nextAt),
    last_error: tries.at(-1)?.reason,
    tries: tries.map(one => ({ at: isoTime(one.at), error: one.reason })),
    routed: true,
  };
}
