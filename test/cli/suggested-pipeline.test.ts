import { expect, test } from 'vitest';
import { suggestedPipeline } from '../../src/cli/grok/suggested-pipeline.ts';
import { SCHEMA_LINE } from '../../src/import/pipeline-text.ts';
import { suggestPatterns } from '../../src/parse/grok/suggest/suggest.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { createConform } from '../../src/schema/conform.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const [admit, conform] = [createAdmit(), createConform()];

test.for([
  [
    'times, levels and words',
    [
      '2026-11-30 11:59:01,123 WARN [pool-1] checkout - order 4711 of u-17 took 812 ms',
      '2026-11-30 11:59:02,456 ERROR [pool-2] cart - order 1 of u-99 took 3 ms',
    ],
  ],
  ['two forms', ['10.0.0.1 GET /x 500', '10.0.0.2 POST /y 200', 'job 7 is done', 'job 12 is done']],
  ['times without a year', ['Nov 30 11:58:01 web-1 shop: it\'s "so": # {late}', 'Nov 30 11:58:02 web-2 shop: no']],
  ['a single line', ['user=kim n=5']],
  ['what YAML has other ideas of', ['yes: 010', '- [a, b]', '%{WORD}', "'", '한국어 줄 1']],
] as const)('of %s loads, and its tests pass', ([, lines]) => {
  const suggestions = suggestPatterns(lines);
  const text = suggestedPipeline('shop', suggestions, NOW);
  expect(text.split('\n', 1)).toEqual([SCHEMA_LINE]);
  const results = loadPipelines([{ path: 'shop.yaml', text }]).test({
    admit,
    conform: (fields, meta) => conform(fields, meta).fields,
  });
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
  expect(results).toHaveLength(suggestions.length);
});

test('what is expected is what comes out: fields, and the time of the line', () => {
  const line = '2026-11-30 11:59:01,123 WARN [pool-1] checkout - order 4711';
  const text = suggestedPipeline('shop', suggestPatterns([line]), NOW);
  expect(text).toContain(`now: "2026-11-30T12:00:00.000Z"`);
  expect(text).toContain(`"@timestamp": "2026-11-30T11:59:01.123Z"`);
  expect(text).toMatch(/^match: \{ tag: shop \}$/m);
});
