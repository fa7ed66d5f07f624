import { expect, test } from 'vitest';
import { windowView } from '../../src/alerts/window-view.ts';
import { rule as ruleOf } from './support.ts';

const CASES: readonly (readonly [rule: string, expected: object])[] = [
  [
    'type: frequency\nnum_events: 3\ntimeframe: { minutes: 2 }\nquery_key: [service.keyword, verb]',
    { query: 'level:"ERROR"', key: ['service', 'verb'], timeframe_ms: 120_000, metric: 'count', at_least: 3 },
  ],
  ['type: flatline\nthreshold: 1\ntimeframe: { hours: 1 }', { metric: 'count', below: 1, timeframe_ms: 3_600_000 }],
  [
    'type: cardinality\ncardinality_field: "a b"\nmax_cardinality: 9\nmin_cardinality: 2\ntimeframe: { minutes: 5 }',
    { metric: 'uniq("a b")', above: 9, below: 2 },
  ],
  [
    'type: metric_aggregation\nmetric_agg_key: response_time\nmetric_agg_type: percentiles\npercentile_range: 95\nmax_threshold: 500\nbuffer_time: { minutes: 10 }',
    { metric: 'p95(response_time)', above: 500, timeframe_ms: 600_000 },
  ],
  [
    'type: frequency\ntimeframe: { minutes: 1 }\nlevels: { warning: { num_events: 5 }, critical: { num_events: 50 } }',
    { metric: 'count', at_least: 5 },
  ],
  ['type: any', { query: 'level:"ERROR"', key: [], timeframe_ms: 0 }],
];

test.each(CASES)('what there is to draw of a rule: %s', (rule, expected) => {
  expect(
    windowView(ruleOf(`name: r\nindex: x\nfilter: [{ term: { level: ERROR } }]\nalert: debug\n${rule}\n`)),
  ).toMatchObject(expected);
});
