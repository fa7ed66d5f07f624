import { isFields } from '../../../../src/core/event.ts';
import type { CaseKind } from './kind.ts';

const DOT = '\u2024';

export const DOCUMENTS: readonly CaseKind[] = [
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
