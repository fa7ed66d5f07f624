// A rule of each type, and a stream that each finds something in.

const METRIC = 'type: metric_aggregation\nmetric_agg_key: took\nbuffer_time: { seconds: 20 }\n';
export const RULES: readonly string[] = [
  'type: any\n',
  'type: frequency\nnum_events: 3\ntimeframe: { seconds: 20 }\nquery_key: service\n',
  'type: frequency\nnum_events: 2\ntimeframe: { seconds: 10 }\nattach_related: true\n',
  'type: frequency\nlevels: { low: { num_events: 2 }, high: { num_events: 5 } }\ntimeframe: { seconds: 20 }\nquery_key: service\noverrides: [{ match: { service: s1 }, levels: { low: { num_events: 4 } } }]\n',
  'type: flatline\nlevels: { low: { threshold: 3 }, none: { threshold: 1 } }\ntimeframe: { seconds: 15 }\nquery_key: service\n',
  'type: flatline\nthreshold: 2\ntimeframe: { seconds: 15 }\nquery_key: service\n',
  'type: spike\nspike_height: 2\nspike_type: both\ntimeframe: { seconds: 15 }\nquery_key: service\nthreshold_ref: 1\n',
  'type: spike\nspike_height: 1.5\nspike_type: up\ntimeframe: { seconds: 10 }\nfield_value: took\n',
  'type: spike\nspike_height: 2\nspike_type: up\ntimeframe: { seconds: 10 }\nquery_key: user\nalert_on_new_data: true\n',
  'type: cardinality\ncardinality_field: user\nmax_cardinality: 2\ntimeframe: { seconds: 15 }\nquery_key: service\n',
  'type: cardinality\ncardinality_field: user\nmin_cardinality: 3\ntimeframe: { seconds: 15 }\n',
  'type: change\ncompare_key: [user, took]\nignore_null: true\nquery_key: service\ntimeframe: { seconds: 15 }\n',
  'type: new_term\nfields: [user, [service, user]]\nterms_window_size: { seconds: 20 }\nalert_on_missing_field: true\n',
  'type: new_pattern\npattern_field: service\nlearn_for: { seconds: 1 }\n',
  'type: new_pattern\nquery_key: user\npattern_field: service\nmax_patterns: 2\nlearn_for: { seconds: 0 }\n',
  'type: blacklist\ncompare_key: user\nblacklist: [u1]\n',
  'type: whitelist\ncompare_key: user\nwhitelist: [u1]\nignore_null: false\n',
  `${METRIC}metric_agg_type: avg\nmax_threshold: 50\nquery_key: service\n`,
  `${METRIC}metric_agg_type: percentiles\npercentile_range: 75\nmin_threshold: 20\nmin_doc_count: 2\nquery_key: service\n`,
  `${METRIC}metric_agg_type: sum\nmin_threshold: 100\n`,
  `${METRIC}metric_agg_type: cardinality\nmax_threshold: 2\nbucket_interval: { seconds: 10 }\n`,
  'type: percentage_match\nmatch_bucket_filter: [{ term: { user: u1 } }]\nmax_percentage: 20\nbuffer_time: { seconds: 20 }\n',
  'type: spike_aggregation\nmetric_agg_key: took\nmetric_agg_type: max\nspike_height: 1.5\nspike_type: both\ntimeframe: { seconds: 20 }\nbuffer_time: { seconds: 5 }\nrun_every: { seconds: 3 }\nquery_key: service\n',
];

/** Chance with a seed: 0 to 1. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Step = { second: number; fields?: Record<string, unknown> };

/** Events, some of them late, with a tick each second. */
export function steps(chance: () => number): Step[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!;
  const list: Step[] = [];
  for (let second = 0; second < 150; second++) {
    const isQuiet = Math.floor(second / 25) % 3 === 2;
    for (let n = Math.floor(chance() * (isQuiet ? 1.1 : 3)); n > 0; n--) {
      const late = chance() < 0.1 ? chance() * 25 : 0;
      const fields: Record<string, unknown> = {
        service: pick(['a', 'b', 'c', null]),
        user: pick(['u1', 'u2', 'u3', 'u4']),
      };
      if (chance() < 0.9) fields['took'] = pick([1, 10, 50, 100, 200]);
      list.push({ second: second + chance() - late, fields });
    }
    list.push({ second: second + 1 });
  }
  return list;
}
