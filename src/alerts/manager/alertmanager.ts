import { readFile } from 'node:fs/promises';
import { Coalesced } from '../../base/flow/coalesced.ts';
import type { AlertInstance } from '../../core/alert.ts';
import type { AlertDelivery, NotificationView } from '../../core/api/alerts.ts';
import type { Lifecycle } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { TemplateLibrary } from '../go-template/go-template.ts';
import { DEFAULT_TEMPLATES } from '../receivers/default-templates.ts';
import { makeIntegration } from '../receivers/index.ts';
import type { Integration, Surroundings } from '../receivers/integration.ts';
import type { RoutedAlert } from '../routing/alert-book.ts';
import type { RoutingConfig } from '../routing/config/read-config.ts';
import type { IntegrationConfig } from '../routing/config/read-receivers.ts';
import type { Dispatcher } from '../routing/dispatcher.ts';
import type { UserSilences } from '../user-silences.ts';
import { Journal } from './journal.ts';
import { alertmanagerLimited, routedAlerts, routedGroups } from './metrics.ts';
import { RoutedState } from './routed-state.ts';
import type { PostedWord, SharedState, StateKeeper } from './state.ts';
import { Telling, type TellingDependencies } from './telling.ts';

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

export interface AlertmanagerDependencies extends Routing, Pick<TellingDependencies, 'externalUrl' | 'links'> {
  /** Folder of its state; or what processes share, of whom one routes: that one says `begin` and `end`. */
  readonly home: string | SharedState;
  readonly silences: UserSilences;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
  readonly random?: () => number;
}

const SWEEP_MS = 60_000;
const SOON_MS = 50;
const FAILED_MS = 5000;
const CLOCK_TOLERANCE_MS = 1000;

/** While this process is the one that routes. */
interface Duty {
  readonly keeper: StateKeeper;
  readonly telling: Telling;
  /** Others follow what is written. */
  readonly isShared: boolean;
}

/**
 * Alertmanager inside of Longshore: takes alerts, whoever raised them, and tells the receivers of `alertmanager.yml`.
 * What it was given is durable when it says so; what was told is durable right after. Of several processes that share what
 * they know one routes; the others pass on what they are given, and answer as that one does.
 */
export class Alertmanager implements Lifecycle {
  readonly silences: UserSilences;
  readonly startedAt: number;
  readonly #deps: AlertmanagerDependencies;
  readonly #now: () => number;
  readonly #state: RoutedState;
  readonly #following = new Coalesced(() => this.#followSafely());
  readonly #limitsSaid = new Map<string, number>();
  readonly #templates: { library: TemplateLibrary };
  #integrations = new Map<IntegrationConfig, Integration>();
  #duty: Duty | undefined;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #latest = 0;
  #sweptAt = 0;

  constructor(deps: AlertmanagerDependencies) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
    this.#templates = { library: libraryOf(deps) };
    this.silences = deps.silences;
    this.startedAt = this.#now();
    this.#state = new RoutedState({
      config: deps.config,
      silencing: (labels, now) => this.silences.store.silencing(labels, now).map(({ id }) => id),
      write: record => this.#duty?.keeper.append(record),
      onLimit: limit => this.#limited(limit),
    });
  }

  get config(): RoutingConfig {
    return this.#state.config;
  }

  get dispatcher(): Dispatcher {
    return this.#state.dispatcher;
  }

  /** This process tells the groups. */
  get routes(): boolean {
    return this.#duty !== undefined;
  }

  now(): number {
    return this.#now();
  }

  /** Address of this service in messages. */
  externalUrl(): string {
    return this.#deps.externalUrl();
  }

  async start(): Promise<void> {
    const { home } = this.#deps;
    if (typeof home !== 'string') return;
    const records: unknown[] = [];
    const keeper = await Journal.open(
      home,
      record => records.push(record),
      () => this.#state.records(),
    );
    for (const record of records) this.#state.take(record, this.#now());
    this.#begin(keeper, { isShared: false, maySend: () => true });
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.end(signal);
  }

  /**
   * From now on this process routes; what others did goes on. `open`: what is shared is written through it. Nothing is sent
   * while `maySend` says no.
   * @throws while that cannot be read or written
   */
  async begin(open: () => StateKeeper, maySend: () => boolean): Promise<void> {
    const isLost = await this.#follow();
    const keeper = open();
    if (isLost) for (const record of this.#state.records()) keeper.append(record);
    for (const alert of this.#begin(keeper, { isShared: true, maySend })) keeper.append({ alert });
    await keeper.flush();
  }

  /** It does not route any more. What is on the wire may finish until `signal` aborts. */
  async end(signal: AbortSignal): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#soon);
    this.#soon = undefined;
    const duty = this.#duty;
    await duty?.telling.stop(signal);
    this.#duty = undefined;
    await duty?.keeper.close();
  }

  /** What has been told stays told; alerts and groups are put in order anew. */
  reload(routing: Routing): void {
    this.#templates.library = libraryOf(routing);
    this.#integrations = new Map();
    this.#state.reload(routing.config, this.#now());
    this.#wake();
  }

  /**
   * The door for rules of this process: instances as they are now. One without an end has to be said again within
   * `resolve_timeout`, or it counts as over. Resolves when they are durable.
   */
  async takeInstances(instances: readonly AlertInstance[]): Promise<void> {
    if (this.#duty === undefined) throw new Error('another process routes alerts now');
    const until = this.#now() + this.config.resolveTimeoutMs;
    await this.take(
      instances.map(instance => ({
        ...instance,
        endsAt: instance.endsAt ?? until,
        isTimeout: instance.endsAt === undefined,
      })),
    );
  }

  /** Resolves when they are durable. Rejects when they cannot be written; here they may be known all the same. */
  async take(alerts: readonly RoutedAlert[]): Promise<void> {
    const { home } = this.#deps;
    try {
      if (this.#duty === undefined) throw new Error('this process does not route');
      this.hear({ alerts });
      await this.#duty.keeper.flush();
    } catch (error) {
      // Whoever routes now takes them from there.
      if (typeof home === 'string') throw error;
      await home.post({ alerts });
    }
  }

  /** Durable with the next write of the keeper. */
  hear(word: PostedWord): void {
    const now = this.#now();
    if ('retry' in word) this.#tellAgain(word.retry);
    else for (const alert of word.alerts) this.#state.put(alert, now, this.#duty?.isShared === true);
    this.#count();
    this.#wakeSoon();
  }

  /** Sends a dead message again, and one that waits for its next try now. False when there is none of this id. */
  async retry(id: string): Promise<boolean> {
    await this.refresh();
    const state = this.#state.notifications.find(id)?.state;
    if (state !== 'dead' && state !== 'retrying') return false;
    const { home } = this.#deps;
    if (this.#duty === undefined && typeof home !== 'string') await home.post({ retry: id });
    else this.hear({ retry: id });
    return true;
  }

  /** What is on its way to receivers, and what became of the latest; in no order. */
  async notifications(): Promise<NotificationView[]> {
    await this.refresh();
    if (this.#duty !== undefined) this.#state.sweep(this.#now());
    return this.#state.notifications.list();
  }

  /** What became of the latest messages on these alerts, by fingerprint. */
  async deliveries(fingerprints: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly AlertDelivery[]>> {
    await this.refresh();
    return this.#state.deliveries(fingerprints);
  }

  /** Hears what the process that routes has written; as far as that can be read for now. */
  async refresh(): Promise<void> {
    if (this.#duty === undefined && typeof this.#deps.home !== 'string') await this.#following.run();
  }

  /** How one entry of a receiver is sent through. */
  integration(config: IntegrationConfig): Integration {
    const made = this.#integrations.get(config) ?? makeIntegration(config, this.#surroundings());
    this.#integrations.set(config, made);
    return made;
  }

  #surroundings(): Surroundings {
    return {
      fetch: this.#deps.fetch ?? fetch,
      readFile: path => readFile(path, 'utf8'),
      templates: this.#templates.library,
    };
  }

  async #followSafely(): Promise<void> {
    try {
      if (this.#duty === undefined) await this.#follow();
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'what is known of routed alerts cannot be read for a moment');
    }
  }

  /** True: what was known here is known nowhere else any more. */
  async #follow(): Promise<boolean> {
    const { home } = this.#deps;
    if (typeof home === 'string') return false;
    const { records, isAnew, isLost } = await home.read();
    if (isAnew) this.#state.clear();
    for (const record of records) this.#state.take(record, this.#now());
    return isLost;
  }

  /** Gives the alerts that are known otherwise from now on. */
  #begin(keeper: StateKeeper, { isShared, maySend }: { isShared: boolean; maySend: () => boolean }): RoutedAlert[] {
    const now = this.#now();
    const telling = new Telling({
      ...{ keeper, externalUrl: this.#deps.externalUrl, links: this.#deps.links, now: this.#now },
      ...{ log: this.#state.log, notifications: this.#state.notifications },
      integration: config => this.integration(config),
      random: this.#deps.random ?? Math.random,
      maySend,
      onEnd: () => this.#wakeSoon(),
    });
    this.#latest = now;
    this.#duty = { keeper, telling, isShared };
    const revived = this.#state.revive(now);
    this.#count();
    this.#wake();
    return revived;
  }

  /** At once where its group is still there; else as it was. */
  #tellAgain(id: string): void {
    const found = this.#state.notifications.find(id);
    if (found === undefined || (found.state !== 'dead' && found.state !== 'retrying')) return;
    if (found.isOver !== true && this.dispatcher.hurry(found.groupKey, this.#now())) return;
    const { receiver, kind, index } = found;
    const integrations = this.config.receivers.get(receiver)?.integrations;
    const integration = integrations?.find(one => one.kind === kind && one.index === index);
    if (integration !== undefined) this.#duty?.telling.again(found, integration);
    else this.#state.notifications.sentAgain(id, this.#now(), 'the receiver is gone');
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
    if (this.#duty === undefined) return;
    clearTimeout(this.#timer);
    const wait = Math.max(0, this.dispatcher.nextAt() - this.#now());
    // Timers may fire a little early; a look in vain costs nothing.
    this.#timer = setTimeout(() => this.#runSafely(), Math.min(SWEEP_MS, wait + 1));
    this.#timer.unref();
  }

  /** Whatever an alert is like, it does not end the process. */
  #runSafely(): void {
    try {
      if (this.#duty !== undefined) this.#run(this.#duty);
    } catch (error) {
      log.error({ error: messageOf(error) }, 'routing failed; it goes on in a moment');
      this.#timer = setTimeout(() => this.#runSafely(), FAILED_MS);
      this.#timer.unref();
    }
  }

  #run({ telling, keeper }: Duty): void {
    const now = this.#now();
    if (now < this.#latest - CLOCK_TOLERANCE_MS) {
      this.dispatcher.setBack(this.#latest - now);
      telling.setBack(this.#latest - now);
    }
    this.#latest = now;
    for (const flush of this.dispatcher.due(now)) telling.tell(flush, this.dispatcher);
    if (now - this.#sweptAt >= SWEEP_MS) {
      this.#sweptAt = now;
      this.#state.sweep(now);
      void keeper.flush().catch(() => {});
    }
    this.#count();
    this.#wake();
  }

  #count(): void {
    routedAlerts.set(this.dispatcher.alertCount);
    routedGroups.set(this.dispatcher.groupCount);
  }

  #limited(limit: string): void {
    alertmanagerLimited.inc({ limit });
    const now = this.#now();
    if (now - (this.#limitsSaid.get(limit) ?? Number.NEGATIVE_INFINITY) < SWEEP_MS) return;
    this.#limitsSaid.set(limit, now);
    log.error(
      { limit, alerts: this.dispatcher.alertCount, groups: this.dispatcher.groupCount },
      'there are too many alerts; new ones are left out',
    );
  }
}

/** The default templates, and those of files. Mistakes in files are told where they are read. */
export function libraryOf({ templates }: Pick<Routing, 'templates'>): TemplateLibrary {
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
