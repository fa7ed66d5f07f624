import { describe, expect, test } from 'vitest';
import type { RetentionOptions } from '../../../src/store/embedded/options.ts';
import { embeddedStoreOptions } from '../../../src/store/embedded/options.ts';
import { type DayOnDisk, decideRetention, type RetentionState } from '../../../src/store/embedded/retention.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 20, 12);

/** `18:100` is 2026.11.18 with 100 bytes; `18:60+40` has two segments, the earlier one first. */
function days(...texts: string[]): DayOnDisk[] {
  return texts.map(text => {
    const [date, sizes] = text.split(':') as [string, string];
    const segments = sizes.split('+').map((bytes, i) => ({ name: `s${i}`, bytes: Number(bytes), maxTime: i }));
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    return { day: date.includes('.') ? date : `2026.11.${date}`, bytes, segments };
  });
}

const show = (state: Partial<RetentionState>, options: Partial<RetentionOptions>): string[] =>
  decideRetention(
    { now: NOW, days: [], ...state },
    { ...embeddedStoreOptions().retention, max_age_days: 3, ...options },
  ).map(drop => `${drop.reason} ${drop.day.slice(-2)}${'segments' in drop ? ` ${drop.segments.join(',')}` : ''}`);

const TABLE: [what: string, state: Partial<RetentionState>, options: Partial<RetentionOptions>, drops: string[]][] = [
  ['nothing stored', {}, {}, []],
  ['young enough to the day', { days: days('17:1', '20:1') }, {}, []],
  ['a day too old', { days: days('16:1', '17:1', '20:1') }, {}, ['age 16']],
  ['many days too old: the oldest only', { days: days('12:1', '10:1', '11:1', '20:1') }, {}, ['age 10']],
  ['the last drop was a moment ago', { days: days('10:1', '20:1'), sinceAgeDropMs: HOUR - 1 }, {}, []],
  ['the last drop was long enough ago', { days: days('10:1', '20:1'), sinceAgeDropMs: HOUR }, {}, ['age 10']],
  ['the clock is years ahead, the newest day counts', { now: Date.UTC(2030, 0), days: days('17:1', '20:1') }, {}, []],
  ['the newest day is years ahead, the clock counts', { days: days('17:1', '20:1', '2030.01.01:1') }, {}, []],
  [
    'both are years ahead: one day is lost',
    { now: Date.UTC(2030, 0), days: days('19:1', '20:1', '2030.01.01:1') },
    {},
    ['age 19'],
  ],
  ['the clock is behind', { now: Date.UTC(2020, 0), days: days('10:1', '20:1') }, {}, []],
  ['bytes within the limit', { days: days('18:50', '19:50') }, { max_bytes: 100 }, []],
  ['too many bytes: the oldest day', { days: days('18:50', '19:51') }, { max_bytes: 100 }, ['bytes 18']],
  [
    'too many bytes: as many days as it takes',
    { days: days('17:50', '18:50', '19:50', '20:50') },
    { max_bytes: 100 },
    ['bytes 17', 'bytes 18'],
  ],
  ['today alone is too much: its oldest segments', { days: days('20:40+40+40') }, { max_bytes: 100 }, ['bytes 20 s0']],
  [
    'days before, and then segments of today',
    { days: days('19:10', '20:60+60+30') },
    { max_bytes: 100 },
    ['bytes 19', 'bytes 20 s0'],
  ],
  ['today is nothing but one segment too large', { days: days('20:500') }, { max_bytes: 100 }, ['bytes 20 s0']],
  ['what age takes is taken off first', { days: days('10:50', '19:50', '20:50') }, { max_bytes: 100 }, ['age 10']],
  ['free disk within the limit', { days: days('19:50', '20:50'), freeBytes: 10 }, { min_free_bytes: 10 }, []],
  [
    'too little free disk: the oldest days',
    { days: days('18:50', '19:50', '20:50'), freeBytes: 10 },
    { min_free_bytes: 80 },
    ['free_disk 18', 'free_disk 19'],
  ],
  [
    'too little free disk: age helps',
    { days: days('10:50', '19:50', '20:50'), freeBytes: 40 },
    { min_free_bytes: 80 },
    ['age 10'],
  ],
  [
    'too little free disk: segments of today',
    { days: days('20:50+50'), freeBytes: 40 },
    { min_free_bytes: 80 },
    ['free_disk 20 s0'],
  ],
  ['free disk not known', { days: days('19:50', '20:50') }, { min_free_bytes: 1e15 }, []],
  ['zero means never', { days: days('20:50'), freeBytes: 0 }, { min_free_bytes: 0 }, []],
];

describe('what retention drops', () => {
  test.for(TABLE)('%s', ([, state, options, drops]) => {
    expect(show(state, options)).toEqual(drops);
  });
});
