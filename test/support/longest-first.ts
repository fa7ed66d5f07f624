import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, the longest first: one that began last would keep the others' processors idle. */
const LONGEST = [
  'app/workers',
  'store/elasticsearch/elasticsearch-9',
  'app/kill',
  'app/faults/faults',
  'docs/guides',
  'store/elasticsearch/relatives',
  'dead-letters/dead-letters',
  'app/ledger',
  'app/ledger-scale',
  'app/hostile-frames',
  'store/elasticsearch/elasticsearch-8',
  'app/roles',
  'integration/docker/options',
  'cli/migrate',
  'evaluator/evaluator',
  'app/alert-lives',
  'cli/backup',
  'dead-letters/dead-letters-scale',
  'alerts/routing/real-alertmanager',
  'app/full-disk',
  'app/kill-delivery',
  'parse/ingest/differential',
  'senders/edge',
  'app/scale',
  'integration/docker/restart',
  'alerts/silencing/one-store',
  'parse/painless/differential',
  'clients/go',
  'buffer/redis/faults',
  'integration/search-beside-intake',
].map(name => `test/${name}.test.ts`);

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.indexOf(relative(process.cwd(), moduleId));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
