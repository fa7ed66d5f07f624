// Of every rule type a stream of events that makes it fire, and what its alert is.

export interface TypeCase {
  readonly text: string;
  /** Second of the event, and its fields. */
  readonly events: readonly (readonly [second: number, fields: Record<string, unknown>])[];
  /** The labels beside the name of the rule. */
  readonly labels: Record<string, string>;
  /** Seconds at which it begins and ends, by event time, and why it ends. */
  readonly life: readonly [startsAt: number, endsAt: number, reason: 'over' | 'quiet'];
  readonly matches: number;
  /** Events in its matches; one of a match that is made by time. */
  readonly hits: number;
  /** An edited rule cannot tell at once whether it lasts. */
  readonly endsLaterWhenEdited?: true;
  /** Rules that it is about. */
  readonly parts?: readonly string[];
}

const each = (from: number, to: number, fields: Record<string, unknown>, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, n) => [from + n * step, fields] as const);

const api = { service: 'api' };
/** By type. */
export const TYPE_CASES: Record<string, TypeCase> = {
  any: {
    text: 'query_key: service\nresolve_after: { seconds: 30 }',
    events: [
      [5, api],
      [9, api],
    ],
    labels: api,
    life: [5, 39, 'quiet'],
    matches: 2,
    hits: 2,
  },
  blacklist: {
    text: 'compare_key: user\nblacklist: [eve]\nquery_key: service\nresolve_after: { seconds: 30 }',
    events: [
      [2, { ...api, user: 'bob' }],
      [3, { ...api, user: 'eve' }],
    ],
    labels: api,
    life: [3, 33, 'quiet'],
    matches: 1,
    hits: 1,
  },
  whitelist: {
    text: 'compare_key: user\nwhitelist: [bob]\nignore_null: true\nquery_key: service\nresolve_after: { seconds: 30 }',
    events: [
      [2, { ...api, user: 'bob' }],
      [3, { ...api, user: 'eve' }],
    ],
    labels: api,
    life: [3, 33, 'quiet'],
    matches: 1,
    hits: 1,
  },
  change: {
    text: 'compare_key: country\nignore_null: true\nquery_key: user\nresolve_after: { seconds: 30 }',
    events: [
      [1, { user: 'u1', country: 'de' }],
      [2, { user: 'u2', country: 'fr' }],
      [4, { user: 'u1', country: 'kr' }],
    ],
    labels: { user: 'u1' },
    life: [4, 34, 'quiet'],
    matches: 1,
    hits: 1,
  },
  new_term: {
    text: 'fields: [user]\nquery_key: service\nresolve_after: { seconds: 30 }',
    events: [
      [3, { ...api, user: 'known' }],
      [4, { ...api, user: 'fresh' }],
    ],
    labels: api,
    life: [4, 34, 'quiet'],
    matches: 1,
    hits: 1,
  },
  new_pattern: {
    text: 'query_key: service\nlearn_for: { seconds: 10 }\nresolve_after: { seconds: 30 }',
    events: [
      ...each(0, 10, { ...api, message: 'took 5 ms' }, 5),
      [12, { ...api, message: 'took 9 ms' }],
      [15, { ...api, message: 'the disk is full' }],
    ],
    labels: api,
    life: [15, 45, 'quiet'],
    matches: 1,
    hits: 1,
  },
  frequency: {
    text: 'num_events: 3\ntimeframe: { seconds: 20 }\nquery_key: service\nresolve_after: { seconds: 30 }',
    events: [...each(1, 6, api), [3, { service: 'web' }]],
    labels: api,
    life: [3, 36, 'quiet'],
    matches: 2,
    hits: 6,
  },
  flatline: {
    text: 'threshold: 1\ntimeframe: { seconds: 20 }\nquery_key: service\nrun_every: { seconds: 10 }',
    events: [[0, api], ...each(55, 120, api, 10)],
    labels: api,
    life: [20, 55, 'over'],
    matches: 4,
    hits: 0,
  },
  spike: {
    text: 'spike_height: 3\nspike_type: up\ntimeframe: { seconds: 10 }\nthreshold_ref: 1\nquery_key: service',
    events: [...each(0, 30, api, 2), ...each(30.5, 34.5, api, 0.25)],
    labels: api,
    // The alert of a spike begins with the timeframe that has too many.
    life: [24, 41, 'over'],
    matches: 1,
    hits: 15,
  },
  cardinality: {
    text: 'cardinality_field: user\nmax_cardinality: 2\ntimeframe: { seconds: 20 }\nquery_key: service',
    events: ['a', 'b', 'c', 'd'].map((user, n) => [n + 1, { ...api, user }] as const),
    labels: api,
    life: [3, 23, 'over'],
    matches: 2,
    hits: 2,
  },
  metric_aggregation: {
    text: 'metric_agg_key: took\nmetric_agg_type: max\nmax_threshold: 100\nbuffer_time: { seconds: 20 }\nrun_every: { seconds: 10 }\nquery_key: service',
    events: [
      [2, { ...api, took: 5 }],
      [3, { ...api, took: 500 }],
    ],
    labels: api,
    life: [3, 23, 'over'],
    matches: 2,
    hits: 2,
  },
  percentage_match: {
    text: 'match_bucket_filter: [{ term: { level: ERROR } }]\nmax_percentage: 50\nmin_denominator: 3\nbuffer_time: { seconds: 20 }\nrun_every: { seconds: 10 }\nquery_key: service',
    events: [...each(1, 3, { ...api, level: 'ERROR' }), ...each(10, 14, { ...api, level: 'INFO' })],
    labels: api,
    life: [3, 12, 'over'],
    matches: 1,
    hits: 1,
  },
  spike_aggregation: {
    text: 'metric_agg_key: took\nmetric_agg_type: max\nspike_height: 2\nspike_type: up\ntimeframe: { seconds: 10 }\nbuffer_time: { seconds: 2 }\nrun_every: { seconds: 1 }\nquery_key: service',
    events: [
      ...each(0, 30, { ...api, took: 10 }),
      ...each(31, 40, { ...api, took: 100 }),
      ...each(41, 70, { ...api, took: 10 }),
    ],
    labels: api,
    life: [22, 51, 'over'],
    endsLaterWhenEdited: true,
    matches: 1,
    hits: 1,
  },
  composite: {
    text: 'all: [errors, slow]\nwithin: { seconds: 20 }\nquery_key: service',
    parts: [
      'name: errors\ntype: any\nindex: docker-logs-*\nfilter: [{ term: { kind: error } }]\nquery_key: service\nalert: debug\nresolve_after: { seconds: 30 }',
      'name: slow\ntype: any\nindex: docker-logs-*\nfilter: [{ term: { kind: slow } }]\nquery_key: service\nalert: debug\nresolve_after: { seconds: 30 }',
    ],
    events: [
      [2, { ...api, kind: 'error' }],
      [7, { ...api, kind: 'slow' }],
    ],
    labels: api,
    life: [7, 33, 'over'],
    matches: 1,
    hits: 2,
  },
};
