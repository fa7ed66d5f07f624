import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { runCase, type Verdict } from './conformance.ts';

// Own cases stand in `cases/`; the folder named by LONGSHORE_CONFORMANCE holds those of the reference engine. ALERT_CASES
// names more files, with a colon between them.
const own = globSync(join(import.meta.dirname, 'cases/*.jsonl'));
const external = process.env['LONGSHORE_CONFORMANCE'];
const foreign =
  external === undefined
    ? []
    : ['cases', 'random-cases'].map(name => join(external, 'alerts', `${name}.jsonl`)).filter(path => existsSync(path));
const more = (process.env['ALERT_CASES'] ?? '').split(':').filter(path => path !== '');
const known: Record<string, string> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'known-differences.json'), 'utf8'),
);

type Tally = { agreed: number; differing: string[] };

test.for([...own, ...foreign, ...more])(
  '%s: all agrees, but for the known differences',
  { timeout: 120_000 },
  async path => {
    const lines: string[] = readFileSync(path, 'utf8')
      .split('\n')
      .filter(line => line.trim() !== '');
    expect(lines.length).toBeGreaterThan(0);
    const groups = new Map<string, Tally>();
    const unexpected: string[] = [];
    const stale: string[] = [];
    for (const line of lines) {
      const one = JSON.parse(line);
      const group = String(one.group ?? one.id.split('-')[0]);
      const tally: Tally = groups.get(group) ?? { agreed: 0, differing: [] };
      groups.set(group, tally);
      const verdict: Verdict = await runCase(one);
      if (verdict.is === 'agrees') {
        tally.agreed++;
        if (known[one.id] !== undefined) stale.push(one.id);
      } else {
        tally.differing.push(one.id);
        if (known[one.id] === undefined)
          unexpected.push(`${one.id}\n  got  ${JSON.stringify(verdict.got)}\n  want ${JSON.stringify(verdict.want)}`);
      }
    }
    if (!own.includes(path)) report(path, groups);
    expect(unexpected.join('\n')).toBe('');
    expect(stale, 'listed as different, but they agree').toEqual([]);
  },
);

function report(path: string, groups: Map<string, Tally>): void {
  const lines = [...groups].map(
    ([group, { agreed, differing }]) => `  ${group}: ${agreed}/${agreed + differing.length} agree`,
  );
  console.log(`alerts conformance, ${basename(path)}:\n${lines.join('\n')}`);
}
