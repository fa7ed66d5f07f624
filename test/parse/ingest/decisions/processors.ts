import { isFields } from '../../../../src/core/event.ts';
import { type PipelineSource, writeExact } from '../ingest-case.ts';
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
    // Where the processor fails here as well they agree.
    name: 'numbers-of-all-types-can-be-sorted',
    explains: (one, _got, agrees) => {
      const pipeline = withOptions(one.pipeline, 'sort', NO_FIELD);
      return pipeline !== one.pipeline && agrees({ ...one, pipeline }, one);
    },
  },
  {
    name: 'json-of-nested-fields-goes-to-the-root',
    explains: (one, _got, agrees) => {
      const isMeant = ({ field, add_to_root }: Record<string, unknown>): boolean =>
        add_to_root === true && String(field).includes('.');
      const pipeline = withOptions(one.pipeline, 'json', NO_FIELD, isMeant);
      return pipeline !== one.pipeline && agrees({ ...one, pipeline }, one);
    },
  },
  {
    name: 'json-is-read-to-its-end',
    explains: (one, _got, agrees) => {
      const pipeline = withOptions(one.pipeline, 'json', { strict_json_parsing: false });
      return pipeline !== one.pipeline && agrees({ ...one, pipeline }, one);
    },
  },
  {
    name: 'foreach-without-its-field-can-be-handled',
    explains: ({ expect, pipeline }, got) =>
      'doc' in got &&
      /^field \[.*(?:not present|cannot be cast)/.test(expect.error?.reason ?? '') &&
      hasProcessor(pipeline, 'foreach'),
  },
  {
    name: 'items-that-are-not-there-print-as-nothing',
    explains: ({ expect }, got) => 'doc' in got && expect.error?.type === 'mustache_exception',
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

const NO_FIELD = { field: 'a field that is not there' };

/** Other options for the processors of this type that are meant; the pipeline itself when there is none. */
function withOptions(
  pipeline: PipelineSource,
  type: string,
  options: Readonly<Record<string, unknown>>,
  isMeant: (present: Record<string, unknown>) => boolean = () => true,
): PipelineSource {
  let found = false;
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (!isFields(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key !== type || !isFields(inner) || !isMeant(inner)) return [key, walk(inner)];
        found = true;
        return [key, { ...inner, ...options }];
      }),
    );
  };
  const changed = walk(pipeline) as PipelineSource;
  return found ? changed : pipeline;
}

const trimEnd = (text: string): string => text.trimEnd();

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map(item => mapTexts(item, change));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}
