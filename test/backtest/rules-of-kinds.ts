const rule = (name: string, type: string, options: string): string =>
  `name: ${name}\ntype: ${type}\nindex: docker-logs-*\nalert: debug\n${options}`;

/** Rules of every type, with what goes by time: silences, common alerts, hours, late events. */
export const RULES_OF_KINDS: readonly string[] = [
  rule('each', 'any', 'filter: [{ term: { level: ERROR } }]\nquery_key: user\nrealert: { minutes: 2 }'),
  rule('growing', 'any', 'query_key: service\nrealert: { seconds: 20 }\nexponential_realert: { minutes: 30 }'),
  rule('together', 'any', 'filter: [{ term: { level: WARN } }]\naggregation: { minutes: 3 }\naggregation_key: service'),
  rule(
    'at times',
    'any',
    "limit_execution: '*/4 * * * *'\nrealert: { seconds: 10 }\nfilter: [{ term: { service: db } }]",
  ),
  rule('burst', 'frequency', 'query_key: service\nnum_events: 8\ntimeframe: { seconds: 30 }\nrealert: { minutes: 1 }'),
  rule(
    'late burst',
    'frequency',
    'timestamp_field: occurred\nnum_events: 5\ntimeframe: { seconds: 20 }\nrealert: { seconds: 5 }\nattach_related: true\nbuffer_time: { minutes: 1 }',
  ),
  rule(
    'many keys',
    'frequency',
    'query_key: [service, user]\nnum_events: 3\ntimeframe: { minutes: 5 }\nrealert: { minutes: 0 }\ntop_count_keys: [level]',
  ),
  rule(
    'silence',
    'flatline',
    'threshold: 3\ntimeframe: { seconds: 40 }\nrealert: { minutes: 1 }\nrun_every: { seconds: 7 }',
  ),
  rule(
    'silence of one',
    'flatline',
    'query_key: service\nthreshold: 2\ntimeframe: { minutes: 1 }\nrealert: { minutes: 0 }\nrun_every: { seconds: 90 }',
  ),
  rule(
    'silence told once',
    'flatline',
    'query_key: user\nthreshold: 1\ntimeframe: { minutes: 2 }\nforget_keys: true\nquery_delay: { seconds: 15 }\nrealert: { minutes: 3 }',
  ),
  rule('black', 'blacklist', 'compare_key: user\nblacklist: [u1, u5]\nquery_key: service\nrealert: { minutes: 1 }'),
  rule('white', 'whitelist', 'compare_key: service\nwhitelist: [api, web]\nignore_null: true\nrealert: { minutes: 2 }'),
  rule(
    'changed',
    'change',
    'compare_key: service\nquery_key: user\nignore_null: true\ntimeframe: { minutes: 5 }\nrealert: { seconds: 30 }',
  ),
  rule('new user', 'new_term', 'fields: [user, level]\nrealert: { minutes: 0 }'),
  rule(
    'up and down',
    'spike',
    'spike_height: 2\nspike_type: both\ntimeframe: { minutes: 1 }\nthreshold_ref: 3\nthreshold_cur: 2\nrealert: { seconds: 30 }',
  ),
  rule(
    'spike of one',
    'spike',
    'spike_height: 2\nspike_type: up\ntimeframe: { minutes: 2 }\nquery_key: service\nthreshold_cur: 4\nrealert: { minutes: 1 }',
  ),
  rule(
    'few users',
    'cardinality',
    'cardinality_field: user\nmin_cardinality: 4\ntimeframe: { seconds: 30 }\nrealert: { minutes: 1 }',
  ),
  rule(
    'many users',
    'cardinality',
    'cardinality_field: user\nmax_cardinality: 4\nquery_key: service\ntimeframe: { minutes: 1 }\nrealert: { minutes: 1 }',
  ),
  rule(
    'slow',
    'metric_aggregation',
    'metric_agg_key: ms\nmetric_agg_type: avg\nmax_threshold: 550\nbuffer_time: { minutes: 1 }\nrun_every: { seconds: 20 }\nrealert: { minutes: 1 }',
  ),
  rule(
    'slow of one',
    'metric_aggregation',
    'metric_agg_key: ms\nmetric_agg_type: max\nmin_threshold: 900\nquery_key: service\nbuffer_time: { minutes: 1 }\nrun_every: { seconds: 30 }\nrealert: { minutes: 2 }',
  ),
  rule(
    'slower',
    'spike_aggregation',
    'metric_agg_key: ms\nmetric_agg_type: sum\nspike_height: 2\nspike_type: both\ntimeframe: { minutes: 2 }\nbuffer_time: { minutes: 1 }\nrealert: { minutes: 1 }',
  ),
  rule(
    'share of errors',
    'percentage_match',
    'match_bucket_filter: [{ term: { level: ERROR } }]\nmax_percentage: 55\nmin_percentage: 30\nmin_denominator: 5\nbuffer_time: { minutes: 1 }\nrun_every: { seconds: 30 }\nrealert: { minutes: 1 }',
  ),
  rule(
    'over again',
    'frequency',
    'query_key: service\nnum_events: 8\ntimeframe: { seconds: 30 }\nsend_resolved: true\nresolve_after: { minutes: 2 }',
  ),
  rule(
    'silence that ends',
    'flatline',
    'query_key: service\nthreshold: 2\ntimeframe: { minutes: 1 }\nsend_resolved: true\nrealert: { minutes: 0 }',
  ),
  rule(
    'of others',
    'composite',
    'all: [over again, many users]\nnot: [silence that ends]\nwithin: { minutes: 1 }\nquery_key: service\nsend_resolved: true\nrealert: { minutes: 0 }',
  ),
  rule('a new kind', 'new_pattern', 'pattern_field: user\nquery_key: service\nlearn_for: { seconds: 20 }'),
];
