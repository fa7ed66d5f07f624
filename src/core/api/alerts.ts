/** One of `GET /api/alerts`. */
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
}

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

/** A rule at work. */
export interface RuleStatus {
  readonly name: string;
  readonly type: string;
  readonly where: string;
  readonly enabled: boolean;
  readonly description: string;
  /** Reading the past from the store. */
  readonly filling: boolean;
  /** Since the first start. */
  readonly hits: number;
  readonly matches: number;
  readonly alerts: number;
  readonly suppressed: number;
  /** Keys with a window in memory. */
  readonly keys: number;
  /** Keys that max_keys_per_rule or max_window_events pushed out: their windows began anew. */
  readonly forgotten_keys: number;
  /** Events ahead of the clock of this machine, which wait until their time. */
  readonly future_events: number;
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
  /** Newest first. */
  recent(limit: number): AlertView[] | Promise<AlertView[]>;
  rules(): RuleView[] | Promise<RuleView[]>;
}
