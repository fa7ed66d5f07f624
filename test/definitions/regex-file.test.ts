import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFields } from '../../src/core/event.ts';
import { pipelineOptionsOf } from '../../src/definitions/pipeline-options.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';

const root = mkdtempSync(join(tmpdir(), 'regex-file-'));
for (const [folder, name] of [
  ['own', 'Own'],
  ['configured', 'Configured'],
] as const) {
  mkdirSync(join(root, folder));
  writeFileSync(
    join(root, folder, `${folder}.yml`),
    `user_agent_parsers: [{ regex: '^x', family_replacement: ${name} }]\n`,
  );
}

const nameBy = (file: string): unknown => {
  const text = `match: { tag: '**' }\nprocessors: [{ user_agent: { field: a, regex_file: ${file} } }]`;
  const options = pipelineOptionsOf({ timezone: 'UTC', pipelines: [join(root, 'configured', '*.yaml')] });
  const set = loadPipelines([{ path: join(root, 'own', 'a.yaml'), text }], options);
  return set.run(Object.assign(newFields(), { a: 'x' }), { tag: 't', time: 0, receivedAt: 0 })?.['user_agent'];
};

test('a file beside the pipeline is found', () => {
  expect(nameBy('own.yml')).toMatchObject({ name: 'Own' });
});

test('a file in the folder of the configured pipelines is found by a pipeline from elsewhere', () => {
  expect(nameBy('configured.yml')).toMatchObject({ name: 'Configured' });
});

test.for([
  ['none.yml', /a\.yaml:2: processor user_agent: `regex_file`: there is no such file\. Put it into the folder .*own/],
  [
    '../configured/configured.yml',
    /it must be the name of a file alone\. Put the file into the folder of the pipelines/,
  ],
] as const)('%s is refused', ([file, message]) => {
  expect(() => nameBy(file)).toThrow(message);
});
