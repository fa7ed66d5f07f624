import type { CaseKind } from './kind.ts';
import { hasOption, hasProcessor, mapOptions } from './pipeline.ts';

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
    // What can only fail is refused when it is loaded. The engine does what it would with `fail` in its place.
    name: 'refused-at-load',
    explains: (one, got, agrees) => {
      if (!('refused' in got) || got.refused.some(({ code }) => /UNSUPPORTED|UNKNOWN_PROCESSOR/.test(code)))
        return false;
      if (one.expect.error?.at === 'run') return true;
      // What fails when there is something to replace: with another replacement nothing is.
      if (got.refused.every(({ what }) => what.includes('gsub: `replacement`')))
        return ['x', 'yy'].every(replacement =>
          agrees({ ...one, pipeline: mapOptions(one.pipeline, swap('replacement', replacement)) }, one),
        );
      const processors = one.pipeline.processors.map(processor => {
        const [type, options] = Object.entries(processor)[0]!;
        const isMeant = got.refused.some(
          ({ what }) =>
            what.startsWith(`processor ${type}`) || (type === 'pipeline' && what.startsWith('there is no pipeline')),
        );
        return isMeant
          ? { fail: { ...pick(options, ['if', 'tag', 'ignore_failure', 'on_failure']), message: 'x' } }
          : processor;
      });
      return agrees({ ...one, pipeline: { ...one.pipeline, processors } }, one);
    },
  },
  {
    // A {{ that another one follows before it is closed names a field that nobody has.
    name: 'broken-templates-are-refused',
    explains: (_one, got) =>
      'refused' in got && got.refused.every(({ what }) => what.includes('of the template is not closed')),
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
    name: 'more-formats-can-be-written',
    explains: ({ expect }, got) =>
      !('refused' in got) &&
      /invalid output format \[(?:ISO8601|iso8601|rfc\w+|ISO_\w+|strict_basic\w+|\w+_nanos)\]/.test(
        expect.error?.reason ?? '',
      ),
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

const swap =
  (option: string, other: unknown) =>
  (name: string, value: unknown): unknown =>
    name === option && value !== other ? other : value;

function pick(options: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}
