import { createHash } from 'node:crypto';
import { abortableDelay } from '../../base/flow/abort.ts';
import { backoffMs } from '../../base/flow/backoff.ts';
import { Semaphore } from '../../base/flow/semaphore.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { SendResult } from '../alerters/alerter.ts';
import type { Integration, Message } from '../receivers/integration.ts';
import type { Task } from '../routing/dispatcher.ts';
import { groupData } from '../routing/group-data.ts';
import { Troubles } from '../troubles.ts';
import { routedNotifications } from './metrics.ts';
import type { RoutedNotifications } from './routed-notifications.ts';

const log = logger('alertmanager');

/** Of a receiver that is away many groups have to tell: one line is enough, the metric counts them all. */
const troubles = new Troubles(log);

const RETRY = { baseMs: 1000, capMs: 30_000 };
/** Who fails is not asked by everybody at once; what others have to say is not kept from it for long. */
const PAUSE = { baseMs: 250, capMs: 2000 };
/** Messages of one entry of a receiver on the wire at the same time. */
const MAX_SENDING = 8;

/** The way to one entry of a receiver: what is refused for itself holds up nothing else, and who is away is not asked by all. */
export class Lane {
  readonly #slots = new Semaphore(MAX_SENDING);
  #failures = 0;
  /** Who is there has asked to wait until then; epoch milliseconds. */
  #blockedUntil = 0;
  /** What failed before is not tried again before. */
  #pausedUntil = 0;

  /** When one may be sent; `isNew`: it was not tried yet. */
  openAt(isNew: boolean): number {
    return isNew ? this.#blockedUntil : Math.max(this.#blockedUntil, this.#pausedUntil);
  }

  /** Sends in a slot of its own; undefined: it may not be sent yet. Rejects when `closing` aborts. */
  run(
    send: () => Promise<SendResult>,
    isNew: boolean,
    { now, random, closing }: Pick<DeliveryDependencies, 'now' | 'random' | 'closing'>,
  ): Promise<SendResult | undefined> {
    return this.#slots.run(async () => {
      if (this.openAt(isNew) > now()) return undefined;
      const failures = this.#failures;
      const result = await send();
      if (result.ok || result.scope === 'message') {
        this.#failures = 0;
        this.#pausedUntil = 0;
        return result;
      }
      // Those that were on the wire together are one failure.
      this.#failures = Math.max(this.#failures, failures + 1);
      this.#pausedUntil = now() + backoffMs(this.#failures, PAUSE, random);
      if (result.retryAfterMs !== undefined)
        this.#blockedUntil = Math.max(this.#blockedUntil, now() + result.retryAfterMs);
      return result;
    }, closing);
  }

  setBack(byMs: number): void {
    this.#blockedUntil -= byMs;
    this.#pausedUntil -= byMs;
  }
}

export interface DeliveryDependencies {
  readonly sender: Integration;
  readonly lane: Lane;
  readonly message: Message;
  readonly notifications: RoutedNotifications;
  /** Aborts when nothing may be waited for any more. */
  readonly closing: AbortSignal;
  /** Aborts when what is on the wire is given up. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly random: () => number;
  readonly maySend: () => boolean;
}

/**
 * Sends a task, again and again until the deadline. Gives what the message left behind at its receiver; undefined: it was not
 * taken. Never rejects.
 */
export async function deliver(
  task: Task,
  deadline: number,
  deps: DeliveryDependencies,
): Promise<{ readonly remember?: string | undefined } | undefined> {
  const { sender, notifications, now, closing, message } = deps;
  const { kind } = task.integration;
  const about = { receiver: task.receiver, integration: kind, group: task.group.key.slice(0, 500) };
  const place = JSON.stringify([task.receiver, kind, task.integration.index]);
  if (task.isSilent) return {};
  notifications.begin(task, message.idempotencyKey, now());
  for (let tries = 1; ; tries++) {
    const result = await tryOnce(sender, tries === 1, deadline, deps);
    if (result === undefined || (!result.ok && closing.aborted)) return undefined;
    if (result.ok) {
      routedNotifications.inc({ integration: kind, outcome: 'sent' });
      notifications.sent(task, now());
      troubles.taken(place, about, now());
      return { remember: result.remember };
    }
    const pause = Math.max(result.retryAfterMs ?? 0, backoffMs(tries, RETRY, deps.random));
    const isOver = result.scope === 'message' || now() + pause > deadline;
    const nextAt = isOver ? Math.max(now(), task.group.nextAt) : now() + pause;
    if (result.isFinal === true) notifications.refused(task, result.reason, now(), nextAt);
    else notifications.failed(task, result.reason, now(), nextAt);
    routedNotifications.inc({ integration: kind, outcome: isOver ? 'failed' : 'retried' });
    const { reason, retryAfterMs } = result;
    // Given up, the group is told again at its next interval.
    troubles.failed(place, { ...about, tries }, { reason, retryAfterMs, nextAt }, now());
    if (isOver) return undefined;
    await abortableDelay(pause, closing);
    if (closing.aborted) return undefined;
  }
}

/** Undefined: there was no time to send it, or nothing is sent any more. */
async function tryOnce(
  sender: Integration,
  isNew: boolean,
  deadline: number,
  { lane, message, now, random, maySend, closing, signal }: DeliveryDependencies,
): Promise<SendResult | undefined> {
  for (;;) {
    const openAt = lane.openAt(isNew);
    const pause = openAt - now();
    if (pause > 0) {
      if (openAt > deadline) return undefined;
      await abortableDelay(pause, closing);
      if (closing.aborted) return undefined;
    }
    if (!maySend()) return undefined;
    let result: SendResult | undefined;
    try {
      result = await lane.run(() => send(sender, message, signal), isNew, { now, random, closing });
    } catch {
      return undefined;
    }
    if (result !== undefined) return result;
  }
}

export async function send(sender: Integration, message: Message, signal: AbortSignal): Promise<SendResult> {
  try {
    return await sender.send(message, signal);
  } catch (error) {
    return { ok: false, scope: 'message', reason: messageOf(error) };
  }
}

/** What a message is made from. */
export interface MessageFacts
  extends Pick<Message, 'receiver' | 'groupKey' | 'groupLabels' | 'alerts' | 'links' | 'remembered'> {
  readonly idempotencyKey: string;
  readonly externalUrl: string;
}

export function messageOfGroup({ externalUrl, ...facts }: MessageFacts): Message {
  const { receiver, groupLabels, alerts, links } = facts;
  return {
    ...facts,
    data: (most = alerts.length) =>
      groupData({ receiver, groupLabels, externalUrl, links, alerts: alerts.slice(0, most) }),
  };
}

/** The same for each try, also of another process. `before`: when the integration was told of the group last. */
export function idempotencyKey({ logKey, told }: Pick<Task, 'logKey' | 'told'>, before: number | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([logKey, before ?? 0, told.firing, told.resolved]))
    .digest('hex');
}
