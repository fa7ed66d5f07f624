import { expect, test } from 'vitest';
import { RuleRuntime } from '../../src/alerts/rule-runtime.ts';
import { piecesByRule } from '../../src/alerts/rule-state.ts';
import type { Rule } from '../../src/alerts/rules/rule.ts';
import { SeenIds } from '../../src/alerts/seen-ids.ts';
import { alertSettings } from '../../src/alerts/settings.ts';
import { PartChanges } from '../../src/alerts/state-parts.ts';
import type { Match } from '../../src/alerts/types/kind.ts';
import { event, START } from './support.ts';
import { RULES, random, type Step, steps } from './types/streams.ts';
import { ruleOf } from './types/support.ts';

// What a rule knows is written in pieces, only what changed; read back it goes on as if there had been no restart.

/** What stands where states are written. */
class Written {
  readonly parts = new Map<string, readonly string[]>();
  /** Characters of the writes. */
  readonly sizes: number[] = [];

  apply({ changed, gone }: PartChanges): void {
    for (const name of gone) this.parts.delete(name);
    for (const [name, lines] of changed) this.parts.set(name, lines);
    this.sizes.push([...changed.values()].flat().reduce((sum, line) => sum + line.length, 0));
  }

  pieces(rule: Rule): ReadonlyMap<string, readonly string[]> {
    return piecesByRule(Object.fromEntries(this.parts)).get(rule.name) ?? new Map();
  }
}

function write(runtime: RuleRuntime, written: Written, isWhole = false): void {
  const changes = new PartChanges();
  runtime.state.take(isWhole, changes);
  written.apply(changes);
  // It knows what stands there.
  expect([...runtime.state.names()].sort()).toEqual([...written.parts.keys()].sort());
}

function run(rule: Rule, list: readonly Step[], writes: () => boolean, ends: () => boolean): Match[] {
  const settings = alertSettings();
  let runtime = new RuleRuntime(rule, settings);
  const written = new Written();
  write(runtime, written, true);
  const matches: Match[] = [];
  for (const [n, { second, fields }] of list.entries()) {
    const time = START + Math.round(second * 1000);
    if (fields === undefined) matches.push(...runtime.tick(time, time));
    else matches.push(...runtime.add(`e${n}`, event(time, fields), time + 30_000));
    if (!writes()) continue;
    write(runtime, written);
    if (!ends()) continue;
    runtime = new RuleRuntime(rule, settings);
    expect(runtime.restore(written.pieces(rule), true)).toBe(true);
  }
  return matches;
}

test.for(RULES.map(text => [text.split('\n')[0], text] as const))('a rule goes on from its pieces: %s', ([, text]) => {
  const rule = ruleOf(text);
  let found = 0;
  for (let seed = 1; seed <= 4; seed++) {
    const list = steps(random(seed));
    const chance = random(seed + 2000);
    const whole = run(
      rule,
      list,
      () => false,
      () => false,
    );
    const cut = run(
      rule,
      list,
      () => chance() < 0.6,
      () => chance() < 0.2,
    );
    expect(JSON.parse(JSON.stringify(cut))).toEqual(JSON.parse(JSON.stringify(whole)));
    found += whole.length;
  }
  expect(found).toBeGreaterThan(2);
});

const MANY = 'type: frequency\nnum_events: 3\ntimeframe: { minutes: 5 }\nquery_key: user\n';

test('a write costs as much as there is new, however many keys there are', () => {
  const rule = ruleOf(MANY);
  const runtime = new RuleRuntime(rule, alertSettings());
  const written = new Written();
  const add = (n: number, user: string): void => void runtime.add(`e${n}`, event(START + n, { user }), START + 600_000);
  for (let n = 0; n < 40_000; n++) add(n, `u${n}`);
  write(runtime, written);
  const [first] = written.sizes;
  for (let round = 0; round < 100; round++) {
    for (let n = 0; n < 10; n++) add(50_000 + round * 10 + n, `u${(round * 997 + n * 31) % 40_000}`);
    write(runtime, written);
  }
  const later = written.sizes.slice(1).toSorted((a, b) => a - b);
  // Now and then a partition is written whole.
  expect(later[50]!).toBeLessThan(first! / 50);
  expect(later.reduce((a, b) => a + b, 0)).toBeLessThan(3 * first!);
  expect(written.parts.size).toBeLessThan(400);

  const again = new RuleRuntime(rule, alertSettings());
  again.restore(written.pieces(rule), true);
  expect(again.keys).toBe(40_000);
  // Nothing of it has to be written again.
  const changes = new PartChanges();
  again.state.take(false, changes);
  expect([...changes.changed.keys()]).toEqual(['rule:base:case']);
});

test('a piece that cannot be read costs what it had', () => {
  const rule = ruleOf(MANY);
  const runtime = new RuleRuntime(rule, alertSettings());
  const written = new Written();
  for (let n = 0; n < 30_000; n++) runtime.add(`e${n}`, event(START + n, { user: `u${n}` }), START + 600_000);
  write(runtime, written);
  const [name] = [...written.parts.keys()].filter(part => part.startsWith('rule:k1.'));
  written.parts.set(name!, ['[rubbish']);
  const again = new RuleRuntime(rule, alertSettings());
  expect(again.restore(written.pieces(rule), true)).toBe(true);
  expect(again.keys).toBeGreaterThan(20_000);
  expect(again.keys).toBeLessThan(30_000);
});

test('what versions before 0.3 wrote of a rule in one part is taken over', () => {
  const rule = ruleOf(`${MANY}top_count_keys: [user]\n`);
  const runtime = new RuleRuntime(rule, alertSettings());
  const seen = new SeenIds();
  seen.add('e1');
  const base = {
    fingerprint: rule.windowFingerprint,
    seen: seen.packed(seen.latest(9)),
    hits: [[Math.floor(START / 1000), 2]],
    top: [
      [START, 'su1', 'u1'],
      [START, 'su1', 'u1'],
    ],
    future: [[START + 900_000, 'f1', JSON.stringify(event(START + 900_000, { user: 'u1' }))]],
    ticks: [['su1', START]],
    filled: [['e1', [{ time: START, key: 'u1', id: 'e1' }]]],
    forgotten: 3,
    counters: { hits: 2 },
  };
  const rows = [['u1', [START, 0], [null, null], null, 0]];
  expect(runtime.restore(new Map([['base', [JSON.stringify(base), JSON.stringify(rows)]]]), false)).toBe(true);
  expect(runtime).toMatchObject({ keys: 1, futureEvents: 1, forgottenKeys: 3 });
  expect(runtime.hitCounter.total(START)).toBe(2);
  expect(runtime.top.counts(START, 'u1')).toEqual({ 'top_events_user.keyword': { u1: 2 } });
  // Its hit was still on its way.
  expect(runtime.add('e1', event(START, { user: 'u1' }), START)).toMatchObject([{ key: 'u1', id: 'e1' }]);
  expect(runtime.addDue(START + 900_000)).toEqual([]);
  expect(runtime.futureEvents).toBe(0);
});

test('changes that could not be written go with the next ones', () => {
  const first = new PartChanges();
  first.put('a', ['1']);
  first.put('b', ['1']);
  first.drop('c');
  first.drop('d');
  const second = new PartChanges();
  second.put('a', ['2']);
  second.drop('b');
  second.put('c', ['2']);
  second.addEarlier(first);
  expect(Object.fromEntries(second.changed)).toEqual({ a: ['2'], c: ['2'] });
  expect([...second.gone].sort()).toEqual(['b', 'd']);
});
