import { backoffMs } from '../base/flow/backoff.ts';
import { settle } from '../base/flow/settle.ts';
import { isFields } from '../core/event.ts';
import type { Alerter, Notification, SendResult } from './alerters/alerter.ts';
import { LEAVING } from './leaving.ts';
import { notificationsTotal, outboxGauge } from './metrics.ts';
import { Pages } from './pages.ts';
import { PlaceQueue } from './place-queue.ts';
import type { AlertState } from './state.ts';
import type { SavedParts } from './state-parts.ts';

/** A notification on its way. Plain JSON. */
export interface OutboxItem extends Notification {
  /** Sent as `Idempotency-Key` with each try. */
  readonly id: string;
  /** The alert it tells of. */
  readonly alert: string;
  readonly rule: string;
  /** Position among the alerters of the rule. */
  readonly slot: number;
  readonly alerter: string;
  /** What all messages on the same alert are known by. */
  readonly instance?: string | undefined;
  /** It tells that the alert is over: it waits until the others on it are gone. */
  readonly isResolved?: true | undefined;
  /** Epoch milliseconds. */
  createdAt: number;
  attempts: number;
  /** Not tried before; epoch milliseconds. */
  nextAt: number;
  /** How often the answer was that this message is refused. */
  refusals?: number;
  /** How often it failed though the place took others meanwhile. */
  failedAlone?: number;
  /** The latest failed tries, oldest first; epoch milliseconds. */
  tries?: { at: number; reason: string }[];
}

export type DeliveryOutcome = 'sent' | 'retried' | 'dead' | 'dropped';

export interface OutboxLimits {
  readonly alert_time_limit_ms: number;
  readonly retry_min_ms: number;
  readonly retry_max_ms: number;
  readonly max_refused_tries: number;
  readonly max_tries_alone: number;
  readonly max_outbox_notifications: number;
  readonly max_outbox_bytes: number;
}

/** What waits until the state is durable: items that may then be sent, and places whose next message then may. */
export interface Unwritten {
  readonly held: readonly string[];
  readonly arrived: readonly (readonly [PlaceQueue, messages: number])[];
}

export interface OutboxDependencies {
  readonly limits: OutboxLimits;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly random: () => number;
  /** Whether anything may be sent now; what may not is asked about again soon. */
  readonly maySend?: (() => boolean) | undefined;
  /** The alerter that an item goes through, as the rules are now. */
  readonly alerter: (item: OutboxItem) => Alerter | undefined;
  /** Whether what this message is the end of was never told. */
  readonly wasRefused?: ((item: OutboxItem) => boolean) | undefined;
  /** Only addresses of the internet may be connected to. */
  readonly isGuarded?: boolean | undefined;
  /** What earlier messages of an instance to a place left behind. */
  readonly memory?: {
    remembered(key: string): string | undefined;
    remember(key: string, value: string | undefined, at: number): void;
  };
  /** Something changed that should be written. `reason` has no secrets; `retryAfterMs` is what the place asked to wait. */
  readonly onOutcome: (
    item: OutboxItem,
    outcome: DeliveryOutcome,
    reason: string | undefined,
    retryAfterMs?: number | undefined,
  ) => void;
}

const PER_PAGE = 4;
const ASK_AGAIN_MS = 250;
const MAX_TRIES_KEPT = 5;
/** What waits for a rule that is gone is given up after this time, and looked at so often. */
const GONE_MS = 3_600_000;
const GONE_RETRY_MS = 30_000;

/**
 * Delivers notifications, each at least once and with the same key each time. An item is tried only after `release`
 * said that it is durable, and the next one only when it is durable that the last one arrived: a crash repeats one message
 * to a place at most. Each place (alerter and address) has its own queue, so that a hanging one delays nobody else;
 * what a place refuses does not hold up what comes after it. Full, it drops the oldest of the rule that has most in it.
 */
export class Outbox {
  readonly #deps: OutboxDependencies;
  readonly #queues = new Map<string, PlaceQueue>();
  /** Waiting items of each rule. */
  readonly #waiting = new Map<string, number>();
  /** Items that tell of an alert, by alert and alerter: that it is over is told after them. */
  readonly #firing = new Map<string, number>();
  /** Ids of items that are not durable yet. */
  readonly #held = new Set<string>();
  /** What is to be written: of so many only those that changed. */
  readonly pages = pagesOfItems();
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #started = false;
  #count = 0;
  #bytes = 0;

  constructor(deps: OutboxDependencies) {
    this.#deps = deps;
  }

  /** Notifications of a rule that are not delivered yet. */
  waiting(rule: string): number {
    return this.#waiting.get(rule) ?? 0;
  }

  add(item: OutboxItem): void {
    this.pages.add(item);
    this.#held.add(item.id);
    this.#put(item);
  }

  #put(item: OutboxItem): void {
    this.#queueOf(item).add(item);
    this.#waiting.set(item.rule, this.waiting(item.rule) + 1);
    if (isFiring(item)) this.#firing.set(placeOf(item), (this.#firing.get(placeOf(item)) ?? 0) + 1);
    this.#count++;
    this.#bytes += item.body.length;
    outboxGauge.set(this.#count);
    const { max_outbox_notifications, max_outbox_bytes } = this.#deps.limits;
    while (this.#count > 1 && (this.#count > max_outbox_notifications || this.#bytes > max_outbox_bytes)) {
      if (!this.#dropOne()) break;
    }
  }

  items(): OutboxItem[] {
    return [...this.#queues.values()].flatMap(queue => [...queue.items()]);
  }

  /** What is not durable yet, and is when what `pages` have now is written. */
  get unwritten(): Unwritten {
    const arrived = [...this.#queues.values()].filter(({ unwritten }) => unwritten > 0);
    return { held: [...this.#held], arrived: arrived.map(queue => [queue, queue.unwritten]) };
  }

  /** What a state has: it is durable. `former`: those of a state that had them all in one list. */
  restore(parts: SavedParts, former: readonly OutboxItem[] = []): void {
    for (const item of this.pages.restore(parts, outboxItemOf)) this.#put(item);
    for (const item of former) {
      this.pages.add(item);
      this.#put(item);
    }
  }

  /** One that was given up is tried as if it were new; it has to be released. */
  again(item: OutboxItem): void {
    const now = this.#deps.now();
    this.add({ ...item, createdAt: now, attempts: 0, nextAt: now, refusals: 0, failedAlone: 0 });
  }

  /** This is durable now: what waited for it may be sent. */
  release({ held, arrived }: Unwritten): void {
    for (const id of held) this.#held.delete(id);
    for (const [queue, count] of arrived) queue.unwritten -= count;
    this.#forgetEmpty();
    this.pump();
  }

  start(): void {
    this.#started = true;
    this.pump();
  }

  /** Ends waiting at once; what is on the wire may finish for a moment, and is kept otherwise. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    await settle(this.#running, signal, () => this.#stop.abort(), LEAVING);
  }

  /** Starts what may be sent now, and wakes up when the next item may be. */
  pump(): void {
    if (!this.#started) return;
    if (this.#deps.maySend?.() === false) {
      if (this.#count > 0) this.#wakeUpIn(ASK_AGAIN_MS);
      return;
    }
    const now = this.#deps.now();
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) {
      const next = queue.next(now, item => this.#held.has(item.id) || this.#isTooEarly(item));
      wakeAt = Math.min(wakeAt, next.wakeAt);
      if (next.item !== undefined) this.#track(this.#deliver(queue, next.item));
    }
    clearTimeout(this.#timer);
    if (wakeAt !== Number.POSITIVE_INFINITY) this.#wakeUpIn(wakeAt - now);
  }

  /** The wall clock was set back by so many milliseconds: what is left of each wait stays. */
  setBack(byMs: number): void {
    for (const queue of this.#queues.values()) queue.setBack(byMs);
    for (const item of this.pages.items()) this.pages.changed(item, true);
    this.pump();
  }

  #wakeUpIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.pump(), Math.min(2 ** 30, Math.max(1, ms)));
    this.#timer.unref();
  }

  #track(delivery: Promise<void>): void {
    this.#running.add(delivery);
    void delivery.finally(() => {
      this.#running.delete(delivery);
      this.pump();
    });
  }

  /** Where what is known of an instance at a place is remembered. */
  #memoryKey(alerter: Alerter, { instance, target }: OutboxItem): string | undefined {
    return instance === undefined ? undefined : `${alerter.queue(target)} ${instance}`;
  }

  async #deliver(queue: PlaceQueue, item: OutboxItem): Promise<void> {
    if (item.isResolved === true && this.#deps.wasRefused?.(item) === true) {
      this.#finish(queue, item, 'dropped', 'the message that it fires was refused');
      return;
    }
    queue.started(item, this.#deps.now());
    const { memory, now, isGuarded } = this.#deps;
    let key: string | undefined;
    let result: SendResult;
    try {
      const alerter = this.#deps.alerter(item);
      if (alerter === undefined) {
        this.#wait(queue, item);
        return;
      }
      key = this.#memoryKey(alerter, item);
      result = await alerter.send(item, {
        fetch: this.#deps.fetch,
        idempotencyKey: item.id,
        signal: this.#stop.signal,
        isGuarded,
        remembered: key === undefined ? undefined : memory?.remembered(key),
      });
    } catch (error) {
      result = { ok: false, scope: 'message', reason: error instanceof Error ? error.name : 'failed' };
    } finally {
      queue.ended(item);
    }
    if (result.ok) {
      queue.succeeded();
      queue.unwritten++;
      if (key !== undefined) memory?.remember(key, item.isResolved === true ? undefined : result.remember, now());
      this.#finish(queue, item, 'sent', undefined);
    } else if (!this.#stop.signal.aborted) {
      this.#retry(queue, item, result);
    }
  }

  /** A rule whose file has a mistake for a moment may come back. */
  #wait(queue: PlaceQueue, item: OutboxItem): void {
    const now = this.#deps.now();
    item.nextAt = now + GONE_RETRY_MS;
    if (now - item.createdAt > GONE_MS) this.#finish(queue, item, 'dead', 'the rule or its alerter is gone');
  }

  #retry(queue: PlaceQueue, item: OutboxItem, result: SendResult & { ok: false }): void {
    const { limits, now } = this.#deps;
    const at = now();
    item.attempts++;
    item.tries = [...(item.tries ?? []), { at, reason: result.reason }].slice(-MAX_TRIES_KEPT);
    const isAlone = queue.failed(item);
    if (result.scope === 'message') item.refusals = (item.refusals ?? 0) + 1;
    else if (isAlone) item.failedAlone = (item.failedAlone ?? 0) + 1;
    item.nextAt = at + (result.retryAfterMs ?? this.#backOff(item.attempts));
    if (result.scope === 'place') {
      queue.failures++;
      const until = at + (result.retryAfterMs ?? this.#backOff(queue.failures));
      queue.blockedUntil = Math.max(queue.blockedUntil, until);
    }
    const hopeless = this.#hopeless(item);
    if (result.isFinal === true) this.#finish(queue, item, 'dead', result.reason);
    else if (hopeless !== undefined) this.#finish(queue, item, 'dead', `${result.reason} (${hopeless})`);
    else if (item.nextAt - item.createdAt > limits.alert_time_limit_ms)
      this.#finish(queue, item, 'dead', result.reason);
    else {
      this.pages.changed(item);
      this.#report(item, 'retried', result.reason, result.retryAfterMs);
    }
  }

  #hopeless({ refusals = 0, failedAlone = 0, attempts }: OutboxItem): string | undefined {
    const { max_refused_tries, max_tries_alone } = this.#deps.limits;
    if (refusals >= max_refused_tries) return `refused ${refusals} times`;
    if (failedAlone >= max_tries_alone) return `failed ${attempts} times while others got through`;
    return undefined;
  }

  #backOff(failures: number): number {
    const { limits, random } = this.#deps;
    return backoffMs(failures, { baseMs: limits.retry_min_ms, capMs: limits.retry_max_ms }, random);
  }

  #finish(queue: PlaceQueue, item: OutboxItem, outcome: DeliveryOutcome, reason: string | undefined): void {
    if (!queue.remove(item)) return;
    this.pages.remove(item);
    this.#held.delete(item.id);
    const left = this.waiting(item.rule) - 1;
    if (left > 0) this.#waiting.set(item.rule, left);
    else this.#waiting.delete(item.rule);
    if (isFiring(item)) {
      const others = (this.#firing.get(placeOf(item)) ?? 1) - 1;
      if (others > 0) this.#firing.set(placeOf(item), others);
      else this.#firing.delete(placeOf(item));
    }
    this.#count--;
    this.#bytes -= item.body.length;
    outboxGauge.set(this.#count);
    this.#report(item, outcome, reason);
    this.#forgetEmpty();
  }

  #forgetEmpty(): void {
    for (const [name, { isEmpty, blockedUntil, unwritten }] of this.#queues)
      if (isEmpty && unwritten === 0 && blockedUntil <= this.#deps.now()) this.#queues.delete(name);
  }

  #isTooEarly(item: OutboxItem): boolean {
    return item.isResolved === true && this.#firing.has(placeOf(item));
  }

  #report(item: OutboxItem, outcome: DeliveryOutcome, reason: string | undefined, retryAfterMs?: number): void {
    notificationsTotal.inc({ alerter: item.alerter, outcome });
    this.#deps.onOutcome(item, outcome, reason, retryAfterMs);
  }

  /** The oldest of the rule that has most here; what is on the wire stays. */
  #dropOne(): boolean {
    for (const [rule] of [...this.#waiting].sort((a, b) => b[1] - a[1])) {
      let oldest: { queue: PlaceQueue; item: OutboxItem } | undefined;
      for (const queue of this.#queues.values()) {
        for (const item of queue.items()) {
          if (item.rule !== rule || queue.isSending(item)) continue;
          if (oldest === undefined || item.createdAt < oldest.item.createdAt) oldest = { queue, item };
        }
      }
      if (oldest === undefined) continue;
      this.#finish(oldest.queue, oldest.item, 'dropped', 'the outbox is full');
      return true;
    }
    return false;
  }

  #queueOf(item: OutboxItem): PlaceQueue {
    const place = this.#deps.alerter(item)?.queue(item.target) ?? 'gone';
    // An address out of an event holds up nothing that goes to those of the rule.
    const name = item.url === undefined ? place : `${item.alerter} ${item.url}`;
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new PlaceQueue();
      this.#queues.set(name, queue);
    }
    return queue;
  }
}

const pagesOfItems = (): Pages<OutboxItem> => new Pages('outbox', PER_PAGE, { isOrdered: true });

const placeOf = ({ rule, slot, instance }: OutboxItem): string => `${instance} ${slot} ${rule}`;
const isFiring = ({ instance, isResolved }: OutboxItem): boolean => instance !== undefined && isResolved !== true;

/** All that a state has. */
export function outboxOf({ outbox = [], parts }: Pick<AlertState, 'outbox' | 'parts'>): OutboxItem[] {
  return [...outbox, ...pagesOfItems().restore(parts, outboxItemOf)];
}

/** One as it was written; undefined for something else. */
export function outboxItemOf(value: unknown): OutboxItem | undefined {
  if (!isFields(value)) return undefined;
  const texts = ['id', 'alert', 'rule', 'alerter', 'body'].every(name => typeof value[name] === 'string');
  const numbers = ['slot', 'createdAt', 'attempts', 'nextAt'].every(name => Number.isFinite(value[name]));
  return texts && numbers ? (value as unknown as OutboxItem) : undefined;
}
