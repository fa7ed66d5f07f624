/** Limits and times of the alert engine (`alerts:` of the configuration). */
export const alertsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    state_write_interval_ms: {
      type: 'integer',
      minimum: 10,
      default: 1000,
      description:
        'Window state is written at most this often; a new alert is written at once. A write that takes long makes the interval longer.',
    },
    alert_time_limit_ms: {
      type: 'integer',
      minimum: 1000,
      default: 172_800_000,
      description:
        'A notification that could not be delivered for this long is given up, with a counter and a log line.',
    },
    retry_min_ms: {
      type: 'integer',
      minimum: 10,
      default: 1000,
      description: 'First wait after a failed delivery; it doubles with each failure.',
    },
    retry_max_ms: {
      type: 'integer',
      minimum: 10,
      default: 15_000,
      description:
        'Longest wait between two tries of a delivery; a receiver that was away gets its alerts within it. `Retry-After` of an answer 429 may be longer.',
    },
    max_refused_tries: {
      type: 'integer',
      minimum: 1,
      default: 6,
      description:
        'A notification that the receiver refuses for itself (HTTP 400, 404, 413, a redirect, ...) so often is given up.',
    },
    max_tries_alone: {
      type: 'integer',
      minimum: 1,
      default: 30,
      description:
        'A notification that failed so often (HTTP 5xx, no answer) while the same receiver took others in between is given up.',
    },
    max_waiting_per_rule: {
      type: 'integer',
      minimum: 1,
      default: 100,
      description:
        'Notifications of one rule that may wait for delivery; while there are so many, further alerts of the rule become one message with their number.',
    },
    storm_interval_ms: {
      type: 'integer',
      minimum: 100,
      default: 15_000,
      description:
        'Alerts of a rule that are too many are collected for this long, until a message tells of all of them.',
    },
    max_outbox_notifications: {
      type: 'integer',
      minimum: 1,
      default: 5000,
      description: 'Notifications waiting for delivery; more push out the oldest of the rule that has most.',
    },
    max_outbox_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1,
      default: 33_554_432,
      description: 'Size of the waiting notifications; more push out the oldest of the rule that has most.',
    },
    max_keys_per_rule: {
      type: 'integer',
      minimum: 1,
      default: 50_000,
      description: 'Values of the query key that one rule keeps windows for; the one not seen for longest goes first.',
    },
    max_window_events: {
      type: 'integer',
      minimum: 1,
      default: 1_000_000,
      description: 'Event times that one rule keeps in its windows.',
    },
    future_skew_ms: {
      type: 'integer',
      minimum: 0,
      default: 1000,
      description:
        'An event whose own time is ahead of the clock of this machine by no more than this counts at once; one further ahead waits until its time.',
    },
    max_future_events: {
      type: 'integer',
      minimum: 0,
      default: 5000,
      description:
        'Events of one rule that wait for their time; of more, those furthest ahead count at once, as of now.',
    },
    max_future_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 0,
      default: 8_388_608,
      description:
        'Size of the events of one rule that wait for their time; of more, those furthest ahead count at once.',
    },
    max_related_events: {
      type: 'integer',
      minimum: 0,
      default: 2000,
      description: 'Documents that one rule keeps for attach_related.',
    },
    max_silences: {
      type: 'integer',
      minimum: 1,
      default: 100_000,
      description: 'Keys that realert keeps silent at once; more push out the oldest.',
    },
    max_aggregation: {
      type: 'integer',
      minimum: 1,
      default: 10_000,
      description: 'Matches that wait in one rule for their common alert; more are counted and left out.',
    },
    max_field_chars: {
      type: 'integer',
      minimum: 100,
      default: 16_384,
      description: 'Longer texts in a match are cut.',
    },
    max_fill_events: {
      type: 'integer',
      minimum: 0,
      default: 50_000,
      description: 'Events read from the store to fill the window of a new rule, and events that wait meanwhile.',
    },
    max_sources: {
      type: 'integer',
      minimum: 1,
      default: 10_000,
      description:
        'Senders of hits (one a worker process) whose position is remembered; the one not heard of for longest goes first.',
    },
    recent_alerts: { type: 'integer', minimum: 1, default: 100, description: 'Alerts kept for GET /api/alerts.' },
    blind_after_ms: {
      type: 'integer',
      minimum: 1000,
      default: 120_000,
      description:
        'When intake stood still for this long (stopped, suspended), rules of absence start their timeframe anew instead of alerting.',
    },
  },
} as const;

/** The validated options: every property of `alertsSchema`. */
export type AlertSettings = Record<keyof (typeof alertsSchema)['properties'], number>;

export const defaultAlertSettings: AlertSettings = Object.fromEntries(
  Object.entries(alertsSchema.properties).map(([name, property]) => [name, property.default]),
) as AlertSettings;
