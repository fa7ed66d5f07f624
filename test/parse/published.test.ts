import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Fields, newFields } from '../../src/core/event.ts';
import { loadPipelines, type PipelineSet } from '../../src/parse/pipelines.ts';

// Pipelines in the shapes in which log shippers publish them for Elasticsearch load as they are; only a `match` that calls them
// is ours. What a pipeline calls stands beside it, in files whose names begin with its own and a hyphen.
const folder = new URL('./published/', import.meta.url);
const files = readdirSync(folder).filter(file => /\.(?:ya?ml|json)$/.test(file));
const nameOf = (file: string) => file.replace(/\.\w+$/, '');
const isCalled = (file: string) => files.some(other => other !== file && file.startsWith(`${nameOf(other)}-`));
const applications = files.filter(file => !isCalled(file));
const cases = readFileSync(new URL('cases.jsonl', folder), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as { pipeline: string; in: Fields; out: Fields });

test('all of them load, and none goes untried', () => {
  const stopped = applications.filter(file => {
    try {
      load(file);
      return false;
    } catch {
      return true;
    }
  });
  expect({ share: 1 - stopped.length / applications.length, stopped }).toEqual({ share: 1, stopped: [] });
  expect(applications.length).toBeGreaterThanOrEqual(30);
  expect([...new Set(cases.map(one => one.pipeline))].sort()).toEqual([...applications].sort());
});

test.for(cases)('$pipeline: $in.message', one => {
  const received = Date.UTC(2026, 10, 20, 14);
  const got = load(one.pipeline).run(Object.assign(newFields(), structuredClone(one.in)), {
    tag: 't',
    time: Number.NaN,
    receivedAt: received,
  });
  expect(JSON.parse(JSON.stringify(got))).toMatchObject(one.out);
  expect(got?.['pipeline_error']).toBeUndefined();
});

function load(pipeline: string): PipelineSet {
  const name = nameOf(pipeline);
  const own = files.filter(file => file === pipeline || file.startsWith(`${name}-`));
  return loadPipelines([
    ...own.map(file => ({ path: file, text: readFileSync(new URL(file, folder), 'utf8') })),
    { path: '0.yaml', text: `match: { tag: '**' }\nprocessors: [{ pipeline: { name: ${name} } }]` },
  ]);
}
