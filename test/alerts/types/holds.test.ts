import { expect, test } from 'vitest';
import { Driven } from './support.ts';

test('flatline: it lasts until there are enough events again', () => {
  const flat = new Driven('type: flatline\nthreshold: 2\ntimeframe: { seconds: 60 }\nquery_key: service\n');
  flat.add(0, { service: 'a' });
  flat.tick(1);
  expect(flat.tick(61)).toHaveLength(1);
  expect(flat.holds('a', 61)).toBe(true);
  flat.add(70, { service: 'a' });
  expect(flat.holds('a', 71)).toBe(true);
  flat.add(71, { service: 'a' });
  expect(flat.holds('a', 70)).toBe(true);
  expect(flat.holds('a', 71)).toBe(false);
  expect(flat.holds('a', 130)).toBe(true);
});

test('flatline with forget_keys: a key that was told lasts until it is seen again', () => {
  const flat = new Driven(
    'type: flatline\nthreshold: 1\ntimeframe: { seconds: 60 }\nquery_key: service\nforget_keys: true\n',
  );
  flat.add(0, { service: 'a' });
  flat.tick(1);
  expect(flat.tick(61)).toHaveLength(1);
  expect(flat.holds('a', 500)).toBe(true);
  flat.add(500, { service: 'a' });
  expect(flat.holds('a', 500)).toBe(false);
});

test('spike: it lasts while there are as many, against what there was before it', () => {
  const spike = new Driven(
    'type: spike\nspike_height: 3\nspike_type: up\ntimeframe: { seconds: 10 }\nthreshold_ref: 1\n',
  );
  for (let second = 0; second < 20; second += 2) spike.add(second);
  const found: number[] = [];
  for (let second = 20; second < 25; second += 0.25) found.push(spike.add(second).length);
  expect(found.filter(n => n > 0)).toHaveLength(1);
  expect(spike.holds(undefined, 25)).toBe(true);
  // Five in ten seconds before; fifteen are needed.
  for (let second = 25; second <= 40; second++) {
    spike.add(second);
    spike.tick(second);
  }
  expect(spike.holds(undefined, 40)).toBe(false);
});

test('spike: a fall to silence lasts until events come again, also when the key would be forgotten', () => {
  const spike = new Driven(
    'type: spike\nspike_height: 2\nspike_type: down\ntimeframe: { seconds: 10 }\nthreshold_ref: 3\nquery_key: service\n',
  );
  for (let second = 0; second < 30; second++) {
    spike.add(second, { service: 'a' });
    spike.tick(second);
  }
  const found = Array.from({ length: 100 }, (_, n) => spike.tick(30 + n)).flat();
  expect(found.map(({ key }) => key)).toEqual(['a']);
  expect(spike.holds('a', 129)).toBe(true);
  for (let second = 130; second < 140; second++) spike.add(second, { service: 'a' });
  expect(spike.holds('a', 139)).toBe(false);
  expect(spike.holds('b', 139)).toBe(false);
});

test('cardinality: it lasts while there are too many, or too few', () => {
  const many = new Driven(
    'type: cardinality\ncardinality_field: user\nmax_cardinality: 2\ntimeframe: { seconds: 10 }\n',
  );
  for (const [second, user] of [
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
  ] as const)
    many.add(second, { user });
  expect(many.holds(undefined, 2)).toBe(true);
  // Exactly one timeframe old still counts.
  expect(many.holds(undefined, 10)).toBe(true);
  expect(many.holds(undefined, 10.001)).toBe(false);
  const few = new Driven(
    'type: cardinality\ncardinality_field: user\nmin_cardinality: 2\ntimeframe: { seconds: 10 }\n',
  );
  few.add(0, { user: 'a' });
  expect(few.tick(11)).toHaveLength(1);
  expect(few.tick(12)).toHaveLength(0);
  expect(few.holds(undefined, 12)).toBe(true);
  few.add(13, { user: 'a' });
  few.add(13, { user: 'b' });
  expect(few.holds(undefined, 13)).toBe(false);
});

test('metric_aggregation and percentage_match: it lasts while the threshold is crossed', () => {
  const mean = new Driven(
    'type: metric_aggregation\nmetric_agg_key: took\nmetric_agg_type: avg\nmax_threshold: 100\nbuffer_time: { seconds: 10 }\nquery_key: service\n',
  );
  mean.add(0, { service: 'a', took: 500 });
  expect(mean.tick(0)).toHaveLength(1);
  expect(mean.holds('a', 9)).toBe(true);
  expect(mean.holds('a', 10)).toBe(false);
  expect(mean.holds('b', 9)).toBe(false);
  const share = new Driven(
    'type: percentage_match\nmatch_bucket_filter: [{ term: { level: ERROR } }]\nmax_percentage: 50\nbuffer_time: { seconds: 10 }\n',
  );
  share.add(0, { level: 'ERROR' });
  expect(share.tick(1)).toHaveLength(1);
  expect(share.holds(undefined, 1)).toBe(true);
  share.add(2, { level: 'INFO' });
  expect(share.holds(undefined, 2)).toBe(false);
});

test('spike_aggregation: it lasts while the metric stays where it jumped to', () => {
  const jump = new Driven(
    'type: spike_aggregation\nmetric_agg_key: took\nmetric_agg_type: avg\nspike_height: 2\nspike_type: up\ntimeframe: { seconds: 10 }\nbuffer_time: { seconds: 2 }\nrun_every: { seconds: 1 }\n',
  );
  const found: number[] = [];
  for (let second = 0; second < 60; second++) {
    jump.add(second, { took: second < 30 || second > 50 ? 100 : 1000 });
    if (jump.tick(second).length > 0) found.push(second);
  }
  expect(found).toHaveLength(1);
  expect(found[0]).toBeGreaterThan(30);
  expect(jump.holds(undefined, 50)).toBe(true);
  for (let second = 60; second < 70; second++) {
    jump.add(second, { took: 100 });
    jump.tick(second);
  }
  expect(jump.holds(undefined, 69)).toBe(false);
});

test('any and frequency cannot say', () => {
  expect(new Driven('type: any\n').holds('a', 0)).toBeUndefined();
  expect(new Driven('type: frequency\nnum_events: 2\ntimeframe: { minutes: 1 }\n').holds(undefined, 0)).toBeUndefined();
});
