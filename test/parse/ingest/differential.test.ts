import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireOrSkip } from '../../support/services.ts';
import { compareCase } from './compare.ts';
import { EngineContainer, engineImage } from './engine-container.ts';
import { type IngestCase, writeExact } from './ingest-case.ts';
import { RandomCases } from './random-case.ts';

/*
 * Random pipelines on both engines: 1,600 documents a seed. INGEST_SEEDS=7,8,9 takes others, to look for what nobody has seen yet.
 */
const SEEDS = (process.env['INGEST_SEEDS'] ?? '1,2').split(',').map(Number);
const PIPELINES = 200;

describe.runIf(requireOrSkip('a Docker engine with an ingest engine', await engineImage()))(
  'beside a real engine',
  () => {
    let container: EngineContainer;
    beforeAll(async () => {
      container = await EngineContainer.start();
    }, 150_000);
    afterAll(() => container?.remove());

    test.for(SEEDS)('random pipelines mean the same (seed %s)', { timeout: 120_000 }, async seed => {
      const random = new RandomCases(seed);
      const different: string[] = [];
      let compared = 0;
      for (let i = 0; i < PIPELINES; i++) {
        const { pipeline, docs } = random.next();
        const answers = await container.engine.simulate(pipeline, docs);
        for (const [n, expected] of answers.entries()) {
          // What the engine works with, and cannot write.
          if (expected.error?.reason?.includes('unexpected value type') === true) continue;
          const one: IngestCase = {
            id: `${seed}/${i}/${n}`,
            group: 'random',
            pipeline,
            doc: docs[n]!,
            expect: expected,
          };
          const { verdict, got } = compareCase(one);
          compared++;
          if (verdict === 'differ') different.push(writeExact({ ...one, got }));
        }
      }
      expect(different).toEqual([]);
      expect(compared).toBeGreaterThan(PIPELINES * 7);
    });
  },
);
