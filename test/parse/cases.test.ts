import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type EventMeta, type Fields, newFields } from '../../src/core/event.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';

/**
 * One line a case: { name, processor: {name: options} or processors: [...], in: {...}, out: {...} } where `out` is the whole
 * event afterwards, or { failure: "text in pipeline_error", tag (default: the first processor's) } or { dropped: true }. `timezone` sets the option.
 */
interface Case {
  name: string;
  processor?: object;
  processors?: object[];
  in: object;
  out?: object;
  failure?: string;
  tag?: string;
  dropped?: boolean;
  timezone?: string;
}

const META: EventMeta = {
  tag: 'docker.test',
  time: Date.UTC(2026, 10, 20, 13, 55, 36, 123),
  receivedAt: Date.UTC(2026, 10, 20, 13, 56),
};
const folder = new URL('./cases/', import.meta.url);

for (const file of readdirSync(folder).filter(name => name.endsWith('.jsonl'))) {
  const lines = readFileSync(new URL(file, folder), 'utf8')
    .split('\n')
    .filter(line => line.trim() !== '');
  describe(file, () => {
    test.for(lines.map(line => JSON.parse(line) as Case))('$name', one => {
      const source = { match: { tag: '**' }, processors: one.processors ?? [one.processor] };
      const set = loadPipelines([{ path: 'case.yaml', text: JSON.stringify(source) }], { timezone: one.timezone });
      const event = Object.assign(newFields(), toFields(one.in));
      const before = JSON.stringify(event);
      const got = set.run(event, META);
      if (one.dropped === true) return expect(got).toBeUndefined();
      if (one.failure !== undefined) {
        expect(got?.['pipeline_error']).toContain(one.failure);
        expect(got?.['tags']).toContain(one.tag ?? `_${Object.keys(one.processor ?? one.processors![0]!)[0]}failure`);
        if (one.out === undefined)
          return expect(JSON.stringify({ ...got, tags: undefined, pipeline_error: undefined })).toBe(before);
        return expect(plain(got)).toMatchObject(one.out);
      }
      return expect(plain(got)).toEqual(one.out);
    });
  });
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

function toFields(value: object): Fields {
  return value as Fields;
}
