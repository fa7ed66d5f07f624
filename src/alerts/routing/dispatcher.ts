import type { Labels } from '../silencing/matcher.ts';
import { isResolved, mergeAlerts, type RoutedAlert } from './alert-book.ts';
import type { RoutingConfig } from './config/read-config.ts';
import type { IntegrationConfig } from './config/read-receivers.ts';
import { Inhibitor } from './inhibition.ts';
import { compareLabels, labelsText } from './labels.ts';
import { isNews, logKey, type NotifyLog, type Told } from './notify-log.ts';
import { groupLabelsOf, type Route, routesOf } from './route.ts';
import { isInside } from './time-intervals.ts';

export interface DispatcherDependencies {
  readonly config: RoutingConfig;
  readonly log: NotifyLog;
  /** Ids of the silences that hold for these labels now. */
  readonly silencing: (labels: Labels, now: number) => readonly string[];
  readonly limits: DispatcherLimits;
  /** An alert that is over and of which nobody has to be told any more is gone. */
  readonly onGone: (alert: RoutedAlert) => void;
  readonly onLimit: (limit: 'alerts' | 'groups') => void;
}

export interface DispatcherLimits {
  readonly maxAlerts: number;
  readonly maxGroups: number;
}

interface Kept {
  alert: RoutedAlert;
  readonly routes: readonly Route[];
  /** The group of each of its routes that it is in. */
  readonly groups: Map<Route, OwnGroup>;
}

/** Alerts that are told together. */
export interface Group {
  readonly route: Route;
  readonly labels: Labels;
  /** The same before and after a restart. */
  readonly key: string;
  readonly alerts: ReadonlyMap<string, Kept>;
  /** When it is told next, where there is something to tell; epoch milliseconds. */
  readonly nextAt: number;
}

interface OwnGroup extends Group {
  readonly alerts: Map<string, Kept>;
  nextAt: number;
  hasFlushed: boolean;
  isFlushing: boolean;
}

/** An alert in a message. */
export interface ToldAlert extends Omit<RoutedAlert, 'endsAt'> {
  /** Undefined: it fires. */
  readonly endsAt: number | undefined;
}

/** What one integration is told of one group. */
export interface Task {
  readonly integration: IntegrationConfig;
  readonly receiver: string;
  readonly group: Group;
  /** In their order; without those that are over when it does not want them. */
  readonly alerts: readonly ToldAlert[];
  /** Nothing has to be sent: only that all is over is remembered. */
  readonly isSilent: boolean;
  readonly logKey: string;
  readonly told: Told;
}

/** A group at the moment when it is told. */
export interface Flush {
  readonly group: Group;
  readonly tasks: readonly Task[];
  /** What is not delivered by then is given up, and decided anew; epoch milliseconds. */
  readonly deadline: number;
  /** Alerts of it that were over, with the time they were last spoken of. */
  readonly resolved: ReadonlyMap<string, number>;
}

export type AlertStatus = { readonly silencedBy: readonly string[]; readonly inhibitedBy: readonly string[] };

const LEAST_TIME_MS = 10_000;
const SWEEP_MS = 30_000;

/**
 * Alertmanager's dispatcher and pipeline: alerts by route and group, when each group is told, and which integration of its
 * receiver hears of what. Pure: the time is an argument, and whoever delivers says how it went.
 */
export class Dispatcher {
  readonly #deps: DispatcherDependencies;
  readonly #inhibitor: Inhibitor;
  readonly #alerts = new Map<string, Kept>();
  readonly #groups = new Map<Route, Map<string, OwnGroup>>();
  #groupCount = 0;
  #sweptAt = 0;

  constructor(deps: DispatcherDependencies) {
    this.#deps = deps;
    this.#inhibitor = new Inhibitor(deps.config.inhibitRules);
  }

  get alertCount(): number {
    return this.#alerts.size;
  }

  get groupCount(): number {
    return this.#groupCount;
  }

  /** The alert as it is known now; undefined when it is over and new, or when there are too many. */
  put(given: RoutedAlert, now: number): RoutedAlert | undefined {
    const { fingerprint } = given;
    const known = this.#alerts.get(fingerprint);
    if (known === undefined) {
      if (isResolved(given, now)) return undefined;
      if (this.#alerts.size >= this.#deps.limits.maxAlerts) {
        this.#deps.onLimit('alerts');
        return undefined;
      }
    }
    const alert = known === undefined ? given : mergeAlerts(known.alert, given);
    const kept = known ?? { alert, routes: routesOf(this.#deps.config.route, alert.labels), groups: new Map() };
    kept.alert = alert;
    this.#alerts.set(fingerprint, kept);
    this.#inhibitor.take(alert);
    for (const route of kept.routes) this.#join(kept, route, now);
    return alert;
  }

  /** As `put`, of one that was known before: that it is over may still have to be told. */
  restore(alert: RoutedAlert, now: number): void {
    const kept: Kept = { alert, routes: routesOf(this.#deps.config.route, alert.labels), groups: new Map() };
    this.#alerts.set(alert.fingerprint, kept);
    this.#inhibitor.take(alert);
    for (const route of kept.routes) this.#join(kept, route, now);
  }

  /** Another one that tells its groups has no more to do with it. */
  drop(fingerprint: string): void {
    const kept = this.#alerts.get(fingerprint);
    if (kept === undefined) return;
    this.#alerts.delete(fingerprint);
    this.#inhibitor.forget(kept.alert);
    for (const [route, group] of kept.groups) {
      group.alerts.delete(fingerprint);
      if (group.alerts.size === 0 && this.#groups.get(route)?.delete(labelsText(group.labels)) === true)
        this.#groupCount--;
    }
  }

  /** The group is told as soon as may be. False: there is none with that key in which an alert fires. */
  hurry(groupKey: string, now: number): boolean {
    for (const group of this.#eachGroup()) {
      if (group.key !== groupKey || group.alerts.values().every(({ alert }) => isResolved(alert, now))) continue;
      group.nextAt = now;
      return true;
    }
    return false;
  }

  #join(kept: Kept, route: Route, now: number): void {
    if (kept.groups.has(route)) return;
    const labels = groupLabelsOf(route, kept.alert.labels);
    const id = labelsText(labels);
    const groups = this.#groups.get(route) ?? new Map<string, OwnGroup>();
    this.#groups.set(route, groups);
    let group = groups.get(id);
    if (group === undefined) {
      if (this.#groupCount >= this.#deps.limits.maxGroups) {
        this.#deps.onLimit('groups');
        return;
      }
      const nextAt = now + route.groupWaitMs;
      group = {
        route,
        labels,
        key: `${route.key}:${id}`,
        alerts: new Map(),
        nextAt,
        hasFlushed: false,
        isFlushing: false,
      };
      groups.set(id, group);
      this.#groupCount++;
    }
    group.alerts.set(kept.alert.fingerprint, kept);
    kept.groups.set(route, group);
    // It has waited elsewhere: in another process, or before a reload.
    if (!group.hasFlushed && kept.alert.startsAt + route.groupWaitMs < now) group.nextAt = Math.min(group.nextAt, now);
  }

  /** When `due` has something to give; infinite when there is nothing. */
  nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const group of this.#eachGroup()) if (!group.isFlushing) next = Math.min(next, group.nextAt);
    return next;
  }

  /** The groups whose time has come. Each comes again only after `ended`. */
  due(now: number): Flush[] {
    if (now - this.#sweptAt >= SWEEP_MS) this.#sweep(now);
    const flushes: Flush[] = [];
    for (const group of this.#eachGroup()) {
      if (group.isFlushing || group.nextAt > now) continue;
      group.nextAt = now + group.route.groupIntervalMs;
      group.hasFlushed = true;
      if (group.alerts.size === 0) continue;
      group.isFlushing = true;
      flushes.push(this.#flush(group, now));
    }
    return flushes;
  }

  /** `isTold`: everybody who should be was told. */
  ended({ group, resolved }: Flush, isTold: boolean): void {
    const own = group as OwnGroup;
    own.isFlushing = false;
    if (!isTold) return;
    for (const [fingerprint, updatedAt] of resolved) {
      const kept = own.alerts.get(fingerprint);
      // It was spoken of meanwhile.
      if (kept?.alert.updatedAt !== updatedAt) continue;
      own.alerts.delete(fingerprint);
      kept.groups.delete(own.route);
      if (kept.groups.size === 0) this.#forget(kept);
    }
  }

  /** One integration was told: the next flush knows. */
  told({ logKey: key, told: usual }: Task, told: Told = usual): void {
    this.#deps.log.set(key, told);
  }

  /** What keeps an alert from being told now. */
  statusOf(labels: Labels, now: number): AlertStatus {
    return { silencedBy: this.#deps.silencing(labels, now), inhibitedBy: this.#inhibitor.inhibiting(labels, now) };
  }

  alerts(): IterableIterator<RoutedAlert> {
    return this.#alerts.values().map(({ alert }) => alert);
  }

  get(fingerprint: string): RoutedAlert | undefined {
    return this.#alerts.get(fingerprint)?.alert;
  }

  /** Names of the receivers of an alert, each once. */
  receiversOf(fingerprint: string): string[] {
    return [...new Set(this.#alerts.get(fingerprint)?.routes.map(route => route.receiver))];
  }

  groups(): readonly Group[] {
    return [...this.#eachGroup()];
  }

  /** The wall clock was set back by so many milliseconds: what is left of each wait stays. */
  setBack(byMs: number): void {
    for (const group of this.#eachGroup()) group.nextAt -= byMs;
  }

  #flush(group: OwnGroup, now: number): Flush {
    const { route, alerts } = group;
    const told = [...alerts.values()]
      .map(({ alert }): ToldAlert => (isResolved(alert, now) ? alert : { ...alert, endsAt: undefined }))
      .sort((a, b) => compareLabels(a.labels, b.labels));
    const resolved = new Map(
      told.filter(({ endsAt }) => endsAt !== undefined).map(one => [one.fingerprint, one.updatedAt]),
    );
    const heard = this.#isQuietTime(route, now) ? [] : told.filter(({ labels }) => !this.#isMuted(labels, now));
    const receiver = this.#deps.config.receivers.get(route.receiver);
    const tasks =
      heard.length === 0 ? [] : (receiver?.integrations ?? []).flatMap(one => this.#task(one, group, heard, now) ?? []);
    return { group, tasks, deadline: now + Math.max(LEAST_TIME_MS, route.groupIntervalMs), resolved };
  }

  #isMuted(labels: Labels, now: number): boolean {
    return this.#inhibitor.inhibiting(labels, now).length > 0 || this.#deps.silencing(labels, now).length > 0;
  }

  #isQuietTime({ muteTimeIntervals, activeTimeIntervals }: Route, now: number): boolean {
    const { timeIntervals } = this.#deps.config;
    const isIn = (name: string): boolean => isInside(timeIntervals.get(name) ?? [], now);
    return (activeTimeIntervals.length > 0 && !activeTimeIntervals.some(isIn)) || muteTimeIntervals.some(isIn);
  }

  #task(integration: IntegrationConfig, group: Group, heard: readonly ToldAlert[], now: number): Task | undefined {
    const { sendResolved, kind, index } = integration;
    const { repeatIntervalMs, receiver } = group.route;
    const isOver = ({ endsAt }: ToldAlert): boolean => endsAt !== undefined;
    const firing = heard.filter(alert => !isOver(alert)).map(({ fingerprint }) => fingerprint);
    const resolved = heard.filter(isOver).map(({ fingerprint }) => fingerprint);
    const key = logKey(group.key, receiver, kind, index);
    if (!isNews(this.#deps.log.get(key, now), { firing, resolved, sendResolved }, repeatIntervalMs, now))
      return undefined;
    return {
      integration,
      receiver,
      group,
      alerts: sendResolved ? heard : heard.filter(alert => !isOver(alert)),
      isSilent: !sendResolved && firing.length === 0,
      logKey: key,
      told: { at: now, firing, resolved, expiresAt: now + 2 * repeatIntervalMs },
    };
  }

  #forget({ alert }: Kept): void {
    this.#alerts.delete(alert.fingerprint);
    this.#inhibitor.forget(alert);
    this.#deps.onGone(alert);
  }

  /** Groups that are empty go, and alerts that found no room in a group and are over. */
  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const groups of this.#groups.values())
      for (const [id, group] of groups)
        if (group.alerts.size === 0 && !group.isFlushing) {
          groups.delete(id);
          this.#groupCount--;
        }
    for (const kept of this.#alerts.values())
      if (kept.groups.size === 0 && isResolved(kept.alert, now)) this.#forget(kept);
  }

  *#eachGroup(): IterableIterator<OwnGroup> {
    for (const groups of this.#groups.values()) yield* groups.values();
  }
}
