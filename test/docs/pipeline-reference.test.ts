import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { meanings, PAGES, renderPage } from '../../src/cli/pipeline-reference/render.ts';
import { pipelineSchema, pipelineSchemaText } from '../../src/cli/pipeline-reference/schema.ts';
import { SCHEMA_LINE } from '../../src/import/pipeline-text.ts';
import { type KnownOption, pipelineFacts } from '../../src/parse/loader/option-facts.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { PASSED_OVER } from '../../src/parse/processors/passed-over.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { createConform } from '../../src/schema/conform.ts';
import { levelOfText } from '../../src/schema/level-text.ts';
import { readPage } from './manual.ts';

const facts = pipelineFacts();
const { processors, ...parts } = facts;
const groups: [string, readonly KnownOption[]][] = [
  ...Object.entries(parts),
  ...[...processors]
    .filter(([name]) => !PASSED_OVER.some(kind => kind.name === name))
    .map(([name, options]): [string, readonly KnownOption[]] => [`processor ${name}`, options]),
];

describe('the reference of pipelines', () => {
  test.for(groups)('%s: words say what each option means, and no other', ([group, options]) => {
    const told = [...(meanings().get(group)?.entries() ?? [])];
    expect(told.map(([name]) => name).sort()).toEqual(options.map(({ name }) => name).sort());
    expect(told.filter(([, meaning]) => meaning === '').map(([name]) => name)).toEqual([]);
  });

  test.for(PAGES)('%s.md is what `longshore docs` writes', name => {
    expect(readFileSync(`docs/reference/${name}.md`, 'utf8')).toBe(renderPage(name, facts));
  });

  test('types, defaults and choices are those of the code', () => {
    const option = (name: string, group: string) =>
      groups.find(([one]) => one === group)![1].find(one => one.name === name);
    expect(option('type', 'processor convert')).toMatchObject({
      isRequired: 'yes',
      choices: expect.arrayContaining(['ip']),
    });
    expect(option('value', 'processor set')).toMatchObject({ isRequired: 'sometimes' });
    expect(option('target_field', 'processor date')).toMatchObject({ type: 'text', fallback: '@timestamp' });
    expect(option('keep', 'processor remove')).toMatchObject({ type: 'texts', isRequired: 'no' });
    expect(option('max_lines', 'multiline')).toMatchObject({ type: 'number', fallback: 500 });
  });
});

/** Every pipeline on the rendered pages, and those that are written by hand beside them. */
const examples = globSync('docs/reference/*.md').flatMap(path =>
  readPage(path)
    .blocks.filter(({ kind }) => kind === 'yaml pipeline')
    .map(({ line, text }) => [`${path}:${line}`, text] as const),
);

describe('examples of the reference', () => {
  const admit = createAdmit();
  const conform = createConform();

  test.for(examples)('%s: loads, and its tests pass', ([path, text]) => {
    const results = loadPipelines([{ path: 'example.yaml', text }]).test({
      admit,
      levelOf: levelOfText,
      conform: (fields, meta) => conform(fields, meta).fields,
    });
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results.length, path).toBeGreaterThan(0);
  });
});

describe('config/pipeline.schema.json', () => {
  const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(pipelineSchema(facts));
  const mistakesIn = (text: string): string[] => {
    validate(parse(text, { merge: true }));
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };

  test('is what `longshore schema pipeline` prints', () => {
    expect(readFileSync('config/pipeline.schema.json', 'utf8')).toBe(pipelineSchemaText());
  });

  test.for(globSync('pipelines/*.yaml'))('takes %s, whose first line names it for editors', path => {
    const text = readFileSync(path, 'utf8');
    expect(text.split('\n', 1)).toEqual([SCHEMA_LINE]);
    expect(mistakesIn(text)).toEqual([]);
  });

  test('stands where that line looks for it', () => {
    const [, written] = /\$schema=(.+)$/.exec(SCHEMA_LINE)!;
    expect(join('pipelines', written!)).toBe('config/pipeline.schema.json');
  });

  test.for(examples)('takes %s', ([, text]) => {
    expect(mistakesIn(text)).toEqual([]);
  });

  test.for([
    ['a processor that is not there', 'processors: [{ gork: { field: a } }]', 'gork'],
    ['an option that is not there', 'processors: [{ set: { feild: a, value: 1 } }]', 'feild'],
    ['an option that is missing', 'processors: [{ grok: { field: a } }]', 'patterns'],
    ['a value of the wrong type', 'processors: [{ trim: { field: a, ignore_missing: maybe } }]', 'ignore_missing'],
    ['a choice that is none', 'processors: [{ convert: { field: a, type: int } }]', 'type'],
    [
      'an option of a handler',
      'processors: [{ fail: { message: m, on_failure: [{ set: { feild: a } }] } }]',
      'on_failure',
    ],
    ['one inside of foreach', 'processors: [{ foreach: { field: a, processor: { trimm: {} } } }]', 'trimm'],
    ['a preset of multiline', 'multiline: jawa', 'multiline'],
    ['a preset of mask', 'processors: []\nmask: [{ preset: mail }]', 'preset'],
    ['an option of match', 'processors: []\nmatch: { img: x }', 'match'],
    ['an option of a test', 'processors: []\ntests: [{ inpt: x }]', 'tests'],
    ['an option of the pipeline', 'procesors: []', 'procesors'],
  ] as const)('refuses %s, as the loader does', ([, text, message]) => {
    expect(mistakesIn(text).join('\n')).toContain(message);
    expect(() => loadPipelines([{ path: 'p.yaml', text }])).toThrow();
  });
});
