import { describe, expect, test } from 'vitest';
import { readYaml } from '../../src/base/yaml/read.ts';
import { PIPELINE_YAML } from '../../src/parse/loader/read-pipeline.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { ratesOf } from '../../src/web/ui/health/rates.ts';
import { piecesOf } from '../../src/web/ui/pipelines/pieces.ts';
import { newPipeline, quoted, withPattern, withTest } from '../../src/web/ui/pipelines/yaml-edits.ts';

const PATTERN = "^it's %{WORD:[a]} ] }$";

interface GrokSteps {
  readonly processors: readonly { readonly grok: { readonly patterns: unknown } }[];
}
const patternsOf = (text: string): unknown => {
  const { processors } = readYaml('x.yaml', text, PIPELINE_YAML, [])!.value as unknown as GrokSteps;
  return processors[processors.length - 1]?.grok.patterns;
};

describe('a pattern is added to a grok, and everything else stays', () => {
  const cases: [text: string, line: number][] = [
    ["processors:\n  - grok: { field: message, patterns: ['%{WORD:a}'] } # kept\n", 2],
    ["processors:\n  - grok: { field: message, patterns: [\"[\\\"]\", 'it''s ]', ] }\n", 2],
    ['processors:\n  - grok: { field: message, patterns: [] }\n', 2],
    ['processors:\n  - grok:\n      field: message\n      patterns: [a,\n        b]\n      tag: x\n', 2],
    [
      "processors:\n  - grok:\n      patterns: # ours\n        - '%{WORD:a}' # first\n        # between\n        - b\n      field: message\ntests: []\n",
      2,
    ],
    ['processors:\n  - grok:\n      patterns:\n      - a\n      field: message\n', 2],
    ['processors:\n  - grok:\n      patterns:\n        - >-\n          a\n          b\n      field: message\n', 2],
    [
      'processors:\n  - grok: { field: m, patterns: [x] }\n  - grok:\n      field: message\n      patterns:\n        - a',
      3,
    ],
  ];
  test.each(cases)('%j', (text, line) => {
    const before = patternsOf(text) as unknown[];
    const after = withPattern(text, line, PATTERN)!;
    expect(patternsOf(after)).toEqual([...before, PATTERN]);
    // Something was put in, and nothing taken away.
    const tidy = text.replace(/, *(?=\])/, '');
    const inserted = after.length - tidy.length;
    const at = [...tidy, ''].findIndex(
      (_, i) => tidy.slice(0, i) + tidy.slice(i) === after.slice(0, i) + after.slice(i + inserted),
    );
    expect(at, after).toBeGreaterThan(0);
  });
  test('what is written another way is left alone', () => {
    expect(withPattern('processors:\n  - grok: *shared\n', 2, 'x')).toBeUndefined();
    expect(withPattern('processors:\n  - grok:\n      patterns: *ours\n', 2, 'x')).toBeUndefined();
    expect(withPattern('', 1, 'x')).toBeUndefined();
  });
});

describe('a line becomes a test', () => {
  const SHOP = "processors:\n  - grok: { field: message, patterns: ['%{WORD:a}'] }\n";
  const passed = (text: string): boolean[] =>
    loadPipelines([{ path: 'x.yaml', text }])
      .test()
      .map(result => result.passed);
  test.each([
    SHOP,
    SHOP.trimEnd(),
    `${SHOP}tests:\n  - input: b\n    expect: { a: b }\n`,
    `${SHOP}tests:\n- input: b\n  expect: { a: b }\n# the end\n`,
    `tests:\n  - input: b\n    expect: { a: b }\n${SHOP}`,
  ])('%j', text => {
    const changed = withTest(text, "it's", { a: 'it' });
    if (text.startsWith('tests')) expect(changed).toBeUndefined();
    else expect(passed(changed!)).toEqual(text.includes('tests') ? [true, true] : [true]);
  });
  test('texts are quoted as YAML reads them', () => {
    for (const text of ["'", '"\\', 'a: b # c', ' x ', 'tab\there', 'two\nlines', '%{x}', ''])
      expect(readYaml('x', `- ${quoted(text)}`, PIPELINE_YAML, [])?.value).toEqual([text]);
  });
  test('a new pipeline has the patterns, and passes its tests', () => {
    const text = newPipeline(
      'shop',
      "kim's",
      ['^%{WORD:a} %{INT:n:int}$'],
      [{ line: 'it 3', fields: { a: 'it', n: 3 } }],
    );
    expect(passed(text)).toEqual([true]);
    expect(text).toContain("match: { container: 'kim''s' }");
  });
});

test('a line is cut into what patterns made of it', () => {
  const shown = (parts: Parameters<typeof piecesOf>[0]): string[] =>
    piecesOf(parts).map(({ text, kind, field }) => `${field ?? kind}:${text}`);
  const captures = [
    { field: 'all', start: 5, end: 12 },
    { field: 'inner', start: 5, end: 8 },
    { field: 'verb', start: 1, end: 4 },
  ];
  const match = { pattern: 0, start: 1, end: 14, captures };
  expect(shown({ where: '', text: '<GET /cart x> end', match })).toEqual([
    ...['rest:<', 'verb:GET', 'matched: ', 'all:/cart x', 'matched:> ', 'rest:end'],
  ]);
  const mismatch = { pattern: 0, start: 0, end: 4, inside: [] };
  expect(shown({ where: '', text: 'GET x', mismatch })).toEqual(['fits:GET ', 'rest:x']);
  expect(shown({ where: '', text: 'x' })).toEqual(['rest:x']);
  expect(shown({ where: '', text: '' })).toEqual([]);
});

test('rates are those between samples, and a count that begins anew gives none', () => {
  const samples = [0, 10, 10, 4, 8].map((value, i) => ({ at: i * 2000, value }));
  expect(ratesOf(samples)).toEqual([5, 0, 0, 2]);
  expect(ratesOf([])).toEqual([]);
});
