import { isFields } from '../../../../src/core/event.ts';
import { type PipelineSource, writeExact } from '../ingest-case.ts';
import type { CaseKind } from './kind.ts';
import { failing, hasOption, hasProcessor, mapOptions, someOption } from './pipeline.ts';

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
    explains: (one, got, agrees) =>
      'doc' in got &&
      (/Fractional bytes values/.test(one.expect.error?.reason ?? '') ||
        (/"\s*\d+\.\d+\s*[kmgtp]?b?\s*"/i.test(writeExact(one.doc)) &&
          agrees({ ...one, pipeline: failing(one.pipeline, 'bytes') }, one))),
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
    // Where it loses a column, and takes a separator into the next one.
    name: 'blank-columns-are-columns',
    explains: ({ doc, expect, pipeline }, got) =>
      hasProcessor(pipeline, 'csv') &&
      'doc' in got &&
      expect.doc !== undefined &&
      !hasOption(pipeline, 'trim', true) &&
      Object.values(doc).some(text => typeof text === 'string' && /(?:^|[^\s\w"'])[ \t]+(?:$|[^\s\w"'])/.test(text)),
  },
  {
    // The engine cuts a delimiter at a % that begins no key; with the rest of it left out they agree.
    name: 'dissect-delimiters-may-have-percent',
    explains: (one, _got, agrees) => {
      const edit = (name: string, value: unknown): unknown =>
        name === 'pattern' && typeof value === 'string'
          ? value.replace(LEADING, '$1').replace(UNFOLLOWED, '$1')
          : value;
      const pipeline = hasProcessor(one.pipeline, 'dissect') ? mapOptions(one.pipeline, edit) : one.pipeline;
      if (pipeline === one.pipeline) return false;
      const isAdjacent = /\}%\{/.test(writeExact(pipeline)) && one.expect.error?.at === 'run';
      return isAdjacent || agrees({ ...one, pipeline }, one);
    },
  },
  {
    name: 'newer-user-agents',
    explains: ({ expect, pipeline }, got) => {
      if (!hasProcessor(pipeline, 'user_agent') || !('doc' in got)) return false;
      const [wanted, made] = [expect.doc, got.doc].map(agentOf);
      if (wanted === undefined || made === undefined || wanted['original'] !== made['original']) return false;
      // What nobody knew then, a point at the end of a version, and details of devices.
      return wanted['name'] === made['name']
        ? String(wanted['version'] ?? '').replace(/\.$/, '') === String(made['version'] ?? '')
        : wanted['name'] === 'Other' || /bot|Postman/i.test(String(made['name']));
    },
  },
  {
    name: 'fingerprints-name-their-fields',
    explains: ({ expect, pipeline }) =>
      hasProcessor(pipeline, 'fingerprint') && /"(?:MD5|SHA[-\d]+)@2\.16\.0:/.test(writeExact(expect.doc ?? null)),
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
          const wanted = expected[field] === text ? cut : {};
          const whole = { ...one, expect: { doc: { ...expected, ...wanted } } };
          if (agrees({ ...one, doc: { ...one.doc, ...cut } }, whole)) return true;
        }
        return false;
      });
    },
  },
];

const LEADING = /^([^%]*)%(?!\{)[\s\S]*?(?=%\{)/;
const UNFOLLOWED = /(%\{[^}]*\}[^%]*)%(?!\{)[\s\S]*?(?=%\{|$)/g;

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

/** The object that the processor wrote, under any name. */
function agentOf(doc: unknown): Record<string, unknown> | undefined {
  return isFields(doc)
    ? (Object.values(doc).find(
        value => isFields(value) && ('name' in value || 'original' in value || 'version' in value),
      ) as Record<string, unknown>)
    : undefined;
}

const trimEnd = (text: string): string => text.trimEnd();

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map(item => mapTexts(item, change));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}
