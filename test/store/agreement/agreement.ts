import { expect } from 'vitest';
import type { QueryNode } from '../../../src/core/contracts.ts';
import { freezeTimes } from '../../../src/store/query/freeze.ts';
import { seeded } from '../../support/chance.ts';
import { type Document, idsInMemory, NOW } from '../query/back-ends.ts';
import { leavesOf, randomDocument } from './documents.ts';
import { type Asked, randomAsked } from './queries.ts';

export const DOCUMENTS: readonly Document[] = (() => {
  const random = seeded(20261129);
  return Array.from({ length: 200 }, (_, i) => randomDocument(random, i));
})();
const BY_ID = new Map(DOCUMENTS.map(document => [document._id, document]));
const LEAVES = DOCUMENTS.flatMap(leavesOf);

/** Queries of a seed, with what the predicate of rules and live tails finds. */
export function askedWith(seed: number, count: number): (Asked & { memory: string[] })[] {
  const random = seeded(seed);
  const asked: (Asked & { memory: string[] })[] = [];
  while (asked.length < count) {
    const one = randomAsked(random, LEAVES);
    if (one === undefined) continue;
    const query = freezeTimes(one.query, NOW);
    try {
      asked.push({ ...one, query, memory: idsInMemory(DOCUMENTS, query) });
    } catch {
      // Refused before it runs: a range of levels that do not exist, `now-1h` of a text.
    }
  }
  return asked;
}

/**
 * Fails for all that a store answers otherwise. `answers` are ids, undefined for what the store says that it cannot ask;
 * `isKnown` tells of a document for which the difference has a reason.
 */
export function compare(
  asked: readonly (Asked & { memory: string[] })[],
  answers: readonly (readonly string[] | undefined)[],
  isKnown: (query: QueryNode, document: Document) => boolean = () => false,
): void {
  const differing: string[] = [];
  let telling = 0;
  let refused = 0;
  asked.forEach(({ written, query, memory }, i) => {
    const answer = answers[i];
    if (answer === undefined) {
      refused++;
      return;
    }
    if (memory.length > 0 && memory.length < DOCUMENTS.length) telling++;
    const isMended = (id: string): boolean => !isKnown(query, BY_ID.get(id)!);
    const more = answer.filter(id => !memory.includes(id) && isMended(id)).slice(0, 3);
    const less = memory.filter(id => !answer.includes(id) && isMended(id)).slice(0, 3);
    if (more.length + less.length > 0)
      differing.push(`${written}\n  ${JSON.stringify(query)}\n  the store finds more: ${more}, less: ${less}`);
  });
  expect(differing.slice(0, 20).join('\n'), `${differing.length} of ${asked.length} differ`).toBe('');
  // Queries that find all or nothing would agree by chance.
  expect(telling).toBeGreaterThan(asked.length / 3);
  expect(refused).toBeLessThan(asked.length / 12);
}
