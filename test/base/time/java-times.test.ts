import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileFormat } from '../../../src/base/time/pattern/formats.ts';
import { readTime } from '../../../src/base/time/text.ts';
import { zoneOf } from '../../../src/base/time/zone.ts';
import { newFields } from '../../../src/core/event.ts';
import { createConform } from '../../../src/schema/conform.ts';

// What java.time makes of the same: recorded by JavaTimes.java beside this file.
const lines = readFileSync(new URL('java-times.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => line.split('\t'));
const walls = lines.filter(line => line[0] === 'wall') as [string, string, string, string][];
const formats = lines.filter(line => line[0] === 'format') as [string, string, string, string, string][];
const NOW = Date.UTC(2026, 10, 20, 14);

/** `expected` beside `got`, where they differ. */
const differing = <T extends string[]>(cases: readonly T[], read: (one: T) => number): string[] =>
  cases.flatMap(one => {
    const got = read(one);
    const expected = one.at(-1)!;
    return (Number.isNaN(got) ? '-' : String(got)) === expected ? [] : [`${one.join(' | ')}: got ${got}`];
  });

describe('times are those of java.time', () => {
  test('there is something to compare', () => {
    expect(walls.length).toBeGreaterThan(1000);
    expect(formats.filter(line => line[4] === '-').length).toBeGreaterThan(50);
    expect(formats.filter(line => line[4] !== '-').length).toBeGreaterThan(500);
  });

  test('wall clocks through the reader of all texts', () => {
    expect(differing(walls, ([, zone, wall]) => readTime(wall, NOW, zoneOf(zone)))).toEqual([]);
  });

  test('wall clocks through the ISO8601 format of `date`', () => {
    const parse = compileFormat('ISO8601');
    expect(differing(walls, ([, zone, wall]) => parse(wall, NOW, zoneOf(zone)))).toEqual([]);
  });

  test('wall clocks through an event', () => {
    const conforms = new Map<string, ReturnType<typeof createConform>>();
    const read = ([, timezone, wall]: (typeof walls)[number]): number => {
      let conform = conforms.get(timezone);
      if (conform === undefined) {
        conform = createConform({ timezone, clamp_past_days: 40_000, clamp_future_minutes: 1e8 });
        conforms.set(timezone, conform);
      }
      const fields = Object.assign(newFields(), { message: 'x', time: wall.replace('T', ' ') });
      return conform(fields, { tag: 't', time: Number.NaN, receivedAt: NOW }).time;
    };
    expect(differing(walls, read)).toEqual([]);
  });

  test('written dates through the formats of `date`', () => {
    expect(differing(formats, ([, zone, pattern, text]) => compileFormat(pattern)(text, NOW, zoneOf(zone)))).toEqual(
      [],
    );
  });
});
