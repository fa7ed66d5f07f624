import { isoTime } from '../base/time/iso.ts';
import type { NotificationState, NotificationView } from '../core/api/alerts.ts';
import { limitedTotal } from './metrics.ts';
import type { DeliveryOutcome, OutboxItem } from './outbox.ts';

/** What became of a notification that is no longer on its way. Plain JSON. */
export interface FinishedNotification {
  /** Without its text where it was sent: only what may be sent again keeps it. */
  readonly item: OutboxItem;
  readonly state: 'sent' | 'dead' | 'dropped';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly reason?: string | undefined;
}

/** What was kept of messages to a place on an instance, with the time of the last one. */
export type Remembered = readonly [key: string, value: string, at: number];

export interface SavedNotifications {
  readonly finished: readonly FinishedNotification[];
  readonly remembered: readonly Remembered[];
}

export interface NotificationLimits {
  readonly max_sent_notifications: number;
  readonly max_dead_notifications: number;
  readonly max_dead_bytes: number;
  readonly max_remembered: number;
}

const MAX_REMEMBERED_CHARS = 500;

/** The delivery log: what was sent lately, and the dead letters among notifications, which can be sent again. */
export class Notifications {
  readonly #limits: NotificationLimits;
  /** Oldest first, by id. */
  readonly #sent = new Map<string, FinishedNotification>();
  readonly #dead = new Map<string, FinishedNotification>();
  readonly #remembered = new Map<string, readonly [value: string, at: number]>();
  #deadBytes = 0;

  constructor(limits: NotificationLimits) {
    this.#limits = limits;
  }

  /** It is on its way no more. */
  finished(item: OutboxItem, outcome: DeliveryOutcome, at: number, reason?: string): void {
    if (outcome === 'retried') return;
    const kept = outcome === 'sent' ? { ...item, body: '', headers: undefined } : item;
    this.#take({ item: kept, state: outcome, at, reason });
  }

  /** What can be sent again; undefined when there is no such dead letter. It is one no longer. */
  takeDead(id: string): OutboxItem | undefined {
    const found = this.#dead.get(id);
    if (found === undefined) return undefined;
    this.#forgetDead(id);
    return found.item;
  }

  remembered(key: string): string | undefined {
    return this.#remembered.get(key)?.[0];
  }

  /** `value` undefined: the instance is over. */
  remember(key: string, value: string | undefined, at: number): void {
    this.#remembered.delete(key);
    if (value === undefined || value.length > MAX_REMEMBERED_CHARS) return;
    this.#remembered.set(key, [value, at]);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size <= this.#limits.max_remembered || oldest === undefined) return;
    this.#remembered.delete(oldest);
    limitedTotal.inc({ limit: 'max_remembered' });
  }

  /** Newest first; `waiting`: those on their way. */
  list(waiting: readonly OutboxItem[], state: NotificationState | undefined, limit: number): NotificationView[] {
    const all = [
      ...waiting.map(item => viewOf(item, item.attempts === 0 ? 'pending' : 'retrying', item.createdAt)),
      ...[...this.#dead.values(), ...this.#sent.values()].map(one => viewOf(one.item, one.state, one.at, one.reason)),
    ];
    return newest(all, state, limit);
  }

  save(): SavedNotifications {
    return {
      finished: [...this.#dead.values(), ...this.#sent.values()],
      remembered: [...this.#remembered].map(([key, [value, at]]) => [key, value, at]),
    };
  }

  restore({ finished, remembered }: SavedNotifications): void {
    for (const one of finished) this.#take(one);
    for (const [key, value, at] of remembered) this.remember(key, value, at);
  }

  #take(one: FinishedNotification): void {
    const { id } = one.item;
    if (one.state === 'sent') {
      this.#sent.delete(id);
      this.#sent.set(id, one);
      const [oldest] = this.#sent.keys();
      if (this.#sent.size > this.#limits.max_sent_notifications) this.#sent.delete(oldest!);
      return;
    }
    this.#forgetDead(id);
    this.#dead.set(id, one);
    this.#deadBytes += one.item.body.length;
    const { max_dead_notifications, max_dead_bytes } = this.#limits;
    while (this.#dead.size > max_dead_notifications || (this.#dead.size > 1 && this.#deadBytes > max_dead_bytes)) {
      this.#forgetDead(this.#dead.keys().next().value!);
      limitedTotal.inc({ limit: 'max_dead_notifications' });
    }
  }

  #forgetDead(id: string): void {
    const found = this.#dead.get(id);
    if (found === undefined) return;
    this.#deadBytes -= found.item.body.length;
    this.#dead.delete(id);
  }
}

/** The newest first. */
export function newest(
  all: readonly NotificationView[],
  state: NotificationState | undefined,
  limit: number,
): NotificationView[] {
  const wanted = state === undefined ? all : all.filter(view => view.state === state);
  return wanted.toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, Math.max(1, limit));
}

function viewOf(item: OutboxItem, state: NotificationState, at: number, reason?: string): NotificationView {
  const { id, alert, rule, alerter, createdAt, attempts, tries = [] } = item;
  return {
    id,
    alert,
    rule,
    alerter,
    state,
    created: isoTime(createdAt),
    at: isoTime(at),
    attempts,
    next: state === 'retrying' ? isoTime(item.nextAt) : undefined,
    last_error: reason ?? tries.at(-1)?.reason,
    tries: tries.map(one => ({ at: isoTime(one.at), error: one.reason })),
  };
}
