import { describe, expect, test } from 'vitest';
import { START } from '../support.ts';
import { Driven } from './support.ts';

const metric = (type: string, more = ''): string =>
  `type: metric_aggregation\nmetric_agg_key: took\nmetric_agg_type: ${type}\nbuffer_time: { seconds: 10 }\n${more}`;

const valueAt = (driven: Driven, second: number): unknown => driven.tick(second)[0]?.fields?.['metric_agg_value'];

describe('metric_aggregation', () => {
  test.for([
    ['min', 1],
    ['max', 9],
    ['avg', 4.5],
    ['sum', 18],
    ['value_count', 4],
    ['cardinality', 3],
    ['percentiles', 5.5],
  ] as const)('%s', ([type, expected]) => {
    const driven = new Driven(metric(type, 'max_threshold: 0\npercentile_range: 60\n'));
    for (const took of [4, 9, 1, 4]) driven.add(1, { took });
    driven.add(2, { other: 1 });
    expect(valueAt(driven, 2)).toBeCloseTo(type === 'percentiles' ? 4 : expected, 9);
    // Half open: what is exactly buffer_time old is out.
    driven.add(11, { took: 7 });
    expect(valueAt(driven, 11)).toBe(type === 'value_count' || type === 'cardinality' ? 1 : 7);
  });

  test('a percentile between two values lies between them', () => {
    const driven = new Driven(metric('percentiles', 'max_threshold: 0\npercentile_range: 95\n'));
    for (let took = 1; took <= 101; took++) driven.add(1, { took });
    expect(valueAt(driven, 1)).toBe(96);
    driven.add(1, { took: 102 });
    expect(valueAt(driven, 1)).toBeCloseTo(96.95, 9);
  });

  test('of many values percentiles stay within one per cent', () => {
    const driven = new Driven(metric('percentiles', 'max_threshold: 0\npercentile_range: 90\n'));
    const values: number[] = [];
    for (let n = 0; n < 30_000; n++) {
      const took = ((n * 7919) % 30_011) / 10;
      values.push(took);
      driven.add(1 + n / 10_000, { took });
    }
    values.sort((a, b) => a - b);
    const exact = values[Math.floor(0.9 * (values.length - 1))]!;
    const got = Number(valueAt(driven, 4));
    expect(Math.abs(got - exact) / exact).toBeLessThan(0.01);
    expect(JSON.stringify(driven.window.save()).length).toBeLessThan(1_000_000);
  });

  test('values of every size cost no more than a bounded list', () => {
    const driven = new Driven(metric('percentiles', 'max_threshold: 0\npercentile_range: 50\n'));
    for (let n = 0; n < 200_000; n++)
      driven.add(1 + n / 40_000, { took: 10 ** (((n * 7919) % 600) - 300) * (1 + (n % 97) / 97) });
    expect(JSON.stringify(driven.window.save()).length).toBeLessThan(4_000_000);
    expect(Number(valueAt(driven, 6))).toBeGreaterThan(0);
  });

  test('of many values all else stays exact while they are in the window', () => {
    for (const [type, expected] of [
      ['sum', 30_000 * 2],
      ['value_count', 30_000],
      ['avg', 2],
      ['max', 3],
      ['min', 1],
    ] as const) {
      const driven = new Driven(metric(type, 'max_threshold: 0\n'));
      for (let n = 0; n < 30_000; n++) driven.add(1 + n / 10_000, { took: 1 + (n % 3) });
      expect([type, valueAt(driven, 4)]).toEqual([type, expected]);
    }
  });

  test('what is no number does not count; texts that are numbers, lists and booleans do', () => {
    const driven = new Driven(metric('sum', 'max_threshold: 0\n'));
    for (const took of ['5', [1, [2]], true, null, 'x', '', {}, Number.NaN, ['7', null]]) driven.add(1, { took });
    expect(valueAt(driven, 1)).toBe(5 + 1 + 2 + 1 + 7);
  });

  test('events of a key that is not there are nobody’s; a part that is missing, too', () => {
    const driven = new Driven(metric('value_count', 'max_threshold: 0\nquery_key: [service, host.name]\n'));
    driven.add(1, { service: 'a', host: { name: 'h' }, took: 1 });
    driven.add(1, { service: 'a', took: 1 });
    driven.add(1, { service: null, host: { name: 'h' }, took: 1 });
    expect(driven.tick(1)).toEqual([
      {
        time: START + 1000,
        key: 'a, h',
        fields: { metric_took_value_count: 1, metric_agg_value: 1, service: 'a', host: { name: 'h' } },
      },
    ]);
  });

  test('min_doc_count leaves out keys with fewer events, also of those without a value', () => {
    const driven = new Driven(metric('max', 'max_threshold: 0\nmin_doc_count: 3\nquery_key: service\n'));
    driven.add(1, { took: 5 });
    driven.add(2, {});
    expect(driven.tick(2)).toEqual([]);
    driven.add(3, {});
    expect(driven.tick(3)).toHaveLength(1);
  });

  test('what is ahead of a tick waits for it: query_delay', () => {
    const driven = new Driven(metric('max', 'max_threshold: 0\n'));
    driven.add(1, { took: 1 });
    driven.add(5, { took: 50 });
    expect([valueAt(driven, 2), valueAt(driven, 5)]).toEqual([1, 50]);
  });

  test('nothing is no mean, but a total of 0 once it was watched for as long', () => {
    const mean = new Driven(metric('avg', 'min_threshold: 5\n'));
    const total = new Driven(metric('sum', 'min_threshold: 5\n'));
    const found = (driven: Driven) => Array.from({ length: 15 }, (_, n) => driven.tick(n).length);
    expect(found(mean)).toEqual(Array.from({ length: 15 }, () => 0));
    expect(found(total)).toEqual([...Array.from({ length: 10 }, () => 0), 1, 1, 1, 1, 1]);
    // What was not heard is no silence.
    total.window.blind(START + 15_000, START + 60_000);
    expect([total.tick(60), total.tick(69)].flat()).toEqual([]);
    expect(total.tick(70)).toHaveLength(1);
  });

  test('bucket_interval: each interval once, when it is over, with the time at which it began', () => {
    const driven = new Driven(metric('avg', 'max_threshold: 10\nbucket_interval: { seconds: 5 }\n'));
    driven.add(1, { took: 50 });
    driven.add(5, { took: 1 });
    driven.add(12, { took: 50 });
    const found = Array.from({ length: 30 }, (_, n) => driven.tick(n).map(({ time }) => [n, (time - START) / 1000]));
    expect(found.flat()).toEqual([
      [5, 0],
      [15, 10],
    ]);
  });

  test('use_run_every_query_size: the window is run_every', () => {
    const driven = new Driven(
      metric('max', 'max_threshold: 0\nuse_run_every_query_size: true\nrun_every: { seconds: 3 }\n'),
    );
    driven.add(1, { took: 5 });
    expect([driven.tick(3.9).length, driven.tick(4).length]).toEqual([1, 0]);
  });

  test('keys that are silent are forgotten, and limits speak', () => {
    const driven = new Driven(metric('max', 'max_threshold: 100\nquery_key: user\n'), { max_keys_per_rule: 5 });
    for (let n = 0; n < 8; n++) driven.add(1, { user: `u${n}`, took: 1 });
    expect([driven.window.keys, driven.window.forgotten]).toEqual([5, 3]);
    driven.tick(11);
    expect(driven.window.keys).toBe(0);
  });
});

test('spike_aggregation: a fall that time alone brings is told with its key, also when no event is left', () => {
  const driven = new Driven(
    'type: spike_aggregation\nmetric_agg_key: took\nmetric_agg_type: sum\nspike_height: 2\nspike_type: down\nthreshold_ref: 1\ntimeframe: { seconds: 10 }\nbuffer_time: { seconds: 1 }\nrun_every: { seconds: 1 }\nquery_key: [service, host.name]\n',
  );
  for (let second = 0; second < 30; second++) {
    driven.add(second, { service: 'a', host: { name: 'h' }, took: 5 });
    driven.tick(second);
  }
  const found = Array.from({ length: 60 }, (_, n) => driven.tick(30 + n)).flat();
  expect(found.map(({ key, fields }) => [key, fields?.['service'], fields?.['host']])).toEqual([
    ['a, h', 'a', { name: 'h' }],
  ]);
});

describe('percentage_match', () => {
  const share = (more: string): string =>
    `type: percentage_match\nmatch_bucket_filter: [{ range: { status: { gte: 500 } } }]\nbuffer_time: { seconds: 10 }\n${more}`;

  test('the share of the events, above and below, from min_denominator on', () => {
    const driven = new Driven(share('max_percentage: 50\nmin_percentage: 10\nmin_denominator: 4\n'));
    for (const status of [500, 503, 502]) driven.add(1, { status });
    expect(driven.tick(1)).toEqual([]);
    driven.add(2, { status: 200 });
    expect(driven.tick(2)[0]?.fields).toEqual({ percentage: 75, denominator: 4 });
    for (const status of [200, 204]) driven.add(3, { status });
    // Exactly 50.
    expect(driven.tick(3)).toEqual([]);
    for (let n = 0; n < 4; n++) driven.add(11.5, { status: 200 });
    expect(driven.tick(13)[0]?.fields).toEqual({ percentage: 0, denominator: 4 });
    expect(driven.tick(30)).toEqual([]);
  });

  test('of each key by itself, with a format', () => {
    const driven = new Driven(share('max_percentage: 30\nquery_key: service\npercentage_format_string: "{:.1f} %"\n'));
    for (const [service, status] of [
      ['a', 500],
      ['a', 200],
      ['a', 200],
      ['b', 200],
    ] as const)
      driven.add(1, { service, status });
    expect(driven.tick(1).map(({ key, fields }) => [key, fields?.['percentage_formatted']])).toEqual([['a', '33.3 %']]);
  });
});
