import { describe, expect, test } from 'vitest';
import type { AskPast, PastCounts } from '../../src/alerts/comparison/comparison.ts';
import type { AlertEngine } from '../../src/alerts/engine.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS } from '../../src/base/time/duration.ts';
import { CountTable } from '../../src/store/counts.ts';
import { seeded } from '../support/chance.ts';
import { engine, event, hit, load, rule, START, tempFolder, until } from './support.ts';

const SPIKE = `
name: compared
type: spike
index: docker-logs-*
timeframe: { minutes: 10 }
spike_height: 2
spike_type: both
compare_to: { weeks: 1 }
realert: { days: 1 }
send_resolved: true
alert: debug
`;

interface Sent {
  readonly time: number;
  readonly fields?: Record<string, unknown>;
}

/** A store with these events, and `noise` of other kinds since some time. */
function past(events: readonly Sent[], { oldest = 0, dark = () => false as boolean } = {}) {
  const asked: PastCounts[] = [];
  const ask = (question: PastCounts) => {
    asked.push(question);
    const table = new CountTable(question);
    for (const { time, fields } of events) table.addEvent(event(time, fields), time);
    const lit = Array.from({ length: question.stretches }, (_, i) => i).filter(() => !dark());
    return { rows: table.rows(), lit, oldest };
  };
  return { asked, ask };
}

const every = (count: number, from: number, stepMs: number, fields?: Record<string, unknown>): Sent[] =>
  Array.from({ length: count }, (_, i) => ({ time: from + i * stepMs, ...(fields && { fields }) }));

/** Events come in at their times, and time passes until then, a tick a second. */
async function play(
  alerts: AlertEngine,
  clock: { now: number; sent: number },
  events: readonly Sent[],
  end: number,
  name = 'compared',
): Promise<void> {
  const tick = (): void => {
    alerts.advance(clock.now);
    clock.now += 1000;
  };
  for (const { time, fields } of events.toSorted((a, b) => a.time - b.time)) {
    while (clock.now < time) tick();
    alerts.consume([hit(name, `e${++clock.sent}`, time, fields)], clock.sent);
  }
  while (clock.now <= end) tick();
}

const noteOf = (alerts: AlertEngine): string | undefined => alerts.rulesStatus()[0]?.comparison?.note;
const told = (alerts: AlertEngine): unknown[] =>
  alerts
    .recent()
    .toReversed()
    .map(({ at, key, resolved }) => [at.slice(11, 19), key, ...(resolved === true ? ['resolved'] : [])]);

async function started(text: string, askPast: AskPast | undefined, more: { dir?: string; at?: number } = {}) {
  const clock = { now: more.at ?? START, sent: 0 };
  const rules = [rule(text)];
  const dir = more.dir ?? tempFolder();
  return { clock, rules, dir, alerts: await engine({ rules, askPast, now: () => clock.now, dir }) };
}

describe('the same time a week ago', () => {
  test('more and fewer than then, for each key of either, with both numbers and times; told when it is over', async () => {
    const ago = START - WEEK_MS;
    const { ask } = past([
      ...every(5, ago + MINUTE_MS, 1000, { service: 'up' }),
      ...every(4, ago + MINUTE_MS, 1000, { service: 'same' }),
      ...every(3, ago + MINUTE_MS, 1000, { service: 'gone' }),
    ]);
    const { alerts, clock } = await started(`${SPIKE}query_key: service\n`, ask);
    const now = [
      ...every(10, START + MINUTE_MS, 1000, { service: 'up' }),
      ...every(4, START + MINUTE_MS, 1000, { service: 'same' }),
      ...every(40, START + MINUTE_MS, 1000, { service: 'new' }),
    ];
    await play(alerts, clock, now, START + 15 * MINUTE_MS);
    // Too few is judged when a whole timeframe was watched.
    expect(told(alerts)).toEqual([
      ['12:02:00', 'up'],
      ['12:10:00', 'gone'],
      ['12:12:00', 'up', 'resolved'],
      ['12:12:00', 'gone', 'resolved'],
    ]);
    const { body, event_id: id } = alerts.recent().find(({ key, resolved }) => key === 'up' && resolved !== true)!;
    expect(body).toMatch(/^spike_count: 10$/m);
    expect(body).toMatch(/^reference_count: 5$/m);
    expect(body).toMatch(/^window_start: 2026-11-20T11:52:00.000Z$/m);
    expect(body).toMatch(/^reference_start: 2026-11-13T11:52:00.000Z$/m);
    expect(body).toMatch(/^reference_end: 2026-11-13T12:02:00.000Z$/m);
    expect(body).toContain('An abnormal number of events (10) occurred between ');
    expect(body).toMatch(/\.\nA week before, between .+, it was 5\.\n/);
    expect(id).toBe('e1');
  });

  test('new keys only where the rule says so', async () => {
    const now = every(5, START + MINUTE_MS, 1000, { service: 'new' });
    for (const [more, wanted] of [
      ['', []],
      ['alert_on_new_data: true\n', ['new']],
    ] as const) {
      const { alerts, clock } = await started(`${SPIKE}query_key: service\n${more}`, past([]).ask);
      await play(alerts, clock, now, START + 5 * MINUTE_MS);
      expect(alerts.recent().map(({ key }) => key)).toEqual(wanted);
    }
  });

  test('the means of a field', async () => {
    const text = `${SPIKE.replace('type: spike', 'type: spike_aggregation')}metric_agg_key: took\nmetric_agg_type: avg\n`;
    const then = [10, 20, undefined].map((took, i) => ({ time: START - WEEK_MS + (i + 1) * 1000, fields: { took } }));
    const now = [20, 40, undefined].map((took, i) => ({ time: START + (i + 1) * 1000, fields: { took } }));
    const { alerts, clock } = await started(text, past(then).ask);
    await play(alerts, clock, now, START + 2 * MINUTE_MS);
    expect(told(alerts)).toEqual([['12:01:00', undefined]]);
    expect(alerts.recent()[0]!.body).toContain('An abnormal avg of took (30) occurred between ');
  });

  test('several levels ask once', async () => {
    const { ask, asked } = past(every(5, START - WEEK_MS + 1000, 1000));
    const text = `${SPIKE.replace('spike_height: 2\n', '')}levels: { warning: { spike_height: 2 }, critical: { spike_height: 4 } }\n`;
    const { alerts, clock } = await started(text, ask);
    const now = [...every(10, START + 1000, 1000), ...every(10, START + 2 * MINUTE_MS + 1000, 1000)];
    await play(alerts, clock, now, START + 5 * MINUTE_MS);
    const bodies = alerts.recent().map(({ body }) => /severity: (.*)/.exec(body)?.[1]);
    expect(bodies.toReversed()).toEqual(['warning', 'critical']);
    expect(asked).toHaveLength(1);
  });

  test('the store is asked once a timeframe, for the time ahead, whatever comes in', async () => {
    const { ask, asked } = past([]);
    const { alerts, clock } = await started(SPIKE, ask);
    await play(alerts, clock, every(600, START, 10_000), START + 100 * MINUTE_MS);
    // The first question has two timeframes.
    expect(asked.length).toBeLessThanOrEqual(11);
    for (const [i, { from, stretches, stretchMs }] of asked.entries()) {
      expect(stretches * stretchMs).toBe((i === 0 ? 20 : 10) * MINUTE_MS);
      if (i > 0) expect(from).toBe(asked[i - 1]!.from + asked[i - 1]!.stretches * stretchMs);
    }
  });
});

describe('what cannot be compared raises nothing, and the rule says why', () => {
  const burst = every(20, START + 1000, 1000);

  test('the store does not go back so far', async () => {
    const { alerts, clock } = await started(SPIKE, past([], { oldest: START - WEEK_MS + HOUR_MS }).ask);
    await play(alerts, clock, burst, START + 5 * MINUTE_MS);
    expect(alerts.recent()).toEqual([]);
    expect(noteOf(alerts)).toBe('no data a week ago (oldest event: 2026-11-13T13:00:00.000Z)');
    // An hour later there is a whole timeframe of then.
    await play(alerts, clock, every(20, START + 70 * MINUTE_MS, 1000), START + 75 * MINUTE_MS);
    expect(told(alerts)).toEqual([['13:10:00', undefined]]);
    expect(noteOf(alerts)).toBeUndefined();
  });

  test('nothing of any kind was stored then: nobody was there', async () => {
    const { alerts, clock } = await started(SPIKE, past([], { dark: () => true }).ask);
    await play(alerts, clock, burst, START + 5 * MINUTE_MS);
    expect(alerts.recent()).toEqual([]);
    expect(noteOf(alerts)).toContain('no event of any kind was stored between 2026-11-13T11:55:00.000Z and');
  });

  test('the store does not answer; it is asked again, and an alert that lasts is not over for that', async () => {
    let isAway = false;
    const known = past(every(5, START - WEEK_MS + 1000, 1000));
    const askPast: AskPast = async question => {
      if (isAway) throw new Error('the store is away');
      return known.ask(question);
    };
    const { alerts, clock } = await started(SPIKE, askPast);
    alerts.advance(clock.now);
    await until(() => noteOf(alerts) !== 'the store has not been asked yet' || known.asked.length > 0, 'an answer');
    await play(alerts, clock, burst, START + 2 * MINUTE_MS);
    expect(alerts.recent()).toHaveLength(1);
    isAway = true;
    // What it knows lasts for a timeframe.
    await play(alerts, clock, [], START + 4 * MINUTE_MS);
    clock.now += 20 * MINUTE_MS;
    alerts.advance(clock.now);
    await until(() => noteOf(alerts)?.includes('the store is away') === true, 'the failure');
    expect(alerts.recent()).toHaveLength(1);
    isAway = false;
    clock.now += 10 * MINUTE_MS;
    alerts.advance(clock.now);
    await until(() => known.asked.length > 1, 'another question');
    await until(() => {
      alerts.advance(++clock.now);
      return noteOf(alerts) === undefined;
    }, 'a comparison');
  });

  test('there is no store', async () => {
    const { alerts, clock } = await started(SPIKE, undefined);
    await play(alerts, clock, burst, START + 5 * MINUTE_MS);
    expect(alerts.recent()).toEqual([]);
    expect(noteOf(alerts)).toBe('there is no store here that could say what was before');
  });
});

describe('the clocks of the zone say what the same time is', () => {
  const cases = [
    // Berlin: summer time ended on 25 October 2026, and begins on 28 March 2027.
    { now: '2026-10-26T09:00:00Z', before: '2026-10-19T08:00:00.000Z' },
    { now: '2026-11-20T09:00:00Z', before: '2026-11-13T09:00:00.000Z' },
    { now: '2027-03-29T08:00:00Z', before: '2027-03-22T09:00:00.000Z' },
    // 02:30 is there twice, and is compared with the one of a week ago both times.
    { now: '2026-10-25T00:30:00Z', before: '2026-10-18T00:30:00.000Z' },
    { now: '2026-10-25T01:30:00Z', before: '2026-10-18T00:30:00.000Z' },
  ];
  test.for(cases)('$now is compared with $before', async ({ now, before }) => {
    const at = Date.parse(now);
    const known = past(every(5, Date.parse(before) - MINUTE_MS, 1000));
    const text = SPIKE.replace('weeks: 1', 'weeks: 1, timezone: Europe/Berlin');
    const { alerts, clock } = await started(text, known.ask, { at: at - 2 * MINUTE_MS });
    await play(alerts, clock, every(10, at - MINUTE_MS, 1000), at);
    expect(alerts.recent()).toHaveLength(1);
    expect(alerts.recent()[0]!.body).toMatch(/^reference_count: 5$/m);
    expect(alerts.rulesStatus()[0]!.comparison!.window!.to).toBe(before);
  });

  test('it goes on over the change, and asks anew', async () => {
    const at = Date.parse('2026-10-25T00:30:00Z');
    const known = past(every(200, at - WEEK_MS - HOUR_MS, MINUTE_MS));
    const text = SPIKE.replace('weeks: 1', 'weeks: 1, timezone: Europe/Berlin');
    const { alerts, clock } = await started(text, known.ask, { at });
    await play(alerts, clock, every(90, at, MINUTE_MS), at + 90 * MINUTE_MS);
    expect(alerts.recent()).toEqual([]);
    const ages = known.asked.map(({ from }) => Math.round((at - WEEK_MS - from) / HOUR_MS));
    expect(new Set(known.asked.map(({ stretches }) => stretches))).toEqual(new Set([10, 20]));
    expect(ages.some((age, i) => i > 0 && age > ages[i - 1]!)).toBe(true);
  });
});

test('a restart neither repeats nor ends what lasts', async () => {
  const { ask } = past(every(5, START - WEEK_MS + 1000, 1000));
  const first = await started(SPIKE, ask);
  await play(first.alerts, first.clock, every(10, START + 1000, 1000), START + 2 * MINUTE_MS);
  expect(told(first.alerts)).toEqual([['12:01:00', undefined]]);
  await first.alerts.stop(AbortSignal.timeout(5000));
  const second = await started(SPIKE, ask, { dir: first.dir, at: first.clock.now });
  expect(second.alerts.rulesStatus()[0]!.active_alerts).toBe(1);
  await play(second.alerts, second.clock, [], START + 12 * MINUTE_MS);
  expect(told(second.alerts)).toEqual([
    ['12:01:00', undefined],
    ['12:11:00', undefined, 'resolved'],
  ]);
});

test('levels of a plain spike are windows of their own', async () => {
  const text = SPIKE.replace('spike_height: 2\n', '').replace('compare_to: { weeks: 1 }\n', '');
  const { alerts, clock } = await started(
    `${text}levels: { warning: { spike_height: 2 }, critical: { spike_height: 4, threshold_ref: 2 } }\n`,
    undefined,
  );
  const calm = every(20, START, MINUTE_MS);
  await play(alerts, clock, [...calm, ...every(45, START + 20 * MINUTE_MS, 1000)], START + 22 * MINUTE_MS);
  const severities = alerts.recent().map(({ body }) => /severity: (.*)/.exec(body)?.[1]);
  expect(severities.toReversed()).toEqual(['warning', 'critical']);
});

test.for([1, 2, 3, 4])('it finds what counting everything anew finds (seed %s)', async seed => {
  const chance = seeded(seed);
  const from = START;
  const services = ['a', 'b', 'c'];
  const random = (begin: number): Sent[] =>
    Array.from({ length: 150 }, () => ({
      time: begin + Math.floor(chance() * 60 * MINUTE_MS),
      fields: { service: services[Math.floor(chance() ** 2 * 3)], took: Math.floor(chance() * 100) },
    }));
  const then = random(from - DAY_MS);
  const now = random(from);
  for (const kind of ['count', 'avg', 'max', 'sum'] as const) {
    const aggregation = `type: spike_aggregation\nmetric_agg_key: took\nmetric_agg_type: ${kind}`;
    const text = SPIKE.replace('type: spike', kind === 'count' ? 'type: spike' : aggregation)
      .replace('weeks: 1', 'days: 1')
      .replace('days: 1 }\nsend', 'seconds: 0 }\nsend')
      .replace('send_resolved: true\n', 'query_key: service\n');
    const measure = (events: readonly Sent[], service: string, end: number): number | undefined => {
      const values = events
        .filter(({ time, fields }) => fields!['service'] === service && time > end - 10 * MINUTE_MS && time <= end)
        .map(({ fields }) => Number(fields!['took']));
      const sum = values.reduce((a, b) => a + b, 0);
      if (kind === 'count') return values.length;
      if (kind === 'sum') return sum;
      if (values.length === 0) return undefined;
      return kind === 'avg' ? sum / values.length : Math.max(...values);
    };
    const wanted: string[] = [];
    for (let end = from + MINUTE_MS; end <= from + 60 * MINUTE_MS; end += MINUTE_MS)
      for (const service of services) {
        const [current, reference] = [measure(now, service, end), measure(then, service, end - DAY_MS)];
        const isThen = then.some(
          ({ time, fields }) =>
            fields!['service'] === service && time > end - DAY_MS - 10 * MINUTE_MS && time <= end - DAY_MS,
        );
        if (current === undefined || reference === undefined || !isThen || (current === 0 && reference === 0)) continue;
        const isWatched = end - from >= 10 * MINUTE_MS || kind === 'avg' || kind === 'max';
        if (current >= 2 * reference || (isWatched && current <= reference / 2))
          wanted.push(`${new Date(end).toISOString()} ${service} ${current} ${reference}`);
      }
    const { alerts, clock } = await started(text, past(then).ask);
    await play(alerts, clock, now, from + 60 * MINUTE_MS);
    const found = alerts.recent(1000).map(({ body, key }) => {
      const value = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(body)![1]!;
      return `${value('window_end')} ${key} ${Number(value('spike_count'))} ${Number(value('reference_count'))}`;
    });
    expect(wanted.length).toBeGreaterThan(0);
    expect(found.sort()).toEqual(wanted.sort());
  }
});

test('a rule without compare_to keeps its window over an upgrade', () => {
  const plain = SPIKE.replace('compare_to: { weeks: 1 }\n', '');
  expect(load([{ path: 'a.yaml', text: plain }]).rules[0]!.compareTo).toBeUndefined();
  expect(rule(plain).windowFingerprint).not.toBe(rule(SPIKE).windowFingerprint);
});
