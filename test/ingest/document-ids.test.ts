import { expect, test } from 'vitest';
import { loadSet } from '../../src/cli/parse/load-set.ts';
import { newFields } from '../../src/core/event.ts';
import { Draft } from '../../src/ingest/draft.ts';
import { dockerRecords, KINDS } from '../bench/lines/index.ts';
import { documentsOf, settings } from './documents-of.ts';

const { pipelines } = loadSet(settings, undefined, undefined as never);
const { documents, pages } = documentsOf(pipelines);

/** The ids of the documents that become of lines. */
function idsOf(lines: readonly string[], fill: (draft: Draft) => void): string[] {
  const draft = new Draft();
  fill(draft);
  documents.begin();
  const records = lines.map(log => Object.assign(newFields(), { container_id: 'c', container_name: '/web', log }));
  const times = lines.map(() => 1_700_000_000_000);
  documents.add({ source: 'forward', sender: 's', tag: 't', receivedAt: Date.now(), records, times, bytes: 1 }, draft);
  draft.endRun(pages);
  const text = draft.parts.map(({ bytes }) => bytes.toString()).join('');
  return [...text.matchAll(/^\{"create":\{"_id":"(.*?)"\}\}$/gm)].map(match => match[1]!);
}

const access = '203.0.113.9 - - [20/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8.5"'; // What a pipeline takes.
const lines = [access, '{"level":"info","msg":"json"}', 'of no form', access, 'level=warn msg=logfmt'];

test('the documents of a frame are called by its base and their place', () => {
  const ids = idsOf(lines, draft => {
    draft.idBase = 'base';
  });
  expect(ids).toEqual(['base-0', 'base-1', 'base-2', 'base-3', 'base-4']);
});

test('the document of a message with a chunk id is called as if it had come alone', () => {
  const ids = idsOf(lines, draft => {
    draft.idBases = ['a', 'b', 'c', 'd', 'e'];
  });
  expect(ids).toEqual(['a-0', 'b-0', 'c-0', 'd-0', 'e-0']);
});

test('messages of many tags that came together become the documents that they become one by one', () => {
  const records = KINDS.flatMap(kind => dockerRecords(kind, 120, 5, 3));
  const mixed = records.toSorted((a, b) => (a.record.log < b.record.log ? -1 : 1));
  const times = mixed.map((_, i) => (i % 7 === 0 ? Number.NaN : 1_700_000_000_000 + i));
  const receivedAt = 1_700_000_001_000;
  const written = (drafts: number) => {
    const { documents, pages } = documentsOf(pipelines);
    const each = Math.ceil(mixed.length / drafts);
    let text = '';
    for (let at = 0; at < mixed.length; at += each) {
      const some = mixed.slice(at, at + each);
      const draft = new Draft();
      draft.idBases = some.map((_, i) => `m${at + i}`);
      documents.begin();
      documents.add(
        {
          ...{ source: 'forward', sender: 's', tag: some[0]!.tag, receivedAt, bytes: 1, isMessages: true },
          tags: drafts === mixed.length ? undefined : some.map(({ tag }) => tag),
          records: some.map(({ record }) => Object.assign(newFields(), record)),
          times: times.slice(at, at + each),
        },
        draft,
      );
      draft.endRun(pages);
      text += draft.parts.map(({ bytes }) => bytes.toString()).join('');
    }
    return text;
  };
  const alone = written(mixed.length);
  expect(alone.split('\n').length).toBeGreaterThan(1000);
  expect(written(1)).toBe(alone);
  expect(written(9)).toBe(alone);
});
