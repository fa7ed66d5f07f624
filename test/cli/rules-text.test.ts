import { describe, expect, test } from 'vitest';
import { painter } from '../../src/cli/format.ts';
import { rulesTable, ruleText } from '../../src/cli/rules-text.ts';
import type { RuleView } from '../../src/core/api/alerts.ts';

const plain = painter({ stdout: { isTTY: false }, env: {} } as unknown as NodeJS.Process);
const ruleOf = (name: string): RuleView =>
  ({
    ...{ name, type: 'any', where: 'a.yaml:1', state: 'active', alerters: [], fields: [], silenced: [], mistakes: [] },
    ...{ hits: 1, matches: 1, alerts: 1, suppressed: 0, late: 0, keys: 0, forgotten_keys: 0, future_events: 0 },
    ...{ active_alerts: 0, filling: false },
  }) as unknown as RuleView;

describe('the table of rules', () => {
  test('a line a rule that fits a terminal, whatever the names are', () => {
    const names = ['x'.repeat(300), `${'y'.repeat(38)}🔥🔥`, 'one\ntwo\n   three', '\x1b[31mred', 'short'];
    const text = rulesTable(names.map(ruleOf), plain);
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(names.length + 1);
    for (const line of lines) expect(line.length).toBeLessThan(110);
    expect(text).not.toMatch(/\x1b/);
    expect(text.isWellFormed()).toBe(true);
    expect(lines[3]).toMatch(/^one two three {2}/);
    expect(ruleText(ruleOf(names[0]!), plain)).toContain(names[0]);
  });
});
