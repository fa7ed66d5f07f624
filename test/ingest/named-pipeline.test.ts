import { expect, test } from 'vitest';
import { newFields } from '../../src/core/event.ts';
import { Draft } from '../../src/ingest/draft.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { documentsOf } from './documents-of.ts';

const file = (name: string, match: string) => ({
  path: `${name}.yaml`,
  text: `match: { tag: ${match} }\nmultiline: java\nprocessors:\n  - set: { field: by, value: ${name} }\n  - drop: { if: "ctx.message == 'gone'" }\n`,
});
const pipelines = loadPipelines([file('one', 'shop'), file('two', 'other')]);
const { documents, pages } = documentsOf(pipelines);

function taken(pipeline: string | undefined, ...messages: string[]) {
  const draft = new Draft();
  draft.idBase = 'x';
  documents.begin();
  const records = messages.map(message => Object.assign(newFields(), { message }));
  const times = messages.map(() => 1_700_000_000_000);
  const frame = {
    source: 'http',
    sender: 's',
    tag: 'shop',
    pipeline,
    receivedAt: Date.now(),
    records,
    times,
    bytes: 1,
  };
  documents.add(frame, draft);
  draft.endRun(pages);
  const lines = draft.parts.flatMap(({ bytes }) => bytes.toString().trim().split('\n'));
  const found = lines.filter((_, i) => i % 2 === 1).map(line => JSON.parse(line) as { by?: string; message: string });
  return { found: found.map(({ by, message }) => [by, message]), held: draft.held.size, dropped: draft.dropped };
}

test('the pipeline that a frame names takes its records, and their lines are not joined', () => {
  expect(taken('two', 'a', '\tat b.c(D.java:1)')).toEqual({
    found: [
      ['two', 'a'],
      ['two', '\tat b.c(D.java:1)'],
    ],
    held: 0,
    dropped: 0,
  });
});

test('it drops what it would drop', () => {
  expect(taken('two', 'gone', 'b')).toEqual({ found: [['two', 'b']], held: 0, dropped: 1 });
});

test('one that is gone since leaves the choice to the record', () => {
  expect(taken('three', 'a').found).toEqual([['one', 'a']]);
});
