import { isDeepStrictEqual } from 'node:util';
import { isFields } from '../../../../src/core/event.ts';
import { writeExact } from '../ingest-case.ts';
import type { CaseKind } from './kind.ts';
import { hasProcessor } from './pipeline.ts';

export const GROK: readonly CaseKind[] = [
  {
    // The first of each list is what the engine has.
    name: 'captured-again-is-a-list',
    explains: ({ expect, pipeline, doc }, got) => {
      if (!('doc' in got) || !isFields(got.doc) || !isFields(expect.doc)) return false;
      const first = (given: unknown, before: unknown): unknown => {
        if (Array.isArray(given) && given.length > 1 && before === undefined) return given[0];
        if (!isFields(given)) return given;
        const known = isFields(before) ? before : {};
        return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, first(item, known[key])]));
      };
      return hasProcessor(pipeline, 'grok') && isDeepStrictEqual(plainOf(first(got.doc, doc)), plainOf(expect.doc));
    },
  },
  {
    // With the field's older name it is the same.
    name: 'newer-grok-library',
    explains: (one, got) =>
      'doc' in got &&
      JSON.stringify(one.pipeline).includes('HTTPD') &&
      isFields(got.doc) &&
      isFields(one.expect.doc) &&
      got.doc['clientip'] === one.expect.doc['client'] &&
      Object.keys(got.doc).length === Object.keys(one.expect.doc).length,
  },
  {
    name: 'grok-definitions-on-the-spot',
    explains: ({ expect, pipeline }, got) =>
      expect.error?.at === 'load' && 'doc' in got && /%\{\w+=/.test(JSON.stringify(pipeline)),
  },
  {
    name: 'field-names-with-empty-parts',
    explains: ({ pipeline }, got) => 'doc' in got && /:(?:[.:]|[\w.]*\.\.|[\w.]*\.[:}])/.test(JSON.stringify(pipeline)),
  },
];

/** Numbers by their value. */
const plainOf = (value: unknown): unknown => JSON.parse(writeExact(value));
