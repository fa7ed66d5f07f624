import type { SilencesApi } from './silences.ts';

/** A message: one of `alerts` of `GET /api/alerts`. */
export interface AlertView {
  readonly id: string;
  /** When it was raised: ISO, wall clock. */
  readonly at: string;
  readonly rule: string;
  /** Text of the query key; absent without one. */
  readonly key?: string | undefined;
  readonly title: string;
  /** Cut after some thousand characters. */
  readonly body: string;
  /** Matches told of. */
  readonly matches: number;
  readonly num_hits: number;
  /** Time of the first match: ISO. */
  readonly event_time: string;
  readonly event_id?: string | undefined;
  /** The alert that it tells of, or the first of several. */
  readonly instance?: string | undefined;
  /** It tells that the alert is over. */
  readonly resolved?: true | undefined;
  readonly deliveries: AlertDelivery[];
  /** Of the alert that it tells of, as long as that is known: when it began and ended (ISO), and what caused it. */
  readonly starts_at?: string | undefined;
  readonly ends_at?: string | undefined;
  readonly duration_ms?: number | undefined;
  readonly events?: readonly string[] | undefined;
  readonly samples?: readonly AlertSampleView[] | undefined;
}

/** An alert with a life: a rule and a key, from the first match until it is over. Times are ISO. */
export interface AlertInstanceView {
  readonly id: string;
  readonly rule: string;
  /** `pending`: the rule's `for` has not gone by. `suppressed`: a silence holds for it. */
  readonly state: 'pending' | 'firing' | 'suppressed' | 'resolved';
  /** Text of the query key; absent without one. */
  readonly key?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Those of them that the query key gave. */
  readonly key_labels: Readonly<Record<string, string>>;
  /** What finds its events, as one would type it into the page; absent when its rule is gone. */
  readonly query?: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly fingerprint: string;
  /** Time of the first match. */
  readonly starts_at: string;
  readonly last_match: string;
  readonly ends_at?: string | undefined;
  /** Why it is over: `over`, `quiet`, `rule_removed`, `rule_disabled`, `rule_changed`. */
  readonly reason?: string | undefined;
  /** Until now, while it lasts. */
  readonly duration_ms: number;
  readonly matches: number;
  /** Events in them. */
  readonly hits: number;
  /** What the last match counted. */
  readonly value: number;
  readonly silenced_by: readonly { readonly id: string; readonly created_by: string; readonly comment: string }[];
  /** A message told of it. */
  readonly told: boolean;
  /** Ids of events that caused it: the first ones, and the latest. */
  readonly events: readonly string[];
  readonly samples: readonly AlertSampleView[];
  /** Of the last message on it, as long as that is kept. */
  readonly deliveries: readonly AlertDelivery[];
}

export interface AlertsQuery {
  readonly limit: number;
  /** `active` is all but `resolved`. */
  readonly state?: 'pending' | 'firing' | 'suppressed' | 'resolved' | 'active' | undefined;
  readonly rule?: string | undefined;
}

/** An alert that another program raised (Prometheus: `POST /api/v2/alerts`), as long as it lasts. Times are ISO. */
export interface PostedAlertView {
  readonly fingerprint: string;
  /** `suppressed`: a silence holds for it, or another alert inhibits it. */
  readonly state: 'firing' | 'suppressed';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where it comes from, as its sender says (`generatorURL`): any text; `` where it says nothing. */
  readonly source: string;
  readonly starts_at: string;
  /** When it was said last. */
  readonly updated_at: string;
  /** It counts as over then, unless it is said again. */
  readonly ends_at: string;
  readonly duration_ms: number;
  /** Whom the routes tell. */
  readonly receivers: readonly string[];
  readonly silenced_by: AlertInstanceView['silenced_by'];
  /** Fingerprints of alerts. */
  readonly inhibited_by: readonly string[];
  readonly deliveries: readonly AlertDelivery[];
}

/** `GET /api/alerts`: messages, alerts that last and alerts that are over; each the newest first. */
export interface AlertsAnswer {
  readonly alerts: readonly AlertView[];
  readonly active: readonly AlertInstanceView[];
  readonly resolved: readonly AlertInstanceView[];
  /** Alerts of other programs; absent where they are not routed here. */
  readonly posted?: readonly PostedAlertView[] | undefined;
}

/** A sample, with its time as ISO. */
export type AlertSampleView = Omit<AlertSample, 'time'> & { readonly time: string };

/** One of the events that caused an alert. */
export interface AlertSample {
  readonly id: string;
  /** Event time, epoch milliseconds. */
  readonly time: number;
  readonly level?: string | undefined;
  readonly service?: string | undefined;
  /** Cut after some hundred characters. */
  readonly message?: string | undefined;
}

export interface AlertDelivery {
  readonly alerter: string;
  /** `log_only`: no address is configured. `not_wanted`: without `send_resolved` it is not told that an alert is over. */
  state: 'pending' | 'sent' | 'retrying' | 'dead' | 'dropped' | 'log_only' | 'not_wanted';
  attempts: number;
  last_error?: string | undefined;
}

export type NotificationState = 'pending' | 'retrying' | 'sent' | 'dead' | 'dropped';

export const NOTIFICATION_STATES: readonly NotificationState[] = ['pending', 'retrying', 'sent', 'dead', 'dropped'];

/** One of `GET /api/notifications`: a message to one place, on its way or what became of it. Holds neither address nor text. */
export interface NotificationView {
  readonly id: string;
  /** The alert it tells of; of what is routed, the key of the group. */
  readonly alert: string;
  /** Of what is routed, the name of its alerts; `` where they have several. */
  readonly rule: string;
  /** Of what is routed, the receiver and its kind: `ops slack`. */
  readonly alerter: string;
  /**
   * `dead`: refused for good, it can be sent again; what is routed is told anew at `next` by itself as long as its alerts last.
   * `dropped`: pushed out by others, it can be sent again; or of what is routed, its alerts were over before it was taken.
   */
  readonly state: NotificationState;
  /** ISO, as all times here. */
  readonly created: string;
  /** When it came to its state. */
  readonly at: string;
  readonly attempts: number;
  /** When it is tried next. */
  readonly next?: string | undefined;
  readonly last_error?: string | undefined;
  /** The failed tries, oldest first; of many the latest. */
  readonly tries: readonly { readonly at: string; readonly error: string }[];
  /** Told by the routes. */
  readonly routed?: true | undefined;
}

/** What a rule compares with. Times are ISO. */
export interface ComparisonView {
  /** `a week ago`. */
  readonly with: string;
  /** The window that was compared with last, and how many keys it has. */
  readonly window?: { readonly from: string; readonly to: string; readonly keys: number } | undefined;
  /** Why nothing is compared. */
  readonly note?: string | undefined;
}

/** What a rule looks at, for whoever draws it. */
export interface RuleWindowView {
  /** Its filter, as one would type it into the page; `` is everything. Absent where it is too long for that. */
  readonly query?: string | undefined;
  /** Fields of its query key: each of their values is counted by itself. */
  readonly key: readonly string[];
  /** Length of the window, milliseconds; 0 where the type has none. */
  readonly timeframe_ms: number;
  /** What is compared, as `GET /api/stats` calls it: `count`, `uniq(user_id)`; absent where that is not one number. */
  readonly metric?: string | undefined;
  /** The bounds beyond which it matches, as far as it has them; of several levels those of the lowest. */
  readonly at_least?: number | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

/** A rule at work. */
export interface RuleStatus {
  readonly name: string;
  readonly type: string;
  readonly where: string;
  readonly enabled: boolean;
  readonly description: string;
  /** Where it has several, the lowest first. */
  readonly levels?: readonly string[] | undefined;
  /** Reading the past from the store. */
  readonly filling: boolean;
  /** Since the first start. */
  readonly hits: number;
  readonly matches: number;
  readonly alerts: number;
  readonly suppressed: number;
  /** Events that came later than the rule's window reaches back. */
  readonly late: number;
  /** Keys with a window in memory. */
  readonly keys: number;
  /** Keys that max_keys_per_rule or max_window_events pushed out: their windows began anew. */
  readonly forgotten_keys: number;
  /** Events ahead of the clock of this machine, which wait until their time. */
  readonly future_events: number;
  /**
   * When it last took an event or a tick: ISO, wall clock; absent if there was none since the start of the process. Where
   * another process evaluates, this is as old as what that one wrote last: ten seconds, usually.
   */
  readonly last_evaluation?: string | undefined;
  /** When something of it is due next without a further event: a common alert, the end of a pause. ISO. */
  readonly next_due?: string | undefined;
  readonly last_error?: { readonly at: string; readonly what: string } | undefined;
  /** Of a rule with `compare_to`. */
  readonly comparison?: ComparisonView | undefined;
  /** Absent where it counts what other rules find. */
  readonly window?: RuleWindowView | undefined;
  /** Alerts that last now. */
  readonly active_alerts: number;
  /** ISO; absent if there was none since the start of the process. */
  readonly last_alert?: string | undefined;
  readonly silenced: readonly { key: string; until: string }[];
  /** `missing`: the option without which it only logs; `alert` where it cannot run here. */
  readonly alerters: readonly { type: string; missing?: string | undefined }[];
  readonly fields: readonly string[];
}

/** One of `GET /api/rules`: every rule file, also those that give no rule. */
export interface RuleView extends RuleStatus {
  /**
   * `disabled`: it says so itself. `skipped`: it has mistakes. `former_version`: it was changed and has mistakes, so it
   * runs as it was until it is mended, or until a restart.
   */
  readonly state: 'active' | 'disabled' | 'skipped' | 'former_version';
  readonly mistakes: readonly RuleMistake[];
}

export interface RuleMistake {
  readonly where: string | undefined;
  readonly what: string;
  readonly fix: string | undefined;
  readonly code: string;
}

export interface AlertsApi {
  list(query: AlertsQuery): AlertsAnswer | Promise<AlertsAnswer>;
  readonly silences: SilencesApi;
  rules(): RuleView[] | Promise<RuleView[]>;
  /** Newest first; of all states when none is named. */
  notifications(state: NotificationState | undefined, limit: number): NotificationView[] | Promise<NotificationView[]>;
  /**
   * Sends a dead or dropped one again. False when there is none of this id.
   * @throws LongshoreError where another process delivers
   */
  retryNotification(id: string): boolean | Promise<boolean>;
}
