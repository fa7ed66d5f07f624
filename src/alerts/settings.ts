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
      default: 300_000,
      description: 'Longest wait between two tries of a delivery.',
    },
    max_outbox_notifications: {
      type: 'integer',
      minimum: 1,
      default: 5000,
      description: 'Notifications waiting for delivery; more push out the oldest.',
    },
    max_outbox_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1,
      default: 33_554_432,
      description: 'Size of the waiting notifications; more push out the oldest.',
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
