import { loadSettings } from '../../src/app/settings.ts';
import { eventOf } from '../../src/app/slices.ts';
import { Pages } from '../../src/buffer/spool/pages.ts';
import { Documents } from '../../src/ingest/documents.ts';
import { LiveListeners } from '../../src/ingest/live-listeners.ts';
import { LogMetrics } from '../../src/ingest/log-metrics/log-metrics.ts';
import { ContainerNames } from '../../src/ledger/counts.ts';
import { Joiner } from '../../src/parse/join/joiner.ts';
import type { PipelineSet } from '../../src/parse/pipelines.ts';
import { levelOfText } from '../../src/schema/level-text.ts';

export const { settings } = loadSettings({ config: 'test/bench/longshore.yaml', env: {} });

/** What makes documents of frames with these pipelines, and the pages that it writes them to. */
export function documentsOf(pipelines: PipelineSet): { documents: Documents; pages: Pages } {
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
  return { documents, pages };
}
