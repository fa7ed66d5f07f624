import { describe, expect, test } from 'vitest';
import { START } from '../support.ts';
import { Driven } from './support.ts';

describe('cardinality', () => {
  const MANY = 'type: cardinality\ncardinality_field: user\nmax_cardinality: 3\ntimeframe: { seconds: 10 }\n';

  test('a burst that comes late is found where it belongs', () => {
    const driven = new Driven(MANY);
    driven.add(100, { user: 'now' });
    const found = ['a', 'b', 'c', 'd'].map((user, n) => driven.add(5 + n, { user }).length);
    expect(found).toEqual([0, 0, 0, 1]);
    // And does not count in the timeframe of now.
    expect(['e', 'f'].map(user => driven.add(101, { user }).length)).toEqual([0, 0]);
    expect(driven.add(102, { user: 'g' })).toHaveLength(1);
  });

  test('no more values are kept than are asked about', () => {
    const driven = new Driven(MANY);
    for (let n = 0; n < 10_000; n++) driven.add(n / 10_000, { user: `u${n}` });
    expect(driven.window.keys).toBe(1);
    expect(JSON.stringify(driven.window.save()).length).toBeLessThan(2_000);
    expect(driven.add(11.5, { user: 'x' })).toEqual([]);
  });

  test('a bound that nobody reaches costs no more than the limit of the rule', () => {
    const driven = new Driven(MANY.replace('max_cardinality: 3', 'max_cardinality: 1000000000'), {
      max_window_events: 1_000,
    });
    for (let n = 0; n < 20_000; n++) driven.add(n / 10_000, { user: `u${n}` });
    expect(JSON.stringify(driven.window.save()).length).toBeLessThan(80_000);
  });

  test('values of any kind and length are told apart', () => {
    const driven = new Driven(MANY.replace('max_cardinality: 3', 'max_cardinality: 6'));
    const values = [1, '1', true, [1], { a: 1 }, 'x'.repeat(100_000), `${'x'.repeat(100_000)}y`];
    expect(values.map(user => driven.add(1, { user }).length)).toEqual([0, 0, 0, 0, 0, 0, 1]);
    for (const user of [null, undefined]) expect(driven.add(1, { user })).toEqual([]);
  });

  test('too few are told once in a timeframe of watching; after a gap nobody heard the watch begins anew', () => {
    const driven = new Driven(MANY.replace('max_cardinality', 'min_cardinality'));
    for (let n = 0; n < 3; n++) driven.add(n, { user: `u${n}` });
    driven.window.blind(START + 3_000, START + 60_000);
    driven.add(60, { user: 'u0' });
    expect(driven.tick(70)).toEqual([]);
    expect(driven.tick(71)).toEqual([{ time: START + 71_000, key: undefined }]);
    expect(driven.tick(90)).toEqual([]);
  });
});

describe('new_term', () => {
  test('a value is new in each field once, and again when it was away for terms_window_size', () => {
    const driven = new Driven('type: new_term\nfields: [service, user]\nterms_window_size: { minutes: 1 }\n');
    const parts = (second: number, fields: object) => driven.add(second, { ...fields }).map(({ part }) => part);
    expect(parts(0, { service: 'a', user: 'u' })).toEqual(['service', 'user']);
    expect(parts(30, { service: 'a', user: 'v' })).toEqual(['user']);
    expect(parts(80, { service: 'a', user: 'u' })).toEqual(['user']);
    for (let second = 80; second < 200; second++) driven.tick(second);
    expect(driven.window.keys).toBe(0);
  });

  test('of a list each member is a value; what belongs together is one', () => {
    const driven = new Driven('type: new_term\nfields: [tags, [service, user]]\n');
    expect(driven.add(0, { tags: ['a', 'b'], service: 's', user: null })).toHaveLength(1);
    expect(driven.add(1, { tags: ['b', 'a'], service: 's' })).toHaveLength(0);
    expect(driven.add(2, { tags: ['b', 'c'], service: 's', user: 'u' })).toHaveLength(2);
    expect(driven.add(3, { tags: [], service: 's', user: 'u' })).toHaveLength(0);
  });

  test('query_key stands in for fields; 0 and false are values', () => {
    const driven = new Driven('type: new_term\nquery_key: n\n');
    expect([0, false, '', null, 0, 5].map(n => driven.add(0, { n }).length)).toEqual([1, 1, 0, 0, 0, 1]);
  });

  test('more values than the limit push out those not seen for longest', () => {
    const driven = new Driven('type: new_term\nfields: user\n', { max_keys_per_rule: 100 });
    for (let n = 0; n < 1000; n++) driven.add(n, { user: `u${n}` });
    expect(driven.window.keys).toBeLessThan(300);
    expect(driven.window.forgotten).toBeGreaterThan(700);
    expect(driven.add(1001, { user: 'u999' })).toHaveLength(0);
  });
});

describe('change', () => {
  test('values that are long or deep are compared whole and shown short', () => {
    const driven = new Driven('type: change\nquery_key: service\ncompare_key: message\nignore_null: true\n');
    const long = 'x'.repeat(20_000);
    driven.add(0, { message: `${long}a` });
    expect(driven.add(1, { message: `${long}a` })).toEqual([]);
    const [match] = driven.add(2, { message: `${long}b` });
    expect(JSON.stringify(match?.fields?.['old_value']).length).toBeLessThan(600);
    expect(JSON.stringify(driven.window.save()).length).toBeLessThan(1_000);
    driven.add(3, { message: { b: 1, a: [2] } });
    expect(driven.add(4, { message: { a: [2], b: 1 } })).toEqual([]);
    expect(driven.add(5, { message: { a: ['2'], b: 1 } })).toHaveLength(1);
  });
});

describe('blacklist and whitelist', () => {
  test('of a list one member is enough; with several fields one of them', () => {
    const black = new Driven('type: blacklist\ncompare_key: [ip, peer]\nblacklist: [a, "5"]\n');
    const found = [
      { ip: ['x', 'a'] },
      { ip: 'x', peer: 'a' },
      { ip: 5 },
      { ip: 'A' },
      { ip: [] },
      {},
      { ip: { a: 1 } },
    ];
    expect(found.map(fields => black.add(0, fields).length)).toEqual([1, 1, 1, 0, 0, 0, 0]);
    const white = new Driven('type: whitelist\ncompare_key: ip\nwhitelist: [a]\nignore_null: false\n');
    expect([{ ip: ['a'] }, { ip: ['a', 'b'] }, { ip: [] }, {}].map(fields => white.add(0, fields).length)).toEqual([
      0, 1, 1, 1,
    ]);
  });
});

describe('names that objects have of their own', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'a.__proto__.b'];
  test.for(NAMES)('%s is a field as any other', name => {
    const rules = [
      `type: metric_aggregation\nmetric_agg_key: ${name}\nmetric_agg_type: value_count\nmax_threshold: 0\nquery_key: ${name}\n`,
      `type: new_term\nfields: [${name}, [${name}, service]]\nalert_on_missing_field: true\n`,
      `type: change\ncompare_key: ${name}\nquery_key: service\nignore_null: false\n`,
      `type: cardinality\ncardinality_field: ${name}\nmax_cardinality: 1\ntimeframe: { minutes: 1 }\nquery_key: ${name}\n`,
      `type: spike\nspike_height: 2\nspike_type: both\ntimeframe: { seconds: 1 }\nfield_value: ${name}\nquery_key: ${name}\n`,
      `type: blacklist\ncompare_key: ${name}\nblacklist: [x]\n`,
    ];
    for (const text of rules) {
      const driven = new Driven(text);
      for (let n = 0; n < 6; n++) {
        const event = JSON.parse(`{ "service": "a", ${JSON.stringify(name)}: ${n % 2 === 0 ? '"x"' : 5} }`) as object;
        for (const { fields } of [...driven.add(n, { ...event }), ...driven.tick(n)])
          expect(Object.getPrototypeOf(fields ?? {})).not.toHaveProperty('b');
      }
      expect(() => driven.again().tick(10)).not.toThrow();
    }
    expect(Object.prototype).not.toHaveProperty('b');
  });
});
