import { settle } from '../../base/flow/settle.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { LEAVING } from '../leaving.ts';
import type { Integration } from '../receivers/integration.ts';
import type { IntegrationConfig } from '../routing/config/read-receivers.ts';
import type { Dispatcher, Flush, Task, ToldAlert } from '../routing/dispatcher.ts';
import type { GroupLinks } from '../routing/group-data.ts';
import type { NotifyLog } from '../routing/notify-log.ts';
import type { Labels } from '../silencing/matcher.ts';
import { deliver, idempotencyKey, Lane, messageOfGroup, send } from './delivery.ts';
import type { RoutedNotifications, SavedNotification } from './routed-notifications.ts';
import type { StateKeeper } from './state.ts';

const log = logger('alertmanager');

/** What links of a message are made from. */
export interface LinkedGroup {
  readonly labels: Labels;
  readonly alerts: readonly ToldAlert[];
}

export interface TellingDependencies {
  readonly keeper: StateKeeper;
  readonly log: NotifyLog;
  readonly notifications: RoutedNotifications;
  readonly integration: (config: IntegrationConfig) => Integration;
  /** Address of this service in messages. */
  readonly externalUrl: () => string;
  readonly links?: ((group: LinkedGroup) => GroupLinks | undefined) | undefined;
  readonly now: () => number;
  readonly random: () => number;
  /** No: another process may send by now. */
  readonly maySend: () => boolean;
  /** Something ended: the next group may be due. */
  readonly onEnd: () => void;
}

/** Tells groups, for as long as this process is the one that does. */
export class Telling {
  readonly #deps: TellingDependencies;
  /** Nothing more is begun, and nothing is waited for. */
  readonly #closing = new AbortController();
  /** What is on the wire is given up. */
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** By receiver, kind and position. */
  readonly #lanes = new Map<string, Lane>();

  constructor(deps: TellingDependencies) {
    this.#deps = deps;
  }

  tell(flush: Flush, dispatcher: Dispatcher): void {
    this.#track(this.#tell(flush, dispatcher));
  }

  /** Sends a dead message of a group that is gone once more. */
  again(saved: SavedNotification, integration: IntegrationConfig): void {
    this.#track(this.#again(saved, integration));
  }

  setBack(byMs: number): void {
    for (const lane of this.#lanes.values()) lane.setBack(byMs);
  }

  /** What is on the wire may finish until `signal` aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#closing.abort();
    await settle(this.#running, signal, () => this.#stop.abort(), LEAVING);
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => {
      this.#running.delete(work);
      this.#deps.onEnd();
    });
  }

  async #tell(flush: Flush, dispatcher: Dispatcher): Promise<void> {
    try {
      const told = await Promise.all(flush.tasks.map(task => this.#tellOne(task, flush.deadline, dispatcher)));
      dispatcher.ended(flush, told.every(Boolean));
      await this.#deps.keeper.flush();
    } catch (error) {
      // What could not be written is written with the next; at worst it is told twice.
      log.debug({ error: messageOf(error) }, 'the end of a notification was not written');
    }
  }

  async #tellOne(task: Task, deadline: number, dispatcher: Dispatcher): Promise<boolean> {
    const { integration, receiver, group, alerts, logKey } = task;
    const { keeper, notifications, now, random, maySend } = this.#deps;
    const before = this.#deps.log.get(logKey, task.told.at);
    const message = messageOfGroup({
      ...{ receiver, alerts, groupKey: group.key, groupLabels: group.labels, remembered: before?.remember },
      externalUrl: this.#deps.externalUrl(),
      links: this.#deps.links?.({ labels: group.labels, alerts }),
      idempotencyKey: idempotencyKey(task, before?.at),
    });
    const taken = await deliver(task, deadline, {
      ...{ message, notifications, now, random, maySend, closing: this.#closing.signal, signal: this.#stop.signal },
      sender: this.#deps.integration(integration),
      lane: this.#laneOf(receiver, integration),
    });
    if (taken !== undefined) {
      const { remember } = taken;
      const told = remember === undefined ? task.told : { ...task.told, remember };
      dispatcher.told(task, told);
      keeper.append({ key: logKey, told });
    }
    await keeper.flush().catch(() => {});
    return taken !== undefined;
  }

  async #again(saved: SavedNotification, integration: IntegrationConfig): Promise<void> {
    const { id, receiver, groupKey, groupLabels, message: kept } = saved;
    const { notifications, now, keeper } = this.#deps;
    const sender = this.#deps.integration(integration);
    if (kept === undefined || !this.#deps.maySend()) return;
    const message = messageOfGroup({
      ...{ receiver, groupKey, groupLabels, alerts: kept.alerts, idempotencyKey: id },
      externalUrl: this.#deps.externalUrl(),
    });
    const result = await send(sender, message, this.#stop.signal);
    notifications.sentAgain(id, now(), result.ok ? undefined : result.reason);
    await keeper.flush().catch(() => {});
  }

  #laneOf(receiver: string, { kind, index }: IntegrationConfig): Lane {
    const name = JSON.stringify([receiver, kind, index]);
    const lane = this.#lanes.get(name) ?? new Lane();
    this.#lanes.set(name, lane);
    return lane;
  }
}
