import { describe, expect, test } from 'vitest';
import type { Alert } from '../../src/alerts/alerters/alerter.ts';
import { AlertEngine } from '../../src/alerts/engine.ts';
import { compileMatcher } from '../../src/alerts/match.ts';
import type { Rule } from '../../src/alerts/rules/rule.ts';
import { RULE_KINDS } from '../../src/alerts/types/index.ts';
import { Backtest } from '../../src/backtest/backtest.ts';
import { compileRules } from '../../src/backtest/compile.ts';
import { DrivenEngine, type TimedEvent } from '../../src/backtest/driven-engine.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { configureLog } from '../../src/core/log.ts';
import { load, START } from '../alerts/support.ts';
import { seeded } from '../support/chance.ts';
import { RULES_OF_KINDS } from './rules-of-kinds.ts';

configureLog('silent');

const compile = (files: { path: string; text: string }[]) => compileRules(files, { env: {}, alerterDefaults: {} });

function event(id: string, time: number, fields: Fields): TimedEvent {
  return { id, time, event: Object.assign(newFields(), { '@timestamp': new Date(time).toISOString() }, fields) };
}

/** Half an hour of a few services that log, fall silent, burst, and now and then tell the time wrongly. */
function randomEvents(seed: number): TimedEvent[] {
  const random = randomOf(seed);
  const events: TimedEvent[] = [];
  let time = START + random(1000);
  for (let i = 0; i < 300; i++) {
    const step = random(20);
    time += step === 0 ? random(180_000) : step < 8 ? random(20) : random(4000);
    const fields: Fields = {
      level: ['ERROR', 'ERROR', 'WARN', 'INFO'][random(4)],
      service: ['api', 'web', 'db', undefined][random(4)],
      user: `u${random(6)}`,
      ms: random(1000),
      message: `took ${random(50)} ms`,
      occurred: new Date(time + [0, 0, 0, -90_000, 30_000][random(5)]!).toISOString(),
    };
    if (fields['service'] === undefined) delete fields['service'];
    events.push(event(`e${i}`, time, fields));
  }
  return events;
}

/** The service: events come in as they are, and each second intake says that nothing is missing. */
async function live(rules: readonly Rule[], events: readonly TimedEvent[], until: number): Promise<unknown[]> {
  let now = START;
  const alerts: unknown[] = [];
  const told = rules.map(rule => ({ ...rule, alerters: [recorder(rule, alerts, () => now)] }));
  const engine = new AlertEngine({
    store: { mayLag: true, read: async () => undefined, write: async () => {} },
    rules: told,
    settings: { blind_after_ms: Number.MAX_SAFE_INTEGER },
    now: () => now,
  });
  await engine.start();
  const match = compileMatcher(told);
  let next = 0;
  let position = 0;
  for (let second = START; second <= until; second += 1000) {
    for (; events[next] !== undefined && events[next]!.time <= second; next++) {
      const { id, event: fields, time } = events[next]!;
      now = time;
      engine.consume(
        (match(fields) ?? []).map(rule => ({ rule, id, event: fields })),
        ++position,
      );
    }
    now = second;
    engine.advance(second);
  }
  await engine.stop(AbortSignal.abort());
  return alerts;
}

function recorder(rule: Rule, alerts: unknown[], now: () => number): Rule['alerters'][number] {
  return {
    type: 'debug',
    missing: undefined,
    sendResolved: rule.alerters.some(({ sendResolved }) => sendResolved === true),
    queue: () => 'debug',
    send: async () => ({ ok: true }),
    render: alert => {
      alerts.push(told(rule, alert, now()));
      return [];
    },
  };
}

const told = (rule: Rule, { matches, resolved }: Alert, at: number) => ({
  at: new Date(at).toISOString(),
  rule: rule.name,
  matches: JSON.stringify(matches),
  resolved,
  title: rule.texts.title(matches),
  body: rule.texts.body(matches),
});

/** Whole numbers below `n`. */
function randomOf(seed: number): (n: number) => number {
  const next = seeded(seed);
  return n => Math.floor(next() * n);
}

describe('a driven engine', () => {
  const files = RULES_OF_KINDS.map((text, i) => ({ path: `rules/${i}.yaml`, text }));

  test('every rule type has rules here', () => {
    const { rules, errors } = compile(files);
    expect(errors).toEqual([]);
    expect([...new Set(rules.map(rule => rule.type))].sort()).toEqual(RULE_KINDS.map(kind => kind.type).sort());
  });

  test.each([1, 2])('finds what the service finds (%i)', async seed => {
    const events = randomEvents(seed);
    const until = Math.ceil((events.at(-1)!.time + 600_000) / 1000) * 1000;
    const wanted = await live(load(files).rules, events, until);
    const set = compile(files);
    const got: unknown[] = [];
    const engine = new DrivenEngine({
      rules: set.rules,
      clock: set.clock,
      onAlert: (rule, alert) => got.push(told(rule, alert, set.clock.now)),
    });
    await engine.start(START);
    // However they come in pages.
    const random = randomOf(seed);
    for (let at = 0; at < events.length; ) {
      const size = 1 + random(50);
      engine.take(events.slice(at, at + size));
      at += size;
    }
    engine.advanceTo(until);
    await engine.stop();
    expect(wanted.length).toBeGreaterThan(20);
    expect(got).toEqual(wanted);
  });

  test('seconds in which nothing can happen are left out, and it finds the same', async () => {
    // Half an hour and more of silence between some events.
    const events = randomEvents(3)
      .slice(0, 90)
      .map((one, i) => event(one.id, START + (one.time - START) * 2 + Math.floor(i / 30) * 2_400_000, one.event))
      .map(({ id, time, event: fields }) => ({
        id,
        time,
        event: { ...fields, '@timestamp': new Date(time).toISOString() },
      }));
    const until = events.at(-1)!.time + 2_400_000;
    const leapt: string[] = [];
    const tried = /^name: silence\n|\ntype: (any|frequency|blacklist|whitelist)\n/;
    for (const file of files.filter(({ text }) => tried.test(text))) {
      const runs: { got: unknown[]; changes: unknown[]; ticks: number }[] = [];
      for (const everySecond of [true, false]) {
        const { rules, clock } = compile([file]);
        const run = { got: [] as unknown[], changes: [] as unknown[], ticks: 0 };
        const engine = new DrivenEngine({
          ...{ rules, clock, everySecond },
          onAlert: (rule, alert) => run.got.push(told(rule, alert, clock.now)),
          onTick: (now, changed) => {
            run.ticks++;
            for (const { id, isFiring, endsAt } of changed) run.changes.push([now, id, isFiring, endsAt]);
          },
        });
        await engine.start(START);
        engine.take(events);
        engine.advanceTo(until);
        await engine.stop();
        runs.push(run);
      }
      const [every, some] = runs as [(typeof runs)[0], (typeof runs)[0]];
      expect([some.got, some.changes], file.text).toEqual([every.got, every.changes]);
      if (some.ticks < every.ticks * 0.7) leapt.push(/^name: (.*)/.exec(file.text)![1]!);
    }
    expect(leapt).toEqual(
      expect.arrayContaining(['each', 'growing', 'together', 'burst', 'many keys', 'black', 'white']),
    );
    expect(leapt).not.toContain('silence');
  });

  test('silence is noticed in a week without an event, once a day', async () => {
    const text =
      'name: silence\ntype: flatline\nindex: "*"\nalert: debug\nthreshold: 1\ntimeframe: { hours: 1 }\nrealert: { days: 1 }\nquery_key: service';
    const { rules, clock } = compile([{ path: 'rules/silence.yaml', text }]);
    const alerts: string[] = [];
    const engine = new DrivenEngine({ rules, clock, onAlert: () => alerts.push(new Date(clock.now).toISOString()) });
    await engine.start(START);
    engine.take([event('a', START + 500, { service: 'api' })]);
    engine.advanceTo(START + 7 * 86_400_000);
    expect(alerts).toHaveLength(7);
    expect(alerts[0]).toBe(new Date(START + 3_601_000).toISOString());
    await engine.stop();
  });

  test('half a century without an event is not gone through second by second', async () => {
    const text = 'name: each\ntype: any\nindex: "*"\nalert: debug\nrealert: { minutes: 0 }';
    const backtest = new Backtest(compile([{ path: 'each.yaml', text }]), undefined, { messages: false });
    await backtest.take([event('a', 0, {}), event('b', START, {})]);
    const { rules, hints } = await backtest.finish();
    expect(rules).toMatchObject([{ alerts: 2 }]);
    expect(hints).toEqual([expect.stringMatching(/^20\d{3} days without an event were skipped/)]);
  });

  test('an event of the past comes in late, not before its time', async () => {
    const { rules, clock } = compile([
      { path: 'a.yaml', text: 'name: a\ntype: any\nindex: "*"\nalert: debug\nrealert: { minutes: 0 }' },
    ]);
    const times: number[] = [];
    const engine = new DrivenEngine({ rules, clock, onAlert: () => times.push(clock.now - START) });
    await engine.start(START);
    engine.take([event('a', START + 9000, {}), event('b', START + 4000, {}), event('c', START + 9000, {})]);
    expect(times).toEqual([9000, 9000, 9000]);
    await engine.stop();
  });
});

describe('a backtest', () => {
  const burst =
    'name: burst\ntype: frequency\nindex: "*"\nalert: debug\nnum_events: 3\ntimeframe: { minutes: 1 }\nrealert: { seconds: 30 }';

  test('windows are filled with what came before, and only the time asked for is reported', async () => {
    const from = START + 3_600_000;
    const backtest = new Backtest(compile([{ path: 'burst.yaml', text: burst }]), undefined, {
      from,
      to: from + 60_000,
      messages: true,
    });
    expect(backtest.readFrom).toBe(from - 60_000);
    // Two before it and one within it are a burst; the alert before it is none of it, nor are its hits.
    const at = [-58, -57, -56, -20, -10, 5].map((s, i) => event(`e${i}`, from + s * 1000, { message: `m${i}` }));
    await backtest.take(at.slice(0, 2));
    await backtest.take(at.slice(2));
    const { rules, events } = await backtest.finish();
    expect({ events, ...rules[0] }).toMatchObject({ events: 1, hits: 1, matches: 1, alerts: 1, suppressed: 0 });
    const [alert] = rules[0]!.fired;
    expect(alert!.at).toBe(new Date(from + 5000).toISOString());
    expect(alert!.events!.map(one => one['message'])).toEqual(['m3', 'm4', 'm5']);
    expect(alert!.messages).toMatchObject([{ alerter: 'debug', bodies: [expect.stringContaining('burst')] }]);
  });

  test('what old and new find is paired where it is near', async () => {
    const later = burst.replace('num_events: 3', 'num_events: 5').replace('name: burst', 'name: larger burst');
    const backtest = new Backtest(
      compile([{ path: 'new.yaml', text: later }]),
      compile([{ path: 'old.yaml', text: burst }]),
      { messages: false },
    );
    const seconds = [0, 1, 2, 3, 4, 1000, 1001, 1002];
    await backtest.take(seconds.map((s, i) => event(`e${i}`, START + s * 1000, {})));
    const { differences } = await backtest.finish();
    expect(differences).toMatchObject([
      {
        old: 'burst',
        new: 'larger burst',
        only_new: [],
        only_old: [{ at: new Date(START + 1_002_000).toISOString() }],
        both: [{}],
      },
    ]);
    const [pair] = differences![0]!.both;
    expect([pair!.old.at, pair!.new.at]).toEqual([2000, 4000].map(ms => new Date(START + ms).toISOString()));
  });

  test('one rule with mistakes is told, and the others run', async () => {
    const set = compile([
      { path: 'bad.yaml', text: 'name: bad\ntype: frequenzy\nindex: "*"\nalert: debug' },
      { path: 'burst.yaml', text: burst },
    ]);
    const backtest = new Backtest(set, undefined, { messages: false });
    await backtest.take([0, 1, 2].map(s => event(`e${s}`, START + s, {})));
    const { rules, mistakes } = await backtest.finish();
    expect(mistakes).toContainEqual(expect.objectContaining({ code: 'LS_ALERTS_TYPE_UNKNOWN', where: 'bad.yaml:2' }));
    expect(rules).toMatchObject([{ name: 'burst', alerts: 1 }]);
  });

  test('a filter that goes by the clock goes by the driven one', async () => {
    const text =
      'name: fresh\ntype: any\nindex: "*"\nalert: debug\nrealert: { minutes: 0 }\nfilter:\n  - range: { "@timestamp": { gte: now-1h } }\n  - term: { level: ERROR }';
    const backtest = new Backtest(compile([{ path: 'fresh.yaml', text }]), undefined, { messages: false });
    expect(JSON.stringify(backtest.query)).not.toContain('now');
    await backtest.take([event('a', START, { level: 'ERROR' }), event('b', START + 7_200_000, { level: 'ERROR' })]);
    expect((await backtest.finish()).rules).toMatchObject([{ hits: 2, alerts: 2 }]);
  });

  test('no event at all is an answer', async () => {
    const backtest = new Backtest(compile([{ path: 'burst.yaml', text: burst }]), undefined, {
      from: START,
      to: START + 86_400_000,
      messages: false,
    });
    expect(await backtest.finish()).toMatchObject({ events: 0, rules: [{ alerts: 0, days: [], fired: [] }] });
  });
});
