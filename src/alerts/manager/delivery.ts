import { createHash } from 'node:crypto';
import { abortableDelay } from '../../base/flow/abort.ts';
import { backoffMs } from '../../base/flow/backoff.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { SendResult } from '../alerters/alerter.ts';
import type { Integration, Message } from '../receivers/integration.ts';
import type { Task } from '../routing/dispatcher.ts';
import { groupData } from '../routing/group-data.ts';
import { routedNotifications } from './metrics.ts';
import type { RoutedNotifications } from './routed-notifications.ts';

const log = logger('alertmanager');

const RETRY = { baseMs: 1000, capMs: 30_000 };

export interface DeliveryDependencies {
  readonly integration: (task: Task) => Integration | undefined;
  readonly externalUrl: () => string;
  readonly notifications: RoutedNotifications;
  /** Aborts when nothing may be waited for any more. */
  readonly closing: AbortSignal;
  /** Aborts when what is on the wire is given up. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly random: () => number;
}

/** Sends a task, again and again until the deadline. True: it was taken. Never rejects. */
export async function deliver(
  task: Task,
  before: number | undefined,
  deadline: number,
  { integration, externalUrl, notifications, now, random, closing, signal }: DeliveryDependencies,
): Promise<boolean> {
  const { kind } = task.integration;
  const about = { receiver: task.receiver, integration: kind, group: task.group.key.slice(0, 500) };
  const sender = integration(task);
  if (task.isSilent) return true;
  if (sender === undefined) {
    routedNotifications.inc({ integration: kind, outcome: 'log_only' });
    log.warn(
      { ...about, alerts: task.alerts.length },
      'a notification is only logged: this kind of receiver is not built',
    );
    return true;
  }
  const message = messageFor(task, before, externalUrl());
  notifications.begin(task, message.idempotencyKey, now());
  for (let tries = 1; ; tries++) {
    let result: SendResult;
    try {
      result = await sender.send(message, signal);
    } catch (error) {
      result = { ok: false, scope: 'message', reason: messageOf(error) };
    }
    if (result.ok) {
      routedNotifications.inc({ integration: kind, outcome: 'sent' });
      notifications.sent(task, now());
      return true;
    }
    if (closing.aborted) return false;
    const pause = Math.max(result.retryAfterMs ?? 0, backoffMs(tries, RETRY, random));
    const isOver = result.scope === 'message' || now() + pause > deadline;
    notifications.failed(task, result.reason, now(), isOver ? Math.max(now(), task.group.nextAt) : now() + pause);
    routedNotifications.inc({ integration: kind, outcome: isOver ? 'failed' : 'retried' });
    if (isOver) {
      if (isNewTrouble(`${task.receiver} ${kind} failed`, now()))
        log.error(
          { ...about, tries, reason: result.reason },
          'a notification was not taken; the group is told again at its next interval',
        );
      return false;
    }
    if (isNewTrouble(`${task.receiver} ${kind} retried`, now()))
      log.warn({ ...about, reason: result.reason }, 'a notification was not taken; it is tried again');
    await abortableDelay(pause, closing);
    if (closing.aborted) return false;
  }
}

const SAY_AGAIN_MS = 10_000;
const MAX_TROUBLES = 1000;
const troubles = new Map<string, number>();

/** One line for many groups of a receiver that is away; the metric counts them all. */
function isNewTrouble(what: string, now: number): boolean {
  const last = troubles.get(what);
  if (last !== undefined && Math.abs(now - last) < SAY_AGAIN_MS) return false;
  if (troubles.size >= MAX_TROUBLES) troubles.clear();
  troubles.set(what, now);
  return true;
}

function messageFor(
  { receiver, group, alerts, logKey, told }: Task,
  before: number | undefined,
  externalUrl: string,
): Message {
  const hash = createHash('sha256').update(JSON.stringify([logKey, before ?? 0, told.firing, told.resolved]));
  return {
    receiver,
    groupKey: group.key,
    groupLabels: group.labels,
    alerts,
    data: most =>
      groupData({
        receiver,
        groupLabels: group.labels,
        externalUrl,
        alerts: most === undefined ? alerts : alerts.slice(0, most),
      }),
    idempotencyKey: hash.digest('hex'),
  };
}
