import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PYTHON_YAML } from '../../../src/base/yaml/python.ts';
import { readYaml } from '../../../src/base/yaml/read.ts';
import type { LongshoreError } from '../../../src/core/errors.ts';

// What PyYAML makes of texts, random ones among them; see python/record.py.

interface Recorded {
  yaml: string;
  value?: unknown;
  refused?: true;
}

const recorded = readFileSync(new URL('python/recorded.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded);

/** Where the two differ, by what is in the text, with the reason. */
const STRICTER: [RegExp, string][] = [
  [/!!(?:python|set|omap|binary|timestamp)/, 'Tags that no option needs are not known.'],
  [/[ :]! ?(?:5|$)/m, 'A lone ! is rare, and what it means is not what anybody expects.'],
  [/\[[^\]]*-,|\[_1, -\]/, 'A lone - in [ ] is mostly a mistake.'],
  [/[[ ]\?x/, 'A text in [ ] may begin with a question mark.'],
  [/\r(?!\n)/, 'No editor ends lines in CR alone.'],
  [/&x\n {2}<<: \*x/, 'Nothing merges itself.'],
  [/^1: [\s\S]*^on:/m, 'The names 1 and true are two.'],
  [/%YAML 1\.2/, 'A file that says its version is read so.'],
];
const KINDER: [RegExp, string][] = [
  [/2026-13-40/, 'A date that is none is a text, as all dates are.'],
  [/(?:^|[\s[])(?:=|<<)(?:[\s,\]]|$)/m, 'These signs are texts where they stand for nothing.'],
  [/\t/, 'A tab between words is white space.'],
  [/https?:|[[ -]: ?x|\[:x/, 'A colon with no blank behind it is part of a text, in [ ] too.'],
  [/!!str[,\]}]|!,|\? \[a, b\]|^: a/, 'An empty text, and a key that is a list, are read.'],
  [/&b 2/, 'An anchor may be set again.'],
  [/[\x07\x85\u2028]/, 'Control characters are characters.'],
];
const isListed = (list: readonly [RegExp, string][], yaml: string): boolean => list.some(([what]) => what.test(yaml));

function read(text: string): { value?: unknown; mistake?: string } {
  const problems: LongshoreError[] = [];
  const found = readYaml('a.yaml', text, { ...PYTHON_YAML, code: 'LS_CONFIG_YAML' }, problems);
  return found === undefined ? { mistake: problems[0]!.message } : { value: found.value };
}

/** Values in the words of the record. */
function inWords(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    return { '!': Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf' };
  if (Array.isArray(value)) return value.map(inWords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inWords(one)]));
}

/** The same, where dates and whole numbers that no double holds are the texts they were written as. */
function same(got: unknown, want: unknown): boolean {
  if (typeof want === 'object' && want !== null && '!' in want) {
    const word = String(want['!']);
    if (word === 'time') return typeof got === 'string' && /^\d{4}-/.test(got);
    if (word.startsWith('date '))
      return typeof got === 'string' && Date.parse(`${got} UTC`) === Date.parse(`${word.slice(5)} UTC`);
    if (word.startsWith('int ')) return got === word.slice(4);
    return JSON.stringify(got) === JSON.stringify(want);
  }
  if (Array.isArray(want))
    return Array.isArray(got) && got.length === want.length && want.every((one, i) => same(got[i], one));
  if (typeof want !== 'object' || want === null) return Object.is(got, want) || (got === 0 && want === 0);
  if (typeof got !== 'object' || got === null || Array.isArray(got)) return false;
  const keys = Object.keys(want);
  return (
    keys.length === Object.keys(got).length &&
    keys.every(key => same((got as Record<string, unknown>)[key], (want as Record<string, unknown>)[key]))
  );
}

describe('YAML as Python reads it', () => {
  test('there are enough of them', () => expect(recorded.length).toBeGreaterThan(1000));

  test('what PyYAML reads is read, and means the same', () => {
    const wrong = recorded.flatMap(({ yaml, value, refused }) => {
      if (refused === true) return [];
      const got = read(yaml);
      const agrees = got.mistake === undefined && same(inWords(got.value), value);
      return agrees || isListed(STRICTER, yaml) ? [] : [{ yaml, value, got: got.mistake ?? inWords(got.value) }];
    });
    expect(wrong).toEqual([]);
  });

  test('what PyYAML refuses is refused', () => {
    const wrong = recorded.flatMap(({ yaml, refused }) => {
      const got = refused === true ? read(yaml) : { mistake: '' };
      return got.mistake === undefined && !isListed(KINDER, yaml) ? [{ yaml, got: got.value }] : [];
    });
    expect(wrong).toEqual([]);
  });
});
