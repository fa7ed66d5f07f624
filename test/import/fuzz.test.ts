import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LongshoreError } from '../../src/core/errors.ts';
import { importFluentd } from '../../src/import/fluentd/fluentd.ts';
import { importIngest } from '../../src/import/ingest.ts';
import { importLogstash } from '../../src/import/logstash/logstash.ts';
import type { Imported } from '../../src/import/model.ts';
import { pipelineText } from '../../src/import/pipeline-text.ts';
import { loadImported, settle } from '../../src/import/settle.ts';

/** Numbers that look like chance and are the same at each run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const NOTHING = { env: {}, files: () => undefined, include: () => undefined, processors: new Set<string>() };
const IMPORTERS: Record<string, (text: string) => Imported> = {
  logstash: text => importLogstash([{ path: 'f.conf', text }], 'f', { ...NOTHING, ecs: 'disabled' }),
  fluentd: text => importFluentd({ path: 'f.conf', text }, 'f', NOTHING),
  ingest: text => importIngest([{ path: 'f.json', text }], { name: 'f' }),
};
const CUTS = [
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '"',
  "'",
  '/',
  '\\',
  '=>',
  '#',
  '\n',
  '%{',
  '${',
  '#{',
  '<',
  '>',
  '</',
  ' and ',
  ' in ',
  'if ',
  'else ',
  '\0',
  '"""',
  '🙂',
  ':',
];
const ROUNDS = 80;

/** Sources of the cases, cut, doubled and with marks thrown in. */
describe.each(Object.entries(IMPORTERS))('%s', (name, run) => {
  const folder = join(import.meta.dirname, 'cases', name);
  const sources = readdirSync(folder)
    .flatMap(one =>
      readdirSync(join(folder, one))
        .filter(file => file.startsWith('input'))
        .map(file => join(folder, one, file)),
    )
    .map(path => readFileSync(path, 'utf8'));

  test('whatever it is given, it reads or says where it is wrong', () => {
    const random = chance(11);
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const source = sources[Math.floor(random() * sources.length)]!;
      let text = source.slice(0, random() < 0.3 ? Math.floor(random() * source.length) : undefined);
      for (let i = Math.floor(random() * 4); i > 0; i--) {
        const at = Math.floor(random() * text.length);
        const cut = CUTS[Math.floor(random() * CUTS.length)]!;
        text = text.slice(0, at) + (random() < 0.7 ? cut : '') + text.slice(at + Math.floor(random() * 3));
      }
      try {
        run(text);
      } catch (error) {
        refused++;
        if (!(error instanceof LongshoreError)) throw new Error(`${String((error as Error).stack)}\n${text}`);
        expect(error.code).toMatch(/^LS_IMPORT_(?:SYNTAX|SOURCE)$/);
      }
    }
    expect(refused).toBeGreaterThan(ROUNDS / 10);
    expect(refused).toBeLessThan(ROUNDS);
  });

  test('a source that ends anywhere is no trouble', () => {
    for (const source of sources)
      for (let at = 0; at < source.length; at += Math.max(1, Math.floor(source.length / 40))) {
        try {
          run(source.slice(0, at));
        } catch (error) {
          if (!(error instanceof LongshoreError)) throw error;
        }
      }
  });
});

test('deep nesting is refused, not run into', () => {
  for (const text of [
    `filter { ${'if [a] { '.repeat(5000)}`,
    `filter { if ${'('.repeat(5000)}[a]`,
    `filter { mutate { a => ${'['.repeat(5000)}`,
    `filter { if ${'![a] and '.repeat(3000)}[b] { drop {} } }`,
  ])
    expect(() => IMPORTERS['logstash']!(text)).toThrow('LS_IMPORT_SYNTAX');
  expect(() => IMPORTERS['fluentd']!('<a>\n'.repeat(5000))).toThrow('LS_IMPORT_SYNTAX');
  expect(() => IMPORTERS['ingest']!(`{"processors":${'['.repeat(5000)}`)).toThrow('LS_IMPORT_SYNTAX');
});

test('what is written is always read again, odd names and texts too', () => {
  const odd = [
    'a: b',
    '- x',
    '# no',
    "it's",
    '"',
    '{{x}}',
    '%{',
    '\\d',
    'yes',
    '1e3',
    '~',
    '',
    ' ',
    '\t',
    '@x',
    '*y',
    '&z',
    '!t',
    '|',
    '>',
    'a\nb',
    '🙂',
    '\u2028',
  ];
  for (const name of odd) {
    const quoted = name.includes('"') ? `'${name}'` : `"${name}"`;
    const imported = settle(
      IMPORTERS['logstash']!(
        `filter { mutate { replace => { ${quoted} => ${quoted} } add_tag => ${quoted} } if [x] == ${quoted} { drop {} } }`,
      ),
    );
    const set = loadImported(imported.pipelines);
    expect(set.names, pipelineText(imported.pipelines[0]!)).toEqual(['f']);
  }
});
