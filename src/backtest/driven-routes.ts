import type { Instance } from '../alerts/instances/instance.ts';
import { libraryOf, type Routing } from '../alerts/manager/alertmanager.ts';
import { messageOfGroup } from '../alerts/manager/delivery.ts';
import { routedAlert } from '../alerts/manager/rule-feed.ts';
import { shownMessage } from '../alerts/receivers/shown-message.ts';
import { Dispatcher, type Task } from '../alerts/routing/dispatcher.ts';
import { NotifyLog } from '../alerts/routing/notify-log.ts';
import { eachRoute } from '../alerts/routing/route.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import { isoTime } from '../base/time/iso.ts';
import type { BacktestReceiver, BacktestRouted } from '../core/api/backtest.ts';

export interface DrivenRoutesOptions {
  readonly rules: readonly Rule[];
  readonly routing: Routing;
  /** Messages that are listed. */
  readonly maxMessages: number;
  /** And of these, those with their texts. */
  readonly maxWhole: number;
}

const LIMITS = { maxAlerts: 200_000, maxGroups: 20_000 };
/** Nobody has said when it ends. */
const LATER_MS = 3_650 * 86_400_000;
const ADDRESS = 'http://longshore';

/** True where an alert of the rule is told by the routes. */
export const isRouted = ({ alerters }: Rule): boolean => alerters.some(({ type }) => type === 'routes');

/**
 * The routes of the service under a clock that is driven: alerts of rules that say `alert: routes` are grouped, inhibited and
 * held back by time intervals, and what each receiver would get is written down. Everybody takes what is sent, and nobody
 * has silenced anything.
 */
export class DrivenRoutes {
  readonly #options: DrivenRoutesOptions;
  readonly #routed: ReadonlySet<string>;
  readonly #log = new NotifyLog();
  readonly #dispatcher: Dispatcher;
  readonly #library: ReturnType<typeof libraryOf>;
  readonly #told = new Map<string, { messages: number; readonly listed: BacktestRouted[] }>();
  #listed = 0;
  #nextAt = Number.POSITIVE_INFINITY;

  constructor(options: DrivenRoutesOptions) {
    const { rules, routing } = options;
    this.#options = options;
    this.#routed = new Set(rules.filter(isRouted).map(({ name }) => name));
    this.#library = libraryOf(routing);
    this.#dispatcher = new Dispatcher({
      config: routing.config,
      log: this.#log,
      silencing: () => [],
      limits: LIMITS,
      onGone: () => {},
      onLimit: () => {},
    });
  }

  /** When the next message is due without news, epoch milliseconds. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** `changed`: the alerts of which there is news. */
  tick(now: number, changed: Iterable<Instance>): void {
    for (const instance of changed) this.#hear(instance, now);
    if (now < this.#nextAt) return;
    for (const flush of this.#dispatcher.due(now)) {
      for (const task of flush.tasks) this.#tell(task, now);
      this.#dispatcher.ended(flush, true);
    }
    this.#nextAt = this.#dispatcher.nextAt();
  }

  /** The reported time begins: what was told before is known, and not reported. */
  begin(): void {
    this.#told.clear();
    this.#listed = 0;
  }

  /** Groups that wait for their first message get it. */
  result(to: number): BacktestReceiver[] {
    const waits = [...eachRoute(this.#options.routing.config.route)].map(({ groupWaitMs }) => groupWaitMs);
    const end = to + Math.max(...waits);
    while (this.#nextAt <= end) this.tick(this.#nextAt, []);
    return [...this.#told].map(([name, { messages, listed }]) => ({ name, messages, told: listed }));
  }

  #hear(instance: Instance, now: number): void {
    const { rule, isFiring, endsAt } = instance;
    if (!this.#routed.has(rule) || (endsAt === undefined && !isFiring)) return;
    const alert = routedAlert(instance, '');
    this.#dispatcher.put(
      { ...alert, updatedAt: now, endsAt: endsAt ?? now + LATER_MS, isTimeout: endsAt === undefined },
      now,
    );
    this.#nextAt = this.#dispatcher.nextAt();
  }

  #tell(task: Task, now: number): void {
    this.#dispatcher.told(task);
    if (task.isSilent) return;
    const { receiver, integration, group, alerts } = task;
    const known = this.#told.get(receiver) ?? { messages: 0, listed: [] };
    this.#told.set(receiver, known);
    known.messages++;
    if (this.#listed >= this.#options.maxMessages) return;
    const firing = alerts.filter(({ endsAt }) => endsAt === undefined).length;
    const isWhole = this.#listed++ < this.#options.maxWhole;
    known.listed.push({
      at: isoTime(now),
      kind: integration.kind,
      status: firing > 0 ? 'firing' : 'resolved',
      group: group.labels,
      firing,
      resolved: alerts.length - firing,
      rules: [...new Set(alerts.map(({ labels }) => labels['alertname'] ?? ''))].sort(),
      ...(isWhole ? { body: this.#body(task) } : {}),
    });
  }

  #body({ receiver, integration, group, alerts, logKey }: Task): string {
    const message = messageOfGroup({
      ...{ receiver, groupKey: group.key, groupLabels: group.labels, alerts },
      ...{ externalUrl: ADDRESS, idempotencyKey: logKey },
    });
    return shownMessage(integration, message, this.#library);
  }
}
