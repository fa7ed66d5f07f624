import { isFields } from '../../../../src/core/event.ts';
import { writeExact } from '../ingest-case.ts';
import type { CaseKind } from './kind.ts';
import { failing, hasOption, hasProcessor } from './pipeline.ts';

const DOT = '\u2024';

export const DOCUMENTS: readonly CaseKind[] = [
  {
    name: 'objects-are-made-under-null',
    explains: (one, got, agrees) =>
      'doc' in got &&
      (/with null parent as part of path|cannot resolve \[.*?\] from null/.test(one.expect.error?.reason ?? '') ||
        (/:null/.test(writeExact(one.doc)) &&
          ['set', 'append', 'rename'].some(
            type => hasProcessor(one.pipeline, type) && agrees({ ...one, pipeline: failing(one.pipeline, type) }, one),
          ))),
  },
  {
    name: 'items-that-are-not-there-are-missing',
    explains: ({ expect, pipeline }, got) =>
      'doc' in got &&
      /is out of bounds for array/.test(expect.error?.reason ?? '') &&
      hasOption(pipeline, 'ignore_missing', true),
  },
  {
    name: 'events-have-a-time',
    explains: ({ doc, pipeline }, got) =>
      'doc' in got &&
      (doc['@timestamp'] === undefined
        ? writeExact(pipeline).includes('@timestamp')
        : typeof doc['@timestamp'] !== 'string'),
  },
  {
    // With another character in place of the dot nothing finds the literal key, as in the engine.
    name: 'literal-dotted-keys-are-found',
    explains: (one, _got, agrees) => {
      const doc = renamed(one.doc);
      if (doc === undefined) return false;
      const expected =
        one.expect.doc === undefined ? one.expect : { ...one.expect, doc: renamed(one.expect.doc) ?? one.expect.doc };
      return agrees({ ...one, doc: doc as Record<string, unknown> }, { ...one, expect: expected });
    },
  },
];

/** Undefined when there is no such key. */
function renamed(value: unknown): unknown {
  let found = false;
  const walk = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(walk);
    if (!isFields(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner).map(([key, item]) => {
        if (key.includes('.')) found = true;
        return [key.replaceAll('.', DOT), walk(item)];
      }),
    );
  };
  const out = walk(value);
  return found ? out : undefined;
}
