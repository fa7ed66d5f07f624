import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Fields, newFields } from '../../src/core/event.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';

// Pipelines in the shapes in which log shippers publish them for Elasticsearch load as they are; only a `match` that calls them is ours.
const folder = new URL('./published/', import.meta.url);
const lines = readFileSync(new URL('cases.jsonl', folder), 'utf8').trim().split('\n');

test.for(lines.map(line => JSON.parse(line) as { pipeline: string; in: Fields; out: Fields }))(
  '$pipeline: $in.message',
  one => {
    const name = one.pipeline.replace(/\.\w+$/, '');
    const set = loadPipelines([
      { path: one.pipeline, text: readFileSync(new URL(one.pipeline, folder), 'utf8') },
      { path: '0.yaml', text: `match: { tag: '**' }\nprocessors: [{ pipeline: { name: ${name} } }]` },
    ]);
    const received = Date.UTC(2026, 10, 20, 14);
    const got = set.run(Object.assign(newFields(), structuredClone(one.in)), {
      tag: 't',
      time: Number.NaN,
      receivedAt: received,
    });
    expect(JSON.parse(JSON.stringify(got))).toMatchObject(one.out);
    expect(got?.['pipeline_error']).toBeUndefined();
  },
);
