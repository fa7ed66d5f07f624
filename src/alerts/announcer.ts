import { createHash } from 'node:crypto';
import { durationText } from '../base/time/duration.ts';
import { isoTime } from '../base/time/iso.ts';
import type { AlertDelivery, AlertView, NotificationState, NotificationView } from '../core/api/alerts.ts';
import { messageOf } from '../core/errors.ts';
import { type Fields, newFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { type Alert, type Alerter, type AlertLinks, leftOutNote } from './alerters/alerter.ts';
import { guardedFetch } from './alerters/guarded-fetch.ts';
import { withDiscoverLinks } from './discover/discover.ts';
import type { Instance } from './instances/instance.ts';
import { keyLabels } from './instances/labels.ts';
import type { Linker } from './links.ts';
import { lookup } from './lookup.ts';
import { notificationsTotal } from './metrics.ts';
import { type NotificationLimits, Notifications } from './notifications.ts';
import { type DeliveryOutcome, Outbox, type OutboxItem, type OutboxLimits, type Unwritten } from './outbox.ts';
import type { Paged } from './pages.ts';
import { pythonStr } from './python/str.ts';
import { RecentAlerts } from './recent.ts';
import { type RuleRuntime, ruleFailed } from './rule-runtime.ts';
import type { Rule } from './rules/rule.ts';
import type { AlertState } from './state.ts';
import { alertFieldsOf, copyFields, setAlertFields } from './text/alert-fields.ts';
import { Troubles } from './troubles.ts';
import type { Match } from './types/kind.ts';

const log = logger('alerts');

export interface AnnouncerDependencies {
  readonly settings: OutboxLimits &
    NotificationLimits & {
      readonly recent_alerts: number;
      readonly max_waiting_per_rule: number;
      readonly guard_addresses: boolean;
    };
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly random: () => number;
  readonly links?: Linker | undefined;
  /** The rules as they are now. */
  readonly rules: () => readonly Rule[];
  readonly maySend?: (() => boolean) | undefined;
  /** An alert waits to become durable. */
  readonly onRaised: () => void;
  readonly onDelivery: (outcome: DeliveryOutcome) => void;
}

/** Turns matches into alerts: the log line, the list of recent alerts, and a notification for each alerter. */
export class Announcer {
  readonly #deps: AnnouncerDependencies;
  readonly #recent: RecentAlerts;
  readonly #troubles = new Troubles(log);
  readonly #outbox: Outbox;
  readonly #notifications: Notifications;

  constructor(deps: AnnouncerDependencies) {
    this.#deps = deps;
    this.#recent = new RecentAlerts(deps.settings.recent_alerts);
    this.#notifications = new Notifications(deps.settings);
    const isGuarded = deps.settings.guard_addresses;
    this.#outbox = new Outbox({
      limits: deps.settings,
      fetch: isGuarded ? guardedFetch : deps.fetch,
      isGuarded,
      memory: this.#notifications,
      wasRefused: item => this.#notifications.wasRefused(item),
      now: deps.now,
      random: deps.random,
      maySend: deps.maySend,
      alerter: item => this.#alerterOf(item),
      onOutcome: (...told) => this.#outcome(...told),
    });
  }

  start(): void {
    this.#outbox.start();
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#outbox.stop(signal);
  }

  /** This is durable, and what waited for it may be sent. */
  release(written: Unwritten): void {
    this.#outbox.release(written);
  }

  /** Notifications of a rule that are not delivered yet. */
  waiting(rule: string): number {
    return this.#outbox.waiting(rule);
  }

  recent(limit: number): AlertView[] {
    return this.#recent.list(limit);
  }

  /** Newest first. */
  notifications(state: NotificationState | undefined, limit: number): NotificationView[] {
    return this.#notifications.list(this.#outbox.items(), state, limit);
  }

  /** Sends one again that was given up or pushed out; false when there is none of this id. */
  retry(id: string): boolean {
    const item = this.#notifications.takeDead(id);
    if (item === undefined) return false;
    this.#outbox.again(item);
    this.#recent.again(item);
    log.info({ rule: item.rule, alerter: item.alerter, alert: item.alert }, 'notification is sent again, as was asked');
    this.#deps.onRaised();
    return true;
  }

  /** What is to be written. */
  get pages(): readonly Paged[] {
    return [this.#outbox.pages, this.#recent.pages, ...this.#notifications.pages];
  }

  /** What is not durable yet: `release` says when it is. */
  get unwritten(): Unwritten {
    return this.#outbox.unwritten;
  }

  setBack(byMs: number): void {
    this.#outbox.setBack(byMs);
  }

  restore({ outbox, recent, parts, ...former }: AlertState): void {
    this.#recent.restore(parts, recent);
    this.#notifications.restore(parts, former);
    this.#outbox.restore(parts, outbox);
  }

  /**
   * `leftOut`: further matches that are only counted. `match` where the alert tells of one only. `instance`: what all
   * messages on it are known by. Undefined when no alerter of the rule could make a message of it: then it silences nothing.
   */
  raise(
    runtime: RuleRuntime,
    listed: Fields[],
    leftOut: number,
    match: Pick<Match, 'key' | 'id'> | undefined,
    now: number,
    instance?: string,
  ): AlertView | undefined {
    const { rule } = runtime;
    const counted = withNumbers(listed, leftOut);
    const links = this.#linksTo(rule, counted, match?.key, instance);
    const matches = withDiscoverLinks(rule, counted, links);
    const first = matches[0] ?? newFields();
    const message: Alert = { rule: rule.name, matches, leftOut, instance, ...(links && { links }) };
    setAlertFields(matches, message, rule.options);
    runtime.counters.alerts++;
    runtime.counters.last_alert = isoTime(now);
    const view = this.#recent.add({
      id: alertId(rule, matches, leftOut),
      at: isoTime(now),
      rule: rule.name,
      key: match?.key === undefined || match.key === null ? undefined : pythonStr(match.key),
      title: rule.texts.title(matches),
      body: leftOutNote(matches.length, leftOut) + rule.texts.body(matches),
      matches: matches.length + leftOut,
      num_hits: Number(first['num_hits']),
      event_time: pythonStr(first[rule.timestampField] ?? first['@timestamp']),
      event_id: match?.id,
      ...(instance === undefined ? {} : { instance }),
      deliveries: [],
    });
    // Where an alerter has no address the log is the place to read the whole alert.
    const text = rule.alerters.some(alerter => alerter.missing !== undefined) ? view.body : undefined;
    const { id: alert, key, title } = view;
    log.warn({ rule: rule.name, alert, key, matches: view.matches, title, text }, 'alert');
    const told = [...rule.alerters.entries()].filter(([slot, alerter]) =>
      this.#notify(rule, slot, alerter, message, view, now),
    );
    this.#deps.onRaised();
    return told.length > 0 || rule.alerters.length === 0 ? view : undefined;
  }

  /** Tells those who want to know that an alert is over. */
  resolved(rule: Rule, instance: Instance, now: number): void {
    const { incident = instance.id, last = newFields(), endsAt = now, carried, annotations } = instance;
    const startsAt = Math.min(instance.startsAt, carried?.startsAt ?? instance.startsAt);
    const matches = instance.matches + (carried?.matches ?? 0);
    const view = this.#recent.add({
      id: idOf(incident, 'resolved', endsAt),
      at: isoTime(now),
      rule: rule.name,
      key: instance.key === null ? undefined : pythonStr(instance.key),
      title: `Resolved: ${annotations['title'] ?? rule.name}`,
      body: `Over after ${durationText(endsAt - startsAt)}, with ${matches} ${matches === 1 ? 'match' : 'matches'}.\n`,
      matches,
      num_hits: instance.hits,
      event_time: isoTime(endsAt),
      instance: incident,
      resolved: true,
      deliveries: [],
    });
    const times = { from: startsAt, to: endsAt };
    const links = this.#deps.links?.({ rule, key: instance.keyLabels, ...times, instance: undefined });
    const alert: Alert = {
      rule: rule.name,
      matches: [Object.assign(newFields(), last)],
      instance: incident,
      resolved: { startsAt, endsAt, matches },
      ...(links && { links }),
    };
    for (const [slot, alerter] of rule.alerters.entries())
      if (alerter.sendResolved === true) this.#notify(rule, slot, alerter, alert, view, now);
      // The place of each in the list is that of its alerter.
      else view.deliveries.push({ alerter: alerter.type, state: 'not_wanted', attempts: 0 });
    this.#deps.onRaised();
  }

  #notify(rule: Rule, slot: number, alerter: Alerter, message: Alert, view: AlertView, now: number): boolean {
    if (alerter.missing !== undefined) {
      notificationsTotal.inc({ alerter: alerter.type, outcome: 'log_only' });
      view.deliveries.push({ alerter: alerter.type, state: 'log_only', attempts: 0 });
      return true;
    }
    const delivery: AlertDelivery = { alerter: alerter.type, state: 'pending', attempts: 0 };
    view.deliveries.push(delivery);
    try {
      const { max_waiting_per_rule: limit } = this.#deps.settings;
      const { matches, leftOut = 0 } = message;
      const rest = alerter.isPerMatch === true ? Math.max(0, matches.length - limit) : 0;
      const told = rest === 0 ? matches : withNumbers(matches.slice(0, limit), leftOut + rest);
      const alert: Alert = { ...message, matches: told, leftOut: leftOut + rest };
      setAlertFields(told, alert, rule.options);
      for (const [n, notification] of alerter.render(alert).entries()) {
        this.#outbox.add({
          ...notification,
          id: `${view.id}-${slot}-${n}`,
          alert: view.id,
          rule: rule.name,
          slot,
          alerter: alerter.type,
          ...(alert.instance === undefined ? {} : { instance: alert.instance }),
          ...(alert.resolved === undefined ? {} : { isResolved: true as const }),
          createdAt: now,
          attempts: 0,
          nextAt: now,
        });
      }
      return true;
    } catch (error) {
      ruleFailed(rule, error);
      notificationsTotal.inc({ alerter: alerter.type, outcome: 'dead' });
      delivery.state = 'dead';
      delivery.last_error = `the message could not be written: ${messageOf(error)}`;
      return false;
    }
  }

  #linksTo(rule: Rule, matches: readonly Fields[], key: unknown, instance: string | undefined): AlertLinks | undefined {
    if (this.#deps.links === undefined) return undefined;
    const times = matches
      .map(match => Date.parse(pythonStr(match['@timestamp'] ?? match[rule.timestampField])))
      .filter(Number.isFinite);
    const [from, to] = [Math.min(...times), Math.max(...times)];
    if (times.length === 0) return undefined;
    return this.#deps.links({ rule, key: keyLabels(rule, { key, event: matches[0] }), from, to, instance });
  }

  #alerterOf(item: OutboxItem): Alerter | undefined {
    const alerter = this.#deps.rules().find(rule => rule.name === item.rule)?.alerters[item.slot];
    return alerter?.type === item.alerter && alerter.missing === undefined ? alerter : undefined;
  }

  #outcome(item: OutboxItem, outcome: DeliveryOutcome, reason: string | undefined, retryAfterMs?: number): void {
    this.#recent.outcome(item, outcome, reason);
    if (outcome === 'sent') item.attempts++;
    const now = this.#deps.now();
    this.#notifications.finished(item, outcome, now, reason);
    const { rule, alerter, alert, attempts, nextAt, target, url } = item;
    const place = `${alerter} ${url ?? this.#alerterOf(item)?.queue(target) ?? ''}`;
    if (outcome === 'sent') this.#troubles.taken(place, { rule, alerter }, now);
    else {
      const failure = { reason, retryAfterMs, nextAt: outcome === 'retried' ? nextAt : undefined };
      this.#troubles.failed(place, { rule, alerter, alert, attempts }, failure, now);
    }
    this.#deps.onDelivery(outcome);
  }
}

/** The first match says how many there are, where not all are listed: that goes into every payload. */
function withNumbers(matches: Fields[], leftOut: number): Fields[] {
  const [first, ...others] = matches;
  if (leftOut === 0 || first === undefined) return matches;
  const counted = Object.assign(newFields(), first);
  counted['num_matches'] = matches.length + leftOut;
  counted['left_out'] = leftOut;
  copyFields(alertFieldsOf(first), counted);
  return [counted, ...others];
}

function idOf(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

/** The same for the same matches of the same rule: an alert that is raised again after a crash has the same key. */
function alertId(rule: Rule, matches: readonly Fields[], leftOut: number): string {
  const hash = createHash('sha256').update(`${rule.name}\n${rule.windowFingerprint}\n`);
  if (leftOut > 0) hash.update(`${leftOut} more\n`);
  for (const match of matches) {
    const time = match[rule.timestampField] ?? match['@timestamp'];
    // What tells of no event is known by its key; a new term by the field it is in, too.
    const key = match['key'] ?? (match['_id'] === undefined ? lookup(match, rule.queryKey.join(',')) : undefined);
    hash.update(`${pythonStr(match['_id'])} ${pythonStr(time)} ${pythonStr(key)}\n`);
    if (match['new_field'] !== undefined) hash.update(`${pythonStr(match['new_field'])}\n`);
  }
  return hash.digest('hex').slice(0, 32);
}
