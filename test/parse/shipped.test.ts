import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { createConform } from '../../src/schema/conform.ts';
import { levelOfText } from '../../src/schema/level-text.ts';

const admit = createAdmit();

// The tests inside `pipelines/*.yaml`, each as it would run live.
const folder = new URL('../../pipelines/', import.meta.url);
const files = readdirSync(folder).map(name => ({
  path: `pipelines/${name}`,
  text: readFileSync(new URL(name, folder), 'utf8'),
}));
const set = loadPipelines(files);
const conform = createConform({});
const results = set.test({ admit, levelOf: levelOfText, conform: (fields, meta) => conform(fields, meta).fields });

test.for(results)('$pipeline: $name', result => {
  expect(result.differences.map(difference => `${result.where}: ${difference}`)).toEqual([]);
});

test('every shipped pipeline has tests', () => {
  const tested = new Set(results.map(result => result.pipeline));
  expect(set.names.filter(name => !tested.has(name))).toEqual([]);
});
