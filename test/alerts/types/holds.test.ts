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

test('any and frequency cannot say', () => {
  expect(new Driven('type: any\n').holds('a', 0)).toBeUndefined();
  expect(new Driven('type: frequency\nnum_events: 2\ntimeframe: { minutes: 1 }\n').holds(undefined, 0)).toBeUndefined();
});
