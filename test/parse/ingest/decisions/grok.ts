import { isFields } from '../../../../src/core/event.ts';
import type { CaseKind } from './kind.ts';

export const GROK: readonly CaseKind[] = [
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
    explains: ({ pipeline }, got) => 'doc' in got && /:(?:\.|[\w.]*\.\.|[\w.]*\.[:}])/.test(JSON.stringify(pipeline)),
  },
];
