import { readdirSync, readFileSync } from 'node:fs';
import type { Fields } from '../../src/core/event.ts';
import { loadPipelines, type PipelineSet } from '../../src/parse/pipelines.ts';

/*
 * Pipelines in the shapes in which log shippers publish them for Elasticsearch. What a pipeline calls stands beside it, in files whose
 * names begin with its own and a hyphen.
 */
const folder = new URL('./published/', import.meta.url);
const files = readdirSync(folder).filter(file => /\.(?:ya?ml|json)$/.test(file));
const nameOf = (file: string) => file.replace(/\.\w+$/, '');
const isCalled = (file: string) => files.some(other => other !== file && file.startsWith(`${nameOf(other)}-`));

/** Files of those that nobody calls. */
export const published = files.filter(file => !isCalled(file));

export const cases = readFileSync(new URL('cases.jsonl', folder), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as { pipeline: string; in: Fields; out: Fields });

const loaded = new Map<string, PipelineSet>();

/** The pipeline as it is, and a `match` that gives it all events. */
export function loadPublished(pipeline: string): PipelineSet {
  const set = loaded.get(pipeline) ?? load(pipeline);
  loaded.set(pipeline, set);
  return set;
}

function load(pipeline: string): PipelineSet {
  const name = nameOf(pipeline);
  const own = files.filter(file => file === pipeline || file.startsWith(`${name}-`));
  return loadPipelines([
    ...own.map(file => ({ path: file, text: readFileSync(new URL(file, folder), 'utf8') })),
    { path: '0.yaml', text: `match: { tag: '**' }\nprocessors: [{ pipeline: { name: ${name} } }]` },
  ]);
}
