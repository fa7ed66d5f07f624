import { describe, expect, test } from 'vitest';
import { clockOf, shownBy, WallTimes, wallMoment, wallText } from '../../src/web/ui/base/wall-clock.ts';
import { countTicks, momentOf, ticks, zoomedOut } from '../../src/web/ui/logs/time-range.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const iso = (at: number | undefined) => at && new Date(at).toISOString();

test.each([
  ['now', '2026-11-30T12:00:00.000Z'],
  ['now-2h', '2026-11-30T10:00:00.000Z'],
  ['2026-11-29T03:12:00Z', '2026-11-29T03:12:00.000Z'],
  ['2026-11-29T03:12:00+09:00', '2026-11-28T18:12:00.000Z'],
  ['1795182936', '2026-11-20T13:55:36.000Z'],
  ['2026-11-29T03:12:00', undefined],
  ['now-1d/d', undefined],
  ['nonsense', undefined],
])('the moment of %s', (text, at) => expect(iso(momentOf(text, NOW))).toBe(at));

describe('times on the clock of a zone', () => {
  test.each(['UTC', 'Asia/Seoul', 'Asia/Kathmandu', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns'])(
    'an offset added says what the browser says of %s',
    zone => {
      const clock = clockOf(zone);
      const times = new WallTimes(clock);
      // Through a year, with its changes, in odd steps; and far away.
      const moments = Array.from({ length: 3000 }, (_, n) => Date.UTC(2026, 0, 1) + n * 10_501_337);
      for (const moment of [...moments, Date.UTC(2026, 2, 29, 1) - 1, Date.UTC(2026, 2, 29, 1), -1, 8.64e15, -8.64e15])
        expect(times.at(moment)).toBe(shownBy(clock, moment).join(' '));
      expect([times.at(Number.NaN), times.at(8.64e15 + 1)]).toEqual(['', '']);
    },
  );
  test.each([
    ['Asia/Seoul', '2026-11-30T03:12:05', '2026-11-29T18:12:05.000Z'],
    ['UTC', '2026-11-30T03:12:05', '2026-11-30T03:12:05.000Z'],
    ['Europe/Berlin', '2026-07-01T00:00:00', '2026-06-30T22:00:00.000Z'],
    // The clock shows it twice: the earlier one.
    ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
    // The clock never shows it: as much later as it is put forward.
    ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
    ['America/St_Johns', '2026-01-01T00:00:00', '2026-01-01T03:30:00.000Z'],
  ])('%s %s', (zone, wall, at) => expect(iso(wallMoment(wall, zone))).toBe(at));

  test('there and back', () => {
    for (const zone of ['Asia/Seoul', 'America/New_York', 'Asia/Kathmandu'])
      expect(wallMoment(wallText(NOW, zone), zone)).toBe(NOW);
    expect(wallMoment('x', 'UTC')).toBeUndefined();
  });
});

test('zooming out doubles the time and ends now', () => {
  expect(zoomedOut({ from: 1000, to: 3000 }, 10_000)).toEqual({ from: 0, to: 4000 });
  expect(zoomedOut({ from: 8000, to: 10_000 }, 10_000)).toEqual({ from: 6000, to: 10_000 });
});

test('axes have few and round marks', () => {
  expect(ticks(Date.UTC(2026, 0, 1, 0, 7), Date.UTC(2026, 0, 1, 1, 7), 6, 'UTC').map(iso)).toEqual(
    ['00:15', '00:30', '00:45', '01:00'].map(time => `2026-01-01T${time}:00.000Z`),
  );
  expect(ticks(Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 3), 3, 'Asia/Seoul').map(iso)).toEqual([
    '2026-01-01T15:00:00.000Z',
    '2026-01-02T15:00:00.000Z',
  ]);
  expect([0, 1, 7, 10, 43, 1234].map(countTicks)).toEqual([
    [0],
    [0, 1],
    [0, 5],
    [0, 5, 10],
    [0, 20, 40],
    [0, 500, 1000],
  ]);
});
