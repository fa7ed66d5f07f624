import type { Fields } from '../event.ts';
import type { AlertView, RuleMistake } from './alerts.ts';

/** A file of rules as text. */
export interface RuleText {
  readonly path: string;
  readonly text: string;
}

/** `POST /api/backtest`. Times: ISO, epoch, `now-7d`. */
export interface BacktestParams {
  /** Undefined: the rules that the service runs. */
  readonly rules?: readonly RuleText[] | undefined;
  /** The rules as they were: what both find is compared. */
  readonly old?: readonly RuleText[] | undefined;
  /** Files that `rules` and `old` import; `running`: the rule files that the service runs, and what they import. */
  readonly imports?: readonly RuleText[] | 'running' | undefined;
  /** Only rules of these names. */
  readonly names?: readonly string[] | undefined;
  readonly from?: string | number | undefined;
  readonly to?: string | number | undefined;
  /** The messages of each alerter beside title and text. */
  readonly messages?: boolean | undefined;
}

export interface BacktestAnswer {
  /** ISO; what is reported. Windows were filled with what came before. */
  readonly from: string;
  readonly to: string;
  /** Events that a filter took, or that a file holds. */
  readonly events: number;
  readonly seconds: number;
  readonly rules: readonly BacktestRule[];
  /** What the routes would have told of rules with `alert: routes`; absent where there are none, or no routes. */
  readonly receivers?: readonly BacktestReceiver[] | undefined;
  readonly mistakes: readonly RuleMistake[];
  /** What keeps the answer from being all of it. */
  readonly hints: readonly string[];
  /** With `old`: rules of one name, or the only ones of both. */
  readonly differences?: readonly BacktestDifference[] | undefined;
}

/** What one rule would have done. */
export interface BacktestRule {
  readonly name: string;
  readonly type: string;
  readonly where: string;
  readonly hits: number;
  readonly matches: number;
  /** Alerts, with those that are only counted. */
  readonly alerts: number;
  /** Matches that `realert` kept silent. */
  readonly suppressed: number;
  /** Keys that a limit pushed out. */
  readonly forgotten_keys: number;
  readonly alerts_per_day: number;
  /** Days (UTC, `YYYY-MM-DD`) with an alert. */
  readonly days: readonly { readonly day: string; readonly alerts: number }[];
  readonly fired: readonly BacktestAlert[];
}

/** An alert as it would have been told. */
export interface BacktestAlert
  extends Pick<AlertView, 'at' | 'key' | 'title' | 'matches' | 'num_hits' | 'event_time' | 'event_id'> {
  /** What was told before is over. */
  readonly resolved?: true | undefined;
  /** The level of a rule that has several. */
  readonly severity?: string | undefined;
  /** These are left out of all but the first alerts of a rule. */
  readonly body?: string | undefined;
  /** The last events of its key before it. */
  readonly events?: readonly Fields[] | undefined;
  readonly messages?: readonly BacktestMessage[] | undefined;
}

export interface BacktestMessage {
  readonly alerter: string;
  /** The option without which it cannot send. */
  readonly missing?: string | undefined;
  readonly bodies: readonly string[];
}

/** A receiver of `alertmanager.yml`, and what it would have got, in order. */
export interface BacktestReceiver {
  readonly name: string;
  /** With those that are only counted. */
  readonly messages: number;
  readonly told: readonly BacktestRouted[];
}

/** A message on a group of alerts. */
export interface BacktestRouted {
  /** ISO. */
  readonly at: string;
  /** `slack` */
  readonly kind: string;
  readonly status: 'firing' | 'resolved';
  /** The labels of the group. */
  readonly group: Readonly<Record<string, string>>;
  /** Alerts in it. */
  readonly firing: number;
  readonly resolved: number;
  /** Names of the rules that they are of. */
  readonly rules: readonly string[];
  /** As it would read; left out of all but the first messages. */
  readonly body?: string | undefined;
}

/** Alerts of one key that lie within a timeframe of each other are the same one. */
export interface BacktestDifference {
  readonly old: string;
  readonly new: string;
  readonly only_old: readonly BacktestAlert[];
  readonly only_new: readonly BacktestAlert[];
  readonly both: readonly { readonly old: BacktestAlert; readonly new: BacktestAlert }[];
}

/** Nothing is sent, and nothing of the service changes. */
export interface BacktestApi {
  /**
   * `client`: who asks; each has one at a time. Throws LongshoreErrors: LS_BACKTEST_PARAMETER, LS_BACKTEST_BUSY
   * (retryable), LS_BACKTEST_FAILED, and those of searches.
   */
  run(params: BacktestParams, client: string, signal: AbortSignal): Promise<BacktestAnswer>;
}
