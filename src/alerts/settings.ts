import { ANY, count, type OptionsOf, withDefaults } from '../base/options.ts';

/** Limits and times of the alert engine (`alerts:` of the configuration). */
export const alertsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    state_write_interval_ms: count(
      10,
      ANY,
      1000,
      'Window state is written at most this often; a new alert is written at once. A write that takes long makes the interval longer.',
    ),
    alert_time_limit_ms: count(
      1000,
      ANY,
      172_800_000,
      'A notification that could not be delivered for this long is given up, with a counter and a log line.',
    ),
    retry_max_ms: count(
      10,
      ANY,
      15_000,
      'Longest wait between two tries of a delivery; a receiver that was away gets its alerts within it. `Retry-After` of an answer 429 may be longer.',
    ),
    max_waiting_per_rule: count(
      1,
      ANY,
      100,
      'Notifications of one rule that may wait for delivery; while there are so many, further alerts of the rule become one message with their number.',
    ),
    storm_interval_ms: count(
      100,
      ANY,
      15_000,
      'Alerts of a rule that are too many are collected for this long, until a message tells of all of them.',
    ),
    max_keys_per_rule: count(
      1,
      ANY,
      50_000,
      'Values of the query key that one rule keeps windows for; the one not seen for longest goes first.',
    ),
    max_window_events: count(1, ANY, 1_000_000, 'Event times that one rule keeps in its windows.'),
    future_skew_ms: count(
      0,
      ANY,
      1000,
      'An event whose own time is ahead of the clock of this machine by no more than this counts at once; one further ahead waits until its time.',
    ),
    max_active_alerts: count(
      1,
      ANY,
      1000,
      'Alerts of one rule at a time, one for each value of the query key; matches of further keys alert all the same, but nobody is told when they are over.',
    ),
    recent_alerts: count(1, ANY, 100, 'Alerts kept for GET /api/alerts.'),
    guard_addresses: {
      type: 'boolean',
      default: false,
      description:
        'Alerters reach addresses of the internet only: not this machine, private networks or the metadata services of clouds. Addresses out of fields of events are always held to that.',
    },
    allow_commands: {
      type: 'boolean',
      default: false,
      description: 'The alerter `command` runs the programs that rules name, as the user of this process.',
    },
    blind_after_ms: count(
      1000,
      ANY,
      120_000,
      'When intake stood still for this long (stopped, suspended), rules of absence start their timeframe anew instead of alerting.',
    ),
  },
} as const;

/** What nobody has to set. `longshore_alert_limited_total` and the outcomes of notifications count when one of them bites. */
const LIMITS = {
  /** First wait after a failed delivery; it doubles with each failure. */
  retry_min_ms: 1000,
  /** A notification that the receiver refuses for itself (HTTP 400, 404, 413, a redirect, ...) so often is given up. */
  max_refused_tries: 6,
  /** A notification that failed so often (HTTP 5xx, no answer) while the same receiver took others in between is given up. */
  max_tries_alone: 30,
  /** Notifications waiting for delivery, and their size; more push out the oldest of the rule that has most. */
  max_outbox_notifications: 5000,
  max_outbox_bytes: 33_554_432,
  /** The delivery log: what was sent lately, and what was given up, with the size of its texts; older ones are forgotten. */
  max_sent_notifications: 100,
  max_dead_notifications: 200,
  max_dead_bytes: 262_144,
  /** Threads, tickets and mails of alerts that are not over; the ones not used for longest go first. */
  max_remembered: 1000,
  /** Events of one rule that wait for their time, and their size; of more, those furthest ahead count at once, as of now. */
  max_future_events: 5000,
  max_future_bytes: 8_388_608,
  /** Documents that one rule keeps for attach_related. */
  max_related_events: 2000,
  /** Alerts that are over and still shown, over all rules. */
  max_ended_alerts: 1000,
  /** Incidents beyond these that are over, of which only the times are kept, for the figures of DORA. */
  max_ended_incidents: 5000,
  /** Silences of people that are pending or hold. */
  max_user_silences: 20_000,
  /** Keys that realert keeps silent at once; more push out the oldest. */
  max_silences: 100_000,
  /** Matches that wait in one rule for their common alert; more are counted and left out. */
  max_aggregation: 10_000,
  /** Longer texts in a match are cut. */
  max_field_chars: 16_384,
  /** Events read from the store to fill the window of a new rule, and events that wait meanwhile. */
  max_fill_events: 50_000,
  /** Senders of hits (one a worker process) whose position is remembered; the one not heard of for longest goes first. */
  max_sources: 10_000,
};

/** What the engine works with: the validated settings, and the limits. */
export type AlertSettings = OptionsOf<typeof alertsSchema> & typeof LIMITS;

/** The defaults and limits for whatever is not given. */
export function alertSettings(given: Partial<AlertSettings> = {}): AlertSettings {
  return { ...LIMITS, ...given, ...withDefaults(alertsSchema, given) };
}
