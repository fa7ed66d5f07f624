import { isFields } from '../../../../src/core/event.ts';
import { writeExact } from '../ingest-case.ts';
import type { CaseKind } from './kind.ts';
import { hasOption, hasProcessor, someOption } from './pipeline.ts';

/** Kinder than the engine, processor by processor: what fails there, or loses something, goes on here. */
export const PROCESSORS: readonly CaseKind[] = [
  {
    name: 'numbers-are-finite',
    explains: ({ expect }, got) =>
      'error' in got && expect.doc !== undefined && /"(?:NaN|-?Infinity)"/.test(writeExact(expect.doc)),
  },
  {
    name: 'numbers-of-all-types-can-be-sorted',
    explains: ({ expect, pipeline }, got) =>
      'doc' in got && expect.error?.type === 'class_cast_exception' && hasProcessor(pipeline, 'sort'),
  },
  {
    name: 'null-joins-as-nothing',
    explains: ({ expect, pipeline }, got) =>
      'doc' in got && expect.error?.type === 'null_pointer_exception' && hasProcessor(pipeline, 'join'),
  },
  {
    name: 'fractional-sizes',
    explains: ({ expect }, got) => 'doc' in got && /Fractional bytes values/.test(expect.error?.reason ?? ''),
  },
  {
    name: 'columns-without-a-name-are-passed-over',
    explains: ({ expect, pipeline }, got) =>
      'doc' in got &&
      expect.error?.reason === 'path cannot be null nor empty' &&
      someOption(pipeline, (key, value) => key === 'target_fields' && Array.isArray(value) && value.includes('')),
  },
  {
    // Without the blanks at the end of the text they agree.
    name: 'the-last-column-is-trimmed',
    explains: (one, _got, agrees) => {
      if (!hasProcessor(one.pipeline, 'csv') || !hasOption(one.pipeline, 'trim', true)) return false;
      if (one.expect.doc === undefined) return false;
      return agrees(
        { ...one, doc: mapTexts(one.doc, trimEnd) as Record<string, unknown> },
        { ...one, expect: { doc: mapTexts(one.expect.doc, trimEnd) } },
      );
    },
  },
  {
    name: 'brackets-can-be-trimmed',
    explains: ({ expect, pipeline }, got) =>
      'doc' in got &&
      expect.error?.type === 'pattern_syntax_exception' &&
      (hasOption(pipeline, 'trim_key') || hasOption(pipeline, 'trim_value')),
  },
  {
    // Cut off behind a delimiter that repeats, the text gives what the engine makes of the whole.
    name: 'dissect-keeps-the-rest',
    explains: (one, _got, agrees) => {
      if (!hasProcessor(one.pipeline, 'dissect') || !isFields(one.expect.doc)) return false;
      const expected = one.expect.doc;
      return Object.entries(one.doc).some(([field, text]) => {
        if (typeof text !== 'string' || text.length > 200) return false;
        for (let end = 1; end < text.length; end++) {
          const cut = { [field]: text.slice(0, end) };
          const whole = { ...one, expect: { doc: { ...expected, ...cut } } };
          if (agrees({ ...one, doc: { ...one.doc, ...cut } }, whole)) return true;
        }
        return false;
      });
    },
  },
];

const trimEnd = (text: string): string => text.trimEnd();

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map(item => mapTexts(item, change));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}
