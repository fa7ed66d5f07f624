import type { CaseKind } from './kind.ts';
import { hasOption, hasProcessor } from './pipeline.ts';

/** Options that Elasticsearch 8 and 9, or Longshore itself, have beside the engine's. */
const MORE_OPTIONS = new Set([
  'add_to_root_conflict_strategy',
  'allow_duplicate_keys',
  'copy_from',
  'ecs_compatibility',
  'expression',
  'ignore_empty_values',
  'ignore_missing',
  'ignore_missing_pipeline',
  'keep',
  'media_type',
  'override',
  'strict_json_parsing',
]);

export const LOADING: readonly CaseKind[] = [
  {
    // The case says that Elasticsearch does otherwise than the engine.
    name: 'as-newer-elasticsearch',
    explains: one => one.note?.startsWith('ES-differs') === true,
  },
  {
    name: 'options-of-newer-elasticsearch',
    explains: ({ expect, pipeline }, got) => {
      if ('refused' in got || expect.error?.at === undefined) return false;
      if (expect.error.reason === '[field] field does not contain a dot') return hasOption(pipeline, 'field', '*');
      if (/cannot be cast to \[java.util.List\]/.test(expect.error.reason ?? ''))
        return hasProcessor(pipeline, 'foreach');
      if (expect.error.reason === '[value] required property is missing') return hasOption(pipeline, 'copy_from');
      const unknown = /doesn't support one or more provided configuration parameters \[(.*?)\]/.exec(
        expect.error?.reason ?? '',
      );
      return unknown !== null && unknown[1]!.split(', ').every(name => MORE_OPTIONS.has(name));
    },
  },
  {
    // What can only fail is refused when it is loaded.
    name: 'refused-at-load',
    explains: ({ expect }, got) =>
      expect.error?.at === 'run' &&
      'refused' in got &&
      got.refused.every(({ code }) => !/UNSUPPORTED|UNKNOWN_PROCESSOR/.test(code)),
  },
  {
    name: 'null-is-a-value',
    explains: ({ expect, pipeline }, got) =>
      expect.error?.at === 'load' &&
      !('refused' in got) &&
      /required property is missing/.test(expect.error.reason ?? '') &&
      hasOption(pipeline, /^\[(\w+)\]/.exec(expect.error.reason ?? '')![1]!, null),
  },
  {
    name: 'some-expressions-are-refused',
    explains: (_one, got) => 'refused' in got && got.refused.every(({ what }) => /\\[GX] is not supported/.test(what)),
  },
  {
    name: 'lenient-expressions',
    explains: ({ expect }, got) =>
      expect.error?.at === 'load' && !('refused' in got) && /Illegal repetition/.test(expect.error.reason ?? ''),
  },
  {
    name: 'options-in-other-types',
    explains: ({ expect }, got) =>
      expect.error?.at === 'load' && !('refused' in got) && /property isn't a /.test(expect.error.reason ?? ''),
  },
];
