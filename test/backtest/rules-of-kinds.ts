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
];
