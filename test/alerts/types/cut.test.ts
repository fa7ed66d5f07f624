import { describe, expect, test } from 'vitest';
import { RULE_KINDS } from '../../../src/alerts/types/index.ts';
import type { Match } from '../../../src/alerts/types/kind.ts';
import { RULES, random, type Step, steps } from './streams.ts';
import { Driven } from './support.ts';

// A run that is cut by save and restore, anywhere and often, finds what a run in one go finds.

function run(text: string, list: readonly Step[], isCut: () => boolean): { matches: Match[]; driven: Driven } {
  let driven = new Driven(text);
  const matches: Match[] = [];
  for (const { second, fields } of list) {
    matches.push(...(fields === undefined ? driven.tick(second) : driven.add(second, fields)));
    if (isCut()) driven = driven.again();
  }
  return { matches, driven };
}

describe('a run that is cut finds what a run in one go finds', () => {
  test.for(RULES.map(text => [text.split('\n')[0], text] as const))('%s', ([, text]) => {
    let found = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const list = steps(random(seed));
      const cuts = random(seed + 1000);
      const whole = run(text, list, () => false);
      const often = run(text, list, () => cuts() < 0.2);
      expect(JSON.parse(JSON.stringify(often.matches))).toEqual(JSON.parse(JSON.stringify(whole.matches)));
      expect(often.driven.window.keys).toBe(whole.driven.window.keys);
      for (const key of ['a', 'b', null, undefined])
        expect(often.driven.holds(key, 150)).toBe(whole.driven.holds(key, 150));
      found += whole.matches.length;
    }
    // Else it says nothing.
    expect(found).toBeGreaterThan(2);
  });

  test('every type is among them', () => {
    const types = new Set(RULES.map(text => /^type: (\w+)/.exec(text)![1]));
    // Rules over other rules: test/alerts/conditions.
    const counting = RULE_KINDS.filter(kind => kind.isFedByRules !== true);
    expect(counting.map(kind => kind.type).filter(type => !types.has(type))).toEqual([]);
  });

  test.for(RULES.map(text => [text.split('\n')[0], text] as const))(
    '%s takes what is damaged for nothing',
    ([, text]) => {
      const list = steps(random(7));
      const { driven } = run(text, list, () => false);
      const rows = JSON.parse(JSON.stringify(driven.window.save())) as unknown[];
      const damaged = rows.flatMap(row => [
        row,
        null,
        5,
        'x',
        [],
        {},
        [null],
        [[], [], []],
        [{}, 'x', null, 1, [], 'y'],
      ]);
      const other = new Driven(text);
      other.window.restore(damaged);
      other.window.restore({ not: 'a list' });
      other.add(200, { service: 'a', user: 'u1', took: 5 });
      other.tick(201);
      expect(() => JSON.stringify(other.window.save())).not.toThrow();
    },
  );
});
