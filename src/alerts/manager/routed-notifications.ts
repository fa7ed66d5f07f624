import { isoTime } from '../../base/time/iso.ts';
import type { AlertDelivery, NotificationState, NotificationView } from '../../core/api/alerts.ts';
import type { Task, ToldAlert } from '../routing/dispatcher.ts';
import { logKey } from '../routing/notify-log.ts';
import { sizeOf } from '../routing/read-alerts.ts';
import type { Labels } from '../silencing/matcher.ts';
import { alertmanagerLimited } from './metrics.ts';
import type { StateRecord } from './state.ts';

/** A message to one entry of a receiver about one group, on its way or what became of it. Plain JSON. */
export interface SavedNotification {
  /** The idempotency key of its first try. */
  readonly id: string;
  readonly receiver: string;
  /** `slack`, and its position in `slack_configs`. */
  readonly kind: string;
  readonly index: number;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** Of the alerts that it tells of; of many the first. */
  readonly fingerprints: readonly string[];
  /** Epoch milliseconds, as all times here. */
  readonly createdAt: number;
  readonly state: NotificationState;
  readonly at: number;
  readonly attempts: number;
  readonly nextAt?: number | undefined;
  /** The failed tries, oldest first; of many the latest. */
  readonly tries: readonly { readonly at: number; readonly reason: string }[];
  /** Its group has no more to tell: it is not told again by itself. */
  readonly isOver?: true | undefined;
  /** What a dead one told, to be sent again: its alerts, and how many more there were. */
  readonly message?: { readonly alerts: readonly ToldAlert[]; readonly leftOut: number } | undefined;
}

/** What of a task a message is known by. */
export type RoutedTask = Pick<Task, 'receiver' | 'logKey' | 'alerts'> & {
  readonly group: Pick<Task['group'], 'key' | 'labels'>;
  readonly integration: Pick<Task['integration'], 'kind' | 'index'>;
};

const MAX_TRIES_KEPT = 10;
const MAX_FINGERPRINTS = 1000;
/** Of the alerts of one dead message. */
const MAX_MESSAGE_BYTES = 65_536;

export interface RoutedNotificationLimits {
  /** Those on their way, beyond which new ones are not listed. */
  readonly maxWaiting: number;
  /** Those that were sent or dropped; of more the latest. */
  readonly maxFinished: number;
  /** Dead ones whose groups are gone; of more the latest. */
  readonly maxDead: number;
}

/**
 * What of routed groups is on its way to each receiver, and what became of the latest. One that is not taken stays on its way
 * until the group is told or gone: it is told again with each interval, also when it was refused for good (`dead`). A dead
 * one whose group is gone keeps what it told, and can be sent again.
 */
export class RoutedNotifications {
  readonly #limits: RoutedNotificationLimits;
  readonly #write: (record: StateRecord) => void;
  /** Of groups that there are, by integration and group. */
  readonly #waiting = new Map<string, SavedNotification>();
  /** By id, the oldest first. */
  readonly #finished = new Map<string, SavedNotification>();
  readonly #dead = new Map<string, SavedNotification>();

  /** `write`: what is to become durable. */
  constructor(limits: RoutedNotificationLimits, write: (record: StateRecord) => void = () => {}) {
    this.#limits = limits;
    this.#write = write;
  }

  /** Its first try begins, or the next one after an interval. */
  begin(task: RoutedTask, id: string, now: number): void {
    // A dead one of a former life of the group may come back with the same word.
    const known = this.#waiting.get(task.logKey) ?? this.#dead.get(id);
    this.#dead.delete(id);
    if (known === undefined && this.#waiting.size >= this.#limits.maxWaiting) {
      alertmanagerLimited.inc({ limit: 'listed_notifications' });
      return;
    }
    const { receiver, group, integration, alerts } = task;
    const fingerprints = alerts.slice(0, MAX_FINGERPRINTS).map(({ fingerprint }) => fingerprint);
    const begun: SavedNotification = {
      ...{ id, receiver, kind: integration.kind, index: integration.index, createdAt: now },
      ...{ groupKey: group.key, groupLabels: group.labels, state: 'pending', at: now, attempts: 0, tries: [] },
      ...known,
      fingerprints,
      isOver: undefined,
    };
    this.#waiting.set(task.logKey, begun);
  }

  /** `nextAt`: when it is tried again. */
  failed({ logKey: key }: Pick<RoutedTask, 'logKey'>, reason: string, now: number, nextAt: number): void {
    const tried = this.#tried(key, reason, now);
    if (tried !== undefined) this.#keep(key, { ...tried, state: 'retrying', at: now, nextAt, message: undefined });
  }

  /** It was refused for good; its group is told again at `nextAt` if it is still there. */
  refused({ logKey: key, alerts }: Pick<RoutedTask, 'logKey' | 'alerts'>, reason: string, now: number, nextAt: number) {
    const tried = this.#tried(key, reason, now);
    if (tried !== undefined) this.#keep(key, { ...tried, state: 'dead', at: now, nextAt, message: kept(alerts) });
  }

  sent({ logKey: key }: Pick<RoutedTask, 'logKey'>, now: number): void {
    const known = this.#waiting.get(key);
    if (known !== undefined) this.#finish(key, { ...known, attempts: known.attempts + 1 }, 'sent', now);
  }

  /** A dead one whose alerts are over was sent again: with success, or `reason` says why not. */
  sentAgain(id: string, now: number, reason?: string): void {
    const known = this.find(id);
    if (known?.state !== 'dead') return;
    this.forget(id);
    const attempts = known.attempts + 1;
    if (reason === undefined) {
      this.#take({ ...known, attempts, state: 'sent', at: now, nextAt: undefined, message: undefined, isOver: true });
      return;
    }
    const tries = [...known.tries, { at: now, reason }].slice(-MAX_TRIES_KEPT);
    this.#take({ ...known, attempts, at: now, tries, nextAt: undefined, isOver: true });
  }

  /** `isGone`: nobody has to be told of this any more. */
  sweep(isGone: (one: SavedNotification) => boolean, now: number): void {
    for (const [key, one] of this.#waiting)
      if (isGone(one)) this.#finish(key, one, one.state === 'dead' ? 'dead' : 'dropped', now);
  }

  /** Undefined when it is not known (any more). */
  find(id: string): SavedNotification | undefined {
    return this.#dead.get(id) ?? this.#finished.get(id) ?? this.#waiting.values().find(one => one.id === id);
  }

  /** In no order. */
  list(): NotificationView[] {
    return [...this.#all()].map(viewOf);
  }

  /** Messages on any of these alerts, the latest last. */
  about(fingerprints: ReadonlySet<string>): SavedNotification[] {
    return [...this.#all()]
      .filter(one => one.fingerprints.some(fingerprint => fingerprints.has(fingerprint)))
      .sort((a, b) => a.at - b.at);
  }

  /** All that has to be kept. */
  saved(): Iterable<SavedNotification> {
    return [...this.#all()].filter(({ state }) => state !== 'pending');
  }

  /** As it was kept. */
  restore(one: SavedNotification): void {
    this.forget(one.id);
    if (one.isOver === true) this.#place(one);
    else this.#waiting.set(keyOf(one), one);
  }

  forget(id: string): void {
    this.#dead.delete(id);
    this.#finished.delete(id);
    for (const [key, one] of this.#waiting) if (one.id === id) this.#waiting.delete(key);
  }

  clear(): void {
    for (const list of [this.#waiting, this.#finished, this.#dead]) list.clear();
  }

  *#all(): IterableIterator<SavedNotification> {
    yield* this.#waiting.values();
    yield* this.#dead.values();
    yield* this.#finished.values();
  }

  #tried(key: string, reason: string, now: number): SavedNotification | undefined {
    const known = this.#waiting.get(key);
    if (known === undefined) return undefined;
    const tries = [...known.tries, { at: now, reason }].slice(-MAX_TRIES_KEPT);
    return { ...known, attempts: known.attempts + 1, tries };
  }

  #keep(key: string, one: SavedNotification): void {
    this.#waiting.set(key, one);
    this.#write({ notification: one });
  }

  #finish(key: string, one: SavedNotification, state: 'sent' | 'dropped' | 'dead', at: number): void {
    this.#waiting.delete(key);
    const { message } = one;
    this.#take({ ...one, state, at, nextAt: undefined, message: state === 'dead' ? message : undefined, isOver: true });
  }

  #take(one: SavedNotification): void {
    this.#write({ notification: one });
    for (const id of this.#place(one)) this.#write({ dropped: id });
  }

  /** Gives the ids of those that had to go. */
  #place(one: SavedNotification): string[] {
    const [list, most] =
      one.state === 'dead' ? [this.#dead, this.#limits.maxDead] : [this.#finished, this.#limits.maxFinished];
    list.set(one.id, one);
    const gone = [...list.keys()].slice(0, Math.max(0, list.size - most));
    for (const id of gone) list.delete(id);
    return gone;
  }
}

const keyOf = ({ groupKey, receiver, kind, index }: SavedNotification): string =>
  logKey(groupKey, receiver, kind, index);

function kept(alerts: readonly ToldAlert[]): SavedNotification['message'] {
  let bytes = 0;
  const first = alerts.filter((alert, at) => {
    bytes += sizeOf(alert);
    return at === 0 || bytes <= MAX_MESSAGE_BYTES;
  });
  return { alerts: first, leftOut: alerts.length - first.length };
}

const MAX_GROUP_CHARS = 500;

function viewOf(one: SavedNotification): NotificationView {
  const { id, groupKey, groupLabels, createdAt, state, at, attempts, nextAt, tries } = one;
  return {
    id,
    alert: groupKey.slice(0, MAX_GROUP_CHARS),
    rule: groupLabels['alertname'] ?? '',
    alerter: alerterOf(one),
    state,
    created: isoTime(createdAt),
    at: isoTime(at),
    attempts,
    next: nextAt === undefined ? undefined : isoTime(nextAt),
    last_error: tries.at(-1)?.reason,
    tries: tries.map(({ at: triedAt, reason }) => ({ at: isoTime(triedAt), error: reason })),
    routed: true,
  };
}

export function deliveryOf(one: SavedNotification): AlertDelivery {
  const { state, attempts, tries } = one;
  const error = state === 'sent' ? undefined : tries.at(-1)?.reason;
  return { alerter: alerterOf(one), state, attempts, ...(error === undefined ? {} : { last_error: error }) };
}

const alerterOf = ({ receiver, kind }: SavedNotification): string => `${receiver} ${kind}`;
