import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileMatchers, matcherText } from '../../../src/alerts/silencing/matcher.ts';
import { readMatchers } from '../../../src/alerts/silencing/read-matchers.ts';
import { requireOrSkip } from '../../support/services.ts';
import { READ, REFUSED } from './matcher-texts.ts';

function amtool(): true | string {
  try {
    execFileSync('amtool', ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return "there is none in PATH; Debian's prometheus-alertmanager has it";
  }
}

describe.runIf(requireOrSkip('amtool', amtool()))('amtool is of the same opinion', () => {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-matchers-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** The receiver that a label set reaches, where the only route has these matchers; undefined: they are refused. */
  function amtoolHolds(text: string, labels: Record<string, string>): boolean | undefined {
    const file = join(dir, 'alertmanager.yml');
    const route = { receiver: 'no', routes: [{ receiver: 'yes', matchers: [text] }] };
    writeFileSync(file, JSON.stringify({ route, receivers: [{ name: 'no' }, { name: 'yes' }] }));
    const args = Object.entries(labels).map(([name, value]) =>
      matcherText({ name, value, isRegex: false, isEqual: true }),
    );
    try {
      const out = execFileSync('amtool', ['config', 'routes', 'test', `--config.file=${file}`, ...args], {
        stdio: 'pipe',
      });
      return out.toString().trim() === 'yes';
    } catch {
      return undefined;
    }
  }

  const VALUES = ['b', 'x, y', 'say "hi"', 'c:\\d', 'two words', 'b=c', '7'];
  const CLASSIC_TEXTS = [...READ.map(([text]) => text), ...REFUSED].filter(
    text => !/["{]?[^\x20-\x7e]|docker/.test(text),
  );

  test('on which texts are matchers, and what they hold for', () => {
    const differing: unknown[] = [];
    for (const text of CLASSIC_TEXTS) {
      for (const a of VALUES.slice(0, 3)) {
        const ours = ((): boolean | undefined => {
          try {
            return compileMatchers(readMatchers(text))({ a });
          } catch {
            return undefined;
          }
        })();
        const theirs = amtoolHolds(text, { a });
        if (ours !== theirs) differing.push({ text, a, ours, theirs });
      }
    }
    expect(differing).toEqual([]);
  }, 300_000);
});
