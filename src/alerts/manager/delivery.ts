import { createHash } from 'node:crypto';
import { abortableDelay } from '../../base/flow/abort.ts';
import { backoffMs } from '../../base/flow/backoff.ts';
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
  const place = JSON.stringify([task.receiver, kind, task.integration.index]);
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
      troubles.taken(place, about, now());
      return true;
    }
    if (closing.aborted) return false;
    const pause = Math.max(result.retryAfterMs ?? 0, backoffMs(tries, RETRY, random));
    const isOver = result.scope === 'message' || now() + pause > deadline;
    notifications.failed(task, result.reason, now(), isOver ? Math.max(now(), task.group.nextAt) : now() + pause);
    routedNotifications.inc({ integration: kind, outcome: isOver ? 'failed' : 'retried' });
    const { reason, retryAfterMs } = result;
    // Given up, the group is told again at its next interval.
    const nextAt = isOver ? Math.max(now(), task.group.nextAt) : now() + pause;
    troubles.failed(place, { ...about, tries }, { reason, retryAfterMs, nextAt }, now());
    if (isOver) return false;
    await abortableDelay(pause, closing);
    if (closing.aborted) return false;
  }
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
