import { describe, expect, test } from 'vitest';
import { KeyMap } from '../../../src/alerts/types/key-map.ts';
import { random } from './streams.ts';
import { Driven } from './support.ts';

// Very many keys are split over partitions, and judged in turns: what is found is the same.

describe('a map of keys', () => {
  test('holds what a plain map holds, over splits, deletions and limits', () => {
    const chance = random(7);
    const plain = new Map<string, readonly [string, number]>();
    const keys = new KeyMap<readonly [string, number]>(30_000, ([id]) => plain.delete(id));
    for (let n = 0; n < 120_000; n++) {
      const id = `s${Math.floor(chance() * 60_000)}`;
      if (chance() < 0.2) {
        plain.delete(id);
        keys.delete(id);
        continue;
      }
      plain.set(id, [id, n]);
      keys.touch(id, [id, n]);
      if (n % 10_000 === 0) expect(keys.size).toBe(plain.size);
    }
    expect(keys.partitions).toBeGreaterThan(4);
    expect(Object.fromEntries(keys.entries())).toEqual(Object.fromEntries(plain));
    for (const [id, value] of plain) expect(keys.get(id)).toEqual(value);
  });

  test('forgets the key not touched for longest, and of very many one of those', () => {
    const order: number[] = [];
    const few = new KeyMap<number>(3, value => order.push(value));
    for (const n of [1, 2, 3, 1, 4, 5]) few.touch(`s${n}`, n);
    expect(order).toEqual([2, 3]);
    const many = new KeyMap<number>(20_000, value => order.push(value));
    for (let n = 0; n < 25_000; n++) many.touch(`s${n}`, n);
    expect(many.size).toBe(20_000);
    // Each partition forgets its own oldest.
    expect(Math.max(...order)).toBeLessThan(10_000);
  });

  test('knows what changed since it was taken, also over a split', () => {
    const keys = new KeyMap<number>(100_000);
    for (let n = 0; n < 4000; n++) keys.touch(`s${n}`, n);
    expect(keys.takeChanged(0)).toBe('all');
    keys.touch('s1', 5);
    keys.delete('s2');
    keys.changed('s3');
    expect(keys.changes).toBe(3);
    expect(keys.takeChanged(0)).toEqual(new Set(['s1', 's2', 's3']));
    for (let n = 4000; n < 4200; n++) keys.touch(`s${n}`, n);
    expect(keys.partitions).toBe(2);
    expect([keys.takeChanged(0), keys.takeChanged(1)]).toEqual(['all', 'all']);
    expect(keys.changes).toBe(0);
  });

  test('partitions of as many keys are the same after a restart', () => {
    const first = new KeyMap<number>(100_000);
    for (let n = 0; n < 30_000; n++) first.touch(`s${n}`, n);
    for (let n = 0; n < 25_000; n++) first.delete(`s${n}`);
    const second = new KeyMap<number>(100_000);
    second.splitInto(first.partitions);
    for (const [id, value] of first.entries()) second.touch(id, value);
    expect(second.partitions).toBe(first.partitions);
    for (let index = 0; index < first.partitions; index++)
      expect(Object.fromEntries(second.partition(index))).toEqual(Object.fromEntries(first.partition(index)));
  });
});

const LIMITS = { max_keys_per_rule: 100_000, max_window_events: 1_000_000 };

describe('a rule with very many keys', () => {
  test('finds each that is silent within seconds, once a tick that judges it', () => {
    const driven = new Driven('type: flatline\nthreshold: 1\ntimeframe: { seconds: 60 }\nquery_key: user\n', LIMITS);
    for (let n = 0; n < 60_000; n++) driven.add(0, { user: `u${n}` });
    const found = new Map<unknown, number>();
    for (let second = 1; second <= 85; second++) {
      // One in ten speaks again.
      if (second === 30) for (let n = 0; n < 60_000; n += 10) driven.add(second, { user: `u${n}` });
      for (const { key } of driven.tick(second)) if (!found.has(key)) found.set(key, second);
    }
    expect(driven.window.isJudgedInTurns).toBe(true);
    expect(found.size).toBe(54_000);
    expect(Math.min(...found.values())).toBeGreaterThanOrEqual(60);
    expect(Math.max(...found.values())).toBeLessThanOrEqual(65);
  });

  test('finds each metric that crosses its threshold', () => {
    const text =
      'type: metric_aggregation\nmetric_agg_key: took\nmetric_agg_type: avg\nmax_threshold: 50\nbuffer_time: { minutes: 5 }\nquery_key: user\n';
    const driven = new Driven(text, LIMITS);
    for (let n = 0; n < 60_000; n++) driven.add(1, { user: `u${n}`, took: n % 3 === 0 ? 100 : 1 });
    const found = new Set<unknown>();
    for (let second = 2; second <= 12; second++) for (const { key } of driven.tick(second)) found.add(key);
    expect(found.size).toBe(20_000);
  });
});
