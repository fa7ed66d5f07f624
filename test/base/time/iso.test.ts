import { expect, test } from 'vitest';
import { isoMs, isoTime } from '../../../src/base/time/iso.ts';

test('isoMs reads what isoTime writes, at any time of years 0 to 9999', () => {
  let seed = 7;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 0x1_0000_0000;
  };
  const [first, last] = [Date.parse('0000-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')];
  const times = [first, last, 0, -1, 951_782_400_000, 4_107_542_399_999];
  for (let i = 0; i < 5000; i++) times.push(first + Math.floor(random() * (last - first)));
  expect(times.map(ms => isoMs(isoTime(ms)))).toEqual(times);
});

test.each([
  ...['', '2026-11-20', '2026-11-20T13:55:36Z', '2026-11-20T13:55:36.123+01:00', '2026-11-20 13:55:36.123Z '],
  ...['2026-13-20T13:55:36.123Z', '2026-02-29T13:55:36.123Z', '2026-11-00T13:55:36.123Z', '2026-11-20T24:00:00.000Z'],
  ...['2026-11-20T13:60:36.123Z', '2026-11-20T13:55:60.123Z', '2026-11-20T13:55:36.1a3Z', '2026-11-20T13:55:36,123Z'],
  ...['+02026-11-20T13:55:36.1Z', '2026-11-2xT13:55:36.123Z', '２026-11-20T13:55:36.123Z'],
])('isoMs does not take %j', text => {
  expect(isoMs(text)).toBeNaN();
});
