import { describe, expect, test } from 'vitest';
import { Located, type Path } from '../../../src/base/yaml/located.ts';
import { readYaml, type YamlDialect } from '../../../src/base/yaml/read.ts';
import type { LongshoreError } from '../../../src/core/errors.ts';

const PLAIN: YamlDialect = { code: 'LS_CONFIG_YAML' };

function read(text: string, dialect = PLAIN): { root: Located | undefined; mistakes: string[] } {
  const problems: LongshoreError[] = [];
  const root = readYaml('a.yaml', text, dialect, problems);
  return { root, mistakes: problems.map(({ message }) => message) };
}

describe('values', () => {
  const VALUES: [what: string, text: string, value: unknown][] = [
    ['nothing', '', null],
    ['a text, numbers, truth', 'a: x\nb: 1.5\nc: true\nd:\n', { a: 'x', b: 1.5, c: true, d: null }],
    ['a number beyond 2^53 keeps its digits', 'a: 12345678901234567890', { a: '12345678901234567890' }],
    ['JSON', '{"a": [1, {"b": "c"}]}', { a: [1, { b: 'c' }] }],
    ['keys that are no texts', '1: a\ntrue: b\n', { 1: 'a', true: 'b' }],
    ['an alias', 'a: &x [1]\nb: *x\n', { a: [1], b: [1] }],
    ['an anchor that is set again', 'a: &x 1\nb: *x\nc: &x 2\nd: *x\n', { a: 1, b: 1, c: 2, d: 2 }],
    ['own entries win over merged ones above them', 'a: &x { k: 1, l: 2 }\nmerged: { <<: *x, k: 3 }\n', { k: 3, l: 2 }],
    ['and below', 'a: &x { k: 1, l: 2 }\nmerged: { k: 3, <<: *x }\n', { k: 3, l: 2 }],
    ['of several the first', 'a: [&x { k: 1 }, &y { k: 2, l: 2 }]\nmerged: { <<: [*x, *y] }\n', { k: 1, l: 2 }],
    ["'<<' between quotes is a name", "merged: { '<<': 1 }", { '<<': 1 }],
  ];
  test.for(VALUES)('%s', ([, text, value]) => {
    const { root, mistakes } = read(text);
    expect(mistakes).toEqual([]);
    expect((root?.at(['merged']) ?? root)?.value).toEqual(value);
  });

  test('__proto__ is a name as any other', () => {
    const { root } = read('__proto__: { polluted: yes }');
    expect(root?.entries?.has('__proto__')).toBe(true);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('mistakes', () => {
  const deep = `${'['.repeat(70)}${']'.repeat(70)}`;
  const bomb = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join('\n');
  const WRONG: [text: string, says: RegExp][] = [
    ['a:\n\tb: 1', /^a\.yaml:2: a tab indents this line\. Indent with blanks instead of tabs\. \(LS_CONFIG_YAML\)$/],
    ['a: 1\na: 2', /^a\.yaml:2: this name stands twice in one mapping\./],
    ['a: 1\n---\nb: 2', /^a\.yaml:2: the file holds more than one document\. Put each into a file of its own\./],
    ['a: [1, @timestamp]', /^a\.yaml:1: .* must be quoted: '@timestamp'\./],
    ['a: "x', /^a\.yaml:1: a closing quote, bracket, brace or a comma is missing\./],
    ['a: 1\nb: *x', /^a\.yaml:2: the alias \*x has no anchor &x before it\. Put a text that begins with \* between/],
    ['a: &x [*x]', /^a\.yaml:1: this is nested deeper than 64 levels\./],
    [`a: ${deep}`, /nested deeper than 64 levels/],
    [`a0: &a0 [x]\n${bomb}`, /^a\.yaml:1: the file has more than 200000 values\. Aliases/],
    ['a: 1\nb: { <<: 5 }', /^a\.yaml:2: `<<` takes a mapping or a list of mappings\./],
  ];
  test.for(WRONG)('%j', ([text, says]) => {
    const { root, mistakes } = read(text);
    expect(root).toBeUndefined();
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(says);
  });
});

describe('places', () => {
  const { root } = read('# remark\nbase: &base\n  k: 1\n\nuse:\n  <<: *base\n  list:\n    - a\n    - { b: 2 }\n');
  const PLACES: [path: Path, place: string][] = [
    [[], 'a.yaml:2'],
    [['use'], 'a.yaml:5'],
    [['use', 'list'], 'a.yaml:7'],
    [['use', 'list', 1], 'a.yaml:9'],
    [['use', 'list', '0'], 'a.yaml:8'],
    [['use', 'list', 1, 'b'], 'a.yaml:9'],
    // What is merged stands where it was written.
    [['use', 'k'], 'a.yaml:3'],
    // As far as the path can be followed.
    [['use', 'nothing', 'here'], 'a.yaml:5'],
    [['use', 'list', 7], 'a.yaml:7'],
    [['nothing'], 'a.yaml:2'],
  ];
  test.for(PLACES)('%j stands in %s', ([path, place]) => {
    expect(root?.placeOf(path)).toBe(place);
  });

  test('a text that is no file has one place', () => {
    expect(read('{ a: 1 }', { ...PLAIN, isOneLine: true }).root?.placeOf(['a'])).toBe('a.yaml');
  });
});

describe('another value at a path', () => {
  const value = new Located('new', '--set');
  const changed = (text: string, path: string): Located | undefined => read(text).root?.with(path.split('.'), value);

  const CHANGED: [text: string, path: string, value: unknown][] = [
    ['', 'a', { a: 'new' }],
    ['a: { b: 1, c: 2 }', 'a.b', { a: { b: 'new', c: 2 } }],
    ['a:', 'a.b.c', { a: { b: { c: 'new' } } }],
    ['a: [1, 2]', 'a.1', { a: [1, 'new'] }],
    ['a: [1, 2]', 'a.2', { a: [1, 2, 'new'] }],
    ['a: [1, 2]', 'a.3', undefined],
    ['a: [1, 2]', 'a.b', undefined],
    ['a: 1', 'a.b', undefined],
  ];
  test.for(CHANGED)('%j, %s', ([text, path, wanted]) => {
    expect(changed(text, path)?.value).toEqual(wanted);
  });

  test('it and the mappings made for it have its place, all else has its own', () => {
    const root = changed('a: 1\nb:\n  c: 2\n', 'b.d.e');
    expect([['a'], ['b'], ['b', 'd'], ['b', 'd', 'e']].map(path => root?.placeOf(path))).toEqual([
      'a.yaml:1',
      'a.yaml:2',
      '--set',
      '--set',
    ]);
  });
});
