import { describe, expect, test } from 'vitest';
import type { AlertEngine } from '../../../src/alerts/engine.ts';
import { compileMatcher } from '../../../src/alerts/match.ts';
import type { Rule } from '../../../src/alerts/rules/rule.ts';
import { alertSettings } from '../../../src/alerts/settings.ts';
import { MATCHED_RULE } from '../../../src/alerts/types/composite.ts';
import type { Match } from '../../../src/alerts/types/kind.ts';
import { engine, event, hit, load, START, tempFolder } from '../support.ts';

const any = (name: string, more = ''): string =>
  `name: ${name}\ntype: any\nindex: docker-logs-*\nalert: debug\nquery_key: service\nrealert: { minutes: 0 }\n${more}`;
const both = (more: string): string =>
  `name: both\ntype: composite\nwithin: { seconds: 10 }\nquery_key: service\nrealert: { minutes: 0 }\nalert: debug\n${more}`;

const files = (...texts: string[]): { path: string; text: string }[] =>
  texts.map(text => ({ path: `${/name: (.*)/.exec(text)![1]}.yaml`, text }));

function rules(...texts: string[]): Rule[] {
  const loaded = load(files(...texts));
  expect(loaded.errors).toEqual([]);
  return loaded.rules;
}

const PARTS = [any('a'), any('b'), any('c')];
const told = (alerts: AlertEngine): (string | undefined)[] =>
  alerts.recent().flatMap(({ rule, event_id }) => (rule === 'both' ? [event_id] : []));

describe('what is wrong is told with its place', () => {
  const mistakes = (...texts: string[]): string[] => load(files(...texts)).errors.map(({ message }) => message);

  test('parts that there are not, that are off, that have mistakes', () => {
    expect(mistakes(any('alpha'), both('all: [alpa]\n'))).toEqual([
      'both.yaml:7: there is no rule "alpa". Did you mean alpha? (LS_ALERTS_RULE)',
    ]);
    expect(mistakes(any('a', 'is_enabled: false\n'), both('any: [a]\n'))[0]).toContain(
      'both.yaml:7: the rule "a" is switched off. Switch it on, or leave it out here.',
    );
    expect(mistakes(any('a', 'realert: 5\n').replace('{ minutes: 0 }\n', '5 #'), both('all: [a]\n'))).toContainEqual(
      'both.yaml:7: its part "a" has mistakes. Mend that one. (LS_ALERTS_RULE)',
    );
  });

  test('a rule that is made of itself, with the way; the others run', () => {
    const composite = (name: string, part: string): string => both(`all: [a, ${part}]\n`).replace('both', name);
    const loaded = load(
      files(any('a'), composite('x', 'y'), composite('y', 'z'), composite('z', 'x'), composite('w', 'x')),
    );
    expect(loaded.rules.map(({ name }) => name)).toEqual(['a']);
    expect(loaded.leftOut.map(({ name }) => name).sort()).toEqual(['w', 'x', 'y', 'z']);
    const messages = loaded.errors.map(({ what }) => what);
    expect(messages).toContain('the rule is a part of itself: x -> y -> z -> x.');
    expect(messages).toContain('its part "x" has mistakes.');
    expect(mistakes(both('all: [both]\n'))[0]).toContain('the rule is a part of itself: both -> both.');
  });

  test('of the options', () => {
    const [message] = mistakes(any('a'), both('not: [a]\n'));
    expect(message).toContain('all and any are missing.');
    expect(mistakes(any('a'), both('all: [a]\nnot: [a]\n'))[0]).toContain('"a" must match and must not.');
    expect(mistakes(any('a'), both('all: a\n'))[0]).toContain('all must be a list');
    expect(mistakes(any('a'), both('all: [a]\n').replace('seconds: 10', 'seconds: 0'))[0]).toContain(
      'within must be longer',
    );
    const many = Array.from({ length: 17 }, (_, n) => any(`p${n}`));
    expect(mistakes(...many, both(`all: [${many.map((_, n) => `p${n}`)}]\n`))[0]).toContain('at most 16 parts');
  });
});

test('it counts matches, not events, also those that are told to nobody; no event is its hit', async () => {
  const quiet = any('a', 'only_on: { months: [jan] }\n').replace('minutes: 0', 'days: 1');
  const all = rules(quiet, any('b'), both('all: [a, b]\n'));
  expect(compileMatcher(all)(event(START, { matched_rule: 'a' }))).toEqual(['a', 'b']);
  const alerts = await engine({ rules: all });
  alerts.consume([hit('a', 'e1', START), hit('a', 'e2', START + 1000)], 1);
  alerts.consume([hit('b', 'e3', START + 2000, { matched_rule: 'a' })], 2);
  expect(told(alerts)).toHaveLength(1);
  expect(alerts.recent().filter(({ rule }) => rule === 'a')).toEqual([]);
  expect(alerts.rulesStatus().find(({ name }) => name === 'both')).toMatchObject({ hits: 3, matches: 1 });
  // Another service is another matter.
  alerts.consume([hit('a', 'e4', START + 3000, { service: 'x' }), hit('b', 'e5', START + 3000, { service: 'y' })], 3);
  expect(told(alerts)).toHaveLength(1);
});

test('silence is a part, too: its alert has no event, but a key', async () => {
  const flatline = any('a').replace('type: any', 'type: flatline\nthreshold: 1\ntimeframe: { seconds: 30 }');
  let now = START;
  const alerts = await engine({ rules: rules(flatline, any('b'), both('all: [a, b]\n')), now: () => now });
  alerts.consume([hit('a', 'e1', START, { service: 'x' })], 1);
  for (; now < START + 40_000; now += 1000) alerts.advance(now);
  alerts.consume([hit('b', 'e2', now, { service: 'x' })], 2);
  expect(told(alerts)).toHaveLength(1);
  expect(alerts.recent()[0]?.body).toContain('service: x');
});

test('a kill between any two hits neither loses nor repeats an alert', async () => {
  const all = rules(...PARTS, both('all: [a, b]\nnot: [c]\n'));
  const log = [
    ...[hit('a', 'e1', START), hit('b', 'e2', START + 1000), hit('a', 'e3', START + 30_000)],
    ...[hit('b', 'e4', START + 31_000), hit('c', 'e5', START + 32_000)],
  ];
  for (let flushedAt = 0; flushedAt <= log.length; flushedAt++) {
    const dir = tempFolder();
    let now = START;
    const options = { dir, rules: all, settings: { state_write_interval_ms: 600_000 }, now: () => now };
    const play = (alerts: AlertEngine, from: number): void => {
      for (const [i, one] of log.entries()) {
        if (i < from) continue;
        now = Math.max(now, Date.parse(one.event['@timestamp']));
        alerts.advance(now);
        alerts.consume([one], i + 1);
      }
      now = START + 60_000;
      alerts.advance(now);
    };
    let alerts = await engine(options);
    for (const [i, one] of log.slice(0, flushedAt).entries()) {
      now = Math.max(now, Date.parse(one.event['@timestamp']));
      alerts.advance(now);
      alerts.consume([one], i + 1);
    }
    await alerts.flush();
    await alerts.abandon();
    alerts = await engine(options);
    play(alerts, alerts.persistedPosition());
    expect(told(alerts), `killed before hit ${flushedAt}`).toEqual(['e2']);
  }
});

describe('windows', () => {
  interface Step {
    readonly second: number;
    readonly part?: string;
    readonly key?: string;
  }

  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
  }

  function steps(chance: () => number): Step[] {
    const list: Step[] = [];
    for (let second = 0; second < 300; second++) {
      if (chance() < 0.3)
        list.push({ second, part: 'abc'[Math.floor(chance() * 3)]!, key: 'xy'[Math.floor(chance() * 2)]! });
      list.push({ second: second + 1 });
    }
    return list;
  }

  function run(rule: Rule, list: readonly Step[], isCut: () => boolean): Match[] {
    let window = rule.kind.open(rule, alertSettings());
    const matches: Match[] = [];
    for (const [n, { second, part, key }] of list.entries()) {
      const time = START + second * 1000;
      const found =
        part === undefined
          ? window.tick(time)
          : window.add({ id: `e${n}`, time, key, event: event(time, { [MATCHED_RULE]: part, service: key }) });
      matches.push(...([found ?? []].flat() as Match[]));
      if (!isCut()) continue;
      const saved = JSON.parse(JSON.stringify(window.save()));
      window = rule.kind.open(rule, alertSettings());
      window.restore(saved);
    }
    return matches;
  }

  const SHAPES = [
    'all: [a, b]',
    'all: [a, b]\nin_order: true',
    'any: [a, b]\nnot: [c]',
    'all: [a]\nnot: [c]\nin_order: true',
    'all: [a]\nany: [b, c]\nin_order: true',
  ];

  test.for(SHAPES)('%s: a run that is cut finds what a run in one go finds', shape => {
    const rule = rules(...PARTS, both(`${shape}\n`)).at(-1)!;
    let found = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const list = steps(random(seed));
      const cuts = random(seed + 99);
      const whole = run(rule, list, () => false);
      expect(JSON.stringify(run(rule, list, () => cuts() < 0.3))).toBe(JSON.stringify(whole));
      found += whole.length;
    }
    expect(found).toBeGreaterThan(10);
  });

  test('a start without its end is found exactly where a look at the whole list finds it', () => {
    const rule = rules(...PARTS, both('all: [a]\nnot: [c]\nin_order: true\n')).at(-1)!;
    for (let seed = 1; seed <= 20; seed++) {
      const list = steps(random(seed));
      const hits = list.filter(({ part }) => part !== undefined);
      const last = list.at(-1)!.second;
      const wanted = hits
        .filter(({ part, second }) => part === 'a' && second + 10 < last)
        .filter(one => {
          const isEnd = (other: Step): boolean => other.part === 'c' && other.key === one.key;
          return !hits.some(other => isEnd(other) && other.second >= one.second && other.second <= one.second + 10);
        })
        .map(({ second, key }) => `${second + 10} ${key}`);
      const found = run(rule, list, () => false).map(({ time, key }) => `${(time - START) / 1000} ${key}`);
      expect(found.sort()).toEqual(wanted.sort());
    }
  });

  test('events that wait for an absence are bounded over all keys, and what that costs is counted', () => {
    const rule = rules(...PARTS, both('all: [a]\nnot: [c]\n')).at(-1)!;
    const window = rule.kind.open(rule, { ...alertSettings(), max_related_events: 100 });
    for (let n = 0; n < 300; n++)
      window.add({ id: `e${n}`, time: START, key: `k${n}`, event: event(START, { [MATCHED_RULE]: 'a' }) });
    expect(window.forgotten).toBe(200);
    window.add({ id: 'c', time: START, key: 'k0', event: event(START, { [MATCHED_RULE]: 'c' }) });
    expect(window.tick(START + 10_001)).toHaveLength(99);
    window.add({ id: 'later', time: START + 20_000, key: 'k0', event: event(START, { [MATCHED_RULE]: 'a' }) });
    expect(window.tick(START + 30_001)).toHaveLength(1);
    expect(window.forgotten).toBe(200);
  });

  test('what is damaged is nothing; what comes without end stays bounded', () => {
    const rule = rules(...PARTS, both('all: [a, b]\nnot: [c]\n')).at(-1)!;
    const window = rule.kind.open(rule, { ...alertSettings(), max_keys_per_rule: 10 });
    for (const saved of [null, 5, [1], [['x', 1, 2]], [['x', [['a', ['b']]], []]], [['x', [], [{ first: 1 }]]]])
      window.restore(saved);
    expect(window.keys).toBe(0);
    for (let n = 0; n < 20_000; n++) {
      const key = `k${n % 30}`;
      const part = n % 2 === 0 ? 'a' : 'b';
      window.add({ id: `e${n}`, time: START + n, key, event: event(START + n, { [MATCHED_RULE]: part }) });
    }
    expect(window.keys).toBe(10);
    expect(window.forgotten).toBeGreaterThan(0);
    expect(JSON.stringify(window.save()).length).toBeLessThan(100_000);
    window.blind(START + 20_000, START + 900_000);
    expect(window.tick(START + 900_000)).toEqual([]);
  });
});
