import { describe, expect, test } from 'vitest';
import { START } from '../support.ts';
import { Driven } from './support.ts';

const UP = 'type: spike\nspike_height: 3\nspike_type: up\ntimeframe: { seconds: 10 }\n';

/** Events at these seconds, then the seconds at which something was found. */
function secondsOf(driven: Driven, from: number, to: number, every: number, fields = {}): number[] {
  const found: number[] = [];
  for (let second = from; second < to; second += every) if (driven.add(second, fields).length > 0) found.push(second);
  return found;
}

describe('spike', () => {
  test('a late event counts in the timeframe of its own time', () => {
    const spike = new Driven(`${UP}threshold_ref: 2\nthreshold_cur: 6\n`);
    spike.add(0);
    spike.add(12);
    expect(secondsOf(spike, 20, 22, 0.4)).toEqual([]);
    // With it there are two to compare with.
    const [match] = spike.add(11);
    expect(match?.fields).toEqual({ spike_count: 6, reference_count: 2 });
    // The oldest event of the timeframe: where it begins.
    expect(match?.time).toBe(START + 20_000);
  });

  test('after a spike the key is watched for two timeframes', () => {
    const spike = new Driven(`${UP}threshold_ref: 1\n`);
    secondsOf(spike, 0, 20, 2);
    const found = secondsOf(spike, 20, 100, 0.2);
    expect(found[0]).toBeGreaterThan(20);
    expect(found.length).toBe(1);
  });

  test('alert_on_new_data: a new key is judged at once when others were watched for long enough', () => {
    const text = `${UP}query_key: service\nthreshold_cur: 3\nalert_on_new_data: true\n`;
    const spike = new Driven(text);
    secondsOf(spike, 0, 21, 1, { service: 'old' });
    expect(secondsOf(spike, 21, 24, 1, { service: 'new' })).toEqual([23]);
    const without = new Driven(text.replace('alert_on_new_data: true\n', ''));
    secondsOf(without, 0, 21, 1, { service: 'old' });
    expect(secondsOf(without, 21, 24, 1, { service: 'new' })).toEqual([]);
  });

  test('field_value takes numbers, and texts that are numbers, in objects, too', () => {
    const spike = new Driven(`${UP}field_value: http.took\n`);
    for (let second = 0; second < 20; second++) spike.add(second, { http: { took: 10 } });
    for (const odd of [null, 'much', {}, [], Number.NaN, ''])
      expect(spike.add(20, { http: { took: odd } })).toEqual([]);
    const found = Array.from({ length: 10 }, (_, n) => spike.add(20 + n, { http: { took: '100.5' } })).flat();
    expect(found[0]?.fields?.['reference_count']).toBe(10);
  });

  test('what was not heard while nobody listened is no fall', () => {
    const text = 'type: spike\nspike_height: 2\nspike_type: down\ntimeframe: { seconds: 10 }\nthreshold_ref: 3\n';
    const spike = new Driven(text);
    for (let second = 0; second < 30; second++) spike.add(second);
    spike.window.blind(START + 30_000, START + 90_000);
    expect(Array.from({ length: 20 }, (_, n) => spike.tick(90 + n)).flat()).toEqual([]);
  });

  test('a gap that is a small part of the timeframe changes nothing', () => {
    const spike = new Driven(UP.replace('seconds: 10', 'hours: 1').concat('threshold_ref: 1\n'));
    for (let second = 0; second < 7200; second += 60) spike.add(second);
    spike.window.blind(START + 7_200_000, START + 7_400_000);
    const found = Array.from({ length: 300 }, (_, n) => spike.add(7_400 + n)).flat();
    expect(found).toHaveLength(1);
  });

  test('the clock is set back: times of the future become those of now', () => {
    const spike = new Driven(`${UP}threshold_ref: 1\n`);
    secondsOf(spike, 1000, 1030, 1);
    spike.window.setBack(START);
    const found: number[] = [];
    for (let second = 0; second < 60; second += 0.25) if (spike.add(second).length > 0) found.push(second);
    expect(found.length).toBeLessThan(3);
    expect(JSON.stringify(spike.window.save())).not.toContain(String(START + 1_000_000));
  });

  test('of very many events the counts stay exact but for the border, and little is kept', () => {
    const spike = new Driven(
      'type: spike\nspike_height: 2\nspike_type: up\ntimeframe: { seconds: 100 }\nthreshold_ref: 1\n',
      { max_window_events: 10_000 },
    );
    let found: unknown;
    // 100 a second, then 250 a second.
    for (let n = 0; n < 20_000; n++) spike.add(n / 100);
    for (let n = 0; n < 25_000 && found === undefined; n++) found = spike.add(200 + n / 250)[0]?.fields;
    const { spike_count: count, reference_count: reference } = found as Record<string, number>;
    expect(reference).toBeGreaterThan(9_950);
    expect(reference).toBeLessThan(10_050);
    expect(Math.abs(count! - 2 * reference!)).toBeLessThan(30);
    expect(JSON.stringify(spike.window.save()).length).toBeLessThan(120_000);
  });

  test('more keys than the limit push out those not seen for longest, and it is counted', () => {
    const spike = new Driven(`${UP}query_key: user\n`, { max_keys_per_rule: 10 });
    for (let n = 0; n < 25; n++) spike.add(n / 10, { user: `u${n}` });
    expect([spike.window.keys, spike.window.forgotten]).toEqual([10, 15]);
    const rows = new Driven(`${UP}query_key: user\n`, { max_window_events: 10 });
    for (let n = 0; n < 25; n++) rows.add(n / 10, { user: `u${n % 5}` });
    expect(rows.window.forgotten).toBeGreaterThan(5);
  });
});
