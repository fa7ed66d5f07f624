import { readFile } from 'node:fs/promises';
import { Semaphore } from '../../base/flow/semaphore.ts';
import { settle } from '../../base/flow/settle.ts';
import type { AlertInstance } from '../../core/alert.ts';
import type { NotificationView } from '../../core/api/alerts.ts';
import type { Lifecycle } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { TemplateLibrary } from '../go-template/go-template.ts';
import { LEAVING } from '../leaving.ts';
import { DEFAULT_TEMPLATES } from '../receivers/default-templates.ts';
import { makeIntegration } from '../receivers/index.ts';
import type { Integration, Surroundings } from '../receivers/integration.ts';
import { GroupMemory } from '../receivers/memory.ts';
import { isResolved, type RoutedAlert } from '../routing/alert-book.ts';
import type { RoutingConfig } from '../routing/config/read-config.ts';
import { Dispatcher, type Flush, type Task } from '../routing/dispatcher.ts';
import { NotifyLog } from '../routing/notify-log.ts';
import { sizeOf } from '../routing/read-alerts.ts';
import type { UserSilences } from '../user-silences.ts';
import { deliver } from './delivery.ts';
import { Journal } from './journal.ts';
import { alertmanagerLimited, receivedAlerts, routedAlerts, routedGroups } from './metrics.ts';
import { RoutedNotifications } from './routed-notifications.ts';
import { SavedState, type StateRecord } from './state.ts';

const log = logger('alertmanager');

/** What `alertmanager.yml` says, and the files of its `templates`. */
export interface Routing {
  readonly config: RoutingConfig;
  readonly templates: readonly TemplateFile[];
}

export interface TemplateFile {
  readonly path: string;
  readonly text: string;
}

export interface AlertmanagerDependencies extends Routing {
  /** Folder of its state. */
  readonly dir: string;
  readonly silences: UserSilences;
  /** Address of this service in messages, without a slash at its end. */
  readonly externalUrl: () => string;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
  readonly random?: () => number;
}

const LIMITS = { maxAlerts: 200_000, maxGroups: 20_000 };
/** Of all alerts together. */
const MAX_BYTES = 268_435_456;
const MAX_TOLD = 100_000;
/** Notifications that were sent or dropped and are still listed. */
const MAX_FINISHED = 100;
/** Messages of one entry of a receiver on their way at the same time. */
const MAX_SENDING = 8;
const SWEEP_MS = 60_000;
const SOON_MS = 50;
const FAILED_MS = 5000;
const CLOCK_TOLERANCE_MS = 1000;

/**
 * Alertmanager inside of Longshore: takes alerts, whoever raised them, and tells the receivers of `alertmanager.yml`.
 * What it was given is durable when it says so; what was told is durable right after.
 */
export class Alertmanager implements Lifecycle {
  readonly silences: UserSilences;
  readonly #deps: AlertmanagerDependencies;
  readonly #now: () => number;
  #around: Surroundings;
  readonly #log = new NotifyLog();
  /** What is on its way to receivers, and what became of the latest. */
  readonly #notifications = new RoutedNotifications({ maxWaiting: LIMITS.maxGroups, maxFinished: MAX_FINISHED });
  /** Nothing more is begun, and nothing is waited for. */
  readonly #closing = new AbortController();
  /** What is on the wire is given up. */
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** By receiver, kind and position. */
  readonly #lanes = new Map<string, Semaphore>();
  readonly #limitsSaid = new Map<string, number>();
  readonly startedAt: number;
  #config: RoutingConfig;
  #integrations = new Map<Task['integration'], Integration | undefined>();
  #dispatcher: Dispatcher;
  #journal: Journal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #bytes = 0;
  #latest = 0;
  #sweptAt = 0;

  constructor(deps: AlertmanagerDependencies) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
    this.#around = {
      fetch: deps.fetch ?? fetch,
      readFile: path => readFile(path, 'utf8'),
      templates: libraryOf(deps),
      memory: new GroupMemory(),
    };
    this.silences = deps.silences;
    this.startedAt = this.#now();
    this.#config = deps.config;
    this.#dispatcher = this.#newDispatcher();
  }

  get config(): RoutingConfig {
    return this.#config;
  }

  get dispatcher(): Dispatcher {
    return this.#dispatcher;
  }

  now(): number {
    return this.#now();
  }

  async start(): Promise<void> {
    const saved = new SavedState();
    this.#journal = await Journal.open(
      this.#deps.dir,
      record => saved.take(record),
      () => this.#snapshot(),
    );
    const now = this.#now();
    this.#latest = now;
    for (const [key, told] of saved.told) this.#log.set(key, told);
    for (const alert of saved.alerts.values()) this.#restore(alert, now);
    this.#wake();
  }

  /** What has been told stays told; alerts and groups are put in order anew. */
  reload(routing: Routing): void {
    const { config } = routing;
    this.#around = { ...this.#around, templates: libraryOf(routing) };
    const former = this.#dispatcher;
    const now = this.#now();
    this.#config = config;
    this.#integrations = new Map();
    this.#dispatcher = this.#newDispatcher();
    for (const alert of former.alerts()) this.#dispatcher.restore(alert, now);
    this.#wake();
  }

  /**
   * The door for rules of this process: instances as they are now. One without an end has to be said again within
   * `resolve_timeout`, or it counts as over. Resolves when they are durable.
   */
  async takeInstances(instances: readonly AlertInstance[]): Promise<void> {
    const until = this.#now() + this.#config.resolveTimeoutMs;
    await this.take(
      instances.map(instance => ({
        ...instance,
        endsAt: instance.endsAt ?? until,
        isTimeout: instance.endsAt === undefined,
      })),
    );
  }

  /** Resolves when they are durable. Rejects when they cannot be written; they are known all the same. */
  async take(alerts: readonly RoutedAlert[]): Promise<void> {
    const now = this.#now();
    for (const alert of alerts) this.#take(alert, now);
    routedAlerts.set(this.#dispatcher.alertCount);
    routedGroups.set(this.#dispatcher.groupCount);
    this.#wakeSoon();
    await this.#journal?.flush();
  }

  /** What is on its way to receivers, and what became of the latest; in no order. */
  notifications(): NotificationView[] {
    this.#sweepNotifications();
    return this.#notifications.list();
  }

  async stop(signal: AbortSignal): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#soon);
    this.#timer = undefined;
    this.#closing.abort();
    await settle(this.#running, signal, () => this.#stop.abort(), LEAVING);
    const journal = this.#journal;
    this.#journal = undefined;
    await journal?.close();
  }

  #newDispatcher(): Dispatcher {
    const dispatcher: Dispatcher = new Dispatcher({
      config: this.#config,
      log: this.#log,
      silencing: (labels, now) => this.silences.store.silencing(labels, now).map(({ id }) => id),
      limits: LIMITS,
      onGone: alert => {
        // One from before a reload only ends what it has begun.
        if (this.#dispatcher !== dispatcher) return;
        this.#bytes -= sizeOf(alert);
        this.#write({ gone: alert.fingerprint });
      },
      onLimit: limit => this.#limited(limit),
    });
    return dispatcher;
  }

  #take(alert: RoutedAlert, now: number): void {
    const before = this.#dispatcher.get(alert.fingerprint);
    const size = sizeOf(alert) - (before === undefined ? 0 : sizeOf(before));
    if (size > 0 && this.#bytes + size > MAX_BYTES) {
      this.#limited('bytes');
      receivedAlerts.inc({ outcome: 'left_out' });
      return;
    }
    const after = this.#dispatcher.put(alert, now);
    receivedAlerts.inc({ outcome: after === undefined ? (isResolved(alert, now) ? 'over' : 'left_out') : 'taken' });
    if (after === undefined) return;
    this.#bytes += size;
    if (before === undefined || isOtherWord(before, after)) this.#write({ alert: after });
  }

  /** Whoever spoke of it as firing could not do so while nobody listened: it gets the time to. */
  #restore(alert: RoutedAlert, now: number): void {
    const isOver = isResolved(alert, alert.updatedAt);
    const until = now + this.#config.resolveTimeoutMs;
    const restored = isOver || alert.endsAt >= until ? alert : { ...alert, endsAt: until, isTimeout: true };
    this.#bytes += sizeOf(alert);
    this.#dispatcher.restore(restored, now);
  }

  #write(record: StateRecord): void {
    this.#journal?.append(record);
  }

  *#snapshot(): IterableIterator<StateRecord> {
    for (const alert of this.#dispatcher.alerts()) yield { alert };
    for (const [key, told] of this.#log.entries()) yield { key, told };
  }

  /** Many groups may have been told at once: one look is enough for them. */
  #wakeSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#wake();
    }, SOON_MS);
    this.#soon.unref();
  }

  /** Looks again when the next group is due. */
  #wake(): void {
    if (this.#journal === undefined) return;
    clearTimeout(this.#timer);
    const wait = Math.max(0, this.#dispatcher.nextAt() - this.#now());
    // Timers may fire a little early; a look in vain costs nothing.
    this.#timer = setTimeout(() => this.#runSafely(), Math.min(SWEEP_MS, wait + 1));
    this.#timer.unref();
  }

  /** Whatever an alert is like, it does not end the process. */
  #runSafely(): void {
    try {
      this.#run();
    } catch (error) {
      log.error({ error: messageOf(error) }, 'routing failed; it goes on in a moment');
      this.#timer = setTimeout(() => this.#runSafely(), FAILED_MS);
      this.#timer.unref();
    }
  }

  #run(): void {
    const now = this.#now();
    if (now < this.#latest - CLOCK_TOLERANCE_MS) this.#dispatcher.setBack(this.#latest - now);
    this.#latest = now;
    for (const flush of this.#dispatcher.due(now)) this.#track(this.#tell(flush, this.#dispatcher));
    if (now - this.#sweptAt >= SWEEP_MS) {
      this.#sweptAt = now;
      for (const key of this.#log.forget(now, MAX_TOLD)) this.#write({ forgotten: key });
      void this.#journal?.flush().catch(() => {});
      this.#sweepNotifications();
    }
    routedAlerts.set(this.#dispatcher.alertCount);
    routedGroups.set(this.#dispatcher.groupCount);
    this.#wake();
  }

  /** Groups that are gone, and receivers that another configuration has not. */
  #sweepNotifications(): void {
    const groups = new Map(this.#dispatcher.groups().map(group => [group.key, group]));
    const { receivers } = this.#config;
    this.#notifications.sweep(({ receiver, group: { key }, integration: { kind, index } }) => {
      const group = groups.get(key);
      if (group === undefined || group.alerts.size === 0 || group.route.receiver !== receiver) return true;
      return receivers.get(receiver)?.integrations.every(one => one.kind !== kind || one.index !== index) !== false;
    }, this.#now());
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => {
      this.#running.delete(work);
      this.#wakeSoon();
    });
  }

  async #tell(flush: Flush, dispatcher: Dispatcher): Promise<void> {
    try {
      const told = await Promise.all(flush.tasks.map(task => this.#tellOne(task, flush.deadline, dispatcher)));
      dispatcher.ended(flush, told.every(Boolean));
      await this.#journal?.flush();
    } catch (error) {
      // What could not be written is written with the next; at worst it is told twice.
      log.debug({ error: messageOf(error) }, 'the end of a notification was not written');
    }
  }

  async #tellOne(task: Task, deadline: number, dispatcher: Dispatcher): Promise<boolean> {
    const { integration, receiver } = task;
    const name = JSON.stringify([receiver, integration.kind, integration.index]);
    const lane = this.#lanes.get(name) ?? new Semaphore(MAX_SENDING);
    this.#lanes.set(name, lane);
    const before = this.#log.get(task.logKey, task.told.at)?.at;
    let isTold: boolean;
    try {
      isTold = await lane.run(
        () =>
          deliver(task, before, deadline, {
            closing: this.#closing.signal,
            signal: this.#stop.signal,
            integration: one => this.#integrationOf(one.integration),
            externalUrl: this.#deps.externalUrl,
            notifications: this.#notifications,
            now: this.#now,
            random: this.#deps.random ?? Math.random,
          }),
        this.#closing.signal,
      );
    } catch {
      return false;
    }
    if (!isTold) return false;
    dispatcher.told(task);
    this.#write({ key: task.logKey, told: task.told });
    await this.#journal?.flush().catch(() => {});
    return true;
  }

  #integrationOf(config: Task['integration']): Integration | undefined {
    if (!this.#integrations.has(config)) this.#integrations.set(config, makeIntegration(config, this.#around));
    return this.#integrations.get(config);
  }

  #limited(limit: string): void {
    alertmanagerLimited.inc({ limit });
    const now = this.#now();
    if (now - (this.#limitsSaid.get(limit) ?? Number.NEGATIVE_INFINITY) < SWEEP_MS) return;
    this.#limitsSaid.set(limit, now);
    log.error(
      { limit, alerts: this.#dispatcher.alertCount, groups: this.#dispatcher.groupCount },
      'there are too many alerts; new ones are left out',
    );
  }
}

/** The default templates, and those of files. Mistakes in files are told where they are read. */
function libraryOf({ templates }: Routing): TemplateLibrary {
  const library = new TemplateLibrary();
  for (const text of [...DEFAULT_TEMPLATES, ...templates.map(file => file.text)]) {
    try {
      library.add(text);
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'a template cannot be read; what calls it gets a plain text');
    }
  }
  return library;
}

/** Whether what is on the disk does not say it yet. That an end has moved on does not matter: see `#restore`. */
function isOtherWord(before: RoutedAlert, after: RoutedAlert): boolean {
  return (
    before.startsAt !== after.startsAt ||
    before.isTimeout !== after.isTimeout ||
    before.generatorUrl !== after.generatorUrl ||
    isResolved(before, before.updatedAt) !== isResolved(after, after.updatedAt) ||
    JSON.stringify(before.annotations) !== JSON.stringify(after.annotations)
  );
}
