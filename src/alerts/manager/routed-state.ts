import type { AlertDelivery } from '../../core/api/alerts.ts';
import { isResolved, type RoutedAlert } from '../routing/alert-book.ts';
import type { RoutingConfig } from '../routing/config/read-config.ts';
import { Dispatcher, type DispatcherDependencies } from '../routing/dispatcher.ts';
import { NotifyLog } from '../routing/notify-log.ts';
import { sizeOf } from '../routing/read-alerts.ts';
import { receivedAlerts } from './metrics.ts';
import { deliveryOf, RoutedNotifications, type SavedNotification } from './routed-notifications.ts';
import { readRecord, type StateRecord } from './state.ts';

const LIMITS = { maxAlerts: 200_000, maxGroups: 20_000 };
/** Of all alerts together. */
const MAX_BYTES = 268_435_456;
const MAX_TOLD = 100_000;
/** Notifications that were sent or dropped and are still listed, and dead ones of groups that are gone. */
const MAX_FINISHED = 100;
const MAX_DEAD = 200;

export interface RoutedStateDependencies extends Pick<DispatcherDependencies, 'silencing'> {
  readonly config: RoutingConfig;
  /** What is to become durable. */
  readonly write: (record: StateRecord) => void;
  readonly onLimit: (limit: string) => void;
}

/** All that is known of routed alerts: the alerts in their groups, what was told of them, and what became of the messages. */
export class RoutedState {
  readonly log = new NotifyLog();
  readonly notifications: RoutedNotifications;
  readonly #deps: RoutedStateDependencies;
  #config: RoutingConfig;
  #dispatcher: Dispatcher;
  #bytes = 0;

  constructor(deps: RoutedStateDependencies) {
    this.#deps = deps;
    this.#config = deps.config;
    this.notifications = new RoutedNotifications(
      { maxWaiting: LIMITS.maxGroups, maxFinished: MAX_FINISHED, maxDead: MAX_DEAD },
      deps.write,
    );
    this.#dispatcher = this.#newDispatcher();
  }

  get config(): RoutingConfig {
    return this.#config;
  }

  get dispatcher(): Dispatcher {
    return this.#dispatcher;
  }

  /** What has been told stays told; alerts and groups are put in order anew. */
  reload(config: RoutingConfig, now: number): void {
    const former = this.#dispatcher;
    this.#config = config;
    this.#dispatcher = this.#newDispatcher();
    for (const alert of former.alerts()) this.#dispatcher.restore(alert, now);
  }

  /** `isEveryWord`: also that an end has moved on is written. */
  put(alert: RoutedAlert, now: number, isEveryWord: boolean): void {
    const before = this.#dispatcher.get(alert.fingerprint);
    const size = sizeOf(alert) - (before === undefined ? 0 : sizeOf(before));
    if (size > 0 && this.#bytes + size > MAX_BYTES) {
      this.#deps.onLimit('bytes');
      receivedAlerts.inc({ outcome: 'left_out' });
      return;
    }
    const after = this.#dispatcher.put(alert, now);
    receivedAlerts.inc({ outcome: after === undefined ? (isResolved(alert, now) ? 'over' : 'left_out') : 'taken' });
    if (after === undefined) return;
    this.#bytes += size;
    if (before === undefined || isEveryWord || isOtherWord(before, after)) this.#deps.write({ alert: after });
  }

  /** As it was written, here or elsewhere. */
  take(given: unknown, now: number): void {
    const record = readRecord(given);
    if (record === undefined) return;
    if ('alert' in record) {
      this.#drop(record.alert.fingerprint);
      this.#bytes += sizeOf(record.alert);
      this.#dispatcher.restore(record.alert, now);
    } else if ('gone' in record) this.#drop(record.gone);
    else if ('told' in record) this.log.set(record.key, record.told);
    else if ('forgotten' in record) this.log.delete(record.forgotten);
    else if ('notification' in record) this.notifications.restore(record.notification);
    else this.notifications.forget(record.dropped);
  }

  clear(): void {
    this.log.clear();
    this.notifications.clear();
    this.#bytes = 0;
    this.#dispatcher = this.#newDispatcher();
  }

  /**
   * Nobody listened for a while: whoever spoke of an alert as firing could not do so, and gets the time to. Each group is told
   * anew where it has something to tell. Gives the alerts whose end has moved.
   */
  revive(now: number): RoutedAlert[] {
    const alerts = [...this.#dispatcher.alerts()];
    const until = now + this.#config.resolveTimeoutMs;
    const moved: RoutedAlert[] = [];
    this.#dispatcher = this.#newDispatcher();
    for (const alert of alerts) {
      const isOver = isResolved(alert, alert.updatedAt);
      const revived = isOver || alert.endsAt >= until ? alert : { ...alert, endsAt: until, isTimeout: true };
      this.#dispatcher.restore(revived, now);
      if (revived !== alert) moved.push(revived);
    }
    return moved;
  }

  /** What became of the latest messages on these alerts, by fingerprint: one of each entry of a receiver that was told. */
  deliveries(fingerprints: ReadonlySet<string>): Map<string, AlertDelivery[]> {
    const found = new Map(
      [...fingerprints].map(one => [one, new Map<string, { at: number; delivery: AlertDelivery }>()]),
    );
    const say = (prints: readonly string[], place: string, at: number, delivery: AlertDelivery): void => {
      for (const fingerprint of prints) {
        const known = found.get(fingerprint);
        if (known !== undefined && (known.get(place)?.at ?? 0) <= at) known.set(place, { at, delivery });
      }
    };
    for (const [key, { at, firing, resolved }] of this.log.entries()) {
      const [, receiver, kind, index] = JSON.parse(key) as [string, string, string, number];
      const sent: AlertDelivery = { alerter: `${receiver} ${kind}`, state: 'sent', attempts: 1 };
      for (const prints of [firing, resolved]) say(prints, placeOf({ receiver, kind, index }), at, sent);
    }
    for (const one of this.notifications.about(fingerprints))
      say(one.fingerprints, placeOf(one), one.at, deliveryOf(one));
    const places = [...found].map(([fingerprint, known]) => [fingerprint, [...known.values()]] as const);
    return new Map(
      places.filter(([, known]) => known.length > 0).map(([id, known]) => [id, known.map(({ delivery }) => delivery)]),
    );
  }

  /** Records that together say all that is known. */
  *records(): IterableIterator<StateRecord> {
    for (const alert of this.#dispatcher.alerts()) yield { alert };
    for (const [key, told] of this.log.entries()) yield { key, told };
    for (const notification of this.notifications.saved()) yield { notification };
  }

  /** Forgets what was told long ago, and messages to groups that are gone or to receivers that the configuration has not. */
  sweep(now: number): void {
    for (const key of this.log.forget(now, MAX_TOLD)) this.#deps.write({ forgotten: key });
    const groups = new Map(this.#dispatcher.groups().map(group => [group.key, group]));
    const isGone = ({ groupKey, receiver, kind, index }: SavedNotification): boolean => {
      const group = groups.get(groupKey);
      if (group === undefined || group.alerts.size === 0 || group.route.receiver !== receiver) return true;
      return (
        this.#config.receivers.get(receiver)?.integrations.every(one => one.kind !== kind || one.index !== index) !==
        false
      );
    };
    this.notifications.sweep(isGone, now);
  }

  #drop(fingerprint: string): void {
    const known = this.#dispatcher.get(fingerprint);
    if (known !== undefined) this.#bytes -= sizeOf(known);
    this.#dispatcher.drop(fingerprint);
  }

  #newDispatcher(): Dispatcher {
    const dispatcher: Dispatcher = new Dispatcher({
      config: this.#config,
      log: this.log,
      silencing: this.#deps.silencing,
      limits: LIMITS,
      onGone: alert => {
        // One from before a reload only ends what it has begun.
        if (this.#dispatcher !== dispatcher) return;
        this.#bytes -= sizeOf(alert);
        this.#deps.write({ gone: alert.fingerprint });
      },
      onLimit: this.#deps.onLimit,
    });
    return dispatcher;
  }
}

const placeOf = ({ receiver, kind, index }: Pick<SavedNotification, 'receiver' | 'kind' | 'index'>): string =>
  JSON.stringify([receiver, kind, index]);

/** Whether what is on the disk does not say it yet. That an end has moved on does not matter there: see `revive`. */
function isOtherWord(before: RoutedAlert, after: RoutedAlert): boolean {
  return (
    before.startsAt !== after.startsAt ||
    before.isTimeout !== after.isTimeout ||
    before.generatorUrl !== after.generatorUrl ||
    isResolved(before, before.updatedAt) !== isResolved(after, after.updatedAt) ||
    JSON.stringify(before.annotations) !== JSON.stringify(after.annotations)
  );
}
