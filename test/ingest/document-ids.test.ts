import { expect, test } from 'vitest';
import { loadSettings } from '../../src/app/settings.ts';
import { eventOf } from '../../src/app/slices.ts';
import { Pages } from '../../src/buffer/spool/pages.ts';
import { loadSet } from '../../src/cli/parse/load-set.ts';
import { newFields } from '../../src/core/event.ts';
import { Documents } from '../../src/ingest/documents.ts';
import { Draft } from '../../src/ingest/draft.ts';
import { LiveListeners } from '../../src/ingest/live-listeners.ts';
import { LogMetrics } from '../../src/ingest/log-metrics/log-metrics.ts';
import { ContainerNames } from '../../src/ledger/counts.ts';
import { Joiner } from '../../src/parse/join/joiner.ts';
import { levelOfText } from '../../src/schema/level-text.ts';

const { settings } = loadSettings({ config: 'test/bench/longshore.yaml', env: {} });
const { pipelines } = loadSet(settings, undefined, undefined as never);
const pages = new Pages();
const documents = new Documents(
  {
    settings: { form: 'elasticsearch', event: eventOf(settings) },
    spool: { pages, containers: new ContainerNames() },
    joiner: new Joiner(settings.join, levelOfText),
    live: new LiveListeners(),
    logMetrics: new LogMetrics({ metrics: [], per_service: false, max_series: 1 }),
    firstSeq: 0,
  },
  { pipelines, rules: [] },
);

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
