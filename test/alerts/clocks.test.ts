import { cpSync, existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AlertEngine, AlertHit } from '../../src/alerts/engine.ts';
import { engine, hit, rule, START, tempFolder } from './support.ts';

// Clocks of senders that are ahead or behind, and schedules. Times are seconds after START.

interface Arrival {
  /** When it arrives. */
  readonly at: number;
  /** Its own time; default: that of arrival. */
  readonly time?: number;
  readonly id?: string;
  readonly fields?: Record<string, unknown>;
}

const FREQUENCY = (n: number, more = ''): string =>
  `name: r\ntype: frequency\nindex: docker-logs-*\nnum_events: ${n}\ntimeframe: { minutes: 1 }\nrealert: { minutes: 0 }\nalert: debug\n${more}`;
const FLATLINE = (threshold: number, more = ''): string =>
  `name: r\ntype: flatline\nindex: docker-logs-*\nthreshold: ${threshold}\ntimeframe: { minutes: 1 }\nrealert: { minutes: 0 }\nalert: debug\n${more}`;
const ANY = (more = ''): string =>
  `name: r\ntype: any\nindex: docker-logs-*\nrealert: { minutes: 0 }\nalert: debug\n${more}`;

/** Second after START of each alert, with the event it carries. */
async function play(
  text: string,
  arrivals: readonly Arrival[],
  until: number,
  more: { settings?: Record<string, number>; start?: number; restartAt?: number } = {},
): Promise<(readonly [number, string | undefined])[]> {
  const start = more.start ?? START;
  let now = start;
  let dir = tempFolder();
  const open = (): Promise<AlertEngine> =>
    engine({ dir, rules: [rule(text)], now: () => now, settings: { recent_alerts: 1000, ...more.settings } });
  let alerts = await open();
  const queue = arrivals.toSorted((a, b) => a.at - b.at);
  let position = 0;
  for (let second = 0; second <= until; second++) {
    now = start + second * 1000;
    if (second === more.restartAt) {
      await alerts.flush();
      // Killed: what is on the disk is all that the next one has.
      const copy = tempFolder();
      if (existsSync(dir)) cpSync(dir, copy, { recursive: true });
      dir = copy;
      alerts = await open();
    }
    const hits: AlertHit[] = [];
    while (queue[0] !== undefined && queue[0].at <= second) {
      const { at, time, id, fields } = queue.shift()!;
      hits.push(hit('r', id ?? `e${position}-${hits.length}`, start + (time ?? at) * 1000, fields));
    }
    if (hits.length > 0) alerts.consume(hits, ++position);
    alerts.advance(now);
  }
  return alerts
    .recent(1000)
    .reverse()
    .map(view => [(Date.parse(view.at) - start) / 1000, view.event_id] as const);
}

/** One a second. */
const each = (from: number, to: number, prefix = 'e'): Arrival[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ at: from + i, id: `${prefix}${from + i}` }));

describe('an event of the future', () => {
  test.for([
    ['two minutes', 120],
    ['an hour', 3600],
    ['a year', 31_536_000],
  ] as const)('%s ahead silences no frequency rule', async ([, ahead]) => {
    const told = await play(FREQUENCY(3), [{ at: 0, time: ahead, id: 'skewed' }, ...each(1, 3)], 5);
    expect(told).toEqual([[3, 'e3']]);
  });

  test('counts when its time has come, together with the true ones', async () => {
    const told = await play(FREQUENCY(3), [{ at: 0, time: 120, id: 'skewed' }, ...each(118, 119)], 125);
    expect(told).toEqual([[120, 'skewed']]);
  });

  test('neither triggers a rule before its time', async () => {
    const ahead = [1, 2, 3, 4].map(n => ({ at: 1, time: 60 + n, id: `f${n}` }));
    expect(await play(ANY(), ahead, 70)).toEqual([
      [61, 'f1'],
      [62, 'f2'],
      [63, 'f3'],
      [64, 'f4'],
    ]);
    expect(await play(FREQUENCY(3), ahead, 59)).toEqual([]);
  });

  test('within the skew that is allowed it counts as now', async () => {
    expect(await play(ANY(), [{ at: 5, time: 6, id: 'a' }], 5)).toEqual([[5, 'a']]);
    const settings = { future_skew_ms: 30_000 };
    const skewed = Array.from({ length: 3 }, (_, n) => ({ at: n, time: n + 30, id: `s${n}` }));
    expect(await play(FREQUENCY(3), skewed, 5, { settings })).toEqual([[2, 's2']]);
  });

  test('survives a restart', async () => {
    const told = await play(FREQUENCY(2), [{ at: 0, time: 90, id: 'skewed' }, ...each(89, 89)], 95, { restartAt: 50 });
    expect(told).toEqual([[90, 'skewed']]);
  });

  test('by a timestamp_field of its own is one, too', async () => {
    const field = (second: number) => ({ created: (START / 1000 + second) * 1000 });
    const text = FREQUENCY(3, 'timestamp_field: created\ntimestamp_type: unix_ms\n');
    const arrivals = [
      { at: 0, id: 'skewed', fields: field(7200) },
      ...[1, 2, 3].map(n => ({ at: n, id: `e${n}`, fields: field(n) })),
    ];
    expect(await play(text, arrivals, 5)).toEqual([[3, 'e3']]);
  });

  test('beyond the limit the ones furthest ahead count as now, and nothing is lost', async () => {
    const ahead = [40, 30, 20, 10].map(n => ({ at: 1, time: n, id: `f${n}` }));
    const told = await play(ANY(), ahead, 45, { settings: { max_future_events: 2 } });
    expect(told.toSorted((a, b) => a[0] - b[0])).toEqual([
      [1, 'f40'],
      [1, 'f30'],
      [10, 'f10'],
      [20, 'f20'],
    ]);
    const none = await play(ANY(), ahead, 5, { settings: { max_future_bytes: 0 } });
    expect(none).toHaveLength(4);
  });

  test('is shown with the rule', async () => {
    const alerts = await engine({ rules: [rule(ANY())], now: () => START });
    alerts.consume([hit('r', 'a', START + 60_000)], 1);
    expect(alerts.rulesStatus()[0]).toMatchObject({ hits: 1, matches: 0, future_events: 1 });
  });

  test('silences no flatline rule, and raises no false alarm', async () => {
    const silent = await play(FLATLINE(1), [{ at: 0 }, { at: 1, time: 1800 }], 300);
    expect(silent.map(([second]) => second)).toEqual([60, 120, 180, 240, 300]);
    const lively = await play(FLATLINE(5), [...each(0, 300), { at: 66, time: 666, id: 'skewed' }], 300);
    expect(lively).toEqual([]);
  });
});

describe('late events', () => {
  test('a late burst after a newer event alerts', async () => {
    const burst = Array.from({ length: 3 }, (_, n) => ({ at: 601, time: n, id: `l${n}` }));
    expect(await play(FREQUENCY(3), [{ at: 600, id: 'new' }, ...burst], 610)).toEqual([[601, 'l2']]);
  });

  test('count with those that came in time', async () => {
    const arrivals = [{ at: 0 }, { at: 5 }, { at: 600, id: 'new' }, { at: 601, time: 3, id: 'late' }];
    const [first] = await play(FREQUENCY(3), arrivals, 610);
    expect(first?.[0]).toBe(601);
  });

  test('of hours ago count among themselves, while newer ones come', async () => {
    const late = Array.from({ length: 3 }, (_, n) => ({ at: 7000 + n * 3, time: n, id: `l${n}` }));
    const told = await play(FREQUENCY(3), [...late, { at: 7001 }, { at: 7004 }], 7010);
    expect(told).toEqual([[7006, 'l2']]);
  });

  test('further apart than the timeframe alert nobody', async () => {
    const late = Array.from({ length: 5 }, (_, n) => ({ at: 700, time: n * 60, id: `l${n}` }));
    expect(await play(FREQUENCY(2), [{ at: 699 }, ...late], 710)).toEqual([]);
  });

  test('an event that alerted once does not do so again with a late one', async () => {
    expect(await play(FREQUENCY(3), [...each(0, 2), { at: 10, time: 1, id: 'late' }], 20)).toEqual([[2, 'e2']]);
  });

  test('make no silence, and end none', async () => {
    const arrivals = [...each(0, 200), ...Array.from({ length: 20 }, (_, n) => ({ at: 100, time: n }))];
    expect(await play(FLATLINE(5), arrivals, 200)).toEqual([]);
    const quiet = await play(FLATLINE(1), [{ at: 0 }, { at: 100, time: 10 }], 121);
    expect(quiet.map(([second]) => second)).toEqual([60, 120]);
  });

  test('memory gives them up first', async () => {
    const settings = { max_window_events: 100 };
    // 40 keys with an event each minute: 15 minutes of them do not fit, the last minute does.
    const arrivals = Array.from({ length: 400 }, (_, n) => ({
      at: Math.floor(n / 40) * 61,
      id: `e${n}`,
      fields: { user: `u${n % 40}` },
    }));
    const last = [{ at: 560, id: 'end', fields: { user: 'u0' } }];
    const told = await play(FREQUENCY(2, 'query_key: user\n'), [...arrivals, ...last], 561, { settings });
    expect(told).toEqual([[560, 'end']]);
  });
});

describe('limit_execution', () => {
  // Active from 12:02 to 12:03:59 each hour; START is 12:00.
  const schedule = "limit_execution: '2-3 * * * *'\n";

  test('pauses evaluation: what was found meanwhile is told when the rule runs again', async () => {
    expect(await play(ANY(schedule), [{ at: 10, id: 'a' }], 125)).toEqual([[120, 'a']]);
    expect(
      await play(
        ANY(schedule),
        [
          { at: 130, id: 'a' },
          { at: 250, id: 'b' },
        ],
        300,
      ),
    ).toEqual([[130, 'a']]);
  });

  test('windows get the events of the pause', async () => {
    const arrivals = [
      { at: 100, id: 'a' },
      { at: 110, id: 'b' },
      { at: 130, id: 'c' },
    ];
    expect(await play(FREQUENCY(3, schedule), arrivals, 135)).toEqual([[130, 'c']]);
  });

  test('with limit_execution_coverage events of the pause do not count', async () => {
    const more = `${schedule}limit_execution_coverage: true\n`;
    expect(
      await play(
        ANY(more),
        [
          { at: 10, id: 'a' },
          { at: 130, id: 'b' },
        ],
        140,
      ),
    ).toEqual([[130, 'b']]);
    const arrivals = [{ at: 100 }, { at: 110 }, { at: 130 }];
    expect(await play(FREQUENCY(3, more), arrivals, 135)).toEqual([]);
  });

  test('realert holds for what is told after the pause, as if all had come then', async () => {
    const text = ANY(schedule).replace('minutes: 0', 'minutes: 1');
    expect(await play(text, [...each(1, 50), { at: 185, id: 'z' }], 190)).toEqual([
      [120, 'e1'],
      [185, 'z'],
    ]);
  });

  test('silence is judged when the rule runs, and what waited survives a restart', async () => {
    expect((await play(FLATLINE(1, schedule), [{ at: 0 }], 130)).map(([second]) => second)).toEqual([]);
    expect((await play(FLATLINE(1, schedule), [{ at: 0 }], 239)).map(([second]) => second)).toEqual([180]);
    expect(await play(ANY(schedule), [{ at: 10, id: 'a' }], 125, { restartAt: 60 })).toEqual([[120, 'a']]);
  });
});

test('our own clock, set ahead for a moment and back, leaves absence rules awake', async () => {
  let now = START;
  const alerts = await engine({ rules: [rule(FLATLINE(1))], now: () => now });
  const step = (): void => {
    now += 1000;
    alerts.advance(now);
  };
  for (let n = 0; n < 10; n++) step();
  now += 86_400_000;
  alerts.consume([hit('r', 'a', now)], 1);
  step();
  now -= 86_400_000;
  const before = alerts.recent().length;
  for (let n = 0; n < 70; n++) step();
  expect(alerts.recent().length).toBe(before + 1);
});
