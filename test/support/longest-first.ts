import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, the longest first: one that began last would keep the others' processors idle. */
const LONGEST = [
  'store/elasticsearch/elasticsearch-9',
  'app/workers',
  'app/kill',
  'dead-letters/dead-letters',
  'app/ledger',
  'docs/guides',
  'store/elasticsearch/elasticsearch-8',
  'cli/backup',
  'cli/migrate',
  'app/faults/faults',
  'integration/docker/options',
  'app/full-disk',
  'cli/check-services',
  'app/hostile-frames',
  'app/roles',
  'app/ledger-scale',
  'app/scale',
  'evaluator/evaluator',
  'app/operations',
  'alerts/routing/kill',
  'senders/edge',
  'dead-letters/dead-letters-scale',
  'integration/docker/restart',
  'cli/check',
  'clients/recorded',
  'parse/painless/differential',
  'clients/go',
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
