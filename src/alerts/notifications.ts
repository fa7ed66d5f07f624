import { isoTime } from '../base/time/iso.ts';
import type { NotificationState, NotificationView } from '../core/api/alerts.ts';
import { isFields } from '../core/event.ts';
import { limitedTotal } from './metrics.ts';
import { type DeliveryOutcome, type OutboxItem, outboxItemOf } from './outbox.ts';
import { type Paged, Pages } from './pages.ts';
import type { SavedParts } from './state-parts.ts';

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

/** What earlier versions had in lists. */
export interface FormerNotifications {
  readonly finished?: readonly FinishedNotification[];
  readonly remembered?: readonly Remembered[];
}

export interface NotificationLimits {
  readonly max_sent_notifications: number;
  readonly max_dead_notifications: number;
  readonly max_dead_bytes: number;
  readonly max_remembered: number;
}

const MAX_REMEMBERED_CHARS = 500;
const FINISHED_PER_PAGE = 8;
const REMEMBERED_PER_PAGE = 16;

/** The delivery log: what was sent lately, and the dead letters among notifications, which can be sent again. */
export class Notifications {
  readonly #limits: NotificationLimits;
  /** Oldest first, by id. */
  readonly #sent = new Map<string, FinishedNotification>();
  readonly #dead = new Map<string, FinishedNotification>();
  readonly #remembered = new Map<string, Remembered>();
  #deadBytes = 0;
  readonly #finishedPages = new Pages<FinishedNotification>('finished', FINISHED_PER_PAGE, { isOrdered: true });
  readonly #rememberedPages = new Pages<Remembered>('remembered', REMEMBERED_PER_PAGE, { isOrdered: true });
  /** What is to be written. */
  readonly pages: readonly Paged[] = [this.#finishedPages, this.#rememberedPages];

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

  /** Whether all that was to tell of the alert of this message there was refused: then nobody has to hear that it is over. */
  wasRefused({ rule, slot, instance }: OutboxItem): boolean {
    const isOnIt = ({ item }: FinishedNotification): boolean =>
      item.rule === rule && item.slot === slot && item.instance === instance && item.isResolved !== true;
    return this.#dead.values().some(isOnIt) && !this.#sent.values().some(isOnIt);
  }

  remembered(key: string): string | undefined {
    return this.#remembered.get(key)?.[1];
  }

  /** `value` undefined: the instance is over. */
  remember(key: string, value: string | undefined, at: number): void {
    this.#forget(key);
    if (value === undefined || value.length > MAX_REMEMBERED_CHARS) return;
    const remembered: Remembered = [key, value, at];
    this.#rememberedPages.add(remembered);
    this.#keep(remembered);
  }

  /** Newest first; `waiting`: those on their way. */
  list(waiting: readonly OutboxItem[], state: NotificationState | undefined, limit: number): NotificationView[] {
    const all = [
      ...waiting.map(item => viewOf(item, item.attempts === 0 ? 'pending' : 'retrying', item.createdAt)),
      ...[...this.#dead.values(), ...this.#sent.values()].map(one => viewOf(one.item, one.state, one.at, one.reason)),
    ];
    return newest(all, state, limit);
  }

  restore(parts: SavedParts, { finished = [], remembered = [] }: FormerNotifications = {}): void {
    for (const one of this.#finishedPages.restore(parts, finishedOf)) this.#keepFinished(one);
    for (const one of finished) this.#take(one);
    for (const one of this.#rememberedPages.restore(parts, rememberedOf)) this.#keep(one);
    for (const [key, value, at] of remembered) this.remember(key, value, at);
  }

  #keep(one: Remembered): void {
    const [key] = one;
    this.#forget(key);
    this.#remembered.set(key, one);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size <= this.#limits.max_remembered || oldest === undefined) return;
    this.#forget(oldest);
    limitedTotal.inc({ limit: 'max_remembered' });
  }

  #forget(key: string): void {
    const former = this.#remembered.get(key);
    if (former === undefined) return;
    this.#remembered.delete(key);
    this.#rememberedPages.remove(former);
  }

  #take(one: FinishedNotification): void {
    this.#finishedPages.add(one);
    this.#keepFinished(one);
  }

  #keepFinished(one: FinishedNotification): void {
    const { id } = one.item;
    if (one.state === 'sent') {
      this.#forgetSent(id);
      this.#sent.set(id, one);
      const [oldest] = this.#sent.keys();
      if (this.#sent.size > this.#limits.max_sent_notifications) this.#forgetSent(oldest!);
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

  #forgetSent(id: string): void {
    const found = this.#sent.get(id);
    if (found === undefined) return;
    this.#sent.delete(id);
    this.#finishedPages.remove(found);
  }

  #forgetDead(id: string): void {
    const found = this.#dead.get(id);
    if (found === undefined) return;
    this.#deadBytes -= found.item.body.length;
    this.#dead.delete(id);
    this.#finishedPages.remove(found);
  }
}

/** One as it was written; undefined for something else. */
function finishedOf(value: unknown): FinishedNotification | undefined {
  if (!isFields(value) || typeof value['state'] !== 'string' || !Number.isFinite(value['at'])) return undefined;
  return outboxItemOf(value['item']) === undefined ? undefined : (value as unknown as FinishedNotification);
}

function rememberedOf(value: unknown): Remembered | undefined {
  if (!Array.isArray(value) || typeof value[0] !== 'string' || typeof value[1] !== 'string') return undefined;
  return Number.isFinite(value[2]) ? (value as unknown as Remembered) : undefined;
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
    next: state === 'retrying' ? isoTime(Math.ceil(item.nextAt)) : undefined,
    last_error: reason ?? tries.at(-1)?.reason,
    tries: tries.map(one => ({ at: isoTime(one.at), error: one.reason })),
  };
}
