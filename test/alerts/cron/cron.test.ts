import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseCron } from '../../../src/alerts/cron.ts';

// What croniter, which ElastAlert asks, finds of the same expressions; see record.py.

interface Recorded {
  cron: string;
  from: string;
  zone?: string;
  next?: string[];
  refused?: true;
}

/** Where it means something else here, with the reason. */
const DIFFERENCES: { isMeant: (one: Recorded) => boolean; reason: string }[] = [
  { isMeant: ({ cron }) => cron === '5-5 * * * *', reason: 'A range of one number is that number, not all.' },
  {
    isMeant: ({ cron, zone }) => cron === '0 2 * * *' && zone === 'Europe/Berlin',
    reason: 'A time that a clock shows twice comes once.',
  },
];

const recorded = readFileSync(new URL('times.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded);

function found({ cron, from, zone }: Recorded): (string | undefined)[] | undefined {
  const schedule = parseCron(cron, zone);
  if (schedule === undefined) return undefined;
  let at = Date.parse(from);
  return Array.from({ length: 3 }, () => {
    at = schedule.next(at);
    return Number.isNaN(at) ? undefined : new Date(at).toISOString().replace('.000', '');
  });
}

describe('cron beside croniter', () => {
  test('there are enough of them', () => expect(recorded.length).toBeGreaterThan(700));

  test.for([
    ['in UTC', (one: Recorded) => one.zone === undefined],
    ['in time zones, around the days when clocks change', (one: Recorded) => one.zone !== undefined],
  ] as const)('the next times %s', ([, isMeant]) => {
    const wrong = recorded.filter(isMeant).flatMap(one => {
      const got = found(one);
      const same = JSON.stringify(got) === JSON.stringify(one.next);
      return same || DIFFERENCES.some(({ isMeant }) => isMeant(one)) ? [] : [{ ...one, got }];
    });
    expect(wrong).toEqual([]);
  });

  test('a minute is on when one of its times is in it', () => {
    const schedule = parseCron('*/20 8-9 * * mon-fri', 'Asia/Seoul')!;
    const at = (text: string): boolean => schedule.matches(Date.parse(text));
    expect([at('2026-11-19T23:20:00Z'), at('2026-11-19T23:20:59.999Z'), at('2026-11-19T23:21:00Z')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([at('2026-11-20T23:20:00Z'), at('2026-11-20T08:20:00Z')]).toEqual([false, false]);
  });

  test('a zone that nobody knows is no schedule', () =>
    expect(parseCron('0 8 * * *', 'Europe/Atlantis')).toBeUndefined());
});
