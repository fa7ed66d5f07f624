import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireOrSkip } from '../../support/services.ts';
import { compareCase } from './compare.ts';
import { EngineContainer, engineImage } from './engine-container.ts';
import { type IngestCase, ownCaseFiles, readCases, writeExact } from './ingest-case.ts';
import { Neighbours } from './neighbours.ts';
import { RandomCases } from './random-case.ts';
import { RandomDates } from './random-date.ts';

/*
 * Random pipelines on both engines: 1,000 documents a seed; and neighbours of the recorded cases, some 600. INGEST_SEEDS=7,8,9 takes others, to look for what nobody has seen yet.
 */
const SEEDS = (process.env['INGEST_SEEDS'] ?? '1,2').split(',').map(Number);
const PIPELINES = 125;
/** With eight texts each. */
const DATES = 50;
/** Of each group of recorded cases. */
const NEIGHBOURS = 3;

describe.runIf(requireOrSkip('a Docker engine with an ingest engine', await engineImage()))(
  'beside a real engine',
  () => {
    let container: EngineContainer;
    beforeAll(async () => {
      container = await EngineContainer.start();
    }, 300_000);
    afterAll(() => container?.remove());

    test.for(SEEDS)('random pipelines mean the same (seed %s)', { timeout: 300_000 }, async seed => {
      const random = new RandomCases(seed);
      const different: string[] = [];
      let compared = 0;
      for (let i = 0; i < PIPELINES; i++) {
        const { pipeline, docs } = random.next();
        const answers = await container.engine.simulate(pipeline, docs);
        for (const [n, doc] of docs.entries())
          add({ id: `${seed}/${i}/${n}`, group: 'random', pipeline, doc, expect: answers[n]! }, different);
        compared += docs.length;
      }
      expect(different).toEqual([]);
      expect(compared).toBeGreaterThan(PIPELINES * 7);
    });

    test.for(SEEDS)('random dates mean the same (seed %s)', { timeout: 120_000 }, async seed => {
      const random = new RandomDates(seed);
      const different: string[] = [];
      const now = new Date().toISOString();
      for (let i = 0; i < DATES; i++) {
        const { pipeline, docs } = random.next();
        const answers = await container.engine.simulate(pipeline, docs);
        for (const [n, doc] of docs.entries())
          add({ id: `date/${seed}/${i}/${n}`, group: 'date', pipeline, doc, now, expect: answers[n]! }, different);
      }
      expect(different).toEqual([]);
    });

    // Each new case gives other neighbours, and what is printed here is the next to be mended or decided.
    test.for(SEEDS)('ninety-nine of a hundred neighbours mean the same (seed %s)', { timeout: 180_000 }, async seed => {
      const recorded = ownCaseFiles().flatMap(readCases);
      const neighbours = new Neighbours(recorded, seed);
      const different: string[] = [];
      let compared = 0;
      const now = new Date().toISOString();
      for (const group of neighbours.groups())
        for (let i = 0; i < NEIGHBOURS; i++) {
          const { docs, ...source } = neighbours.next(group);
          const answers = await container.engine.askAll(source, docs);
          for (const [n, doc] of docs.entries())
            add({ ...source, id: `${group}/${seed}/${i}/${n}`, doc, now, expect: answers[n]! }, different);
          compared += docs.length;
        }
      for (const one of different) console.log(one);
      expect(compared).toBeGreaterThan(500);
      expect(different.length).toBeLessThan(compared / 100);
    });
  },
);

function add(one: IngestCase, different: string[]): void {
  // What the engine works with, and cannot write.
  if (one.expect.error?.reason?.includes('unexpected value type') === true) return;
  const { verdict, got } = compareCase(one);
  if (verdict === 'differ') different.push(writeExact({ ...one, got }));
}
