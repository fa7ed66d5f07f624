import { expect, test } from 'vitest';
import { fixedReader } from '../../../src/base/time/pattern/fixed.ts';
import { dateParser } from '../../../src/base/time/pattern/parse.ts';
import { parsePattern } from '../../../src/base/time/pattern/pattern.ts';
import { fixedZone, zoneOf } from '../../../src/base/time/zone.ts';
import { seeded } from '../../support/chance.ts';

// What is read at fixed places is what is read part by part, whatever the text is; another text is left alone.
const NOW = Date.UTC(2026, 10, 20, 14);
const FORMATS: readonly (readonly [format: string, sample: string])[] = [
  ['dd/MMM/yyyy:HH:mm:ss Z', '20/Nov/2026:13:55:36 +0000'],
  ['yyyy/MM/dd HH:mm:ss', '2026/11/20 13:55:36'],
  ['yyyy-MM-dd HH:mm:ss,SSS', '2026-11-20 13:55:36,123'],
  ["yyyy-MM-dd'T'HH:mm:ss.SSSX", '2026-11-20T13:55:36.123+0930'],
];
const PIECES = [
  '0',
  '1',
  '2',
  '3',
  '6',
  '9',
  '31',
  '30',
  '29',
  '02',
  'Feb',
  'FEB',
  'sep',
  '-',
  '+',
  ':',
  '/',
  ' ',
  'Z',
  '٣',
];
const ZONES = [fixedZone('Z', 0), zoneOf('UTC'), zoneOf('Europe/Berlin')];

test.for(FORMATS)('%s', ([format, sample]) => {
  const parts = parsePattern(format);
  const fixed = fixedReader(parts, 'en')!;
  const whole = dateParser(parts);
  const random = seeded(11);
  const below = (limit: number): number => Math.floor(random() * limit);
  let read = 0;
  for (let i = 0; i < 4000; i++) {
    let text = sample;
    for (let n = below(4); n > 0; n--) {
      const at = below(text.length);
      const piece = PIECES[below(PIECES.length)]!;
      text = text.slice(0, at) + piece + text.slice(at + (below(5) === 0 ? 0 : piece.length));
    }
    const zone = ZONES[i % ZONES.length]!;
    const ms = fixed(text, zone);
    if (Number.isNaN(ms)) continue;
    read++;
    expect([text, ms]).toEqual([text, whole(text, NOW, zone)]);
  }
  expect(read).toBeGreaterThan(500);
});

test.for(['d/MMM/yyyy', 'yyyyMMddHHmmss', 'EEE MMM dd HH:mm:ss yyyy', 'yy-MM-dd HH:mm:ss', 'MMM dd HH:mm:ss'])(
  '%s has no fixed places, or is read otherwise',
  format => expect(fixedReader(parsePattern(format), 'en')).toBeUndefined(),
);
