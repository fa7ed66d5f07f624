import { count, type OptionsOf, text } from '../../base/options.ts';

const metricSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'type'],
  properties: {
    name: {
      type: 'string',
      pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$',
      description:
        'As it stands in /metrics, such as `http_requests_total`. Not with `longshore_`, `process_` or `nodejs_` in front.',
    },
    type: {
      enum: ['counter', 'gauge', 'histogram'],
      description:
        '`counter`: adds up `value`, or the events. `gauge`: the latest `value`; of several workers, the greatest of theirs. `histogram`: how `value` is distributed.',
    },
    help: text('What it tells; stands in /metrics.'),
    filter: text('Which events count: a query as in the search. Default: all.'),
    value: text('Field with the number. An event without it does not count. Only a counter may do without.'),
    labels: {
      type: 'array',
      maxItems: 10,
      default: [],
      items: { type: 'string', minLength: 1 },
      description: 'Fields whose values are told apart. Few values each: no ids, no addresses.',
    },
    buckets: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: { type: 'number' },
      description: 'Upper bounds of a histogram, ascending. Default: 0.005 to 10.',
    },
  },
} as const;

/** `log_metrics` of the configuration: metrics that are made of events. */
export const logMetricsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    per_service: {
      type: 'boolean',
      default: true,
      description:
        'Count all events by service and level: `longshore_log_events_total`. Containers that have only an id are `unnamed`.',
    },
    max_series: count(
      1,
      100_000,
      1000,
      'Series that one metric may have. Further values of its labels are counted as `other`, and longshore_log_metrics_limited_total counts those events.',
    ),
    metrics: {
      type: 'array',
      maxItems: 500,
      default: [],
      items: metricSchema,
      description: 'Metrics of your own.',
    },
  },
} as const;

export type LogMetricsOptions = OptionsOf<typeof logMetricsSchema>;
export type LogMetricOptions = OptionsOf<typeof metricSchema>;
