import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { referencePages } from '../../src/cli/docs/pages.ts';
import { ERROR_CODES } from '../../src/core/codes.ts';

const pages = await referencePages();
const codes = Object.keys(ERROR_CODES);

describe('the reference pages', () => {
  // To mend: node bin/longshore.js docs
  test.for(Object.keys(pages))('%s is what the code says', file => {
    expect(readFileSync(`docs/reference/${file}`, 'utf8')).toBe(pages[file]);
  });

  test('every metric of the code is on its page', () => {
    const named = namesIn(/'(longshore_[a-z_]+_[a-z]+)'/g).filter(name => !name.endsWith('_'));
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter(name => !pages['metrics.md']!.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('error codes', () => {
  test('every code of the code is in the table, and the other way round', () => {
    const used = namesIn(/'(LS_[A-Z0-9_]*[A-Z0-9])'/g);
    expect(used.filter(code => !codes.includes(code))).toEqual([]);
    expect(codes.filter(code => !used.includes(code))).toEqual([]);
  });

  test('every code is on the page, once', () => {
    const shown = [...pages['errors.md']!.matchAll(/^\| `(LS_\w+)` \|/gm)].map(match => match[1]);
    expect(shown.sort()).toEqual([...codes].sort());
  });

  test('every code says what it means and how to mend it, in sentences', () => {
    const wrong = Object.entries(ERROR_CODES).filter(
      ([, { meaning, mend }]) => !meaning.endsWith('.') || !mend.endsWith('.'),
    );
    expect(wrong).toEqual([]);
  });
});

function namesIn(pattern: RegExp): string[] {
  const files = globSync('src/**/*.ts').filter(path => path !== 'src/core/codes.ts');
  const names = files.flatMap(path => [...readFileSync(path, 'utf8').matchAll(pattern)].map(match => match[1]!));
  return [...new Set(names)].sort();
}
