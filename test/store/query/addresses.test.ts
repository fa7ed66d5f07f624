import { describe, expect, test } from 'vitest';
import type { RegexpNode } from '../../../src/base/regexp/tree.ts';
import { addressesIn, addressOf, networkOf, spanBetween } from '../../../src/store/query/addresses.ts';
import { seeded } from '../../support/chance.ts';
import { compileLinear } from './linear.ts';

const finds = (expression: RegexpNode, text: string): boolean => compileLinear(expression).test(text);

describe('a network', () => {
  test.for<[network: string, inside: string[], outside: string[]]>([
    [
      '10.0.0.0/24',
      ['10.0.0.0', '10.0.0.255', '::ffff:10.0.0.7', '::FFFF:10.0.0.7'],
      ['10.0.1.0', '110.0.0.1', '10.0.0.256', '10.0.0.01', '10.0.0.1.', '10.0.0.1:80'],
    ],
    ['10.0.0.5/24', ['10.0.0.9'], ['10.0.1.9']],
    ['172.16.0.0/12', ['172.16.0.1', '172.31.255.255'], ['172.15.255.255', '172.32.0.0']],
    ['203.0.113.9/32', ['203.0.113.9'], ['203.0.113.90', '203.0.113.8']],
    ['0.0.0.0/0', ['0.0.0.0', '255.255.255.255'], ['::1', '300.1.1.1']],
    ['::ffff:10.0.0.0/120', ['10.0.0.200'], ['10.0.1.0']],
    [
      '2001:db8::/32',
      ['2001:db8::', '2001:DB8::1', '2001:0db8:0:0:0:0:0:1', '2001:db8:ffff:1:2:3:4:5', '2001:db8::10.0.0.1'],
      ['2001:db9::1', '2001:db80::1', '2001::db8', '2001:db8'],
    ],
    [
      '2001:db8:0:1::/64',
      ['2001:db8:0:1::5', '2001:db8::1:0:0:0:5', '2001:db8:0000:0001:1:2:3:4'],
      ['2001:db8::1', '2001:db8::1:5', '2001:db8:0:2::5'],
    ],
    ['fe80::/10', ['fe80::1', 'febf::1', 'FE9A:0::2'], ['fec0::1', 'fe7f::1', 'fe8::1']],
    ['::1/128', ['::1', '0:0:0:0:0:0:0:1', '0::1', '::0:1', '0:0::0001'], ['::2', '::1:1', '1::', '::']],
    ['::/0', ['::', '::1', 'ffff::'], ['1.2.3.4']],
  ])('%s', ([network, inside, outside]) => {
    const expression = addressesIn(networkOf(network)!);
    expect({
      inside: inside.filter(text => finds(expression, text)),
      outside: outside.filter(text => finds(expression, text)),
    }).toEqual({ inside, outside: [] });
  });

  test.for([
    '10.0.0.0/33',
    '10.0.0/24',
    '10.0.0.0/',
    'a/24',
    '2001:db8::/129',
    '::ffff:10.0.0.0/80',
    '1::2::3/64',
    '10.0.0.0/24x',
    '12:30/5',
  ])('%s is none', text => {
    expect(networkOf(text)).toBe(undefined);
  });
});

describe('a range', () => {
  test('of numbers or words is none of addresses', () => {
    expect(spanBetween({ gte: '1', lte: '10.0.0.1' })).toBe(undefined);
    expect(spanBetween({ gte: 5 })).toBe(undefined);
    expect(spanBetween({ gte: '::1', lte: '10.0.0.1' })).toBe(undefined);
    expect(spanBetween({})).toBe(undefined);
  });

  test('that ends before it begins holds nothing', () => {
    expect(spanBetween({ gt: '10.0.0.1', lt: '10.0.0.2' })).toBe('none');
  });

  test('holds the addresses between its ends, whatever they are (IPv4)', () => {
    const random = seeded(5);
    // Near to each other in some of the octets, or in none.
    const address = (near: number[]): number[] =>
      near.map(octet =>
        random() < 0.5 ? octet : [0, 1, 9, 10, 99, 100, 199, 200, 254, 255][Math.floor(random() * 10)]!,
      );
    for (let i = 0; i < 300; i++) {
      const base = address([10, 0, 7, 255]);
      const [a, b] = [address(base).join('.'), address(base).join('.')];
      const value = (text: string) => addressOf(text)!.low;
      const [low, high] = value(a) <= value(b) ? [a, b] : [b, a];
      const expression = compileLinear(addressesIn(spanBetween({ gte: low, lte: high }) as never));
      for (let j = 0; j < 30; j++) {
        const text = address(base).join('.');
        const within = value(text) >= value(low) && value(text) <= value(high);
        expect({ low, high, text, within: expression.test(text) }).toEqual({ low, high, text, within });
      }
    }
  });

  test('holds the addresses between its ends, however they are written (IPv6)', () => {
    const random = seeded(6);
    const groups = (near: number[]): number[] =>
      near.map(group =>
        random() < 0.7 ? group : [0, 0, 1, 0xf, 0x10, 0xff, 0x100, 0xfff, 0x1000, 0xffff][Math.floor(random() * 10)]!,
      );
    const written = (given: number[]): string => {
      const parts = given.map(group => (random() < 0.2 ? group.toString(16).padStart(4, '0') : group.toString(16)));
      const zeros = given.flatMap((group, at) => (group === 0 ? [at] : []));
      if (zeros.length === 0 || random() < 0.2) return parts.join(':');
      const start = zeros[Math.floor(random() * zeros.length)]!;
      let end = start + 1;
      while (end < 8 && given[end] === 0 && random() < 0.8) end++;
      const text = `${parts.slice(0, start).join(':')}::${parts.slice(end).join(':')}`;
      return random() < 0.3 ? text.toUpperCase() : text;
    };
    let compared = 0;
    for (let i = 0; i < 300; i++) {
      const base = groups([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]);
      const [a, b] = [written(groups(base)), written(groups(base))];
      const value = (text: string) => addressOf(text)!.low;
      if (addressOf(a)!.version === 4 || addressOf(b)!.version === 4) continue;
      const [low, high] = value(a) <= value(b) ? [a, b] : [b, a];
      let addresses: RegexpNode;
      try {
        addresses = addressesIn(spanBetween({ gte: low, lte: high }) as never);
      } catch {
        // Too many parts: a range that begins and ends in the middle of several groups.
        continue;
      }
      const expression = compileLinear(addresses);
      for (let j = 0; j < 30; j++) {
        const text = written(groups(base));
        if (addressOf(text)!.version === 4) continue;
        compared++;
        const within = value(text) >= value(low) && value(text) <= value(high);
        expect({ low, high, text, within: expression.test(text) }).toEqual({ low, high, text, within });
      }
    }
    expect(compared).toBeGreaterThan(3000);
  });
});
